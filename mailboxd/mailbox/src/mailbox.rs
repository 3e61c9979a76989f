// SPDX-License-Identifier: AGPL-3.0-or-later
//! One mailbox, as protocols use it: [`Handle`] from async code, [`Mailbox`] behind it. Reading is here; each noun's changes
//! are in `item/`, `folder/`, `tag.rs`.

use crate::access::Access;
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::live::Live;
use crate::notify::Event;
use crate::store::{Shared, Store};
use crate::view::{Folder, Tag, View};
use blobs::{Blob, Staged};
use bytes::Bytes;
use ids::{ItemId, MailboxId, Uid};
use metadata::{Brief, Flags, Item, Kind, MailboxRow, Rights};
use std::sync::Arc;
use tokio::sync::broadcast;

/// One mailbox for one actor. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    mailbox: Mailbox,
}

/// The synchronous domain API. A mutation is durable, applied and published when it returns.
#[derive(Clone)]
pub struct Mailbox {
    pub(crate) store: Store,
    pub(crate) live: Arc<Live>,
    pub(crate) quota_bytes: u64,
    pub(crate) access: Access,
}

/// Crosses to the blocking pool; at most `Config::blocking_threads` at a time, the others wait here.
pub(crate) async fn cross<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let closed = |_| Error::Unavailable("shutting down".into());
    let _permit = shared.crossing.acquire().await.map_err(closed)?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Store(format!("operation failed: {error}")))
}

impl Handle {
    pub(crate) fn new(mailbox: Mailbox) -> Handle {
        Handle { mailbox }
    }

    /// The one place where async protocol code crosses into the blocking domain.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Mailbox) -> Result<T> + Send + 'static) -> Result<T> {
        let mailbox = self.mailbox.clone();
        cross(&self.mailbox.store.shared, move || work(&mailbox)).await?
    }

    /// Events of everything that was acknowledged so far are sent when this returns: a delivery is acknowledged before that.
    /// Costs nothing when nothing is under way. What the stores can't take now comes later.
    pub async fn catch_up(&self) -> Result<()> {
        if !self.mailbox.live.has_backlog() {
            return Ok(());
        }
        self.run(|mailbox| {
            mailbox.view();
            Ok(())
        })
        .await
    }

    pub fn id(&self) -> MailboxId {
        self.mailbox.live.id
    }

    /// Whether some of the folders stand for folders of others. Crosses to nothing.
    pub fn has_mount_points(&self) -> bool {
        self.mailbox.live.visible().containers.values().any(|item| item.kind == Kind::MountPoint)
    }

    /// Whether all of the mailbox is the actor's own.
    pub fn is_own(&self) -> bool {
        self.mailbox.is_own()
    }

    /// Events of committed changes, in order. A slow reader gets `Lagged` and must look at the whole state again.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.mailbox.live.subscribe()
    }

    /// For code that is blocking already.
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }
}

impl Mailbox {
    pub(crate) fn shared(&self) -> &Shared {
        &self.store.shared
    }

    /// See [`Shared::transact`].
    pub(crate) fn transact<T>(&self, bodies: &[&Staged], work: impl FnOnce(&mut Draft) -> Result<T>) -> Result<T> {
        self.shared().transact(&self.live, &self.access, bodies, work)
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.live.view(self.shared())
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&metadata::Reader<'_>) -> metadata::Result<T>) -> Result<T> {
        self.live.catch_up_or_warn(self.shared());
        self.check_in_sight()?;
        Ok(self.shared().metadata.read(self.live.id, work)?)
    }

