// SPDX-License-Identifier: AGPL-3.0-or-later
//! Zip (APPNOTE 6.3), deflated, without zip64: entries and archives below 4 GB. Written as a stream; read from memory.

use flate2::Compression;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{self, Read, Write};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
/// Sizes follow the content; names are UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;
const DEFLATED: u16 = 8;
const ENTRIES_MAX: usize = u16::MAX as usize;

pub struct Writer<W: Write> {
    to: W,
    at: u64,
    central: Vec<u8>,
    count: usize,
}

impl<W: Write> Writer<W> {
    pub fn new(to: W) -> Writer<W> {
        Writer { to, at: 0, central: Vec::new(), count: 0 }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    pub fn file(&mut self, name: &str, content: &mut dyn Read) -> io::Result<()> {
        let start = small(self.at)?;
        if self.count >= ENTRIES_MAX {
            return Err(io::Error::other("too many files for a zip archive: ask for a tgz"));
        }
        let length = u16::try_from(name.len()).map_err(io::Error::other)?;
        let mut head = Vec::new();
        le(&mut head, &[LOCAL.into()], 4);
        le(&mut head, &[20, FLAGS.into(), DEFLATED.into(), 0, 0x21], 2);
        le(&mut head, &[0, 0, 0], 4);
        le(&mut head, &[length.into(), 0], 2);
        head.extend_from_slice(name.as_bytes());
        self.put(&head)?;
        let mut crc = Crc::new();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        let mut packed = 0_u64;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = content.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            crc.update(&buffer[..read]);
            encoder.write_all(&buffer[..read])?;
            let ready = std::mem::take(encoder.get_mut());
            packed += ready.len() as u64;
            self.put(&ready)?;
        }
        let rest = encoder.finish()?;
        packed += rest.len() as u64;
        self.put(&rest)?;
        // Crc counts modulo 2^32, as does the format.
        let (sum, packed, size) = (crc.sum(), small(packed)?, crc.amount());
        let mut descriptor = Vec::new();
        le(&mut descriptor, &[DESCRIPTOR.into(), sum.into(), packed.into(), size.into()], 4);
        self.put(&descriptor)?;
        le(&mut self.central, &[CENTRAL.into()], 4);
        le(&mut self.central, &[20, 20, FLAGS.into(), DEFLATED.into(), 0, 0x21], 2);
        le(&mut self.central, &[sum.into(), packed.into(), size.into()], 4);
        le(&mut self.central, &[length.into(), 0, 0, 0, 0], 2);
        le(&mut self.central, &[0, start.into()], 4);
        self.central.extend_from_slice(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<W> {
        let (start, count) = (small(self.at)?, self.count as u64);
        let central = std::mem::take(&mut self.central);
        self.put(&central)?;
        let mut end = Vec::new();
        le(&mut end, &[END.into()], 4);
        le(&mut end, &[0, 0, count, count], 2);
        le(&mut end, &[central.len() as u64, start.into()], 4);
        le(&mut end, &[0], 2);
        self.put(&end)?;
        Ok(self.to)
    }
}

fn small(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| io::Error::other("too much for a zip archive: ask for a tgz"))
}

/// Little-endian numbers of so many octets.
fn le(out: &mut Vec<u8>, numbers: &[u64], octets: usize) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()[..octets]));
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not a zip archive: {what}"))
}

/// Files in the order of the central directory: name and content, each of at most `max` octets.
pub fn read(archive: &[u8], max: u64, each: &mut dyn FnMut(&str, Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    let tail = archive.len().saturating_sub(22 + usize::from(u16::MAX));
    let end = archive[tail..].windows(4).rposition(|four| four == END.to_le_bytes()).map(|at| tail + at);
    let end = end.ok_or_else(|| broken("it has no end"))?;
    let count = number(archive, end + 10, 2)?;
    number(archive, end + 20, 2)?;
    let mut at = number(archive, end + 16, 4)? as usize;
    for _ in 0..count {
        if number(archive, at, 4)? != u64::from(CENTRAL) {
            return Err(broken("its directory is damaged"));
        }
        let how = number(archive, at + 10, 2)?;
        let (packed, size) = (number(archive, at + 20, 4)?, number(archive, at + 24, 4)?);
        let lengths = [28, 30, 32].map(|field| number(archive, at + field, 2).map(|length| length as usize));
        let [name_length, extra, comment] = lengths;
        let (name_length, extra, comment) = (name_length?, extra?, comment?);
        let start = number(archive, at + 42, 4)? as usize;
        let name = archive.get(at + 46..at + 46 + name_length).ok_or_else(|| broken("a name is cut"))?;
        let name = String::from_utf8_lossy(name).into_owned();
        at += 46 + name_length + extra + comment;
        if name.ends_with('/') {
            continue;
        }
        if size > max {
            return Err(broken("a file is too large"));
        }
        let skip = 30 + number(archive, start + 26, 2)? as usize + number(archive, start + 28, 2)? as usize;
        let data = archive.get(start + skip..start + skip + packed as usize).ok_or_else(|| broken("a file is cut"))?;
        let mut content = Vec::new();
        match how {
            0 => content.extend_from_slice(data),
            // Whatever the directory says of its size: no bomb.
            8 => _ = DeflateDecoder::new(data).take(size + 1).read_to_end(&mut content)?,
            _ => return Err(broken("an unknown compression")),
        }
        if content.len() as u64 != size {
            return Err(broken("a file has another size"));
        }
        each(&name, content)?;
    }
    Ok(())
}

fn number(archive: &[u8], at: usize, octets: usize) -> io::Result<u64> {
    let bytes = archive.get(at..at.saturating_add(octets)).ok_or_else(|| broken("it is cut"))?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::new(Vec::new());
        let text = "many words ".repeat(1_000);
        writer.file("Ä/a.txt", &mut text.as_bytes()).unwrap();
        writer.file("empty", &mut io::empty()).unwrap();
        let bytes = writer.finish().unwrap();
        let mut found = Vec::new();
        let mut each = |name: &str, content: Vec<u8>| {
            found.push((name.to_owned(), content.len()));
            Ok(())
        };
        read(&bytes, 1 << 20, &mut each).unwrap();
        assert_eq!(found, [("Ä/a.txt".to_owned(), text.len()), ("empty".to_owned(), 0)]);
        assert!(read(&bytes, 100, &mut |_, _| Ok(())).is_err());
        for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
            assert!(read(&bytes[..cut], 1 << 20, &mut |_, _| Ok(())).is_err(), "{cut}");
        }
    }
}
