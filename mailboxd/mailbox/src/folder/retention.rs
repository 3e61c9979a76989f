// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::notify::What;
use ids::ItemId;
use metadata::Retention;

/// Policies of one kind of one folder.
pub const POLICIES_MAX: usize = 16;
const NAME_BYTES_MAX: usize = 256;

impl Mailbox {
    /// In place of what there was; empty: none. Its owner's alone, as it deletes. Whether a lifetime is one is for those to say
    /// who made it.
    pub fn set_retention(&self, folder: ItemId, retention: &Retention) -> Result<()> {
        for policies in [&retention.keep, &retention.purge] {
            let is_long = |text: &str| text.len() > NAME_BYTES_MAX;
            if policies.len() > POLICIES_MAX {
                return Err(Error::TooMany("retention policies"));
            }
            if let Some(long) = policies.iter().find(|policy| is_long(&policy.name) || is_long(&policy.lifetime)) {
                return Err(Error::InvalidName(long.name.chars().take(64).collect()));
            }
        }
        self.transact(&[], |draft| {
            draft.check_owner()?;
            draft.view.folder_item(folder)?;
            let detail = draft.folder_detail(folder, What { name: true, ..What::NONE })?;
            detail.retention = (*retention != Retention::default()).then(|| retention.clone());
            Ok(())
        })
    }
}
