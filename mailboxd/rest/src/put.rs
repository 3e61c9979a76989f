// SPDX-License-Identifier: AGPL-3.0-or-later
//! `POST` brings items into a folder, `PUT` a document to its place. Neither is done for a page of somebody else's: a request that
//! says where it comes from must come from here.

use crate::State;
use crate::answer::{Refusal, text};
use crate::archive::{self, Resolve};
use crate::auth::Shown;
use crate::item::{Answer, Opened, Strings, open};
use crate::query::Query;
use crate::target::{self, Target};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query as Pairs, State as AxumState};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use futures_util::StreamExt;
use mailbox::{AddMessage, Detail, Flags, ItemId, SaveDocument};
use std::path::PathBuf;
use tokio::io::AsyncWriteExt;

/// Octets of one request: a whole mailbox may come.
const BODY_BYTES_MAX: u64 = 8 << 30;
/// Of a file of contacts, which is read as a whole.
const TEXT_BYTES_MAX: u64 = 32 << 20;
const VERSIONS_KEPT: usize = 20;

pub async fn post_root(
    AxumState(state): AxumState<State>,
    Path(account): Path<String>,
    Pairs(pairs): Strings,
    shown: Shown,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    post(&state, &account, "", Query::of(pairs), &shown, &headers, body).await
}

pub async fn post_path(
    AxumState(state): AxumState<State>,
    Path((account, path)): Path<(String, String)>,
    Pairs(pairs): Strings,
    shown: Shown,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    post(&state, &account, &path, Query::of(pairs), &shown, &headers, body).await
}

pub async fn put_path(
    AxumState(state): AxumState<State>,
    Path((account, path)): Path<(String, String)>,
    Pairs(pairs): Strings,
    shown: Shown,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    from_here(&headers)?;
    let opened = open(&state, &account, &Query::of(pairs), &shown).await?;
    let received = Received::new(&state, body).await?;
    save(&opened, path.trim_matches('/'), content_type(&headers), received).await
}

