// SPDX-License-Identifier: AGPL-3.0-or-later
//! Each format by a real file, what is broken about files, and bombs: without the process around it, so that a failure shows.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

#[path = "common/document.rs"]
mod document;

use extract::{About, Answer, HTML_BYTES_MAX, TEXT_BYTES_MAX, View};
use extractd::Tools;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

fn fixture(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap();
    if !name.ends_with(".gz") {
        return bytes;
    }
    let mut inner = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut inner).unwrap();
    inner
}

fn view(bytes: &[u8], name: &str, content_type: &str, view: View) -> Answer {
    let tools = Tools { pdftotext: Some("/usr/bin/pdftotext".into()) };
    let about = About { name: name.into(), content_type: content_type.into(), charset: None };
    extractd::extract(bytes, &about, view, &tools)
}

fn text(bytes: &[u8], name: &str) -> Answer {
    view(bytes, name, "application/octet-stream", View::Text)
}

/// Words of a whole and well file.
fn words(bytes: &[u8], name: &str) -> String {
    let answer = text(bytes, name);
    assert!(!(answer.of.unknown || answer.of.damaged || answer.of.protected || answer.of.cut), "{name}: {answer:?}");
    answer.text
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = b'0';
    header[257..262].copy_from_slice(b"ustar");
    let mut out = [header, content.to_vec()].concat();
    out.resize(out.len().next_multiple_of(512) + 1024, 0);
    out
}

const DOCUMENTS: [&str; 11] = [
    "text.odt",
    "text.docx",
    "text.doc",
    "text.rtf",
    "text.pdf",
    "sheet.ods",
    "sheet.xlsx",
    "sheet.xls",
    "slides.odp",
    "slides.pptx",
    "slides.ppt.gz",
];

#[test]
fn office_documents_say_what_was_written_into_them() {
    for name in DOCUMENTS {
        let words = words(&fixture(name), name);
        let mut expected = vec!["Quittenmarmelade", "Łódź & Zürich"];
        match name.split('.').next().unwrap() {
            "text" => expected.extend(["Zutat", "Sternanis", "4711", "Letzter Absatz"]),
            "sheet" => expected.extend(["4711", "9422"]),
            _ => {}
        }
        for word in expected {
            assert!(words.contains(word), "{name}: {word} is not in {words:?}");
        }
    }
}

#[test]
fn html_of_a_document_has_its_paragraphs_and_tables() {
    for (name, expected) in [
        ("text.docx", "<td><p>Sternanis</p>\n</td>"),
        ("text.odt", "<td><p>Sternanis</p>\n</td>"),
        ("sheet.xlsx", "<tr><td>Quittenmarmelade</td>\n<td>4711</td>\n</tr>"),
        ("sheet.xls", "<td>Quittenmarmelade</td>\n<td>4711</td>"),
        ("text.rtf", "Łódź &amp; Zürich"),
        ("text.pdf", "Łódź &amp; Zürich"),
    ] {
        let answer = view(&fixture(name), name, "", View::Html);
        assert!(answer.text.contains(expected), "{name}: {}", answer.text);
    }
    let answer = view(b"a;\"b;\"\"<c>\"\nd;e\n", "x.csv", "text/csv", View::Html);
    assert!(answer.text.contains("<td>a</td>\n<td>b;&quot;&lt;c&gt;</td>\n</tr>"), "{}", answer.text);
}

#[test]
fn text_like_formats() {
    assert!(words("Käse".as_bytes(), "a.txt").contains("Käse"));
    assert!(words(b"K\xe4se", "a.txt").contains("Käse"));
    assert!(words(b"\xff\xfeK\0\xe4\0s\0e\0", "a.txt").contains("Käse"));
    let about = About { name: String::new(), content_type: "text/plain".into(), charset: Some("koi8-r".into()) };
    let answer = extractd::extract(b"\xd0\xd2\xc9\xd7\xc5\xd4", &about, View::Text, &Tools::default());
    assert!(answer.text.contains("привет"), "{answer:?}");
    let html =
        b"<html><head><meta charset=iso-8859-2><style>p{}</style></head><p>\xa3\xf3d\xbc<script>secret()</script>";
    let found = words(html, "x");
    assert!(found.contains("Łódź") && !found.contains("secret"), "{found}");
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Ernte\\, gro\r\n ß\r\nATTENDEE;CN=\"Ann: Lee\":mailto:ann@x.test\r\nATTACH:AAAA\r\nEND:VEVENT\r\n";
    let found = words(calendar.as_bytes(), "x.ics");
    assert!(
        found.contains("Ernte, groß") && found.contains("Ann: Lee ann@x.test") && !found.contains("AAAA"),
        "{found}"
    );
    let card = b"BEGIN:VCARD\r\nFN:Ann Lee\r\nitem1.TEL:+49 30\r\nPHOTO;ENCODING=b:QUJD\r\nEND:VCARD\r\n";
    let found = words(card, "x");
    assert!(found.contains("Ann Lee\n+49 30") && !found.contains("QUJD"), "{found}");
    let found = words(b"<?xml version='1.0'?><svg><text>A &amp; B</text></svg>", "x.svg");
    assert!(found.contains('A') && !found.contains("svg"), "{found}");
}

