// SPDX-License-Identifier: AGPL-3.0-or-later
//! `GET`: an item or a part of it, the items of a folder, or an archive of them.

use crate::answer::{File, Refusal, Stamp, in_charset, named, text};
use crate::archive::{self, Contents};
use crate::auth::Shown;
use crate::format::{contacts, feed, list, mobileconfig, page, sync};
use crate::open::{Opened, locate};
use crate::query::Query;
use crate::target::{self, Target};
use crate::view::{self, Way};
use crate::{State, raw};
use axum::extract::{Path, Query as Pairs, State as AxumState};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mailbox::extract::About;
use mailbox::{Detail, Folder, Handle, Item, ItemId, Kind};
use std::collections::{HashMap, HashSet};

pub type Answer = Result<Response, Refusal>;
pub type Strings = Pairs<HashMap<String, String>>;

/// `/home/ACCOUNT/?id=…`
pub async fn root(
    AxumState(state): AxumState<State>,
    Path(account): Path<String>,
    Pairs(pairs): Strings,
    shown: Shown,
) -> Answer {
    serve(&state, &account, "", Query::of(pairs), &shown).await
}

/// `/home/ACCOUNT/Folder/…`
pub async fn path(
    AxumState(state): AxumState<State>,
    Path((account, path)): Path<(String, String)>,
    Pairs(pairs): Strings,
    shown: Shown,
) -> Answer {
    serve(&state, &account, &path, Query::of(pairs), &shown).await
}

/// `/service/content/get?id=…`: the caller's own.
pub async fn content(AxumState(state): AxumState<State>, Pairs(pairs): Strings, shown: Shown) -> Answer {
    serve(&state, "~", "", Query::of(pairs), &shown).await
}

/// Formats that may stand behind a folder's path: `/home/~/Contacts.csv`.
const EXTENSIONS: [&str; 11] = ["csv", "vcf", "json", "xml", "rss", "atom", "html", "tgz", "tar", "zip", "eml"];

async fn serve(state: &State, account: &str, path: &str, mut query: Query, shown: &Shown) -> Answer {
    let (opened, path) = locate(state, account, path, &query, shown).await?;
    if query.format.as_deref() == Some("mobileconfig") {
        return profile(state, &opened, &query);
    }
    let found = match target::find(&opened.handle, &path, &query).await {
        Err(Refusal::NotFound) if query.format.is_none() => {
            let (stem, extension) = path.rsplit_once('.').ok_or(Refusal::NotFound)?;
            let extension = extension.to_ascii_lowercase();
            if !EXTENSIONS.contains(&extension.as_str()) {
                return Err(Refusal::NotFound);
            }
            query.format = Some(extension);
            target::find(&opened.handle, stem, &query).await?
        }
        other => other?,
    };
    match found {
        Target::Item(item) => one(state, &opened, *item, &query, shown).await,
        // Without a path, a search or a format nothing was asked for.
        Target::Items { folder: Some(folder), .. }
            if folder.item.id == ItemId::USER_ROOT && query.query.is_none() && query.format.is_none() =>
        {
            Err(Refusal::Bad("missing id\n"))
        }
        Target::Items { folder, items } => many(state, &opened, folder, items, &query, shown).await,
    }
}

/// An account of this server for mail programs of Apple's; only one's own.
fn profile(state: &State, opened: &Opened, query: &Query) -> Answer {
    let account = opened.caller.as_ref().filter(|caller| caller.id == opened.owner.id).ok_or(Refusal::NotFound)?;
    if !matches!(query.config_type.as_deref(), None | Some("imap" | "all")) {
        return Err(Refusal::Bad("there is a configuration for IMAP only\n"));
    }
    let services = state.services.as_ref().ok_or(Refusal::Bad("this server has no services for mail programs\n"))?;
    let name = account.display_name().unwrap_or(&account.name);
    let profile = mobileconfig::profile(services, &account.id, &account.name, name);
    Ok(named(profile, "application/x-apple-aspen-config", Some("mail.mobileconfig")))
}

