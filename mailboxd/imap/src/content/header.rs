// SPDX-License-Identifier: AGPL-3.0-or-later
//! Header sections as octets: fields with their names, nothing decoded.

/// One field as it stands in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: &'a [u8],
    /// From the first octet of the name to the end of its last line.
    pub raw: &'a [u8],
    /// After the colon, folded as it came.
    pub value: &'a [u8],
}

/// Length of the header section that `message` starts with, the empty line included; `None` if its end is not in sight.
pub fn end(message: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line_end = at + memchr::memchr(b'\n', message.get(at..)?)? + 1;
        let line = message.get(at..line_end)?;
        if line == b"\r\n" || line == b"\n" {
            return Some(line_end);
        }
        at = line_end;
    }
}

/// The fields of a header section, in order. Lines that are no field (no colon) are left out.
pub fn fields(header: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = header;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() || rest.starts_with(b"\r\n") || rest.starts_with(b"\n") {
                return None;
            }
            let raw = unfolded_end(rest);
            let (field, after) = rest.split_at(raw);
            rest = after;
            if let Some(colon) = memchr::memchr(b':', field) {
                let name = field[..colon].trim_ascii_end();
                if !name.is_empty() && name.iter().all(|b| (0x21..0x7f).contains(b)) {
                    return Some(Field { name, raw: field, value: &field[colon + 1..] });
                }
            }
        }
    })
}

/// Octets up to the line end that no white space follows.
fn unfolded_end(header: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match memchr::memchr(b'\n', &header[at..]) {
            None => return header.len(),
            Some(n) => at += n + 1,
        }
        if !matches!(header.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
}

/// The value on one line: line ends gone, white space around it too (RFC 5322 §2.2.3).
pub fn unfold(value: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n' | 0)).collect();
    let start = out.len() - out.trim_ascii_start().len();
    out.drain(..start);
    out.truncate(out.trim_ascii_end().len());
    out
}

/// HEADER.FIELDS and HEADER.FIELDS.NOT: the raw fields, then the empty line (RFC 3501 §6.4.5).
pub fn select(header: &[u8], names: &[String], not: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for field in fields(header) {
        let named = names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(field.name));
        if named != not {
            out.extend_from_slice(field.raw);
            if !field.raw.ends_with(b"\n") {
                out.extend_from_slice(b"\r\n");
            }
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &[u8] = b"Subject: a\r\n b\r\nrubbish\r\nFrom : x@y\r\n\r\nbody: no\r\n";

    #[test]
    fn fields_and_end() {
        let names: Vec<_> = fields(HEADER).map(|f| f.name).collect();
        assert_eq!(names, [&b"Subject"[..], b"From"]);
        assert_eq!(end(HEADER), Some(HEADER.len() - 10));
        assert_eq!(end(b"a: b\r\n"), None);
        assert_eq!(unfold(b" a\r\n b "), b"a b");
        assert_eq!(select(HEADER, &["subject".into()], false), b"Subject: a\r\n b\r\n\r\n");
        assert_eq!(select(HEADER, &["subject".into()], true), b"From : x@y\r\n\r\n");
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = end(&bytes);
            for field in fields(&bytes) {
                unfold(field.value);
            }
        }
    }
}
