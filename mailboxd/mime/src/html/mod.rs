// SPDX-License-Identifier: AGPL-3.0-or-later
//! HTML of mail: hostile until proved otherwise.

mod css;
mod guard;
mod remote;
mod sanitize;
mod text;
mod token;

pub use sanitize::{SanitizeOptions, sanitize_html};
pub use text::html_to_text;
pub(crate) use text::to_text;

/// Where a character set is looked for (the HTML standard says the first 1024 bytes).
const SNIFF_BYTES: usize = 1024;

/// What `<meta charset>` or its http-equiv says.
pub(crate) fn charset(html: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&html[..html.len().min(SNIFF_BYTES)]).to_ascii_lowercase();
    let value = head.split("charset=").nth(1)?.trim_start_matches(['"', '\'', ' ']);
    let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(value.len());
    Some(value[..end].to_string()).filter(|c| !c.is_empty() && !c.starts_with("utf-16"))
}
