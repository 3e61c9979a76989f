// SPDX-License-Identifier: AGPL-3.0-or-later
//! `GET`: an item or a part of it, the items of a folder, or an archive of them.

use crate::answer::{File, Refusal, file, named, text};
use crate::archive::{self, Contents};
use crate::auth::{Shown, caller};
use crate::format::{contacts, feed, list, sync};
use crate::query::Query;
use crate::target::{self, Target};
use crate::view::{self, Way};
use crate::{State, raw};
use axum::body::Body;
use axum::extract::{Path, Query as Pairs, State as AxumState};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{Account, Attachments};
use mailbox::extract::About;
use mailbox::{Actor, Detail, Folder, Handle, Item, Kind, Visitor};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

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
    let opened = open(state, account, &query, shown).await?;
    let found = match target::find(&opened.handle, path, &query).await {
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
            if folder.item.id == mailbox::ItemId::USER_ROOT && query.query.is_none() && query.format.is_none() =>
        {
            Err(Refusal::Bad("missing id\n"))
        }
        Target::Items { folder, items } => many(state, &opened, folder, items, &query).await,
    }
}

pub struct Opened {
    pub handle: Handle,
    /// Whose mailbox it is.
    pub owner: Account,
    /// Who asks; `None`: nobody that is known.
    pub caller: Option<Account>,
    /// What may be had of files: the strictest of what holds for both, and for everybody.
    pub attachments: Attachments,
}

/// The mailbox named by the path, if there is anything in it for this caller. What there is not does not exist.
pub async fn open(state: &State, account: &str, query: &Query, shown: &Shown) -> Result<Opened, Refusal> {
    let own = account == "~" || account.is_empty();
    let (actor, caller) = match caller(state, query, shown).await {
        Ok(caller) => (Some(caller.actor), Some(caller.account)),
        // What is shared with everybody needs no login.
        Err(Refusal::Unauthorized) if !own && !shown.has_credentials(query) => (None, None),
        Err(refusal) => return Err(refusal),
    };
    let missing = || if caller.is_some() { Refusal::NotFound } else { Refusal::Unauthorized };
    let owner = match &caller {
        Some(caller) if own => caller.clone(),
        _ => {
            let (directory, name) = (state.directory.clone(), account.to_owned());
            // by address or by id
            let found = state.store.run(move |_| match directory.account(&name)? {
                Some(found) => Ok(Some(found)),
                None => directory.account_by_id(&name),
            });
            let found: directory::Result<_> = found.await?;
            found.map_err(Refusal::ours)?.ok_or_else(missing)?
        }
    };
    // The domain's counts too.
    let (directory, of) = (state.directory.clone(), owner.clone());
    let status = state.store.run(move |_| directory.status(&of)).await?.map_err(Refusal::ours)?;
    match status.as_str() {
        "active" => {}
        "maintenance" => return Err(Refusal::Unavailable),
        _ => return Err(missing()),
    }
    let actor = actor.unwrap_or(Actor { account: String::new(), is_admin: false });
    let (directory, target, asks) = (state.directory.clone(), owner.clone(), caller.clone());
    let opened = state.store.run(move |store| -> Result<Handle, Refusal> {
        if actor.account == target.id || actor.is_admin {
            return Ok(store.open_mailbox(&actor, &target.id, target.quota())?);
        }
        let visitor = match asks {
            Some(account) => {
                let of = directory.memberships(&account).map_err(Refusal::ours)?;
                Visitor::new(account.id, of.lists, of.domain, of.cos)
            }
            None => Visitor::new(String::new(), Vec::new(), None, None),
        };
        Ok(store.visit(&Arc::new(visitor), &target.id, target.quota())?)
    });
    let handle = match opened.await? {
        Err(Refusal::NotFound) => return Err(missing()),
        other => other?,
    };
    let (directory, of) = (state.directory.clone(), [Some(owner.clone()), caller.clone()]);
    let attachments = state.store.run(move |_| directory.attachments(&of.iter().flatten().collect::<Vec<_>>()));
    let attachments = attachments.await?.map_err(Refusal::ours)?;
    Ok(Opened { handle, owner, caller, attachments })
}

fn etag(item: &Item) -> String {
    format!("\"{}-{}-{}\"", item.id, item.revision, item.modseq)
}

