// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which format some octets are of: by what they begin with; where that says nothing, by what is said of them.

use extract::About;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pdf,
    /// A zip archive, or one of the formats that are zip archives.
    Zip,
    /// A compound file: the Office formats until 2003, and encrypted ones of today.
    Compound,
    Rtf,
    Gzip,
    Tar,
    Html,
    Mail,
    /// iCalendar or vCard.
    Card,
    Csv,
    Xml,
    Plain,
    Unknown,
}

/// Where a PDF may begin: some have a line before it.
const PDF_WINDOW: usize = 1024;
const TEXT_WINDOW: usize = 8 << 10;

pub fn of(bytes: &[u8], about: &About) -> Kind {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if bytes[..bytes.len().min(PDF_WINDOW)].windows(5).any(|five| five == b"%PDF-") {
        return Kind::Pdf;
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return Kind::Zip;
    }
    if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Kind::Compound;
    }
    if starts(b"{\\rtf") {
        return Kind::Rtf;
    }
    if starts(b"\x1f\x8b") {
        return Kind::Gzip;
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Kind::Tar;
    }
    if !is_text(bytes, about) {
        return Kind::Unknown;
    }
    by_beginning(bytes).unwrap_or_else(|| by_name(about))
}

fn by_beginning(bytes: &[u8]) -> Option<Kind> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]);
    let head = head.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let starts = |list: &[&str]| list.iter().any(|text| head.starts_with(text));
    match () {
        () if starts(&["begin:vcalendar", "begin:vcard"]) => Some(Kind::Card),
        () if starts(&["<!doctype html", "<html"]) => Some(Kind::Html),
        () if starts(&["<?xml"]) => Some(if head.contains("xhtml") { Kind::Html } else { Kind::Xml }),
        () if starts(&["return-path:", "received:"]) => Some(Kind::Mail),
        () => None,
    }
}

fn by_name(about: &About) -> Kind {
    let extension = about.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        "html" | "htm" | "xhtml" => return Kind::Html,
        "eml" | "mht" | "mhtml" => return Kind::Mail,
        "csv" | "tsv" => return Kind::Csv,
        "svg" | "xml" => return Kind::Xml,
        _ => {}
    }
    match about.content_type.as_str() {
        "text/html" | "application/xhtml+xml" => Kind::Html,
        "message/rfc822" | "message/global" => Kind::Mail,
        "text/csv" | "text/tab-separated-values" => Kind::Csv,
        "text/xml" | "application/xml" | "image/svg+xml" => Kind::Xml,
        _ => Kind::Plain,
    }
}

/// Text has hardly any control characters; what has a byte order mark, or says that it is UTF-16, has NULs.
fn is_text(bytes: &[u8], about: &About) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    if about.charset.as_deref().is_some_and(|label| label.to_ascii_lowercase().starts_with("utf-16")) {
        return true;
    }
    let window = &bytes[..bytes.len().min(TEXT_WINDOW)];
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    !window.is_empty() && !window.contains(&0) && window.iter().filter(control).count() * 100 <= window.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_octets_say_counts_more_than_their_name() {
        let about = |name: &str, content_type: &str| About {
            name: name.into(),
            content_type: content_type.into(),
            charset: None,
        };
        for (bytes, name, content_type, expected) in [
            (&b"%PDF-1.4"[..], "a.txt", "text/plain", Kind::Pdf),
            (b"junk\n%PDF-1.4", "", "application/octet-stream", Kind::Pdf),
            (b"PK\x03\x04", "a.pdf", "application/pdf", Kind::Zip),
            (b"{\\rtf1 x}", "a.doc", "application/msword", Kind::Rtf),
            (b"\xef\xbb\xbfBEGIN:VCARD\r\n", "x", "text/plain", Kind::Card),
            (b" <!DOCTYPE HTML>", "x.txt", "text/plain", Kind::Html),
            (b"a,b\n", "x.CSV", "application/octet-stream", Kind::Csv),
            (b"Subject: x\n\ny", "x", "message/rfc822", Kind::Mail),
            (b"just words", "README", "application/octet-stream", Kind::Plain),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a.txt", "text/plain", Kind::Unknown),
            (b"", "a.txt", "text/plain", Kind::Unknown),
            (b"\xff\xfea\0b\0", "a.txt", "text/plain", Kind::Plain),
        ] {
            assert_eq!(of(bytes, &about(name, content_type)), expected, "{name} {content_type}");
        }
    }
}
