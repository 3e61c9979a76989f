// SPDX-License-Identifier: AGPL-3.0-or-later
//! A folder, some messages, or what a query finds come back into the mailbox that is in use, into a folder of their own. What
//! they were picked from is made a mailbox for a moment, so that they come over as from any other one.

use super::fill::fill;
use super::loss::Loss;
use super::rebuild::staging_of;
use super::rebuilt::{Rebuilt, items};
use super::restore::RestoreRequest;
use crate::access::Access;
use crate::draft::files;
use crate::error::{Error, Result};
use crate::find::SearchParams;
use crate::mailbox::Mailbox;
use crate::store::Store;
use ::backup::Identities;
use ids::ItemId;
use metadata::Item;
use std::collections::{BTreeMap, HashSet};

/// Messages that come over at once.
const CHUNK: usize = 200;
const MESSAGES_MAX: usize = 1_000_000;

/// Which messages. All that is said must hold.
#[derive(Debug, Clone, Default)]
pub struct PickRequest {
    /// Id in the directory.
    pub account: String,
    pub to_ms: Option<i64>,
    pub is_dry_run: bool,
    /// A folder's path then, with all below it.
    pub folder: Option<String>,
    /// Ids of messages.
    pub ids: Vec<u32>,
    /// As in the search line of a client.
    pub query: Option<String>,
    /// Path of the folder that they come into; it is made.
    pub into: String,
}

#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Picked {
    pub is_dry_run: bool,
    pub as_of_ms: i64,
    pub into: String,
    pub messages: u64,
    pub bytes: u64,
    /// Where they were.
    pub folders: BTreeMap<String, u64>,
    pub loss: Loss,
}

impl Store {
    pub fn restore_items(
        &self,
        request: &PickRequest,
        identities: Option<Identities>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Picked> {
        let shared = &self.shared;
        if request.folder.is_none() && request.ids.is_empty() && request.query.is_none() {
            return Err(Error::Invalid("say which messages: a folder, ids or a query".into()));
        }
        let account = request.account.clone();
        let (to_ms, is_dry_run) = (request.to_ms, request.is_dry_run);
        let whole = RestoreRequest { account: account.clone(), to_account: account.clone(), to_ms, is_dry_run };
        let _turn = shared.backups.turn.lock();
        let rebuilt = self.rebuild(&whole, identities, progress)?;
        let wanted = wanted(&rebuilt, request)?;
        if is_dry_run && request.query.is_none() {
            return look(&rebuilt, request, &wanted);
        }
        let id = shared.registry.lock().take_id();
        shared.note_last_id(id.0)?;
        let live = shared.create(id, &staging_of(&account))?;
        shared.registry.lock().insert(live.clone());
        let picked = (|| {
            let filled = fill(shared, &rebuilt, &live, Some(&wanted), progress)?;
            let staged = Mailbox { store: self.clone(), live: live.clone(), quota_bytes: 0, access: Access::Owner };
            self.bring_over(request, &staged, filled.loss, filled.as_of_ms)
        })();
        shared.remove(&live)?;
        shared.registry.lock().live.remove(&id);
        picked
    }

    fn bring_over(&self, request: &PickRequest, staged: &Mailbox, loss: Loss, as_of_ms: i64) -> Result<Picked> {
        let ids = match &request.query {
            None => all(staged)?,
            Some(query) => {
                self.shared.index_now(staged.id())?;
                let query =
                    SearchParams { query: query.clone(), with_trash: true, with_junk: true, ..Default::default() };
                staged.matching(&query, MESSAGES_MAX)?
            }
        };
        let paths: BTreeMap<ItemId, String> =
            staged.folders()?.into_iter().map(|folder| (folder.item.id, folder.path)).collect();
        let mut picked =
            Picked { is_dry_run: request.is_dry_run, as_of_ms, into: request.into.clone(), loss, ..Picked::default() };
        let live = self.shared.live(self.mailbox_of(&request.account)?)?;
        let mailbox = Mailbox { store: self.clone(), live, quota_bytes: 0, access: Access::Owner };
        let mut by_folder: BTreeMap<String, Vec<ItemId>> = BTreeMap::new();
        for chunk in ids.chunks(CHUNK) {
            for item in staged.items(chunk)? {
                picked.messages += 1;
                picked.bytes += item.size;
                let path = paths.get(&item.folder).cloned().unwrap_or_default();
                *picked.folders.entry(path.clone()).or_default() += 1;
                by_folder.entry(path).or_default().push(item.id);
            }
        }
        if request.is_dry_run {
            return Ok(picked);
        }
        for (path, ids) in by_folder {
            let below = path.trim_start_matches('/');
            let folder = mailbox.ensure_folder(&format!("{}/{below}", request.into), "message")?;
            for chunk in ids.chunks(CHUNK) {
                staged.copy_items_to(chunk, &mailbox, folder)?;
            }
        }
        Ok(picked)
    }
}

/// What would come, from the rows that were rebuilt: nothing is written. A query needs an index, and so a mailbox for a moment.
fn look(rebuilt: &Rebuilt, request: &PickRequest, wanted: &Wanted) -> Result<Picked> {
    let (as_of_ms, into, loss) = (rebuilt.as_of_ms, request.into.clone(), rebuilt.loss.clone());
    let mut picked = Picked { is_dry_run: true, as_of_ms, into, loss, ..Picked::default() };
    let paths = rebuilt.paths()?;
    for item in rebuilt.items()? {
        let item = item?;
        if item.kind.is_container() || !wanted(&item) {
            continue;
        }
        picked.messages += 1;
        picked.bytes += item.size;
        picked.loss.messages += u64::from(!files(&item).all(|file| rebuilt.has(file.digest)));
        *picked.folders.entry(paths.get(&item.folder).cloned().unwrap_or_default()).or_default() += 1;
    }
    Ok(picked)
}

type Wanted = Box<dyn Fn(&Item) -> bool>;

fn wanted(rebuilt: &Rebuilt, request: &PickRequest) -> Result<Wanted> {
    let ids: HashSet<u32> = request.ids.iter().copied().collect();
    let folders: Option<HashSet<ItemId>> =
        request.folder.as_ref().map(|path| rebuilt.subtree(path)).transpose()?.map(|ids| ids.into_iter().collect());
    Ok(Box::new(move |item| {
        let is_there = folders.as_ref().is_none_or(|folders| folders.contains(&item.folder));
        is_there && (ids.is_empty() || ids.contains(&item.id.0))
    }))
}

/// What was put into it: messages, contacts, documents.
fn all(staged: &Mailbox) -> Result<Vec<ItemId>> {
    let rows = items(&staged.shared().metadata, staged.id())?;
    rows.filter(|row| row.as_ref().map_or(true, |item| !item.kind.is_container())).map(|row| Ok(row?.id)).collect()
}
