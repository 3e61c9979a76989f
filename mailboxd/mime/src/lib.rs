// SPDX-License-Identifier: AGPL-3.0-or-later
//! MIME: parse, build, sanitise. No function here fails or panics on hostile input, recurses by what is in it, or takes
//! more than linear time and space for it.
//!
//! `structure` finds the entities of a message by byte offset in one pass; all else works on that: `part` (the public
//! tree), `summary` (what a delivery keeps), `search` (what is indexed). The message's bytes are never changed.

mod address;
mod build;
mod card;
mod charset;
mod date;
mod encoded_word;
mod field;
mod html;
mod params;
mod part;
mod resent;
mod search;
mod structure;
mod subject;
mod summary;
mod transfer;

pub use build::{Attachment, Draft, build};
pub use card::{Card, CsvError, read_csv, read_vcards, write_csv, write_vcard};
pub use html::{SanitizeOptions, html_to_text, sanitize_html};
pub use part::{Part, decoded, has_files, header, parts, text};
pub use resent::{Receipt, Resent, receipt, resent, without};
pub use search::{SearchText, has_words, is_extractable, search_text};
pub use summary::{Summary, summary};

/// Octets in some character set as text. Never fails: what can't be read becomes U+FFFD, an unknown or missing label is guessed.
pub fn decode_text<'a>(label: Option<&str>, bytes: &'a [u8]) -> std::borrow::Cow<'a, str> {
    charset::decode(label, bytes)
}

/// The same for a page of HTML, which may say itself what it is in.
pub fn decode_html(label: Option<&str>, bytes: &[u8]) -> String {
    let sniffed = if label.is_none() { html::charset(bytes) } else { None };
    charset::decode(label.or(sniffed.as_deref()), bytes).into_owned()
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailbox {
    pub address: String,
    pub name: Option<String>,
}

/// Parses "Name <a@b>, c@d" (RFC 5322 §3.4, groups flattened). What has no address in it is left out.
pub fn parse_addresses(text: &str) -> Vec<Mailbox> {
    address::parse(text.as_bytes(), true)
}