#[test]
fn rich_text_in_its_own_character_sets() {
    let rtf = br"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0\fcharset238 Arial;}{\f1\fcharset204 Cyr;}}{\*\generator x;}{\pict 0011}\f0 \'a3\'f3d\'9f{\f1 \'ef\'f0\'e8}\par \u321?\uc2\u-10179??\u-8704??tail{\field{\*\fldinst HYPERLINK secret}{\fldrslt link}}\bin3 {}{end}";
    let found = words(rtf, "x.doc");
    assert!(found.contains("Łódźпри\n"), "{found}");
    assert!(found.contains("Ł😀taillinkend"), "{found}");
    assert!(!found.contains("secret") && !found.contains("Arial") && !found.contains("0011"), "{found}");
}

#[test]
fn files_within_files() {
    let inner = zip(&[("deep/notes.txt", b"Sternanis"), ("sheet.ods", &fixture("sheet.ods"))]);
    let mail = [
        &b"From: ann@x.test\r\nSubject: Zettel\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nMuskat\r\n--b\r\nContent-Type: application/zip; name=all.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"[..],
        base64(&inner).as_bytes(),
        b"\r\n--b--\r\n",
    ]
    .concat();
    for (bytes, name) in [
        (mail.clone(), "a.eml"),
        (zip(&[("x.eml", &mail)]), "a.zip"),
        (tar("x.eml", &mail), "a.tar"),
        (gzip(&tar("x.eml", &mail)), "a.tgz"),
    ] {
        let found = words(&bytes, name);
        for word in ["Zettel", "Muskat", "all.zip", "notes.txt", "Sternanis", "Quittenmarmelade"] {
            assert!(found.contains(word), "{name}: {word} is not in {found:?}");
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for n in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * n) & 63) as usize];
            out.push(if n <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[test]
fn what_asks_for_a_password_says_so() {
    for name in ["odt", "ods", "odp", "docx", "xlsx", "pptx", "pdf"] {
        let name = format!("protected.{name}");
        let answer = text(&fixture(&name), &name);
        assert!(answer.of.protected && answer.text.trim().is_empty(), "{name}: {answer:?}");
    }
    // What these programs write into the file when they encrypt it.
    let doc = changed(&fixture("text.doc"), "WordDocument", |stream| stream[0x0b] |= 1);
    let ppt = changed(&fixture("slides.ppt.gz"), "Current User", |stream| {
        stream[12..16].copy_from_slice(&0xf3d1_c4df_u32.to_le_bytes());
    });
    let xls = changed(&fixture("sheet.xls"), "Workbook", |stream| {
        let after_start = 4 + usize::from(u16::from_le_bytes([stream[2], stream[3]]));
        stream.splice(after_start..after_start, [0x2f, 0, 6, 0, 1, 0, 1, 2, 3, 4]);
    });
    for (bytes, name) in [(doc, "doc"), (ppt, "ppt"), (xls, "xls")] {
        let answer = text(&bytes, name);
        assert!(answer.of.protected && answer.text.is_empty(), "{name}: {answer:?}");
    }
    // One file of an archive: the others are read.
    let mut archive = zip(&[("a.txt", b"hidden"), ("b.txt", b"Sternanis")]);
    for signature in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
        let at = archive.windows(4).position(|four| four == signature).unwrap();
        archive[at + if signature[2] == 3 { 6 } else { 8 }] |= 1;
    }
    let answer = text(&archive, "a.zip");
    assert!(answer.of.protected && answer.text.contains("Sternanis") && !answer.text.contains("hidden"), "{answer:?}");
}

