// SPDX-License-Identifier: AGPL-3.0-or-later
//! Header fields of one header block (RFC 5322 §2.2), by reference into the message.

use std::borrow::Cow;

/// Of one field no more than this is decoded; the bytes themselves are never touched.
pub(crate) const FIELD_BYTES_MAX: usize = 256 << 10;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub name: &'a [u8],
    /// Still folded, without the final line end, at most [`FIELD_BYTES_MAX`] long.
    pub value: &'a [u8],
}

impl Field<'_> {
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Fields of `header` in order. Lines that are no field (a colon is missing) are passed over.
pub(crate) fn fields(header: &[u8]) -> Fields<'_> {
    Fields { rest: header }
}

pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            if self.rest.is_empty() || is_blank_line(self.rest) {
                return None;
            }
            let mut end = line_len(self.rest);
            // RFC 5322 §2.2.3: a line that starts with white space continues the field.
            while matches!(self.rest.get(end), Some(b' ' | b'\t')) {
                end += line_len(&self.rest[end..]);
            }
            let (field, rest) = self.rest.split_at(end);
            self.rest = rest;
            let Some(colon) = memchr::memchr(b':', &field[..field.len().min(FIELD_BYTES_MAX)]) else { continue };
            let name = field[..colon].trim_ascii_end();
            if name.is_empty() || name.iter().any(|b| !b.is_ascii_graphic()) {
                continue;
            }
            let value = &field[colon + 1..];
            let value = &value[..value.len().min(FIELD_BYTES_MAX)];
            return Some(Field { name, value: value.trim_ascii() });
        }
    }
}

/// Length of the first line, its LF included; all of it when there is none.
pub(crate) fn line_len(bytes: &[u8]) -> usize {
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |lf| lf + 1)
}

pub(crate) fn is_blank_line(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\r\n") || bytes.starts_with(b"\n")
}

/// Takes the folding out: line ends go, the white space after them stays.
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(header: &str) -> Vec<(String, String)> {
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        fields(header.as_bytes()).map(|f| (text(f.name), text(&unfold(f.value)))).collect()
    }

    #[test]
    fn folded_obsolete_and_broken() {
        let got = list("Subject: a\r\n\tb\r\nno colon\r\nX : y\r\n: nameless\r\nLast:z\r\n\r\nBody: no");
        let want = [("Subject", "a\tb"), ("X", "y"), ("Last", "z")];
        assert_eq!(got, want.map(|(n, v)| (n.to_string(), v.to_string())));
    }
}
