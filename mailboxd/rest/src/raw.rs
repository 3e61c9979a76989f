// SPDX-License-Identifier: AGPL-3.0-or-later
//! A whole message, streamed from its file: a megabyte costs as much memory as a gigabyte.

use crate::answer::{File, Refusal, file};
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use mailbox::{Blob, Handle, Item};

const CHUNK_BYTES: usize = 128 << 10;

pub async fn message(handle: &Handle, item: Item, wish: Option<char>) -> Result<Response, Refusal> {
    let name = if item.subject.is_empty() { "message" } else { item.subject.as_str() };
    let filename = Some(format!("{}.eml", name.chars().filter(|c| !"/\\".contains(*c)).take(120).collect::<String>()));
    let blob = handle.run(move |mailbox| mailbox.open_blob(&item)).await?;
    // Shown as text, never as message/rfc822, which some browsers would render.
    let (content_type, wish) = match wish {
        Some('a') => ("message/rfc822", Some('a')),
        other => ("text/plain", other),
    };
    let described = File { content_type: content_type.into(), charset: None, filename, length: blob.len(), wish };
    Ok(file(&described, body(handle.clone(), blob)))
}

/// Reads where it stopped, in the store's pool, only as fast as the client takes it.
fn body(handle: Handle, blob: Blob) -> Body {
    let chunks = stream::unfold(Some((handle, blob, 0)), |state| async {
        let (handle, blob, at) = state?;
        match handle.run(move |_| Ok(chunk(blob, at))).await {
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

fn chunk(mut blob: Blob, at: u64) -> mailbox::Result<(Blob, Bytes)> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let read = blob.read_at(at, &mut buffer)?;
    buffer.truncate(read);
    Ok((blob, buffer.into()))
}