fn changed(bytes: &[u8], name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes.to_vec())).unwrap();
    let mut stream = Vec::new();
    file.open_stream(name).unwrap().read_to_end(&mut stream).unwrap();
    change(&mut stream);
    file.create_stream(name).unwrap().write_all(&stream).unwrap();
    file.into_inner().into_inner()
}

/// Cut anywhere, and with any octet turned around: an answer, in time, within bounds.
#[test]
fn truncated_and_damaged_files_are_harmless() {
    for name in DOCUMENTS.iter().filter(|name| !name.ends_with("pdf")) {
        let whole = fixture(name);
        let small = whole.len() < 20_000;
        for n in 0..if small { 40 } else { 8 } {
            text(&whole[..whole.len() * n / 40], name);
            let mut flipped = whole.clone();
            for at in (n * 7..flipped.len()).step_by(211) {
                flipped[at] ^= 0x55;
            }
            let answer = text(&flipped, name);
            assert!(answer.text.len() <= TEXT_BYTES_MAX);
        }
    }
    for n in 1..6 {
        let whole = fixture("text.pdf");
        text(&whole[..whole.len() * n / 6], "text.pdf");
    }
    let answer = text(b"%PDF-1.7\nno more", "a.pdf");
    assert!(answer.of.damaged, "{answer:?}");
    let whole = fixture("text.docx");
    assert!(text(&whole[..whole.len() - 30], "a.docx").of.damaged);
    assert!(text(b"{\\rtf1 open {group", "a.rtf").of.damaged);
    assert!(text(b"\x1f\x8b\x08\0", "a.gz").of.damaged);
    assert!(text(&fixture("text.doc")[..4000], "a.doc").of.damaged);
}

#[test]
fn unknown_octets_are_of_no_format() {
    let answer = text(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.txt");
    assert!(answer.of.unknown && answer.text.is_empty());
    assert!(text(b"", "a.txt").of.unknown);
}

#[test]
fn bombs_are_cut() {
    let zeros = vec![b' '; 120 << 20];
    // one file that is small and large
    let flat = zip(&[("zeros.txt", &zeros)]);
    assert!(flat.len() < 1 << 20);
    let gz = gzip(&zeros);
    // many of them, folded
    let nested = zip(&[("1.zip", &flat), ("2.zip", &flat), ("3.zip", &flat), ("4.gz", &gz)]);
    let deeper = zip(&[("1.zip", &nested), ("2.zip", &nested)]);
    // more files than anybody looks at
    let names: Vec<String> = (0..5_000).map(|n| format!("{n}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let docx = zip(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", &zeros)]);
    let xlsx = zip(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"), ("xl/sharedStrings.xml", &zeros)]);
    for (name, bytes) in [
        ("flat.zip", flat),
        ("a.gz", gz),
        ("nested.zip", nested),
        ("deeper.zip", deeper),
        ("many.zip", zip(&many)),
        ("a.docx", docx),
        ("a.xlsx", xlsx),
    ] {
        let answer = text(&bytes, name);
        assert!(answer.of.cut, "{name}: {:?}", answer.of);
        assert!(answer.text.len() <= TEXT_BYTES_MAX, "{name}");
    }
}

#[test]
fn what_is_nested_without_end_ends() {
    // Archives within archives, and mails within mails as files.
    let mut archive = b"Sternanis".to_vec();
    let mut mail = b"Subject: innermost\r\n\r\nSternanis\r\n".to_vec();
    for _ in 0..40 {
        archive = zip(&[("x.zip", &archive)]);
        let head = "Subject: one\r\nContent-Type: application/octet-stream; name=x.eml\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        if mail.len() < 1 << 20 {
            mail = [head.as_bytes(), base64(&mail).as_bytes()].concat();
        }
    }
    for (name, bytes) in [("a.zip", archive), ("a.eml", mail)] {
        let answer = text(&bytes, name);
        assert!(answer.of.cut && !answer.text.contains("Sternanis"), "{name}: {:?}", answer.of);
    }
    // Attached messages that are messages all the way down.
    let mut mail = String::new();
    for _ in 0..5_000 {
        mail.push_str("Content-Type: message/rfc822\r\n\r\n");
    }
    text(mail.as_bytes(), "a.eml");
    // A zip archive that is its own first file: where a file begins is whatever the directory says.
    let mut own = zip(&[("r.zip", &[0; 300])]);
    let at = own.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let length = u32::try_from(own.len()).unwrap();
    own[at + 20..at + 24].copy_from_slice(&length.to_le_bytes());
    own[at + 24..at + 28].copy_from_slice(&length.to_le_bytes());
    own[at + 10..at + 12].copy_from_slice(&[0, 0]);
    own[8..10].copy_from_slice(&[0, 0]);
    text(&own, "r.zip");
    text(&quine(), "r.zip");
    let tags = "<a>".repeat(100_000);
    assert!(text(format!("<?xml version='1.0'?>{tags}").as_bytes(), "a.xml").of.cut);
    let groups = "{\\rtf1 ".to_owned() + &"{".repeat(100_000);
    assert!(text(groups.as_bytes(), "a.rtf").of.cut);
}

