// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether a row is still the message that the client knows by a UID. In a saved search a message has another UID than in the
//! folder that it lies in.

use super::View;
use mailbox::{Brief, Item, ItemId, Uid, VirtualFolder};
use std::collections::HashMap;
use std::sync::Arc;

/// Of a saved search that is open.
#[derive(Debug, Clone)]
pub struct Virtual {
    /// UIDs here, and in the messages' own folders.
    places: Arc<HashMap<Uid, Uid>>,
    /// The user's addresses, which the search may ask for.
    pub own: Arc<[String]>,
}

impl Virtual {
    /// With its messages as a view shows them: by the UIDs that they have here.
    pub fn of(found: VirtualFolder, own: Arc<[String]>) -> (Virtual, Vec<Brief>) {
        let places = found.messages.iter().map(|message| (message.uid, message.brief.uid)).collect();
        let shown = found.messages.into_iter().map(|message| Brief { uid: message.uid, ..message.brief });
        (Virtual { places: Arc::new(places), own }, shown.collect())
    }
}

/// For where the view can't go: the blocking threads.
#[derive(Debug, Clone)]
pub struct Holder {
    folder: ItemId,
    places: Option<Arc<HashMap<Uid, Uid>>>,
}

impl Holder {
    pub fn holds(&self, row: &Item, uid: Uid) -> bool {
        match &self.places {
            None => row.folder == self.folder && row.uid == uid,
            Some(places) => places.get(&uid) == Some(&row.uid),
        }
    }

    /// In the message's own folder.
    pub fn uid_of(&self, uid: Uid) -> Option<Uid> {
        match &self.places {
            None => Some(uid),
            Some(places) => places.get(&uid).copied(),
        }
    }

    /// The folder, unless its messages lie in others.
    pub fn folder(&self) -> Option<ItemId> {
        self.places.is_none().then_some(self.folder)
    }
}

impl View {
    pub fn holder(&self) -> Holder {
        Holder { folder: self.folder, places: self.search.as_ref().map(|search| search.places.clone()) }
    }
}
