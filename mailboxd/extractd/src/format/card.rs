// SPDX-License-Identifier: AGPL-3.0-or-later
//! iCalendar (RFC 5545) and vCard (RFC 6350): what people wrote into them, a line a property.

use super::plain::decoded;
use crate::job::Job;
use crate::output::Block;
use extract::About;

/// Properties with words for people, of both formats.
const WORDS: [&str; 25] = [
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "COMMENT",
    "CONTACT",
    "CATEGORIES",
    "ATTENDEE",
    "ORGANIZER",
    "RESOURCES",
    "URL",
    "FN",
    "N",
    "NICKNAME",
    "EMAIL",
    "TEL",
    "ADR",
    "ORG",
    "TITLE",
    "ROLE",
    "NOTE",
    "BDAY",
    "DTSTART",
    "DTEND",
    "DUE",
    "IMPP",
];

pub fn read(job: &mut Job, bytes: &[u8], about: &About) {
    let text = decoded(bytes, about);
    // RFC 5545 §3.1: a line that begins with white space goes on with the one above.
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    for line in unfolded.lines() {
        let Some((head, value)) = split(line) else { continue };
        let mut parts = head.split(';');
        let name = parts.next().unwrap_or_default();
        // vCard groups: item1.TEL
        let name = name.rsplit('.').next().unwrap_or_default().to_ascii_uppercase();
        if !WORDS.contains(&name.as_str()) {
            continue;
        }
        let common_name = parts.find_map(|part| part.strip_prefix("CN=")).map(|name| name.trim_matches('"'));
        let value = unescape(value);
        let value = value.strip_prefix("mailto:").unwrap_or(&value);
        let shown = [common_name.unwrap_or_default(), value].join(" ");
        job.out.block(Block::Paragraph, shown.trim());
        if job.is_over() {
            return;
        }
    }
}

/// At the first colon outside of quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let at = line.find(|character| {
        is_quoted ^= character == '"';
        character == ':' && !is_quoted
    })?;
    Some((&line[..at], &line[at + 1..]))
}

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            // parts of a name or an address
            ';' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