async fn one(state: &State, opened: &Opened, item: Item, query: &Query, shown: &Shown) -> Answer {
    let handle = &opened.handle;
    let tag = etag(&item);
    if shown.has_etag(&tag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        set_etag(&mut response, &tag);
        return Ok(response);
    }
    let (format, wish) = (query.format.as_deref(), query.disposition);
    let mut response = match (item.kind, format, query.part.clone()) {
        (Kind::Message, None | Some("native" | "html"), Some(number)) => {
            part(state, opened, item, number, query).await?
        }
        (Kind::Message, None | Some("native" | "eml"), None) => {
            opened.may_have_whole(handle, &item).await?;
            raw::message(handle, item, wish, shown.range()).await?
        }
        (Kind::Message, Some("sync"), None) => {
            opened.may_have_whole(handle, &item).await?;
            synced(handle, item, query.no_headers).await?
        }
        (Kind::Document, None | Some("native" | "html"), None) => document(state, opened, item, query, shown).await?,
        (Kind::Contact, None | Some("native" | "vcf"), None) => {
            let text = handle.run(move |mailbox| contacts::vcards(mailbox, &[item])).await?;
            named(text, "text/vcard", Some("contact.vcf"))
        }
        (Kind::Contact, None | Some("native"), Some(name)) => picture(state, opened, item, &name, query).await?,
        (Kind::Contact, Some("csv"), None) => {
            let text = handle.run(move |mailbox| contacts::csv(mailbox, &[item])).await?;
            named(text, "text/csv", Some("contact.csv"))
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
    set_etag(&mut response, &tag);
    Ok(response)
}

fn set_etag(response: &mut Response, tag: &str) {
    if let Ok(value) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
}

async fn many(state: &State, opened: &Opened, folder: Option<Box<Folder>>, items: Vec<Item>, query: &Query) -> Answer {
    let handle = &opened.handle;
    let view = folder.as_ref().map(|folder| folder.detail.view.clone()).unwrap_or_default();
    let name = folder.as_ref().map_or_else(|| "items".to_owned(), |folder| folder.item.name.clone());
    let default = match view.as_str() {
        "contact" => "csv",
        _ => "html",
    };
    let format = query.format.as_deref().filter(|format| *format != "native").unwrap_or(default);
    let base = format!("/home/{}/", opened.owner.name);
    match format {
        "csv" | "cf" => {
            let text = handle.run(move |mailbox| contacts::csv(mailbox, &items)).await?;
            Ok(named(text, "text/csv", Some(&format!("{name}.csv"))))
        }
        "vcf" => {
            let text = handle.run(move |mailbox| contacts::vcards(mailbox, &items)).await?;
            Ok(named(text, "text/vcard", Some(&format!("{name}.vcf"))))
        }
        "json" => {
            let tags = handle.run(|mailbox| mailbox.tags()).await?;
            Ok(text(list::to_json(&items, &tags), "application/json"))
        }
        "xml" => {
            let tags = handle.run(|mailbox| mailbox.tags()).await?;
            Ok(text(list::to_xml(&items, &tags), "text/xml"))
        }
        "rss" => Ok(text(feed::rss(&name, &base, &items), "application/rss+xml")),
        "atom" => Ok(text(feed::atom(&name, &base, &items), "application/atom+xml")),
        "html" => Ok(text(list::to_html(&name, &items), "text/html")),
        format if archive::Kind::of(format).is_some() => {
            archived_folder(state, opened, format, folder, items, &name, query).await
        }
        _ => Err(Refusal::Bad("format is not supported for a folder\n")),
    }
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
    let Some(folder) = folder.filter(|_| query.query.is_none() && query.types.is_none() && handle.is_own()) else {
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
    if contents.items.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let body = state.exports.export(opened.handle.clone(), kind, contents);
    let filename = format!("{name}.{}", kind.extension());
    Ok(named(body, kind.content_type(), Some(&filename)))
}

async fn synced(handle: &Handle, item: Item, no_headers: bool) -> Answer {
    let asked = item.clone();
    let (tags, content) = handle.run(move |mailbox| Ok((mailbox.tags()?, mailbox.content(&asked)?))).await?;
    let headers = sync::headers(&item, &tags);
    let mut body = Vec::with_capacity(content.len() + 512);
    if !no_headers {
        for (name, value) in &headers {
            body.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
    }
    body.extend_from_slice(&content);
    let mut response = text(body, "text/plain");
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn document(state: &State, opened: &Opened, item: Item, query: &Query, shown: &Shown) -> Answer {
    let handle = &opened.handle;
    let (version, asked) = (query.version, item.clone());
    let (blob, content_type) = handle.run(move |mailbox| mailbox.open_document(&asked, version)).await?;
    let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if query.html || opened.is_restricted() {
        let _turn = state.decoding.acquire().await.map_err(Refusal::ours)?;
        let mut blob = blob;
        let content = handle.run(move |_| Ok(blob.read_all()?.to_vec())).await?;
        let described = described(bare, None, Some(item.name), &content, query);
        return given(state, opened, described, content, query).await;
    }
    let charset = bare.starts_with("text/").then(|| "utf-8".to_owned());
    let described =
        File { content_type: bare, charset, filename: Some(item.name), length: blob.len(), wish: query.disposition };
    Ok(raw::blob(handle, blob, &described, shown.range()))
}

async fn picture(state: &State, opened: &Opened, item: Item, part: &str, query: &Query) -> Answer {
    let Detail::Contact(detail) = &item.detail else { return Err(Refusal::NotFound) };
    let at = part.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let known = at.and_then(|at| detail.files.get(at)).or_else(|| detail.files.iter().find(|file| file.name == part));
    let name = known.ok_or(Refusal::NotFound)?.name.clone();
    let (known, content) = opened.handle.run(move |mailbox| mailbox.contact_file(&item, &name)).await?;
    let content = content.to_vec();
    let described = described(known.content_type, None, Some(known.filename), &content, query);
    given(state, opened, described, content, query).await
}

async fn part(state: &State, opened: &Opened, item: Item, number: String, query: &Query) -> Answer {
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
    given(state, opened, described, content, query).await
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
async fn given(state: &State, opened: &Opened, described: File, content: Vec<u8>, query: &Query) -> Answer {
    match opened.way(&content, &described.content_type, query.html)? {
        Way::AsIs => Ok(file(&described, Body::from(content))),
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
