// SPDX-License-Identifier: AGPL-3.0-or-later
//! Rich Text Format 1.9: the text of the document, without its tables of fonts, colours and styles, its pictures and objects.

use crate::job::Job;
use crate::output::Block;
use std::borrow::Cow;
use std::collections::HashMap;

/// Groups within groups; what is deeper is left out.
const DEPTH_MAX: usize = 1_000;
const FONTS_MAX: usize = 1_000;
/// Groups that are not text of the document.
const HIDDEN: [&str; 17] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "themedata",
    "colorschememapping",
    "datastore",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "xmlnstbl",
    "fldinst",
    "generator",
    "latentstyles",
    "bkmkstart",
];

#[derive(Clone, Copy)]
struct Group {
    is_hidden: bool,
    is_fonts: bool,
    /// Characters that stand for one of `\u` (`\uc`).
    substitutes: usize,
    font: i32,
}

struct Reader<'j, 'b> {
    job: &'j mut Job,
    bytes: &'b [u8],
    at: usize,
    group: Group,
    outer: Vec<Group>,
    codepage: u32,
    fonts: HashMap<i32, u32>,
    /// In the code page, still to be decoded.
    octets: Vec<u8>,
    text: String,
    /// Of the substitutes of a `\u`, still to be left out.
    skip: usize,
}

pub fn read(job: &mut Job, bytes: &[u8]) {
    let group = Group { is_hidden: false, is_fonts: false, substitutes: 1, font: -1 };
    let mut reader = Reader {
        job,
        bytes,
        at: 0,
        group,
        outer: Vec::new(),
        codepage: 1252,
        fonts: HashMap::new(),
        octets: Vec::new(),
        text: String::new(),
        skip: 0,
    };
    reader.run();
    reader.paragraph();
    if !reader.outer.is_empty() {
        reader.job.damaged();
    }
}

impl Reader<'_, '_> {
    fn run(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            self.at += 1;
            match byte {
                b'{' if self.outer.len() < DEPTH_MAX => self.outer.push(self.group),
                b'{' => return self.job.cut(),
                b'}' => {
                    self.settle();
                    let Some(group) = self.outer.pop() else { return };
                    self.group = group;
                    // The last one is the document.
                    if self.outer.is_empty() {
                        return;
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' => {}
                other => self.octet(other),
            }
            if self.job.is_over() {
                self.outer.clear();
                return;
            }
        }
    }

    fn control(&mut self) {
        let Some(first) = self.bytes.get(self.at).copied() else { return };
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            return self.symbol(first);
        }
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = String::from_utf8_lossy(&rest[..length]).into_owned();
        let rest = &rest[length..];
        let digits = rest.iter().take(11).enumerate();
        let digits = digits.take_while(|(n, byte)| byte.is_ascii_digit() || (*n == 0 && **byte == b'-')).count();
        let number = std::str::from_utf8(&rest[..digits]).ok().and_then(|text| text.parse::<i32>().ok());
        self.at += length + digits + usize::from(rest.get(digits) == Some(&b' '));
        self.word(&word, number);
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'\'' => {
                let pair = self.bytes.get(self.at..self.at + 2).and_then(|two| std::str::from_utf8(two).ok());
                if let Some(octet) = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
                    self.at += 2;
                    self.octet(octet);
                }
            }
            // A group that one may leave out.
            b'*' => self.group.is_hidden = true,
            b'~' => self.character(' '),
            b'_' => self.character('-'),
            b'\r' | b'\n' => self.paragraph(),
            b'\\' | b'{' | b'}' => self.octet(symbol),
            _ => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        match (word, number) {
            ("par" | "sect" | "page" | "row" | "nestrow", _) => self.paragraph(),
            ("line", _) => self.character('\n'),
            ("tab" | "cell" | "nestcell", _) => self.character('\t'),
            ("emdash", _) => self.character('—'),
            ("endash", _) => self.character('–'),
            ("lquote", _) => self.character('‘'),
            ("rquote", _) => self.character('’'),
            ("ldblquote", _) => self.character('“'),
            ("rdblquote", _) => self.character('”'),
            ("bullet", _) => self.character('•'),
            ("u", Some(code)) => {
                self.unicode(code);
                self.skip = self.group.substitutes;
            }
            ("uc", Some(count)) => self.group.substitutes = usize::try_from(count).unwrap_or(0).min(16),
            ("bin", Some(length)) => self.at = self.at.saturating_add(usize::try_from(length).unwrap_or(0)),
            ("ansicpg", Some(page)) => self.codepage = u32::try_from(page).unwrap_or(1252),
            ("mac", _) => self.codepage = 10_000,
            ("f", Some(font)) => {
                self.settle();
                self.group.font = font;
            }
            ("fcharset", Some(charset)) if self.group.is_fonts && self.fonts.len() < FONTS_MAX => {
                if let Some(page) = page_of_charset(charset) {
                    self.fonts.insert(self.group.font, page);
                }
            }
            ("fonttbl", _) => (self.group.is_hidden, self.group.is_fonts) = (true, true),
            (word, _) if HIDDEN.contains(&word) => self.group.is_hidden = true,
            _ => {}
        }
    }

    fn unicode(&mut self, code: i32) {
        // A signed number of 16 bits; outside of the first plane two of them.
        let unit = (code & 0xffff) as u16;
        self.settle_octets();
        match char::from_u32(u32::from(unit)) {
            Some(character) => self.character_as_is(character),
            None => {
                let high = self.text.chars().last().map(u32::from);
                // Kept as a private character until the second half comes.
                match (unit, high) {
                    (0xd800..=0xdbff, _) => {
                        self.character_as_is(char::from_u32(0xf_0000 + u32::from(unit)).unwrap_or(' '))
                    }
                    (low, Some(high @ 0xf_d800..=0xf_dbff)) => {
                        self.text.pop();
                        let code = 0x1_0000 + ((high - 0xf_d800) << 10) + (u32::from(low) - 0xdc00);
                        self.character_as_is(char::from_u32(code).unwrap_or(' '));
                    }
                    _ => {}
                }
            }
        }
    }

    fn octet(&mut self, octet: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if !self.group.is_hidden {
            self.octets.push(octet);
        }
    }

    fn character(&mut self, character: char) {
        self.settle_octets();
        self.character_as_is(character);
    }

    fn character_as_is(&mut self, character: char) {
        if !self.group.is_hidden {
            self.text.push(character);
        }
    }

    /// The character set may change now.
    fn settle(&mut self) {
        self.settle_octets();
        self.skip = 0;
    }

    fn settle_octets(&mut self) {
        if self.octets.is_empty() {
            return;
        }
        let page = self.fonts.get(&self.group.font).copied().unwrap_or(self.codepage);
        self.text.push_str(&mime::decode_text(Some(&label(page)), &self.octets));
        self.octets.clear();
    }

    fn paragraph(&mut self) {
        self.settle_octets();
        if self.group.is_hidden {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.job.out.block(Block::Paragraph, &text);
        }
    }
}

fn label(page: u32) -> Cow<'static, str> {
    match page {
        932 => "shift_jis".into(),
        936 => "gbk".into(),
        949 => "euc-kr".into(),
        950 => "big5".into(),
        10_000 => "macintosh".into(),
        65_001 => "utf-8".into(),
        437 | 850 | 852 | 866 => format!("cp{page}").into(),
        page => format!("windows-{page}").into(),
    }
}

/// Windows' numbers for the character sets of fonts.
fn page_of_charset(charset: i32) -> Option<u32> {
    Some(match charset {
        0 => 1252,
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}
