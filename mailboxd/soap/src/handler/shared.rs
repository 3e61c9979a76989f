// SPDX-License-Identifier: AGPL-3.0-or-later
//! What others share with the actor, as their own mount points name it.

use crate::context::Context;
use crate::fault::Result;
use mailbox::{Handle, Item, Kind, Remote};

/// The folders that mount points of a kind stand for.
async fn mounts(handle: &Handle, view: &'static str) -> Result<Vec<Remote>> {
    let found = handle.run(move |mailbox| {
        let folders = mailbox.folders()?.into_iter();
        let mounts = folders.filter(|folder| folder.item.kind == Kind::MountPoint && folder.detail.view == view);
        Ok(mounts.filter_map(|folder| folder.detail.remote).collect())
    });
    Ok(found.await?)
}

/// Contacts in mounted folders. One that can't be looked into any more has none.
pub async fn contacts(context: &Context, handle: &Handle) -> Result<Vec<Item>> {
    let mut contacts = Vec::new();
    for remote in mounts(handle, "contact").await? {
        let Ok(other) = context.toward_id(&remote.account).await else { continue };
        let Ok(handle) = other.open().await else { continue };
        let found = handle.run(move |mailbox| mailbox.contacts(Some(remote.folder))).await;
        contacts.extend(found.unwrap_or_default());
    }
    Ok(contacts)
}
