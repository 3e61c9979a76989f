// SPDX-License-Identifier: AGPL-3.0-or-later
//! Message `n` of seed `s`, for ever the same: for benchmarks and torture. Sizes and kinds follow what office mail is like;
//! each message carries a word that no other has, so that a search can be checked.

use crate::letter::{date, person, words};
use crate::random::Random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// 4 to 30 KB.
    Small,
    /// 70 % as above, 25 % of 30 to 200 KB, 5 % of 1 to 4 MB.
    Mix,
}

const KB: usize = 1024;
/// 2026-01-05 08:00 UTC
const START_MS: i64 = 1_767_600_000_000;
const STEP_MS: i64 = 97_000;
const VOCABULARY: usize = 6000;
const SYLLABLES: [&str; 40] = [
    "an", "be", "cor", "da", "el", "fo", "gra", "hi", "in", "jo", "ka", "lu", "ma", "ne", "or", "pa", "qui", "re",
    "so", "ti", "un", "ve", "wa", "xe", "yo", "za", "ber", "chen", "dung", "ée", "für", "gen", "heit", "ism", "keit",
    "lich", "ment", "ness", "ße", "tion",
];
const PEOPLE: [(&str, &str); 8] = [
    ("Anna Schmidt", "anna.schmidt"),
    ("Jürgen Weiß", "juergen.weiss"),
    ("Marie Dubois", "marie.dubois"),
    ("山田 太郎", "taro.yamada"),
    ("Olivia O'Neil", "olivia"),
    ("Nour الهاشمي", "nour"),
    ("Build Server", "build"),
    ("Newsletter", "news"),
];

/// Without angle brackets.
pub fn corpus_id(seed: u64, n: u64) -> String {
    format!("{n}.{seed}@corpus.test")
}

/// A word that only message `n` has in its text.
pub fn corpus_needle(seed: u64, n: u64) -> String {
    format!("needle{seed}x{n}z")
}

pub fn corpus(profile: Profile, seed: u64, n: u64) -> Vec<u8> {
    let mut random = Random::new(seed.wrapping_mul(0x0000_0100_0000_01b3) ^ n);
    random.next();
    let size = size(profile, &mut random);
    let (from, to) = (*random.pick(&PEOPLE), *random.pick(&PEOPLE));
    let reply = n > 0 && random.chance(40);
    let mut subject = sentence(&mut random, 2, 7);
    let mut head = String::new();
    if reply {
        let parent = n - 1 - (random.below(20) as u64).min(n - 1);
        subject = format!("Re: {subject}");
        let id = corpus_id(seed, parent);
        head = format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n");
    }
    let sent = START_MS + STEP_MS * (n % 400_000) as i64;
    let who = |(name, local): (&str, &str)| person((name, &format!("{local}@corpus.test")));
    let head = format!(
        "Received: from mail.corpus.test ([192.0.2.{}])\r\n\tby mx.example.test with ESMTPS id {:012x};\r\n\t{}\r\n\
         From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\n{head}MIME-Version: 1.0\r\n",
        random.between(1, 254),
        random.next() & 0xffff_ffff_ffff,
        date(sent + 1500),
        who(from),
        who(to),
        words(&subject),
        date(sent),
        corpus_id(seed, n),
    );
    let mut out = Vec::with_capacity(size + size / 4);
    out.extend_from_slice(head.as_bytes());
    body(&mut out, &mut random, size, &corpus_needle(seed, n));
    out
}

fn size(profile: Profile, random: &mut Random) -> usize {
    let percent = random.below(100);
    match (profile, percent) {
        (Profile::Small, _) | (Profile::Mix, 0..=69) => random.between(4 * KB, 30 * KB),
        (Profile::Mix, 70..=94) => random.between(30 * KB, 200 * KB),
        (Profile::Mix, _) => random.between(KB * KB, 4 * KB * KB),
    }
}

/// Text, text with HTML, or text with a file; large ones are mostly file.
fn body(out: &mut Vec<u8>, random: &mut Random, size: usize, needle: &str) {
    let has_file = size > 30 * KB || random.chance(15);
    let has_html = random.chance(45);
    if !has_file && !has_html {
        out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        text(out, random, size, needle, false);
        return;
    }
    let kind = if has_file { "mixed" } else { "alternative" };
    let boundary = format!("=_corpus_{:016x}", random.next());
    out.extend_from_slice(format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n").as_bytes());
    let text_size = if has_file { random.between(KB, 6 * KB).min(size / 2) } else { size / 3 };
    let open = |out: &mut Vec<u8>, fields: &str| {
        out.extend_from_slice(format!("\r\n--{boundary}\r\n{fields}\r\n\r\n").as_bytes());
    };
    open(out, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit");
    text(out, random, text_size, needle, false);
    if has_file {
        let name = format!("file-{:04x}.bin", random.below(0xffff));
        let fields = format!(
            "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64"
        );
        open(out, &fields);
        let bytes = random.bytes(size.saturating_sub(text_size) / 78 * 57);
        for line in bytes.chunks(57) {
            out.extend_from_slice(STANDARD.encode(line).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    } else {
        open(out, "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit");
        text(out, random, size - text_size, needle, true);
    }
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
}

fn text(out: &mut Vec<u8>, random: &mut Random, size: usize, needle: &str, html: bool) {
    let (open, close) = if html { ("<p style=\"margin: 0 0 1em\">", "</p>") } else { ("", "") };
    let end = out.len() + size;
    out.extend_from_slice(format!("{open}{needle} {}.{close}\r\n", sentence(random, 4, 9)).as_bytes());
    while out.len() < end {
        for _ in 0..random.between(2, 8) {
            out.extend_from_slice(format!("{open}{}.{close}\r\n", sentence(random, 5, 11)).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn sentence(random: &mut Random, low: usize, high: usize) -> String {
    let mut out = String::new();
    for at in 0..random.between(low, high) {
        let word = random.skewed(VOCABULARY);
        if at > 0 {
            out.push(' ');
        }
        out.push_str(&vocabulary(word));
    }
    out
}

/// Word number `at`: frequent ones are short.
fn vocabulary(at: usize) -> String {
    let mut random = Random::new(at as u64);
    let syllables = 1 + usize::from(at > 30) + usize::from(at > 400) + random.below(2);
    (0..syllables).map(|_| *random.pick(&SYLLABLES)).collect()
}
