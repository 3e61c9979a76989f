// SPDX-License-Identifier: AGPL-3.0-or-later
//! Small files that programs open: PNG (stored deflate), PDF (one page), ZIP (stored).

/// A picture with a gradient between two colours, `size` pixels a side (at most 128).
pub(crate) fn png(size: u32, from: [u8; 3], to: [u8; 3]) -> Vec<u8> {
    let size = size.clamp(1, 128);
    let mix = |a: u8, b: u8, at: u32| ((u32::from(a) * (2 * size - at) + u32::from(b) * at) / (2 * size)) as u8;
    let mut rows = Vec::new();
    for y in 0..size {
        rows.push(0);
        for x in 0..size {
            rows.extend((0..3).map(|c| mix(from[c], to[c], x + y)));
        }
    }
    let mut header = Vec::new();
    header.extend_from_slice(&size.to_be_bytes());
    header.extend_from_slice(&size.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"IDAT", &zlib_stored(&rows));
    chunk(&mut out, b"IEND", b"");
    out
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend_from_slice(kind);
    out.extend_from_slice(data);
    let sum = crc32(&out[start..]);
    out.extend_from_slice(&sum.to_be_bytes());
}

/// RFC 1950 around stored blocks (RFC 1951 §3.2.4), each up to 65,535 octets.
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let len = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend_from_slice(&(b << 16 | a).to_be_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// One page with these lines (ASCII).
pub(crate) fn pdf(lines: &[&str]) -> Vec<u8> {
    let escaped = |line: &&str| line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    let text: String = lines.iter().map(|line| format!("({}) Tj T*\n", escaped(line))).collect();
    let content = format!("BT /F1 12 Tf 16 TL 72 770 Td\n{text}ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_string(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_string(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_string(),
        format!("<< /Length {} >>\nstream\n{content}endstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_string(),
    ];
    let mut out = "%PDF-1.4\n".to_string();
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(out.len());
        out.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    offsets.iter().for_each(|offset| out.push_str(&format!("{offset:010} 00000 n \n")));
    out.push_str(&format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    out.into_bytes()
}

pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in files {
        let offset = out.len() as u32;
        let mut common = Vec::new();
        // version 2.0, UTF-8 names, stored, 2026-11-20 12:00
        for field in [20u16, 0x0800, 0, 12 << 11, (2026 - 1980) << 9 | 11 << 5 | 20] {
            common.extend_from_slice(&field.to_le_bytes());
        }
        for field in [crc32(data), data.len() as u32, data.len() as u32] {
            common.extend_from_slice(&field.to_le_bytes());
        }
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(data);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (count, start) = (files.len() as u16, out.len() as u32);
    let size = directory.len() as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_and_frames() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let picture = png(16, [0, 0, 0], [255, 255, 255]);
        assert!(picture.starts_with(b"\x89PNG") && picture.ends_with(b"IEND\xae\x42\x60\x82"));
        assert!(zip(&[("a.txt", b"a")]).starts_with(b"PK\x03\x04"));
        assert!(String::from_utf8(pdf(&["a (b)"])).unwrap().contains("(a \\(b\\)) Tj"));
    }
}