fn stamp(item: &Item) -> Stamp {
    Stamp { tag: format!("\"{}-{}-{}\"", item.id, item.revision, item.modseq), changed_ms: Some(item.changed_ms) }
}

async fn one(state: &State, opened: &Opened, item: Item, query: &Query, shown: &Shown) -> Answer {
    let handle = &opened.handle;
    let stamp = stamp(&item);
    if shown.has(&stamp) {
        return Ok(stamp.not_modified());
    }
    let range = shown.range(&stamp);
    let (format, wish) = (query.format.as_deref(), query.disposition);
    let response = match (item.kind, format, query.part.clone()) {
        (Kind::Message, None | Some("native" | "html"), Some(number)) => {
            part(state, opened, item, number, query, range).await?
        }
        (Kind::Message, None | Some("native" | "eml"), None) if query.no_body => header_of(handle, item).await?,
        (Kind::Message, None | Some("native" | "eml"), None) => {
            opened.may_have_whole(handle, &item).await?;
            raw::message(handle, item, wish, range).await?
        }
        (Kind::Message, Some("html"), None) => {
            let _turn = state.decoding.acquire().await.map_err(Refusal::ours)?;
            let as_text = query.as_text;
            let shown = handle.run(move |mailbox| Ok(page::message(item.id.0, &mailbox.content(&item)?, as_text)));
            text(shown.await?, "text/html")
        }
        (Kind::Message, Some("sync"), None) => {
            opened.may_have_whole(handle, &item).await?;
            synced(handle, item, query).await?
        }
        (Kind::Document, None | Some("native" | "html"), None) => document(state, opened, item, query, range).await?,
        (Kind::Contact, None | Some("native" | "vcf"), None) => {
            let text = handle.run(move |mailbox| contacts::vcards(mailbox, &[item])).await?;
            in_charset(text, "text/vcard", "contact.vcf", query.charset.as_deref())?
        }
        (Kind::Contact, None | Some("native"), Some(name)) => picture(state, opened, item, &name, query).await?,
        (Kind::Contact, Some("csv"), None) => {
            let text = handle.run(move |mailbox| contacts::csv(mailbox, &[item])).await?;
            in_charset(text, "text/csv", "contact.csv", query.charset.as_deref())?
        }
        (Kind::Contact, Some("cf"), None) => {
            let text = handle.run(move |mailbox| contacts::delimited(mailbox, &[item])).await?;
            named(text, contacts::DELIMITED, None)
        }
        (_, Some("json"), None) => {
            let tags = handle.run(|mailbox| mailbox.tags()).await?;
            text(list::to_json(&[item], &tags), "application/json")
        }
        (_, Some("xml"), None) => {
            let tags = handle.run(|mailbox| mailbox.tags()).await?;
            text(list::to_xml(&[item], &tags), "text/xml")
        }
        (_, Some(format), None) if archive::Kind::of(format).is_some() => {
            return archived(state, opened, format, vec![item], "item", query);
        }
        _ => return Err(Refusal::Bad("format is not supported for this item\n")),
    };
    Ok(stamp.put(response))
}

