// SPDX-License-Identifier: AGPL-3.0-or-later
//! The two files of a dictionary as text. The encoding of both is named in the first (hunspell(5), SET).

use crate::{Error, Result, broken};
use encoding_rs::{Encoding, WINDOWS_1252};
use std::io::Read;
use std::path::Path;

const FILE_BYTES_MAX: u64 = 64 << 20;

pub fn affixes(path: &Path) -> Result<(String, &'static Encoding)> {
    let octets = read(path)?;
    let encoding = match label(&octets) {
        // "ISO8859-1" is what holds without one; the Web's superset of it decodes it.
        None => WINDOWS_1252,
        Some(label) => encoding(&label).ok_or_else(|| broken(path, format!("unknown encoding {label}")))?,
    };
    Ok((decode(encoding, &octets), encoding))
}

pub fn text(path: &Path, encoding: &'static Encoding) -> Result<String> {
    Ok(decode(encoding, &read(path)?))
}

fn decode(encoding: &'static Encoding, octets: &[u8]) -> String {
    encoding.decode(octets).0.into_owned()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut octets = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut octets).map_err(failed)?;
    if octets.len() as u64 > FILE_BYTES_MAX {
        return Err(broken(path, format!("more than {FILE_BYTES_MAX} octets")));
    }
    Ok(octets)
}

fn label(octets: &[u8]) -> Option<String> {
    let mut lines = octets.split(|b| *b == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).strip_prefix(b"SET"))?;
    Some(String::from_utf8_lossy(value).trim().to_owned())
}

fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label.to_ascii_lowercase();
    let label = label.strip_prefix("microsoft-").unwrap_or(&label);
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_of_debians_dictionaries() {
        for (set, name) in [
            ("SET UTF-8\n", "UTF-8"),
            ("# a comment\nSET ISO8859-1\r\n", "windows-1252"),
            ("SET ISO8859-2", "ISO-8859-2"),
            ("SET microsoft-cp1251", "windows-1251"),
            ("SET KOI8-R", "KOI8-R"),
            ("\u{feff}SET UTF-8", "UTF-8"),
        ] {
            assert_eq!(
                label(set.as_bytes()).and_then(|label| encoding(&label)).map(Encoding::name),
                Some(name),
                "{set}"
            );
        }
        assert_eq!(label(b"TRY abc\n"), None);
        assert!(encoding("ISCII-DEVANAGARI").is_none());
    }
}
