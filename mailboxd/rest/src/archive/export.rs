// SPDX-License-Identifier: AGPL-3.0-or-later
//! Writes an archive while its client reads it.

use super::entry::{FolderMeta, ItemMeta, MAILBOX, MailboxMeta, SUFFIX, TagMeta, VERSION, document_file};
use super::{Kind, tar, zip};
use crate::turns::Turns;
use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use mailbox::{Detail, Folder, Handle, Item, ItemId, Kind as ItemKind, Mailbox, MemberKind};
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::time::Duration;
use tokio::sync::mpsc::{self, error::SendTimeoutError};

const CHUNK_BYTES: usize = 64 << 10;
/// Chunks that wait for a slow client.
const CHUNKS: usize = 8;
/// Items looked up at once.
const ITEMS: usize = 500;
const NAME_CHARS: usize = 80;

/// Exports at a time, each on a thread of its own: of their owners, and of visitors, who can't keep owners waiting.
const OWN_MAX: usize = 16;
const VISITING_MAX: usize = 8;
/// Of those, from one mailbox.
const EACH_MAX: usize = 4;
/// A client that takes nothing for this long gets no more.
const STALL: Duration = Duration::from_secs(60);

/// What an archive is made of.
pub struct Contents {
    /// In their order.
    pub items: Vec<ItemId>,
    /// That it tells of.
    pub folders: HashSet<ItemId>,
    pub with_meta: bool,
}

/// Room for exports: a client may read as slowly as it likes.
#[derive(Clone)]
pub struct Exports {
    turns: Turns,
    pub(super) stall: Duration,
}

impl Exports {
    pub fn new() -> Exports {
        Exports { turns: Turns::new(OWN_MAX, VISITING_MAX, EACH_MAX), stall: STALL }
    }

    pub fn export(&self, handle: Handle, kind: Kind, contents: Contents) -> Body {
        let (turns, of) = (self.turns.clone(), handle.clone());
        let turn = async move { turns.wait(&of).await.ok() };
        stream(self.stall, turn, move |to| write(handle.mailbox(), kind, &contents, to))
    }
}

/// What `work` writes, once it is its turn, as its client reads it. What goes wrong on the way ends the answer without its end, so that
/// nobody takes it for whole.
pub(super) fn stream<T: Send + 'static>(
    stall: Duration,
    turn: impl Future<Output = Option<T>> + Send + 'static,
    work: impl FnOnce(Channel) -> io::Result<()> + Send + 'static,
) -> Body {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(CHUNKS);
    tokio::spawn(async move {
        let turn = tokio::select! {
            turn = turn => turn,
            () = sender.closed() => return,
        };
        let Some(turn) = turn else { return };
        let failed = sender.clone();
        let runtime = tokio::runtime::Handle::current();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(Channel { sender, runtime, stall, buffer: Vec::with_capacity(CHUNK_BYTES) })
        });
        if let Err(error) = done.await.map_err(io::Error::other).flatten() {
            tracing::warn!(%error, "an export ended early");
            let _ = failed.send(Err(error)).await;
        }
    });
    Body::from_stream(stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) }))
}

pub(super) struct Channel {
    sender: mpsc::Sender<io::Result<Bytes>>,
    runtime: tokio::runtime::Handle,
    stall: Duration,
    buffer: Vec<u8>,
}

