// SPDX-License-Identifier: AGPL-3.0-or-later
//! MIME: parse, build, sanitise (skeleton of the interface). No function here fails or panics on hostile input.
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailbox {
    pub address: String,
    pub name: Option<String>,
}

/// What a delivery keeps of a message. All text decoded; empty where absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub subject: String,
    /// Without Re:, Fwd:, list tags in brackets; white space folded; for threading and sorting.
    pub subject_base: String,
    pub is_reply: bool,
    pub from: Vec<Mailbox>,
    pub sender: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    /// Without angle brackets.
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    pub date_ms: Option<i64>,
    /// First words of the text, at most 160 characters.
    pub fragment: String,
    pub has_attachment: bool,
    pub has_invite: bool,
    /// -1 low, 0, 1 urgent.
    pub priority: i8,
}
pub fn summary(_message: &[u8]) -> Summary {
    unimplemented!()
}

/// What is searchable.
#[derive(Debug, Clone, Default)]
pub struct SearchText {
    pub subject: String,
    pub from: String,
    pub to: String,
    pub cc: String,
    pub body: String,
    pub filenames: String,
    pub types: Vec<String>,
    pub message_id: String,
}
pub fn search_text(_message: &[u8], _body_bytes_max: usize) -> SearchText {
    unimplemented!()
}

/// One MIME entity. Offsets are byte offsets into the message.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Part {
    /// IMAP part number ("1", "2.1"); "" for a multipart root. Zimbra uses the same numbers, "TEXT" never occurs.
    pub number: String,
    /// Lower case "type/subtype".
    pub content_type: String,
    /// Content-Type parameters, lower-case names, decoded (RFC 2231), in order.
    pub params: Vec<(String, String)>,
    pub charset: Option<String>,
    pub filename: Option<String>,
    /// Content-ID with angle brackets as sent.
    pub content_id: Option<String>,
    pub content_location: Option<String>,
    pub description: Option<String>,
    pub md5: Option<String>,
    pub languages: Vec<String>,
    /// Lower case: "attachment", "inline" …
    pub disposition: Option<String>,
    pub disposition_params: Vec<(String, String)>,
    /// As sent, e.g. "base64"; None if absent.
    pub encoding: Option<String>,
    pub header: std::ops::Range<usize>,
    pub body: std::ops::Range<usize>,
    /// Lines in the encoded body (text and message/rfc822 need it).
    pub lines: usize,
    /// Octets of the decoded body.
    pub decoded_size: usize,
    /// Parts of a multipart; for message/rfc822 the one embedded message.
    pub children: Vec<Part>,
}
/// The whole tree; nesting deeper than the limit is kept as application/octet-stream leaves.
pub fn parts(_message: &[u8]) -> Part {
    unimplemented!()
}
/// Body of a part with its transfer encoding undone, bytes as they are.
pub fn decoded(_message: &[u8], _part: &Part) -> Vec<u8> {
    unimplemented!()
}
/// Body of a text part as UTF-8.
pub fn text(_message: &[u8], _part: &Part) -> String {
    unimplemented!()
}
/// Raw values of a header field, unfolded and RFC 2047-decoded, in order.
pub fn header(_message: &[u8], _name: &str) -> Vec<String> {
    unimplemented!()
}

pub struct SanitizeOptions<'a> {
    /// Rewrites `cid:` references to URLs.
    pub cid_url: &'a dyn Fn(&str) -> Option<String>,
    /// False: remote images and backgrounds are moved to data-src / data-background ("dfsrc" for Zimbra's clients).
    pub remote_images: bool,
}
/// Safe HTML for a sandboxed frame. Also tells if it had remote images.
pub fn sanitize_html(_html: &str, _options: &SanitizeOptions<'_>) -> (String, bool) {
    unimplemented!()
}
pub fn html_to_text(_html: &str) -> String {
    unimplemented!()
}

/// A message to build.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub from: Option<Mailbox>,
    pub sender: Option<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub subject: String,
    pub date_ms: i64,
    /// Without angle brackets.
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
    pub priority: i8,
    /// Further header fields, e.g. X-Mailer, Disposition-Notification-To.
    pub extra: Vec<(String, String)>,
}
#[derive(Debug, Clone)]
pub struct Attachment {
    pub content_type: String,
    pub filename: Option<String>,
    pub content: Vec<u8>,
    pub content_id: Option<String>,
    pub inline: bool,
}
/// RFC 5322 bytes with CRLF. `keep_bcc`: drafts keep the field, what is sent does not.
pub fn build(_draft: &Draft, _keep_bcc: bool) -> Vec<u8> {
    unimplemented!()
}
/// Parses "Name <a@b>, c@d" (RFC 5322 §3.4, groups flattened); None if there is no address in it.
pub fn parse_addresses(_text: &str) -> Vec<Mailbox> {
    unimplemented!()
}
