// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a script asks, answered by the mailbox of its owner and by nothing else.

use super::claim::{Claim, Claims};
use mailbox::{ANSWERED, DUPLICATES, Folder, ItemId, Mailbox};
use sieve::{Asked, Engine, Known, Script, World};

pub(super) struct Real<'a> {
    pub mailbox: &'a Mailbox,
    pub engine: &'a Engine,
    pub account: &'a str,
    pub all: &'a Claims,
    /// Those of this run.
    pub claims: &'a mut Vec<Claim>,
    /// The first error of the store: the script's decision counts for nothing then.
    pub failure: Option<String>,
}

/// RFC 6154 §2: folders of the system that have a use; people's own may be for something as well.
const SPECIAL_USES: [(&str, ItemId); 4] =
    [("\\Junk", ItemId::JUNK), ("\\Trash", ItemId::TRASH), ("\\Sent", ItemId::SENT), ("\\Drafts", ItemId::DRAFTS)];

pub(super) fn special_use(mailbox: &Mailbox, attribute: &str) -> mailbox::Result<Option<ItemId>> {
    if let Some((_, id)) = SPECIAL_USES.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute)) {
        return Ok(Some(*id));
    }
    Ok(mailbox.folder_for(attribute)?.map(|folder| folder.item.id))
}

/// By the name that IMAP shows.
pub(super) fn folder(mailbox: &Mailbox, path: &str) -> mailbox::Result<Option<Folder>> {
    mailbox.folder_by_path(&format!("/{path}"))
}

impl World for Real<'_> {
    fn script(&mut self, name: &str) -> Option<Script> {
        self.engine.compile(&self.mailbox.script(name).ok()?).ok()
    }

    fn has_folder(&mut self, path: &str) -> bool {
        matches!(folder(self.mailbox, path), Ok(Some(_)))
    }

    fn has_special_use(&mut self, attribute: &str) -> bool {
        matches!(special_use(self.mailbox, attribute), Ok(Some(_)))
    }

    fn is_known(&mut self, known: &Known) -> bool {
        let space = space(known.asked);
        if known.asked == Asked::Answered {
            match self.all.take(self.account, &known.id) {
                Some(claim) => self.claims.push(claim),
                None => return true,
            }
        }
        let is_noted = self.mailbox.is_noted(space, &known.id).and_then(|is_noted| {
            // Who can't be remembered gets no answer; a message is a duplicate only if it is known to be one.
            Ok(is_noted || (known.asked == Asked::Answered && !self.mailbox.has_room_for_note(space)?))
        });
        is_noted.unwrap_or_else(|error| {
            self.failure.get_or_insert(error.to_string());
            true
        })
    }

    fn is_in_list(&mut self, list: &str, address: &str) -> bool {
        self.mailbox.lists_address(list, address).unwrap_or_else(|error| {
            self.failure.get_or_insert(error.to_string());
            false
        })
    }
}

pub(super) fn space(asked: Asked) -> u32 {
    match asked {
        Asked::Answered => ANSWERED,
        Asked::Duplicate => DUPLICATES,
    }
}
