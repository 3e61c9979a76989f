// SPDX-License-Identifier: AGPL-3.0-or-later
//! Answers: refusals, and the headers that make a stranger's bytes harmless.

use crate::format::contacts::DELIMITED;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use encoding_rs::Encoding;
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Debug)]
pub enum Refusal {
    Unauthorized,
    /// Also for what exists but is not the caller's: a stranger learns nothing.
    NotFound,
    Bad(&'static str),
    /// An import that says what is wrong with it.
    Unfit(String),
    Forbidden,
    /// Attachments are not given out now, or not so.
    Blocked,
    /// There is no HTML of it.
    NoView,
    TooLarge,
    Unavailable,
    Ours,
}

impl Refusal {
    pub fn ours(error: impl std::fmt::Display) -> Refusal {
        tracing::error!(%error, "REST request failed");
        Refusal::Ours
    }
}

impl Refusal {
    /// Of what a client brings: it is told what is wrong with it.
    pub fn of_import(error: mailbox::Error) -> Refusal {
        use mailbox::Error as E;
        match error {
            E::Invalid(_) | E::InvalidName(_) | E::AlreadyExists(_) | E::CannotContain(_) | E::Locked(_) => {
                Refusal::Unfit(format!("{error}\n"))
            }
            E::OverQuota | E::TooMany(_) | E::DocumentExists { .. } => Refusal::Unfit(format!("{error}\n")),
            E::TooLarge { .. } => Refusal::TooLarge,
            E::Denied => Refusal::Forbidden,
            other => other.into(),
        }
    }
}

impl From<mailbox::Error> for Refusal {
    fn from(error: mailbox::Error) -> Refusal {
        use mailbox::Error as E;
        match error {
            E::NoSuch { .. } | E::Denied => Refusal::NotFound,
            E::Query(_) => Refusal::Unfit(format!("{error}\n")),
            E::Unavailable(why) => {
                tracing::warn!(%why, "REST: temporarily unavailable");
                Refusal::Unavailable
            }
            error => Refusal::ours(error),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let said;
        let (status, text) = match self {
            Refusal::Unfit(why) => {
                said = why;
                (StatusCode::BAD_REQUEST, said.as_str())
            }
            Refusal::Forbidden => (StatusCode::FORBIDDEN, "not allowed\n"),
            Refusal::Blocked => (StatusCode::FORBIDDEN, "attachments are blocked\n"),
            Refusal::NoView => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "this file can't be shown as HTML\n"),
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too large\n"),
            Refusal::Unauthorized => (StatusCode::UNAUTHORIZED, "must authenticate\n"),
            Refusal::NotFound => (StatusCode::NOT_FOUND, "no such item\n"),
            Refusal::Bad(why) => (StatusCode::BAD_REQUEST, why),
            Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "try again later\n"),
            Refusal::Ours => (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n"),
        };
        let mut response = (status, text.to_owned()).into_response();
        guard(&mut response);
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("BASIC realm=\"Posthouse\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// What every answer here carries.
fn guard(response: &mut Response) {
    let policy = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// A page that was made of a stranger's file: no origin, no scripts, nothing from anywhere, not in a frame of others.
pub fn page(content: Body) -> Response {
    let policy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
    let mut response = Response::new(content);
    guard(&mut response);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Text of our own making; HTML stays in the sandbox.
pub fn text(content: impl Into<Body>, content_type: &str) -> Response {
    named(content, content_type, None)
}

/// The same as a file with a name.
pub fn named(content: impl Into<Body>, content_type: &str, filename: Option<&str>) -> Response {
    // JSON is UTF-8 (RFC 8259 §8.1), XML says itself what it is in, and delimited fields are UTF-8 to all who know them.
    let is_bare = ["text/xml", DELIMITED].contains(&content_type);
    let says = (content_type.starts_with("text/") && !is_bare) || content_type.ends_with("+xml");
    let charset = if says { ";charset=utf-8" } else { "" };
    whole(content.into(), &format!("{content_type}{charset}"), filename)
}

/// Text in the character set that the client asks for; what that has no sign for becomes a question mark. `Bad`: nobody knows it.
pub fn in_charset(
    content: String,
    content_type: &str,
    filename: &str,
    charset: Option<&str>,
) -> Result<Response, Refusal> {
    let Some(charset) = charset else { return Ok(named(content, content_type, Some(filename))) };
    let encoding = encoding(charset)?.output_encoding();
    let (octets, _, is_lossy) = encoding.encode(&content);
    let octets = if is_lossy {
        let has = |c: char| !encoding.encode(c.encode_utf8(&mut [0; 4])).2;
        let plain: String = content.chars().map(|c| if has(c) { c } else { '?' }).collect();
        encoding.encode(&plain).0.into_owned()
    } else {
        octets.into_owned()
    };
    let content_type = format!("{content_type};charset={}", encoding.name().to_ascii_lowercase());
    Ok(whole(octets.into(), &content_type, Some(filename)))
}

/// By any of its names (the WHATWG's encoding standard).
pub fn encoding(charset: &str) -> Result<&'static Encoding, Refusal> {
    let known = Encoding::for_label(charset.as_bytes()).filter(|known| *known != encoding_rs::REPLACEMENT);
    known.ok_or(Refusal::Bad("unknown charset\n"))
}

fn whole(content: Body, content_type: &str, filename: Option<&str>) -> Response {
    let mut response = Response::new(content);
    guard(&mut response);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(content_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Some(value) = filename.and_then(|name| HeaderValue::from_str(&disposition("attachment", Some(name))).ok()) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// By which a client knows again what it has.
pub struct Stamp {
    /// With its quotes.
    pub tag: String,
    /// Milliseconds since 1970; `None`: nobody knows.
    pub changed_ms: Option<i64>,
}

/// RFC 9110 §5.6.7
pub const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

impl Stamp {
    /// Of what is made anew for each answer: the same while its octets are.
    pub fn of_content(content: &str) -> Stamp {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Stamp { tag: format!("\"{:016x}\"", hasher.finish()), changed_ms: None }
    }

    /// RFC 9110 §15.4.5
    pub fn not_modified(&self) -> Response {
        self.put(StatusCode::NOT_MODIFIED.into_response())
    }

    pub fn put(&self, mut response: Response) -> Response {
        let changed = self.changed_ms.and_then(chrono::DateTime::from_timestamp_millis);
        let changed = changed.map(|time| time.format(HTTP_DATE).to_string());
        for (name, value) in [(header::ETAG, Some(&self.tag)), (header::LAST_MODIFIED, changed.as_ref())] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

pub struct File {
    /// Lower case "type/subtype".
    pub content_type: String,
    pub charset: Option<String>,
    pub filename: Option<String>,
    pub length: u64,
    /// What the client asked for with `disp`.
    pub wish: Option<char>,
}

/// Types that a browser shows without running anything in them.
const HARMLESS: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/pdf"];

pub fn file(file: &File, body: Body) -> Response {
    let mut response = Response::new(body);
    guard(&mut response);
    let harmless = HARMLESS.contains(&file.content_type.as_str());
    // Types that we would rather not name to a browser are bytes.
    let plain = file.content_type.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.+-_".contains(&b));
    let content_type = match (&file.charset, plain) {
        (_, false) => "application/octet-stream".to_owned(),
        (Some(charset), true) if file.content_type.starts_with("text/") && is_token(charset) => {
            format!("{}; charset={charset}", file.content_type)
        }
        _ => file.content_type.clone(),
    };
    let shown = harmless && file.wish != Some('a');
    let headers = response.headers_mut();
    let disposition = disposition(if shown { "inline" } else { "attachment" }, file.filename.as_deref());
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_LENGTH, file.length.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() < 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

/// RFC 6266 §4: a name for old clients, and the true one (RFC 8187).
fn disposition(kind: &str, filename: Option<&str>) -> String {
    let Some(name) = filename.filter(|name| !name.is_empty()) else { return kind.to_owned() };
    // Names are names, not paths.
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii() && !c.is_ascii_control() && !"\"\\%;".contains(c) { c } else { '_' })
        .take(200)
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes().take(600) {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &str, wish: Option<char>) -> (String, String) {
        let file = super::file(
            &File {
                content_type: content_type.into(),
                charset: Some("utf-8".into()),
                filename: Some("../a\"\r\nX: y é.html".into()),
                length: 0,
                wish,
            },
            Body::empty(),
        );
        let get = |name| file.headers()[name].to_str().unwrap().to_owned();
        (get(header::CONTENT_TYPE), get(header::CONTENT_DISPOSITION))
    }

    #[test]
    fn only_harmless_types_are_shown() {
        for kind in ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript"] {
            assert!(headers(kind, Some('i')).1.starts_with("attachment"), "{kind}");
        }
        for kind in HARMLESS {
            assert!(headers(kind, None).1.starts_with("inline"), "{kind}");
            assert!(headers(kind, Some('a')).1.starts_with("attachment"), "{kind}");
        }
        assert_eq!(headers("text/x\r\nSet-Cookie: a", None).0, "application/octet-stream");
        assert_eq!(headers("text/plain", None).0, "text/plain; charset=utf-8");
    }

    #[test]
    fn names_stay_within_their_header() {
        let shown = headers("text/html", None).1;
        assert_eq!(
            shown,
            "attachment; filename=\"a___X: y _.html\"; filename*=UTF-8''a%22%0D%0AX%3A%20y%20%C3%A9.html"
        );
    }
}