/// Browsers say where a page comes from that sends a form.
fn from_here(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let Some(origin) = value(header::ORIGIN).filter(|origin| *origin != "null") else {
        return if headers.contains_key(header::ORIGIN) { Err(Refusal::Forbidden) } else { Ok(()) };
    };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    if value(header::HOST) == Some(host) { Ok(()) } else { Err(Refusal::Forbidden) }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A body as a file, which goes with it.
struct Received {
    path: PathBuf,
    size: u64,
}

impl Drop for Received {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Received {
    async fn new(state: &State, body: Body) -> Result<Received, Refusal> {
        let path = state.store.scratch().map_err(Refusal::from)?;
        let mut received = Received { path, size: 0 };
        let mut file = tokio::fs::File::create(&received.path).await.map_err(Refusal::ours)?;
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk: Bytes = chunk.map_err(|_| Refusal::Bad("the body ended early\n"))?;
            received.size += chunk.len() as u64;
            if received.size > BODY_BYTES_MAX {
                return Err(Refusal::TooLarge);
            }
            file.write_all(&chunk).await.map_err(Refusal::ours)?;
        }
        file.flush().await.map_err(Refusal::ours)?;
        Ok(received)
    }

    async fn text(&self) -> Result<String, Refusal> {
        if self.size > TEXT_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let bytes = tokio::fs::read(&self.path).await.map_err(Refusal::ours)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

async fn post(
    state: &State,
    account: &str,
    path: &str,
    query: Query,
    shown: &Shown,
    headers: &HeaderMap,
    body: Body,
) -> Answer {
    from_here(headers)?;
    let opened = open(state, account, &query, shown).await?;
    let path = path.trim().trim_matches('/').to_owned();
    let format = query.format.clone().or_else(|| {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?;
        ["tgz", "tar", "zip", "csv", "vcf"].contains(&extension.as_str()).then_some(extension)
    });
    let received = Received::new(state, body).await?;
    if let Some(kind) = format.as_deref().and_then(archive::Kind::of) {
        let resolve = Resolve::of(query.resolve.as_deref()).ok_or(Refusal::Bad("unknown resolve\n"))?;
        let author = author(&opened)?;
        let done =
            opened.handle.run(move |mailbox| archive::import(mailbox, kind, &received.path, &path, resolve, author));
        let count = done.await.map_err(Refusal::of_import)?;
        return Ok(text(format!("{count} items\n"), "text/plain"));
    }
    let folder = folder(&opened, &path, format.as_deref()).await?;
    match format.as_deref() {
        Some(kind @ ("csv" | "vcf")) => {
            let content = received.text().await?;
            let cards = match kind {
                "csv" => mime::read_csv(content.trim_start()).map_err(|_| Refusal::Bad("not a CSV file\n"))?,
                _ => mime::read_vcards(&content),
            };
            let count = opened.handle.run(move |mailbox| mailbox.import_cards(folder, cards)).await;
            Ok(text(format!("{} contacts\n", count.map_err(Refusal::of_import)?.len()), "text/plain"))
        }
        None | Some("native" | "eml") => {
            let done = opened.handle.run(move |mailbox| {
                let mut staging = mailbox.stage();
                copy(&received.path, &mut staging)?;
                let add = AddMessage { folder, flags: Flags::UNREAD, tags: Vec::new(), date_ms: None };
                mailbox.add_message(&staging.finish()?, &add)
            });
            let item = done.await.map_err(Refusal::of_import)?;
            Ok(text(format!("{}\n", item.id), "text/plain"))
        }
        Some(_) => Err(Refusal::Bad("format can't be imported\n")),
    }
}

/// Where a post goes that names no folder of its own.
async fn folder(opened: &Opened, path: &str, format: Option<&str>) -> Result<ItemId, Refusal> {
    if path.is_empty() {
        return Ok(if matches!(format, Some("csv" | "vcf")) { ItemId::CONTACTS } else { ItemId::INBOX });
    }
    match target::find(&opened.handle, path, &Query { limit: Some(1), ..Query::default() }).await? {
        Target::Items { folder: Some(folder), .. } => Ok(folder.item.id),
        _ => Err(Refusal::NotFound),
    }
}

fn author(opened: &Opened) -> Result<(String, String), Refusal> {
    let caller = opened.caller.as_ref().ok_or(Refusal::Unauthorized)?;
    Ok((caller.id.clone(), caller.name.clone()))
}

fn copy(from: &std::path::Path, staging: &mut mailbox::Staging) -> mailbox::Result<()> {
    let failed = |error: std::io::Error| mailbox::Error::Store(error.to_string());
    let mut file = std::fs::File::open(from).map_err(failed)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match std::io::Read::read(&mut file, &mut buffer).map_err(failed)? {
            0 => return Ok(()),
            read => staging.write(&buffer[..read])?,
        }
    }
}

/// A new document, or the next version of the one that is there.
async fn save(opened: &Opened, path: &str, kind: String, received: Received) -> Result<Response, Refusal> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (dir, name, author) = (dir.to_owned(), name.to_owned(), author(opened)?);
    let whole = format!("/{path}");
    let done = opened.handle.run(move |mailbox| {
        let folder = mailbox.folder_by_path(&format!("/{dir}"))?;
        let folder = folder.ok_or(mailbox::Error::NoSuch { kind: "folder", id: dir })?.item.id;
        let next_of = mailbox.document_by_path(&whole)?.and_then(|item| match item.detail {
            Detail::Document(detail) => Some((item.id, detail.version)),
            _ => None,
        });
        let mut staging = mailbox.stage();
        copy(&received.path, &mut staging)?;
        let save = SaveDocument {
            next_of,
            folder,
            name: next_of.is_none().then_some(name),
            content_type: if kind.is_empty() { "application/octet-stream".into() } else { kind },
            author,
            keep: VERSIONS_KEPT,
            ..SaveDocument::default()
        };
        mailbox.save_document(&save, &staging.finish()?)
    });
    let item = done.await.map_err(Refusal::of_import)?;
    Ok(text(format!("{}\n", item.id), "text/plain"))
}
