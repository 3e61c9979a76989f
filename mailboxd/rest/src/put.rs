// SPDX-License-Identifier: AGPL-3.0-or-later
//! `POST` brings items into a folder, `PUT` a document to its place. Neither is done for a page of somebody else's: a request that
//! says where it comes from must come from here.

use crate::State;
use crate::answer::{Refusal, encoding, text};
use crate::archive::{self, Resolve};
use crate::auth::Shown;
use crate::item::{Answer, Strings};
use crate::open::{Opened, locate};
use crate::query::Query;
use crate::receive::{ARCHIVE_BYTES_MAX, Received, TEXT_BYTES_MAX};
use axum::body::Body;
use axum::extract::{Path, Query as Pairs, State as AxumState};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use mailbox::{AddMessage, Detail, Error, Flags, Folder, ItemId, Mailbox, Rights, SaveDocument};

const VERSIONS_KEPT: usize = 20;
/// Formats that may stand behind a folder's path: `/home/~/Contacts.csv`.
const EXTENSIONS: [&str; 6] = ["csv", "vcf", "tgz", "tar", "zip", "eml"];

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
    let (opened, path) = locate(&state, &account, &path, &Query::of(pairs), &shown).await?;
    let author = author(&opened)?;
    may_save(&opened, &path).await?;
    let received = Received::new(&state, &author.0, state.store.message_bytes_max(), body).await?;
    save(&opened, &path, content_type(&headers), author, received).await
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
    let (opened, path) = locate(state, account, path, &query, shown).await?;
    let author = author(&opened)?;
    let (path, format) = goal(&opened, &path, query.format.clone()).await?;
    let imports = &state.imports;
    if let Some(kind) = format.as_deref().and_then(archive::Kind::of) {
        let resolve = Resolve::of(query.resolve.as_deref()).ok_or(Refusal::Bad("unknown resolve\n"))?;
        may_import(&opened, &path).await?;
        let received = Received::new(state, &author.0, ARCHIVE_BYTES_MAX, body).await?;
        let work = move |mailbox: &Mailbox| archive::import(mailbox, kind, &received.path, &path, resolve, author);
        let count = imports.run(&opened.handle, work).await.map_err(Refusal::of_import)?;
        return Ok(text(format!("{count} items\n"), "text/plain"));
    }
    let folder = folder(&opened, &path, format.as_deref()).await?;
    match format.as_deref() {
        Some(kind @ ("csv" | "vcf")) => {
            let is_csv = kind == "csv";
            let charset = query.charset.as_deref().map(encoding).transpose()?;
            let received = Received::new(state, &author.0, TEXT_BYTES_MAX, body).await?;
            let work = move |mailbox: &Mailbox| {
                let content = received.text(charset)?;
                let cards = if is_csv {
                    mime::read_csv(content.trim_start()).map_err(|_| Error::Invalid("not a CSV file".into()))?
                } else {
                    mime::read_vcards(&content)
                };
                mailbox.import_cards(folder, cards)
            };
            let made = imports.run(&opened.handle, work).await.map_err(Refusal::of_import)?;
            Ok(text(format!("{} contacts\n", made.len()), "text/plain"))
        }
        None | Some("native" | "eml") => {
            let received = Received::new(state, &author.0, state.store.message_bytes_max(), body).await?;
            let done = opened.handle.run(move |mailbox| {
                let add = AddMessage { folder, flags: Flags::UNREAD, tags: Vec::new(), date_ms: None };
                mailbox.add_message(&received.staged_message(mailbox)?, &add)
            });
            let item = done.await.map_err(Refusal::of_import)?;
            Ok(text(format!("{}\n", item.id), "text/plain"))
        }
        Some(_) => Err(Refusal::Bad("format can't be imported\n")),
    }
}

/// Path and format. As with `GET` a format may stand behind a folder's path, where that is not the name of a folder.
async fn goal(opened: &Opened, path: &str, format: Option<String>) -> Result<(String, Option<String>), Refusal> {
    let extension = path.rsplit_once('.').map(|(stem, extension)| (stem, extension.to_ascii_lowercase()));
    let known = extension.filter(|(_, extension)| EXTENSIONS.contains(&extension.as_str()));
    let (Some((stem, extension)), None) = (known, &format) else { return Ok((path.to_owned(), format)) };
    let whole = format!("/{path}");
    let is_folder = opened.handle.run(move |mailbox| Ok(mailbox.folder_by_path(&whole)?.is_some())).await?;
    Ok(if is_folder { (path.to_owned(), None) } else { (stem.to_owned(), Some(extension)) })
}