impl Write for Channel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES));
        match self.runtime.block_on(self.sender.send_timeout(Ok(chunk.into()), self.stall)) {
            Ok(()) => Ok(()),
            Err(SendTimeoutError::Timeout(_)) => Err(io::ErrorKind::TimedOut.into()),
            // Nobody reads any more.
            Err(SendTimeoutError::Closed(_)) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

pub(super) enum Archive<W: Write> {
    Tar(tar::Writer<W>),
    Tgz(tar::Writer<GzEncoder<W>>),
    Zip(zip::Writer<W>),
}

impl<W: Write> Archive<W> {
    pub fn new(kind: Kind, to: W) -> Archive<W> {
        match kind {
            Kind::Tar => Archive::Tar(tar::Writer::new(to)),
            Kind::Tgz => Archive::Tgz(tar::Writer::new(GzEncoder::new(to, Compression::fast()))),
            Kind::Zip => Archive::Zip(zip::Writer::new(to)),
        }
    }

    pub fn file(&mut self, name: &str, size: u64, seconds: i64, content: &mut dyn Read) -> io::Result<()> {
        match self {
            Archive::Tar(tar) => tar.file(name, size, seconds, content),
            Archive::Tgz(tar) => tar.file(name, size, seconds, content),
            Archive::Zip(zip) => zip.file(name, content),
        }
    }

    pub fn finish(self) -> io::Result<()> {
        let mut to = match self {
            Archive::Tar(tar) => tar.finish()?,
            Archive::Tgz(tar) => tar.finish()?.finish()?,
            Archive::Zip(zip) => zip.finish()?,
        };
        to.flush()
    }
}

fn write(mailbox: &Mailbox, kind: Kind, contents: &Contents, to: Channel) -> io::Result<()> {
    let mut archive = Archive::new(kind, to);
    let folders = mailbox.folders().map_err(io::Error::other)?;
    let paths: HashMap<ItemId, String> = folders.iter().map(|folder| (folder.item.id, folder.path.clone())).collect();
    let tags = mailbox.tags().map_err(io::Error::other)?;
    if contents.with_meta {
        let is_told = |folder: &&Folder| {
            let is_container = folder.path.len() > 1 && folder.item.kind != ItemKind::MountPoint;
            is_container && contents.folders.contains(&folder.item.id)
        };
        let shown = folders.iter().filter(is_told);
        let meta = MailboxMeta {
            version: VERSION,
            folders: shown
                .map(|folder| FolderMeta {
                    path: folder.path.clone(),
                    view: folder.detail.view.clone(),
                    color: folder.detail.color,
                    rgb: folder.detail.rgb.clone(),
                    query: folder.detail.query.clone(),
                    types: folder.detail.types.clone(),
                    sort_by: folder.detail.sort_by.clone(),
                })
                .collect(),
            tags: tags
                .iter()
                .map(|tag| TagMeta {
                    name: tag.item.name.clone(),
                    color: tag.detail.color,
                    rgb: tag.detail.rgb.clone(),
                })
                .collect(),
        };
        let json = serde_json::to_vec(&meta)?;
        archive.file(MAILBOX, json.len() as u64, 0, &mut json.as_slice())?;
    }
    let names: HashMap<ItemId, String> = tags.iter().map(|tag| (tag.item.id, tag.item.name.clone())).collect();
    for some in contents.items.chunks(ITEMS) {
        for item in mailbox.items(some).map_err(io::Error::other)? {
            let path = paths.get(&item.folder).cloned().unwrap_or_default();
            // What is gone since the ids were looked up is left out.
            if let Some(content) = content(mailbox, &item).map_err(io::Error::other)? {
                enter(&mut archive, &item, &path, &names, contents.with_meta, content)?;
            }
        }
    }
    archive.finish()
}

/// The file of an item, and its size.
type Content = (Box<dyn Read>, u64);

/// `None`: it is gone.
pub(super) fn content(mailbox: &Mailbox, item: &Item) -> mailbox::Result<Option<Content>> {
    if item.kind == ItemKind::Contact {
        let text = mime::write_vcard(&mailbox.contact_card(item)?);
        let size = text.len() as u64;
        return Ok(Some((Box::new(io::Cursor::new(text.into_bytes())), size)));
    }
    match mailbox.open_blob(item) {
        Ok(blob) => {
            let size = blob.len();
            Ok(Some((Box::new(Octets { blob, at: 0 }), size)))
        }
        Err(mailbox::Error::NoSuch { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `path`: of the folder.
pub(super) fn enter(
    archive: &mut Archive<Channel>,
    item: &Item,
    path: &str,
    tags: &HashMap<ItemId, String>,
    with_meta: bool,
    (mut content, size): Content,
) -> io::Result<()> {
    let seconds = item.date_ms / 1000;
    let folder = path.trim_start_matches('/');
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let name = match item.kind {
        ItemKind::Message => format!("{prefix}{:010}-{}.eml", item.id.0, tidy(&item.subject)),
        ItemKind::Contact => format!("{prefix}{:010}-{}.vcf", item.id.0, tidy(&item.name)),
        _ if with_meta => format!("{prefix}{}", document_file(&item.name)),
        _ => format!("{prefix}{}", item.name),
    };
    if with_meta {
        let json = serde_json::to_vec(&meta(item, path, tags))?;
        archive.file(&format!("{name}{SUFFIX}"), json.len() as u64, seconds, &mut json.as_slice())?;
    }
    archive.file(&name, size, seconds, &mut content)
}

struct Octets {
    blob: mailbox::Blob,
    at: u64,
}

impl Read for Octets {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.blob.read_at(self.at, buffer).map_err(io::Error::other)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A subject as a part of a file's name.
fn tidy(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c });
    clean.take(NAME_CHARS).collect::<String>().trim().trim_end_matches('.').to_owned()
}

fn meta(item: &Item, path: &str, tags: &HashMap<ItemId, String>) -> ItemMeta {
    let mut meta = ItemMeta {
        kind: match item.kind {
            ItemKind::Contact => "contact",
            ItemKind::Document => "document",
            _ => "message",
        }
        .into(),
        id: item.id.0,
        path: path.to_owned(),
        flags: item.flags.0,
        tags: item.tags.iter().filter_map(|tag| tags.get(tag).cloned()).collect(),
        date_ms: item.date_ms,
        name: item.name.clone(),
        ..ItemMeta::default()
    };
    match &item.detail {
        Detail::Contact(detail) => {
            meta.attrs.clone_from(&detail.attrs);
            let kind = |kind| match kind {
                MemberKind::Contact => "C",
                MemberKind::Gal => "G",
                MemberKind::Inline => "I",
            };
            meta.members = detail.members.iter().map(|m| (kind(m.kind).to_owned(), m.value.clone())).collect();
        }
        Detail::Document(detail) => {
            meta.content_type.clone_from(&detail.content_type);
            meta.description.clone_from(&detail.description);
        }
        _ => {}
    }
    meta
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

    use super::*;
    use http_body_util::BodyExt;
    use mailbox::{Actor, AddMessage, Config, Flags, Store};

    /// Who stops reading loses the rest and gives the place free.
    #[tokio::test]
    async fn a_client_that_does_not_read_ends() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Config { reserve_bytes: 0, ..Config::new(dir.path()) }).unwrap();
        let handle = store.open_mailbox(&Actor { account: "a".into(), is_admin: false }, "a", 0).unwrap();
        let mut staging = store.stage();
        staging.write(b"Subject: large\r\n\r\n").unwrap();
        staging.write(&vec![b'x'; 4 << 20]).unwrap();
        let add = AddMessage { folder: ItemId::INBOX, flags: Flags::UNREAD, tags: Vec::new(), date_ms: None };
        let id = handle.mailbox().add_message(&staging.finish().unwrap(), &add).unwrap().id;
        let exports = Exports { turns: Turns::new(1, 0, 2), stall: Duration::from_millis(100) };
        let contents = || Contents { items: vec![id], folders: HashSet::new(), with_meta: true };
        let stalled = exports.export(handle.clone(), Kind::Tar, contents());
        let whole = exports.export(handle, Kind::Tar, contents());
        let read = tokio::time::timeout(Duration::from_secs(30), whole.collect()).await.unwrap().unwrap();
        assert!(read.to_bytes().len() > 4 << 20);
        assert!(stalled.collect().await.is_err(), "nobody takes the beginning for the whole");
    }
}
