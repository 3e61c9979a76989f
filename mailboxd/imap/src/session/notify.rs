// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a client asked to be told without asking again (NOTIFY, RFC 5465).
//!
//! A watch has events of its own, beside those of the selected folder's view. It gathers which folders changed and whether names
//! did, both bounded, and tells it in one crossing to the store: between commands, before each tagged answer, and in IDLE.
//! What the client knows of names is kept, so that the difference to what there is now is what it must be told.

mod filter;
mod names;

use super::failure::Failure;
use super::view::{Events, Telling};
use super::{Session, State};
use crate::command;
use crate::limits;
use crate::wire::encode::{self, Status};
use crate::wire::fetch::Item as FetchItem;
use crate::wire::framer::Event as WireEvent;
use crate::wire::notify as wire;
use filter::Group;
use mailbox::{Change, Event, FolderDetail, ItemId, Kind};
pub use names::Known;
use net::stopped;
use std::collections::BTreeMap;
use std::future::pending;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, timeout_at};

pub struct Watch {
    /// Of mailboxes that are not selected, as the client ordered them.
    groups: Vec<Group>,
    selected: Option<Selected>,
    events: Events,
    known: Known,
    /// Folders with messages that came, went or changed, untold.
    dirty: BTreeMap<ItemId, Dirty>,
    names_dirty: bool,
    /// Events were lost, or there are too many to keep.
    overflow: bool,
}

/// What is told at once of the selected mailbox.
struct Selected {
    delayed: bool,
    flags: bool,
    fetch: Vec<FetchItem>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Dirty {
    /// Messages came or went.
    messages: bool,
    flags: bool,
}

impl Watch {
    /// `events` from before `known` was read, so that nothing falls between them.
    pub fn new(groups: Vec<wire::Group>, events: Events, known: Known, utf8: bool) -> Result<Watch, Failure> {
        let mut watch = Watch {
            groups: Vec::new(),
            selected: None,
            events,
            known,
            dirty: BTreeMap::new(),
            names_dirty: false,
            overflow: false,
        };
        for group in groups {
            match group.filter {
                wire::Filter::Selected { delayed } if group.events.message_new => {
                    let wire::Events { fetch, flag_change: flags, .. } = group.events;
                    watch.selected = Some(Selected { delayed, flags, fetch });
                }
                // Nothing at once: as ever.
                wire::Filter::Selected { .. } => {}
                _ => watch.groups.push(Group::of(group, utf8)?),
            }
        }
        Ok(watch)
    }

    fn has_news(&self) -> bool {
        self.overflow || self.names_dirty || !self.dirty.is_empty()
    }

    /// Waits until there is something to tell. Can be cancelled, as [`super::Selected::news`].
    pub async fn news(&mut self, selected: Option<ItemId>) {
        while !self.has_news() {
            match self.events.recv().await {
                Ok(event) => self.apply(&event, selected),
                Err(RecvError::Lagged(_)) => self.overflow = true,
                Err(RecvError::Closed) => pending().await,
            }
        }
    }