    /// The same for a few rows.
    fn glance<T>(&self, work: impl FnOnce(&metadata::Reader<'_>) -> metadata::Result<T>) -> Result<T> {
        self.live.catch_up_or_warn(self.shared());
        self.check_in_sight()?;
        Ok(self.shared().metadata.glance(self.live.id, work)?)
    }

    /// Starts taking in a message, or what else has octets.
    pub fn stage(&self) -> blobs::Staging {
        self.store.stage()
    }

    /// Of a message, or of what else has octets.
    pub fn message_bytes_max(&self) -> u64 {
        self.store.message_bytes_max()
    }

    pub fn row(&self) -> Result<MailboxRow> {
        self.check_in_sight()?;
        Ok(self.view().row.clone())
    }

    pub fn id(&self) -> MailboxId {
        self.live.id
    }

    /// 0: unlimited.
    pub fn quota_bytes(&self) -> u64 {
        self.quota_bytes
    }

    /// Folders and saved searches, parents before children.
    pub fn folders(&self) -> Result<Vec<Folder>> {
        self.check_in_sight()?;
        let view = self.view();
        let mut folders = view.folders();
        if !self.is_own() {
            folders.retain(|folder| self.may_see(&view, folder.item.id));
        }
        Ok(folders)
    }

    pub fn folder(&self, id: ItemId) -> Result<Folder> {
        self.check_in_sight()?;
        let view = self.view();
        if !self.may_see(&view, id) {
            return Err(Error::no_such("folder", id));
        }
        view.folder(id)
    }

    /// "/Work/2026" or "Work/2026", without regard to case; "/" is the user root.
    pub fn folder_by_path(&self, path: &str) -> Result<Option<Folder>> {
        self.check_in_sight()?;
        let view = self.view();
        let found = view.folder_by_path(path).filter(|id| self.may_see(&view, *id));
        found.map(|id| view.folder(id)).transpose()
    }

    pub fn tags(&self) -> Result<Vec<Tag>> {
        self.check_in_sight()?;
        Ok(self.view().tags())
    }

    /// Any item but a folder, search or tag is read from its row.
    pub fn item(&self, id: ItemId) -> Result<Item> {
        self.check_in_sight()?;
        let view = self.view();
        let missing = || Error::no_such("item", id);
        if let Some(item) = view.containers.get(&id) {
            let seen = item.kind == Kind::Tag || self.may_see(&view, id);
            return seen.then(|| item.as_ref().clone()).ok_or_else(missing);
        }
        let item = self.glance(|reader| reader.item(id))?;
        item.filter(|item| self.may(&view, item.folder, Rights::READ)).ok_or_else(missing)
    }

    /// In the order of `ids`; what does not exist is left out.
    pub fn items(&self, ids: &[ItemId]) -> Result<Vec<Item>> {
        let items = self.glance(|reader| reader.items(ids))?;
        Ok(self.readable(items))
    }

    /// Any right makes a folder known.
    fn may_see(&self, view: &View, folder: ItemId) -> bool {
        self.is_own() || self.access.rights(view, folder) != Rights::NONE
    }

    /// Those that the actor may read.
    pub(crate) fn readable(&self, mut items: Vec<Item>) -> Vec<Item> {
        if !self.is_own() {
            let view = self.view();
            items.retain(|item| self.may(&view, item.folder, Rights::READ));
        }
        items
    }

    /// Messages of a folder by ascending UID, above `after`.
    pub fn folder_messages(&self, folder: ItemId, after: Uid) -> Result<Vec<Brief>> {
        self.access.check(&self.view(), folder, Rights::READ)?;
        self.read(|reader| reader.folder_messages(folder, after))
    }

    /// The message that has a UID of a folder.
    pub fn message_at(&self, folder: ItemId, uid: Uid) -> Result<Option<Item>> {
        let brief = self.glance(|reader| reader.message_at(folder, uid))?;
        brief.map(|brief| self.item(brief.id)).transpose()
    }

    /// `id`: a real conversation, or minus a message's id for a virtual one. Members by ascending date.
    pub fn conversation(&self, id: i64) -> Result<Vec<Item>> {
        let missing = || Error::no_such("conversation", id);
        let number = u32::try_from(id.unsigned_abs()).map_err(|_| missing())?;
        if id > 0 {
            let members = self.glance(|reader| reader.conversation(ItemId(number)))?;
            let members = self.readable(members);
            return if members.is_empty() { Err(missing()) } else { Ok(members) };
        }
        let message = match self.item(ItemId(number)) {
            Ok(item) if item.kind == Kind::Message => item,
            Ok(_) | Err(Error::NoSuch { .. }) => return Err(missing()),
            Err(error) => return Err(error),
        };
        match message.conversation {
            // it was alone when the client was told; it has company now
            Some(real) => Ok(self.readable(self.glance(|reader| reader.conversation(real))?)),
            None => Ok(vec![message]),
        }
    }

    pub fn open_blob(&self, item: &Item) -> Result<Blob> {
        self.check_in_sight()?;
        if item.digest.is_none() || !self.may(&self.view(), item.folder, Rights::READ) {
            return Err(Error::no_such("message", item.id));
        }
        // a delivery is acknowledged before its file is there
        if let Err(error) = self.live.catch_up(self.shared()) {
            // a full disk: what is there is read all the same
            return self.shared().blobs.open_item(self.live.id, item.id, item.revision).map_err(|_| error);
        }
        match self.shared().blobs.open_item(self.live.id, item.id, item.revision) {
            Ok(blob) => Ok(blob),
            Err(error) if error.is_not_found() => match self.item(item.id) {
                // saved again since the caller looked: the current content
                Ok(now) if now.revision != item.revision => {
                    Ok(self.shared().blobs.open_item(self.live.id, now.id, now.revision)?)
                }
                Ok(_) => Err(error.into()),
                Err(_) => Err(Error::no_such("message", item.id)),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// The whole message as it was delivered.
    pub fn content(&self, item: &Item) -> Result<Bytes> {
        Ok(self.open_blob(item)?.read_all()?)
    }

    pub(crate) fn check_quota(&self, view: &View, more_bytes: u64) -> Result<()> {
        check_quota(view, self.quota_bytes, more_bytes)
    }
}

pub(crate) fn check_quota(view: &View, quota_bytes: u64, more_bytes: u64) -> Result<()> {
    // What takes no space (a contact, a shorter draft) is taken in a mailbox that is full, too.
    if quota_bytes > 0 && more_bytes > 0 && view.row.size.saturating_add(more_bytes) > quota_bytes {
        return Err(Error::OverQuota);
    }
    Ok(())
}

/// Items live in ordinary folders and in the user's root; the containers of tags and of conversations, and the hidden root, hold
/// none.
pub(crate) fn check_holds_messages(view: &View, folder: ItemId) -> Result<()> {
    let item = view.folder_item(folder)?;
    let special = matches!(folder, ItemId::ROOT | ItemId::TAGS | ItemId::CONVERSATIONS);
    if special || item.kind != Kind::Folder {
        return Err(Error::CannotContain(item.name.clone()));
    }
    Ok(())
}

/// Bits that a client may set on a message.
pub(crate) const SETTABLE: Flags = Flags(
    Flags::UNREAD.0
        | Flags::FLAGGED.0
        | Flags::REPLIED.0
        | Flags::FORWARDED.0
        | Flags::FROM_ME.0
        | Flags::DRAFT.0
        | Flags::DELETED.0
        | Flags::NOTIFIED.0
        | Flags::INVITE.0
        | Flags::URGENT.0
        | Flags::LOW_PRIORITY.0
        | Flags::NOTE.0,
);
