// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who else may do what in a folder, and where its user wants to see a folder of somebody else.

use super::create::{add, check_place};
use super::name::clean;
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::note::{NOTES_MAX, SUBSCRIPTIONS};
use crate::notify::What;
use crate::view::{Folder, View, container};
use ids::ItemId;
use metadata::{Detail, Flags, FolderDetail, Grant, GranteeKind, Kind, Note, Remote, Rights};

/// Grants on one folder: a list or a domain is one.
pub const GRANTS_MAX: usize = 500;

impl Mailbox {
    /// In place of what the grantee has on this folder. No rights: nothing is left, nor is what comes from the folders above.
    pub fn grant(&self, folder: ItemId, grant: Grant) -> Result<Folder> {
        self.change_grants(folder, |view, grants| {
            grants.retain(|known| (known.kind, &known.grantee) != (grant.kind, &grant.grantee));
            if grant.rights != Rights::NONE || inherits(view, folder, &grant) {
                grants.push(grant);
            }
        })
    }

    pub fn revoke(&self, folder: ItemId, kind: GranteeKind, grantee: &str) -> Result<Folder> {
        self.change_grants(folder, |_, grants| grants.retain(|known| known.kind != kind || known.grantee != grantee))
    }

    fn change_grants(&self, folder: ItemId, change: impl FnOnce(&View, &mut Vec<Grant>)) -> Result<Folder> {
        self.transact(&[], |draft| {
            let known = draft.view.folder(folder)?;
            draft.check(folder, Rights::ADMIN)?;
            if known.item.kind != Kind::Folder || matches!(folder, ItemId::ROOT | ItemId::TAGS | ItemId::CONVERSATIONS)
            {
                return Err(Error::CannotContain(known.item.name.clone()));
            }
            let mut grants = known.detail.grants.clone();
            change(&draft.view, &mut grants);
            if grants.len() > GRANTS_MAX {
                return Err(Error::Invalid(format!("a folder has {GRANTS_MAX} grants at most")));
            }
            if grants != known.detail.grants {
                draft.folder_detail(folder, What { grants: true, ..What::NONE })?.grants = grants;
            }
            draft.view.folder(folder)
        })
    }

    /// Whether grants on the folders above count here, too.
    pub fn set_inherits_grants(&self, folder: ItemId, inherits: bool) -> Result<Folder> {
        self.transact(&[], |draft| {
            let known = draft.view.folder(folder)?;
            draft.check(folder, Rights::ADMIN)?;
            if known.item.flags.contains(Flags::NO_INHERIT) == inherits {
                let row = draft.container_mut(folder, What { grants: true, flags: true, ..What::NONE })?;
                row.flags =
                    if inherits { row.flags.without(Flags::NO_INHERIT) } else { row.flags.with(Flags::NO_INHERIT) };
            }
            draft.view.folder(folder)
        })
    }

    /// The mount point that a path leads through or to, "/Of Alice/2026/plan.txt", and what of the path is behind it.
    pub fn mount_on_way(&self, path: &str) -> Result<Option<(Remote, String)>> {
        let path = format!("/{}", path.trim_matches('/'));
        // "a.b" is not "b" of the mount point "a", where there is such a folder.
        if self.folder_by_path(&path)?.is_some_and(|folder| folder.detail.remote.is_none()) {
            return Ok(None);
        }
        let found = self.folders()?.into_iter().find_map(|folder| {
            let remote = folder.detail.remote.clone()?;
            let (way, rest) = path.split_at_checked(folder.path.len())?;
            let is_on_way = way.to_lowercase() == folder.path.to_lowercase();
            (is_on_way && (rest.is_empty() || rest.starts_with(['/', '.']))).then(|| (remote, rest.to_owned()))
        });
        Ok(found)
    }

    /// A place among the own folders for one of somebody else. Whether that one is there, and what may be done in it, is seen
    /// when it is opened.
    pub fn create_mount_point(&self, parent: ItemId, name: &str, remote: Remote, view: &str) -> Result<Folder> {
        let name = clean(name)?;
        self.transact(&[], |draft| {
            check_place(&draft.view, parent, &name, None)?;
            let id = draft.next_id()?;
            let detail = FolderDetail { view: view.into(), remote: Some(remote), ..FolderDetail::default() };
            let detail = Detail::Folder(detail);
            let mut row = container(id, Kind::MountPoint, parent, &name, draft.modseq, draft.now_ms, detail);
            row.flags = Flags::SUBSCRIBED;
            add(draft, row)
        })
    }

    /// Names of folders in mailboxes of others that the owner has subscribed to, as they were written.
    pub fn subscriptions_elsewhere(&self) -> Result<Vec<String>> {
        self.check_owner()?;
        Ok(self.read(|reader| reader.notes(Some(SUBSCRIPTIONS)))?.into_iter().map(|note| note.name).collect())
    }

    pub fn subscribe_elsewhere(&self, name: &str, on: bool) -> Result<()> {
        if name.is_empty() || name.len() > Note::NAME_BYTES_MAX {
            return Err(Error::InvalidName(name.to_owned()));
        }
        self.transact(&[], |draft| {
            let known = self.shared().metadata.glance(self.live.id, |reader| {
                Ok((reader.note(SUBSCRIPTIONS, name)?.is_some(), reader.note_count(SUBSCRIPTIONS)?))
            })?;
            match known {
                (false, count) if on && count >= NOTES_MAX => Err(Error::Invalid("too many subscriptions".into())),
                (false, _) if on => {
                    draft.put_note(Note { space: SUBSCRIPTIONS, name: name.into(), expires_ms: 0, value: Vec::new() })
                }
                (true, _) if !on => draft.remove_note(SUBSCRIPTIONS, name),
                _ => Ok(()),
            }
        })
    }
}

/// Whether a folder above gives this grantee rights that count in `folder`.
fn inherits(view: &View, folder: ItemId, grant: &Grant) -> bool {
    let is_same = |known: &Grant| (known.kind, &known.grantee) == (grant.kind, &grant.grantee);
    let mut at = folder;
    // the tree is no deeper than its number of folders, whatever the rows say
    for _ in 0..view.containers.len() {
        let Some(item) = view.containers.get(&at) else { break };
        if at != folder
            && let Detail::Folder(detail) = &item.detail
            && let Some(known) = detail.grants.iter().find(|known| is_same(known))
        {
            return known.rights != Rights::NONE;
        }
        if item.flags.contains(Flags::NO_INHERIT) || item.folder == at {
            break;
        }
        at = item.folder;
    }
    false
}