    fn drain(&mut self, selected: Option<ItemId>) {
        loop {
            match self.events.try_recv() {
                Ok(event) => self.apply(&event, selected),
                Err(TryRecvError::Lagged(_)) => self.overflow = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// `selected`: its messages are the view's matter.
    fn apply(&mut self, event: &Event, selected: Option<ItemId>) {
        const MESSAGES: Dirty = Dirty { messages: true, flags: false };
        const FLAGS: Dirty = Dirty { messages: false, flags: true };
        for change in &event.changes {
            let mut mark = |folder, dirty| {
                if Some(folder) != selected {
                    self.mark(folder, dirty);
                }
            };
            match change {
                Change::Created(item) if item.kind == Kind::Message => mark(item.folder, MESSAGES),
                Change::Modified { item, moved_from, what } if item.kind == Kind::Message => {
                    if let Some((folder, _)) = moved_from {
                        mark(*folder, MESSAGES);
                        mark(item.folder, MESSAGES);
                    } else if what.flags || what.tags {
                        mark(item.folder, FLAGS);
                    }
                }
                Change::Removed { kind: Kind::Message, folder, .. } => mark(*folder, MESSAGES),
                Change::Created(item) if item.kind == Kind::Folder => self.names_dirty = true,
                Change::Removed { kind: Kind::Folder, .. } => self.names_dirty = true,
                Change::Modified { item, what, .. } if item.kind == Kind::Folder => {
                    self.names_dirty |= what.name || what.folder || what.flags;
                }
                _ => {}
            }
        }
    }

    fn mark(&mut self, folder: ItemId, change: Dirty) {
        // One that is not known yet is judged when it is.
        if let Some((name, subscribed)) = self.known.get(folder)
            && !filter::first(&self.groups, name, subscribed).is_some_and(|group| group.wants(change))
        {
            return;
        }
        let dirty = self.dirty.entry(folder).or_default();
        (dirty.messages, dirty.flags) = (dirty.messages | change.messages, dirty.flags | change.flags);
        self.overflow |= self.dirty.len() > limits::NOTIFY_PENDING_MAX;
    }
}

impl Group {
    fn wants(&self, dirty: Dirty) -> bool {
        (dirty.messages && self.events.message_new) || (dirty.flags && self.events.flag_change)
    }
}

/// Tells what is not of the selected mailbox.
pub async fn tell(session: &mut Session) -> Result<(), Failure> {
    let (selected, utf8, condstore) = (session.selected_folder(), session.enabled.utf8, session.enabled.condstore);
    let Some(watch) = &mut session.notify else { return Ok(()) };
    watch.drain(selected);
    if watch.overflow {
        return overflow(session);
    }
    if !watch.has_news() {
        return Ok(());
    }
    watch.names_dirty = false;
    let dirty = std::mem::take(&mut watch.dirty);
    let handle = session.user()?.handle.clone();
    // What can't be read now is lost to the client, which must be told so; the command that it is told with goes on.
    let folders = handle.run(crate::names::visible).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "news can't be told");
        Vec::new()
    });
    if folders.is_empty() {
        return overflow(session);
    }
    let Some(watch) = &mut session.notify else { return Ok(()) };
    let mut out = Vec::new();
    watch.known.tell(&mut out, &folders, &watch.groups, utf8);
    for (name, folder) in &folders {
        let Some(change) = dirty.get(&folder.item.id) else { continue };
        let subscribed = names::is_subscribed(folder);
        if filter::first(&watch.groups, name, subscribed).is_some_and(|group| group.wants(*change)) {
            write_status(&mut out, name, &folder.detail, utf8, condstore);
        }
    }
    session.connection.put(&out);
    Ok(())
}

/// RFC 5465 §5.8: from now on as after NOTIFY NONE.
fn overflow(session: &mut Session) -> Result<(), Failure> {
    session.notify = None;
    session.untagged(Status::Ok, Some("NOTIFICATIONOVERFLOW"), "Too many changes: ask, and say NOTIFY again");
    Ok(())
}

/// RFC 5465 §4: with STATUS the client gets the state that the events start from.
pub async fn tell_all(session: &mut Session) -> Result<(), Failure> {
    let (selected, utf8, condstore) = (session.selected_folder(), session.enabled.utf8, session.enabled.condstore);
    let handle = session.user()?.handle.clone();
    let folders = handle.run(crate::names::visible).await?;
    let Some(watch) = &session.notify else { return Ok(()) };
    let mut out = Vec::new();
    for (name, folder) in folders.iter().filter(|(_, folder)| Some(folder.item.id) != selected) {
        let group = filter::first(&watch.groups, name, names::is_subscribed(folder));
        if group.is_some_and(|group| group.events.message_new) {
            write_status(&mut out, name, &folder.detail, utf8, condstore);
        }
    }
    session.connection.put(&out);
    Ok(())
}

/// What RFC 5465 §5.2 and §5.3 ask for of any event, so that one line tells several.
fn write_status(out: &mut Vec<u8>, name: &str, detail: &FolderDetail, utf8: bool, condstore: bool) {
    out.extend_from_slice(b"* STATUS ");
    encode::mailbox(out, name, utf8);
    let text = format!(
        " (MESSAGES {} UIDNEXT {} UIDVALIDITY {} UNSEEN {}",
        detail.total,
        detail.uid_next.max(1),
        detail.uid_validity,
        detail.unread
    );
    out.extend_from_slice(text.as_bytes());
    if condstore {
        out.extend_from_slice(format!(" HIGHESTMODSEQ {}", detail.highest_modseq.max(1)).as_bytes());
    }
    out.extend_from_slice(b")\r\n");
}

impl Session {
    /// Of the user's own mailbox, which is the one that is watched.
    pub fn selected_folder(&self) -> Option<ItemId> {
        match &self.state {
            State::Selected(user, selected) if selected.handle.id() == user.handle.id() => Some(selected.view.folder),
            _ => None,
        }
    }

    /// What may be told of the selected mailbox between commands.
    fn told_at_once(&self) -> Option<Telling> {
        let selected = self.notify.as_ref()?.selected.as_ref()?;
        let super::Enabled { condstore: modseq, qresync: vanished, .. } = self.enabled;
        Some(Telling { expunge: !selected.delayed, flags: selected.flags, modseq, vanished })
    }

    /// RFC 5465 §5.1: messages that came are shown as the client asked.
    pub(super) async fn show_new(&mut self, after: mailbox::Uid) -> Result<(), Failure> {
        let selected = self.notify.as_ref().and_then(|watch| watch.selected.as_ref());
        match selected.map(|selected| selected.fetch.clone()).filter(|items| !items.is_empty()) {
            Some(items) => match command::fetch::show_new(self, after, items).await {
                // EXISTS was told: the client can ask. The command that this comes with goes on.
                Err(Failure::No { .. } | Failure::Bad(_)) => Ok(()),
                shown => shown,
            },
            None => Ok(()),
        }
    }

    /// As [`Session::wait`], for a client that wants news meanwhile.
    pub(super) async fn wait_and_tell(&mut self) -> Result<WireEvent, Failure> {
        let until = Instant::now() + limits::IDLE_TIMEOUT;
        loop {
            tell(self).await?;
            let at_once = self.told_at_once();
            if let Some(telling) = at_once {
                self.tell_selected(telling).await?;
            }
            let selected_folder = self.selected_folder();
            let Session { connection, state, shared, notify, .. } = self;
            let mut shutdown = shared.shutdown.clone();
            let others = async {
                match notify {
                    Some(watch) => watch.news(selected_folder).await,
                    None => pending().await,
                }
            };
            let selected = async {
                match (state, at_once) {
                    (State::Selected(_, selected), Some(telling)) => selected.news(telling).await,
                    _ => pending().await,
                }
            };
            tokio::select! {
                event = timeout_at(until, connection.next()) => return match event {
                    Ok(event) => Ok(event?),
                    Err(_) => Err(Failure::Bye("Autologout; idle for too long")),
                },
                () = others => {}
                news = selected => news?,
                () = stopped(&mut shutdown) => return Err(Failure::Bye("Server is shutting down")),
            }
        }
    }
}
