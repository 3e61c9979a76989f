// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::error::Result;
use crate::mailbox::Mailbox;
use crate::notify::What;
use ids::{ItemId, Uid};
use metadata::{Detail, Flags, Item};

/// Bits that a client may set on a folder, saved search or tag.
const SETTABLE: u32 = Flags::SUBSCRIBED.0 | Flags::CHECKED.0;

impl Mailbox {
    /// Flags (SUBSCRIBED, CHECKED) and colour of a folder, search or tag; `None` leaves a colour.
    pub fn update_container(
        &self,
        id: ItemId,
        add: Flags,
        remove: Flags,
        color: Option<u8>,
        rgb: Option<String>,
    ) -> Result<Item> {
        self.transact(&[], |draft| {
            draft.check_owner()?;
            let what = What { flags: true, color: color.is_some() || rgb.is_some(), ..What::NONE };
            let row = draft.container_mut(id, what)?;
            row.flags = row.flags.without(Flags(remove.0 & SETTABLE)).with(Flags(add.0 & SETTABLE));
            let (color_now, rgb_now) = match &mut row.detail {
                Detail::Folder(detail) => (&mut detail.color, &mut detail.rgb),
                Detail::Tag(detail) => (&mut detail.color, &mut detail.rgb),
                _ => return Ok(row.clone()),
            };
            // a number of the palette and a free colour exclude each other
            if let Some(rgb) = rgb {
                (*color_now, *rgb_now) = (None, Some(rgb));
            } else if let Some(color) = color {
                (*color_now, *rgb_now) = (Some(color), None);
            }
            Ok(row.clone())
        })
    }

    /// IMAP `\Recent` (RFC 3501 §2.3.2): the answer is the first UID that no session has been told of; the next caller gets
    /// what comes after.
    pub fn claim_recent(&self, folder: ItemId) -> Result<Uid> {
        let known = self.folder(folder)?.detail;
        if known.recent_from >= known.uid_next {
            return Ok(Uid(known.recent_from));
        }
        self.transact(&[], |draft| {
            draft.check_owner()?;
            let detail = draft.folder_detail(folder, What::NONE)?;
            let first = std::mem::replace(&mut detail.recent_from, detail.uid_next);
            Ok(Uid(first))
        })
    }
}