async fn many(
    state: &State,
    opened: &Opened,
    folder: Option<Box<Folder>>,
    items: Vec<Item>,
    query: &Query,
    shown: &Shown,
) -> Answer {
    let handle = &opened.handle;
    let view = folder.as_ref().map(|folder| folder.detail.view.clone()).unwrap_or_default();
    let name = folder.as_ref().map_or_else(|| "items".to_owned(), |folder| folder.item.name.clone());
    let default = match view.as_str() {
        "contact" => "csv",
        _ => "html",
    };
    let format = query.format.as_deref().filter(|format| *format != "native").unwrap_or(default).to_owned();
    if archive::Kind::of(&format).is_some() {
        return archived_folder(state, opened, &format, folder, items, &name, query).await;
    }
    let base = format!("/home/{}/", opened.owner.name);
    let (asked, title) = (format.clone(), name.clone());
    let written = handle.run(move |mailbox| {
        Ok(Some(match asked.as_str() {
            "csv" => (contacts::csv(mailbox, &items)?, "text/csv"),
            "vcf" => (contacts::vcards(mailbox, &items)?, "text/vcard"),
            "cf" => (contacts::delimited(mailbox, &items)?, contacts::DELIMITED),
            "json" => (list::to_json(&items, &mailbox.tags()?), "application/json"),
            "xml" => (list::to_xml(&items, &mailbox.tags()?), "text/xml"),
            "rss" => (feed::rss(&title, &base, &items), "application/rss+xml"),
            "atom" => (feed::atom(&title, &base, &items), "application/atom+xml"),
            "html" => (list::to_html(&title, &items), "text/html"),
            _ => return Ok(None),
        }))
    });
    let (content, content_type) = written.await?.ok_or(Refusal::Bad("format is not supported for a folder\n"))?;
    let stamp = Stamp::of_content(&content);
    if shown.has(&stamp) {
        return Ok(stamp.not_modified());
    }
    let response = match format.as_str() {
        "csv" | "vcf" => in_charset(content, content_type, &format!("{name}.{format}"), query.charset.as_deref())?,
        _ => text(content, content_type),
    };
    Ok(stamp.put(response))
}

/// A folder with all below it; of a search, what it found.
async fn archived_folder(
    state: &State,
    opened: &Opened,
    format: &str,
    folder: Option<Box<Folder>>,
    items: Vec<Item>,
    name: &str,
    query: &Query,
) -> Answer {
    let handle = &opened.handle;
    let is_whole = query.query.is_none() && query.types.is_none() && query.start_ms.is_none() && query.end_ms.is_none();
    let Some(folder) = folder.filter(|_| is_whole && handle.is_own()) else {
        return archived(state, opened, format, items, name, query);
    };
    drop(items);
    let all = handle.run(move |mailbox| {
        let mut below = HashSet::from([folder.item.id]);
        // parents come before children
        for one in mailbox.folders()? {
            if below.contains(&one.item.folder) {
                below.insert(one.item.id);
            }
        }
        let briefs = mailbox.contents()?.into_iter().filter(|brief| below.contains(&brief.folder));
        Ok((briefs.map(|brief| brief.id).collect(), below))
    });
    let (items, folders) = all.await?;
    archive_of(state, opened, format, Contents { items, folders, with_meta: !query.no_meta }, name)
}

fn archived(state: &State, opened: &Opened, format: &str, items: Vec<Item>, name: &str, query: &Query) -> Answer {
    let folders = items.iter().map(|item| item.folder).collect();
    let items = items.iter().map(|item| item.id).collect();
    archive_of(state, opened, format, Contents { items, folders, with_meta: !query.no_meta }, name)
}

