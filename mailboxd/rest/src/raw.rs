// SPDX-License-Identifier: AGPL-3.0-or-later
//! A whole message, streamed from its file: a megabyte costs as much memory as a gigabyte.

use crate::answer::{File, Refusal, file};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use mailbox::{Blob, Handle, Item};

const CHUNK_BYTES: usize = 128 << 10;

pub async fn message(
    handle: &Handle,
    item: Item,
    wish: Option<char>,
    range: Option<Range>,
) -> Result<Response, Refusal> {
    let name = if item.subject.is_empty() { "message" } else { item.subject.as_str() };
    let filename = Some(format!("{}.eml", name.chars().filter(|c| !"/\\".contains(*c)).take(120).collect::<String>()));
    let blob = handle.run(move |mailbox| mailbox.open_blob(&item)).await?;
    // Shown as text, never as message/rfc822, which some browsers would render.
    let (content_type, wish) = match wish {
        Some('a') => ("message/rfc822", Some('a')),
        other => ("text/plain", other),
    };
    let described = File { content_type: content_type.into(), charset: None, filename, length: blob.len(), wish };
    Ok(self::blob(handle, blob, &described, range))
}

/// Octets that a client asks for (RFC 9110 §14.1.2): from, and up to which, or how many from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    From(u64, Option<u64>),
    Last(u64),
}

impl Range {
    /// One range of octets; several are answered as if none had been asked for.
    pub fn parse(text: &str) -> Option<Range> {
        let (from, until) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
        match (from.trim(), until.trim()) {
            ("", last) => Some(Range::Last(last.parse().ok()?)),
            (from, "") => Some(Range::From(from.parse().ok()?, None)),
            (from, until) => Some(Range::From(from.parse().ok()?, Some(until.parse().ok()?))),
        }
    }

    /// The first octet, and the one behind the last; `None`: there are no such.
    fn within(self, length: u64) -> Option<(u64, u64)> {
        let (from, until) = match self {
            Range::From(from, until) => (from, until.map_or(length, |until| until.saturating_add(1).min(length))),
            Range::Last(count) => (length.saturating_sub(count), length),
        };
        (from < until).then_some((from, until))
    }
}

/// The whole, or the part of it that was asked for.
pub fn blob(handle: &Handle, blob: Blob, described: &File, range: Option<Range>) -> Response {
    ranged(blob.len(), described, range, |from, until| body(handle.clone(), blob, from, until))
}

/// The same of what is in memory.
pub fn octets(content: Vec<u8>, described: &File, range: Option<Range>) -> Response {
    let content = Bytes::from(content);
    ranged(content.len() as u64, described, range, |from, until| {
        let at = |octets: u64| usize::try_from(octets).unwrap_or(usize::MAX);
        Body::from(content.slice(at(from)..at(until)))
    })
}

fn ranged(length: u64, described: &File, range: Option<Range>, body: impl FnOnce(u64, u64) -> Body) -> Response {
    let Some(range) = range else {
        let mut response = file(described, body(0, length));
        response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        return response;
    };
    let Some((from, until)) = range.within(length) else {
        let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
        put(&mut response, header::CONTENT_RANGE, &format!("bytes */{length}"));
        return response;
    };
    let mut response = file(described, body(from, until));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    put(&mut response, header::CONTENT_LENGTH, &(until - from).to_string());
    put(&mut response, header::CONTENT_RANGE, &format!("bytes {from}-{}/{length}", until - 1));
    response
}

fn put(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Reads where it stopped, in the store's pool, only as fast as the client takes it.
fn body(handle: Handle, blob: Blob, from: u64, until: u64) -> Body {
    let chunks = stream::unfold(Some((handle, blob, from)), move |state| async move {
        let (handle, blob, at) = state?;
        match handle.run(move |_| Ok(chunk(blob, at, until))).await {
            Ok(Ok((_, bytes))) if bytes.is_empty() => None,
            Ok(Ok((blob, bytes))) => {
                let next = at + bytes.len() as u64;
                Some((Ok(bytes), Some((handle, blob, next))))
            }
            Ok(Err(error)) | Err(error) => {
                tracing::error!(%error, "message can't be read to its end");
                Some((Err(error), None))
            }
        }
    })
    // Whoever compresses the answer asks once more behind its end.
    .fuse();
    Body::from_stream(chunks)
}

fn chunk(mut blob: Blob, at: u64, until: u64) -> mailbox::Result<(Blob, Bytes)> {
    let left = usize::try_from(until.saturating_sub(at)).unwrap_or(usize::MAX);
    let mut buffer = vec![0; CHUNK_BYTES.min(left)];
    let read = blob.read_at(at, &mut buffer)?;
    buffer.truncate(read);
    Ok((blob, buffer.into()))
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn ranges() {
        for (text, length, expected) in [
            ("bytes=0-9", 100, Some((0, 10))),
            ("bytes=90-", 100, Some((90, 100))),
            ("bytes=-5", 100, Some((95, 100))),
            ("bytes=90-900", 100, Some((90, 100))),
            ("bytes=100-", 100, None),
            ("bytes=-0", 100, None),
            ("bytes=9-3", 100, None),
        ] {
            assert_eq!(Range::parse(text).and_then(|range| range.within(length)), expected, "{text}");
        }
        for bad in ["bytes=", "bytes=a-b", "items=1-2", "bytes=1-2,5-6"] {
            assert_eq!(Range::parse(bad), None, "{bad}");
        }
    }
}