/// Where a post goes that names no folder of its own; before anything of it is read: whether something may come there.
async fn folder(opened: &Opened, path: &str, format: Option<&str>) -> Result<ItemId, Refusal> {
    let default = if matches!(format, Some("csv" | "vcf")) { ItemId::CONTACTS } else { ItemId::INBOX };
    let path = path.to_owned();
    let found = opened.handle.run(move |mailbox| {
        let folder = if path.is_empty() { default } else { named(mailbox, &path)?.item.id };
        check(mailbox, folder, Rights::INSERT).map(|()| folder)
    });
    found.await.map_err(Refusal::of_import)
}

/// What a visitor sees nothing of is not there.
fn check(mailbox: &Mailbox, folder: ItemId, wanted: Rights) -> mailbox::Result<()> {
    match mailbox.rights(folder) {
        rights if rights.contains(wanted) => Ok(()),
        Rights::NONE => Err(Error::no_such("folder", folder)),
        _ => Err(Error::Denied),
    }
}

fn named(mailbox: &Mailbox, path: &str) -> mailbox::Result<Folder> {
    mailbox.folder_by_path(&format!("/{path}"))?.ok_or_else(|| Error::no_such("folder", path))
}

/// Whether anything may come into the folder of a path, or into one below.
async fn may_import(opened: &Opened, path: &str) -> Result<(), Refusal> {
    let path = path.to_owned();
    let may = opened.handle.run(move |mailbox| {
        // A visitor does not see the root, but maybe something below.
        let base = if path.is_empty() { String::new() } else { named(mailbox, &path)?.path };
        let folders = mailbox.folders()?.into_iter();
        let mut below = folders
            .filter(|one| one.path.strip_prefix(&base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        if below.any(|one| mailbox.rights(one.item.id).contains(Rights::INSERT)) { Ok(()) } else { Err(Error::Denied) }
    });
    may.await.map_err(Refusal::of_import)
}

/// Whether the caller may make the document of a path, or its next version.
async fn may_save(opened: &Opened, path: &str) -> Result<(), Refusal> {
    let path = path.to_owned();
    let may = opened.handle.run(move |mailbox| {
        let folder = named(mailbox, path.rsplit_once('/').map_or("", |(dir, _)| dir))?.item.id;
        let is_next = mailbox.document_by_path(&format!("/{path}"))?.is_some();
        check(mailbox, folder, if is_next { Rights::WRITE } else { Rights::INSERT })
    });
    may.await.map_err(Refusal::of_import)
}

fn author(opened: &Opened) -> Result<(String, String), Refusal> {
    let caller = opened.caller.as_ref().ok_or(Refusal::Unauthorized)?;
    Ok((caller.id.clone(), caller.name.clone()))
}

/// A new document, or the next version of the one that is there.
async fn save(
    opened: &Opened,
    path: &str,
    kind: String,
    author: (String, String),
    received: Received,
) -> Result<Response, Refusal> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (dir, name) = (dir.to_owned(), name.to_owned());
    let whole = format!("/{path}");
    let done = opened.handle.run(move |mailbox| {
        let folder = named(mailbox, &dir)?.item.id;
        let next_of = mailbox.document_by_path(&whole)?.and_then(|item| match item.detail {
            Detail::Document(detail) => Some((item.id, detail.version)),
            _ => None,
        });
        let save = SaveDocument {
            next_of,
            folder,
            name: next_of.is_none().then_some(name),
            content_type: if kind.is_empty() { "application/octet-stream".into() } else { kind },
            author,
            keep: VERSIONS_KEPT,
            ..SaveDocument::default()
        };
        mailbox.save_document(&save, &received.staged(mailbox)?)
    });
    let item = done.await.map_err(Refusal::of_import)?;
    Ok(text(format!("{}\n", item.id), "text/plain"))
}