/// It holds messages as they came, and files: while some of these are kept back there is none.
fn archive_of(state: &State, opened: &Opened, format: &str, contents: Contents, name: &str) -> Answer {
    if opened.is_restricted() {
        return Err(Refusal::Blocked);
    }
    let kind = archive::Kind::of(format).ok_or(Refusal::Bad("unknown format\n"))?;
    // A mailbox as a whole has folders and tags at least.
    let is_told = contents.with_meta && contents.folders.contains(&ItemId::USER_ROOT);
    if contents.items.is_empty() && !is_told {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let body = state.exports.export(opened.handle.clone(), kind, contents);
    let filename = format!("{name}.{}", kind.extension());
    Ok(named(body, kind.content_type(), Some(&filename)))
}

/// `body=0`: the fields, and the empty line behind them.
async fn header_of(handle: &Handle, item: Item) -> Answer {
    let content = handle.run(move |mailbox| mailbox.content(&item)).await?;
    Ok(text(content[..header_octets(&content)].to_vec(), "text/plain"))
}

fn header_octets(message: &[u8]) -> usize {
    let ends: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    let at = |end: &[u8]| message.windows(end.len()).position(|octets| octets == end).map(|at| at + end.len());
    ends.iter().filter_map(|end| at(end)).min().unwrap_or(message.len())
}

async fn synced(handle: &Handle, item: Item, query: &Query) -> Answer {
    let asked = item.clone();
    let (tags, content) = handle.run(move |mailbox| Ok((mailbox.tags()?, mailbox.content(&asked)?))).await?;
    let headers = sync::headers(&item, &tags);
    let mut body = Vec::with_capacity(content.len() + 512);
    if !query.no_headers {
        for (name, value) in &headers {
            body.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
    }
    body.extend_from_slice(if query.no_body { &content[..header_octets(&content)] } else { &content });
    let mut response = text(body, "text/plain");
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn document(state: &State, opened: &Opened, item: Item, query: &Query, range: Option<raw::Range>) -> Answer {
    let handle = &opened.handle;
    let (version, asked) = (query.version, item.clone());
    let (blob, content_type) = handle.run(move |mailbox| mailbox.open_document(&asked, version)).await?;
    let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if query.html || opened.is_restricted() {
        let _turn = state.decoding.acquire().await.map_err(Refusal::ours)?;
        let mut blob = blob;
        let content = handle.run(move |_| Ok(blob.read_all()?.to_vec())).await?;
        let described = described(bare, None, Some(item.name), &content, query);
        return given(state, opened, described, content, query, range).await;
    }
    let charset = bare.starts_with("text/").then(|| "utf-8".to_owned());
    let described =
        File { content_type: bare, charset, filename: Some(item.name), length: blob.len(), wish: query.disposition };
    Ok(raw::blob(handle, blob, &described, range))
}

async fn picture(state: &State, opened: &Opened, item: Item, part: &str, query: &Query) -> Answer {
    let Detail::Contact(detail) = &item.detail else { return Err(Refusal::NotFound) };
    let at = part.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let known = at.and_then(|at| detail.files.get(at)).or_else(|| detail.files.iter().find(|file| file.name == part));
    let name = known.ok_or(Refusal::NotFound)?.name.clone();
    let (known, content) = opened.handle.run(move |mailbox| mailbox.contact_file(&item, &name)).await?;
    let content = content.to_vec();
    let described = described(known.content_type, None, Some(known.filename), &content, query);
    given(state, opened, described, content, query, None).await
}

async fn part(
    state: &State,
    opened: &Opened,
    item: Item,
    number: String,
    query: &Query,
    range: Option<raw::Range>,
) -> Answer {
    let _turn = state.decoding.acquire().await.map_err(Refusal::ours)?;
    let found = opened
        .handle
        .run(move |mailbox| {
            let bytes = mailbox.content(&item)?;
            let tree = mime::parts(&bytes);
            Ok(tree.find(&number).map(|part| (part.clone(), mime::decoded(&bytes, part))))
        })
        .await?;
    let (part, content) = found.ok_or(Refusal::NotFound)?;
    let is_own_text = part.is_own_text();
    let described = described(part.content_type, part.charset, part.filename, &content, query);
    // What the message itself says is no file of it; but it may say that of anything.
    if is_own_text && opened.is_restricted() {
        return as_html(state, opened, described, content).await;
    }
    given(state, opened, described, content, query, range).await
}

fn described(
    content_type: String,
    charset: Option<String>,
    filename: Option<String>,
    content: &[u8],
    query: &Query,
) -> File {
    File { content_type, charset, filename, length: content.len() as u64, wish: query.disposition }
}

/// A file, as far as it may be had.
async fn given(
    state: &State,
    opened: &Opened,
    described: File,
    content: Vec<u8>,
    query: &Query,
    range: Option<raw::Range>,
) -> Answer {
    match opened.way(&content, &described.content_type, query.html)? {
        Way::AsIs => Ok(raw::octets(content, &described, range)),
        Way::AsHtml => as_html(state, opened, described, content).await,
    }
}

async fn as_html(state: &State, opened: &Opened, described: File, content: Vec<u8>) -> Answer {
    let about = About {
        name: described.filename.unwrap_or_default(),
        content_type: described.content_type,
        charset: described.charset,
    };
    view::html(state, &opened.handle, content, about).await
}
