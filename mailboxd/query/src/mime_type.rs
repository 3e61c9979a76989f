// SPDX-License-Identifier: AGPL-3.0-or-later
//! Everyday names of attachment types.

const WORD: &[&str] = &[
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.oasis.opendocument.text",
    "application/rtf",
];
const EXCEL: &[&str] = &[
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
];
const SLIDES: &[&str] = &[
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.presentation",
];
const ARCHIVE: &[&str] = &["application/zip", "application/x-zip-compressed", "application/gzip", "application/x-tar"];

const ALIASES: &[(&str, &[&str])] = &[
    ("word", WORD),
    ("msword", WORD),
    ("doc", WORD),
    ("excel", EXCEL),
    ("xls", EXCEL),
    ("ppt", SLIDES),
    ("powerpoint", SLIDES),
    ("mspowerpoint", SLIDES),
    ("pdf", &["application/pdf"]),
    ("zip", ARCHIVE),
    ("ical", &["text/calendar"]),
    ("email", &["message/rfc822"]),
];

/// The texts to look for in a part's type when the query says `value`: any of them.
pub fn type_terms(value: &str) -> Vec<&str> {
    match ALIASES.iter().find(|(name, _)| value.eq_ignore_ascii_case(name)) {
        Some((_, types)) => types.to_vec(),
        None => vec![value],
    }
}
