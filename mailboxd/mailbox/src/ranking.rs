// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whom somebody writes to, and how often: what is typed is completed by that. An address that is not written to for a year is
//! forgotten.

use crate::effect::{Effect, Expiry};
use crate::error::Result;
use crate::mailbox::Mailbox;
use crate::note::RANKING;
use metadata::Note;
use minicbor::{Decode, Encode};

/// Addresses that are remembered; the least used go first.
pub const RANKED_MAX: usize = 1_000;
const KEEP_MS: i64 = 366 * 24 * 3600 * 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Lower case.
    pub address: String,
    /// As it was written last.
    pub name: Option<String>,
    pub count: u32,
}

#[derive(Encode, Decode)]
struct Value {
    #[n(0)]
    count: u32,
    #[n(1)]
    name: Option<String>,
}

impl Mailbox {
    /// Most used first.
    pub fn ranking(&self) -> Result<Vec<Ranked>> {
        self.check_owner()?;
        let now_ms = self.shared().now_ms();
        let notes = self.read(|reader| reader.notes(Some(RANKING)))?;
        let mut ranked: Vec<Ranked> =
            notes.into_iter().filter(|note| note.expires_ms > now_ms).filter_map(ranked_of).collect();
        ranked.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.address.cmp(&b.address)));
        Ok(ranked)
    }

    /// One more message went to each: address and name.
    pub fn rank(&self, written_to: &[(String, Option<String>)]) -> Result<()> {
        self.transact(&[], |draft| {
            let notes = self.shared().metadata.glance(self.live.id, |reader| reader.notes(Some(RANKING)))?;
            let mut known: Vec<Ranked> = notes.into_iter().filter_map(ranked_of).collect();
            draft.push(Effect::ExpireNotes(Expiry { space: RANKING, until_ms: draft.now_ms }));
            for (address, name) in written_to {
                let address = address.to_lowercase();
                if address.is_empty() || address.len() > Note::NAME_BYTES_MAX {
                    continue;
                }
                let at = match known.iter().position(|one| one.address == address) {
                    Some(at) => at,
                    None => {
                        if known.len() >= RANKED_MAX
                            && let Some(least) = (0..known.len()).min_by_key(|at| known[*at].count)
                        {
                            draft.remove_note(RANKING, &known.swap_remove(least).address)?;
                        }
                        known.push(Ranked { address, name: None, count: 0 });
                        known.len() - 1
                    }
                };
                let one = &mut known[at];
                one.count = one.count.saturating_add(1);
                one.name = name.clone().or(one.name.take());
                let value = Value { count: one.count, name: one.name.clone() };
                let value = minicbor::to_vec(&value).map_err(|error| crate::Error::Store(error.to_string()))?;
                let expires_ms = draft.now_ms.saturating_add(KEEP_MS);
                draft.put_note(Note { space: RANKING, name: one.address.clone(), expires_ms, value })?;
            }
            Ok(())
        })
    }

    /// Of one address, or of all.
    pub fn forget_ranking(&self, address: Option<&str>) -> Result<()> {
        self.transact(&[], |draft| match address {
            Some(address) => draft.remove_note(RANKING, &address.to_lowercase()),
            None => {
                draft.check_owner()?;
                draft.push(Effect::ExpireNotes(Expiry { space: RANKING, until_ms: i64::MAX }));
                Ok(())
            }
        })
    }
}

/// The owner's address book, as a list of addresses (RFC 6134 §2.7).
pub const ADDRESS_BOOK: &str = "urn:ietf:params:sieve:addrbook:default";
/// Those that the owner has written to.
pub const WRITTEN_TO: &str = "tag:posthouse,2026:written-to";

impl Mailbox {
    /// Whether an address is in one of the two lists above; no other list holds any.
    pub fn lists_address(&self, list: &str, address: &str) -> Result<bool> {
        let address = address.to_lowercase();
        match list {
            ADDRESS_BOOK => {
                let mut found = false;
                self.each_contact(None, &mut |item| {
                    found = crate::contact::emails(&item).contains(&address);
                    Ok(!found)
                })?;
                Ok(found)
            }
            WRITTEN_TO => Ok(self.ranking()?.iter().any(|ranked| ranked.address == address)),
            _ => Ok(false),
        }
    }
}

fn ranked_of(note: Note) -> Option<Ranked> {
    let Value { count, name } = minicbor::decode(&note.value).ok()?;
    Some(Ranked { address: note.name, name, count })
}