/// An archive whose file is, for whoever follows its directory, as good as the archive itself, folded many times.
fn quine() -> Vec<u8> {
    let mut archive = zip(&[("r.zip", b"PK\x05\x06")]);
    for _ in 0..20 {
        archive = zip(&[("r.zip", &archive), ("s.zip", &archive)]);
    }
    archive
}

#[test]
fn entities_are_not_expanded() {
    let mut bomb = String::from("<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a0 \"lollollol\">");
    for n in 1..30 {
        bomb.push_str(&format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)));
    }
    bomb.push_str("<!ENTITY file SYSTEM \"file:///etc/passwd\">]><d><t>&a29;&file;Sternanis</t></d>");
    let docx = zip(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", bomb.as_bytes())]);
    for (name, bytes) in [("a.xml", bomb.clone().into_bytes()), ("a.docx", docx)] {
        let found = text(&bytes, name).text;
        assert!(found.contains("Sternanis") && !found.contains("lol") && !found.contains("root:"), "{name}: {found:?}");
    }
}

#[test]
fn more_text_than_fits_is_cut_between_characters() {
    let long = "ä".repeat(TEXT_BYTES_MAX);
    let answer = text(long.as_bytes(), "a.txt");
    assert!(answer.of.cut && answer.text.len() <= TEXT_BYTES_MAX && answer.text.starts_with('ä'));
    let answer = view("<&".repeat(HTML_BYTES_MAX / 2).as_bytes(), "a.txt", "text/plain", View::Html);
    assert!(answer.of.cut && answer.text.len() <= HTML_BYTES_MAX);
}

/// A page whose text is hundreds of megabytes, in a file of some hundred kilobytes.
fn pdf_bomb(line: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(b"BT /F 9 Tf ").unwrap();
    let chunk = line.repeat((1 << 20) / line.len());
    for _ in 0..400 {
        encoder.write_all(chunk.as_bytes()).unwrap();
    }
    let stream = encoder.finish().unwrap();
    let mut pdf = format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n\
         5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n4 0 obj<</Length {}/Filter/FlateDecode>>stream\n",
        stream.len()
    )
    .into_bytes();
    pdf.extend(stream);
    pdf.extend(b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n");
    pdf
}

#[test]
fn a_pdf_that_eats_memory_or_time_is_bounded() {
    for line in ["(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)Tj ", "0 0 m 9 9 l S q Q "] {
        let bomb = pdf_bomb(line);
        assert!(bomb.len() < 4 << 20);
        let begun = std::time::Instant::now();
        let answer = text(&bomb, "a.pdf");
        assert!(begun.elapsed().as_secs() < 28, "{:?}", begun.elapsed());
        // Ended by its limits, or through it in time: of all that is written on so small a page little is seen.
        assert!(answer.of.cut || answer.of.damaged || answer.text.len() < 1_000, "{:?}", answer.of);
    }
    // A page that draws itself.
    let loops = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>endobj\ntrailer<</Root 1 0 R>>\n";
    text(loops, "a.pdf");
}

#[test]
fn a_stored_size_is_not_believed() {
    // Says that it has 10 octets, and has a hundred megabytes.
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b'x'; 100 << 20]).unwrap();
    drop(encoder);
    let mut archive = zip(&[("a.txt", &vec![b'x'; 100 << 20])]);
    let at = archive.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    archive[at + 24..at + 28].copy_from_slice(&10_u32.to_le_bytes());
    let answer = text(&archive, "a.zip");
    assert!(answer.of.cut || answer.of.damaged, "{:?}", answer.of);
}

#[test]
fn what_the_fuzzer_states_holds_of_its_seeds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/document");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut count = 0;
    for file in [seeds, fixtures].iter().flat_map(|dir| std::fs::read_dir(dir).unwrap()) {
        document::check(&std::fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 20, "{count}");
}
