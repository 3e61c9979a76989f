// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages to send, made before the clock runs. Each one that is sent is another: a stamp in its Message-ID makes it so, and
//! no server gains by having seen its octets before.

use demo::Profile;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The first hundred of a corpus are smaller than its mean by chance; this many are not.
const MESSAGES: u64 = 400;
const SEED: u64 = 1;

pub struct Pool {
    /// Up to where the stamp goes, and the rest.
    messages: Vec<(Vec<u8>, Vec<u8>)>,
    next: AtomicU64,
    /// One of each subject, to look for.
    words: Vec<String>,
}

/// A message that is ready for the wire.
pub struct Letter<'a> {
    head: &'a [u8],
    stamp: String,
    rest: &'a [u8],
}

impl Pool {
    pub fn new(profile: Profile) -> Pool {
        let whole: Vec<_> = (0..MESSAGES).map(|n| demo::corpus(profile, SEED, n)).collect();
        let words = whole.iter().map(|message| word_of(message)).collect();
        Pool { messages: whole.into_iter().map(cut).collect(), next: AtomicU64::new(0), words }
    }

    pub fn word(&self, at: usize) -> &str {
        self.words.get(at % self.words.len().max(1)).map_or("report", String::as_str)
    }

    /// Two that follow each other in a text.
    pub fn two_words(&self) -> (String, String) {
        let text =
            self.messages.first().map(|(_, rest)| String::from_utf8_lossy(rest).into_owned()).unwrap_or_default();
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let is_word = |word: &&str| word.len() > 3 && word.bytes().all(|c| c.is_ascii_lowercase());
        let words: Vec<&str> = body.split(' ').collect();
        let found = words.windows(2).find(|two| two.iter().all(is_word));
        found.map_or_else(|| ("the".into(), "report".into()), |two| (two[0].to_owned(), two[1].to_owned()))
    }

    pub fn next(&self) -> Letter<'_> {
        let n = self.next.fetch_add(1, Relaxed);
        let at = usize::try_from(n % self.messages.len() as u64).unwrap_or_default();
        let (head, rest) = &self.messages[at];
        Letter { head, stamp: format!("{}.{n}.", std::process::id()), rest }
    }
}

fn word_of(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let subject = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
    let word = subject.split(|c: char| !c.is_ascii_alphabetic()).find(|word| word.len() > 3);
    word.unwrap_or("report").to_owned()
}

/// After the sign that opens its Message-ID.
fn cut(mut message: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    const MARK: &[u8] = b"\r\nMessage-ID: <";
    let at = message.windows(MARK.len()).position(|window| window == MARK).map_or(0, |at| at + MARK.len());
    let rest = message.split_off(at);
    (message, rest)
}

impl Letter<'_> {
    pub fn len(&self) -> u64 {
        (self.head.len() + self.stamp.len() + self.rest.len()) as u64
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head);
        out.extend_from_slice(self.stamp.as_bytes());
        out.extend_from_slice(self.rest);
    }
}
