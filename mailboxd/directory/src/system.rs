// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mailboxes of the system itself (zimbraIsSystemAccount). No password of theirs is right, and what a domain says of logins is about
//! people. The system enters one with a password that it makes, for a while; it is kept in memory only.

use crate::entry::Kind;
use crate::password::hash_of_parts;
use crate::secret::random;
use crate::{Account, Directory, Error, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

pub const ATTRIBUTE: &str = "zimbraIsSystemAccount";

/// Which are open, by id: a hash of the password, and until when.
pub struct Openings {
    key: [u8; 32],
    open: Mutex<HashMap<String, ([u8; 32], Instant)>>,
}

impl Openings {
    pub fn new() -> Result<Openings> {
        Ok(Openings { key: random()?, open: Mutex::default() })
    }

    fn digest(&self, id: &str, password: &str) -> [u8; 32] {
        hash_of_parts(&self.key, &[id, password])
    }
}

impl Directory {
    /// Opens the mailbox of the system; answers the password that gets in, over every protocol, until it is closed or `lasting` is over.
    pub fn open_system_account(&self, name: &str, lasting: Duration) -> Result<String> {
        let account = self.account(name)?.ok_or_else(|| Error::no_such(Kind::Account, name))?;
        if !is_systems(&account) {
            return Err(Error::invalid("account (it is no mailbox of the system)", name));
        }
        let mut password = String::new();
        for byte in random::<32>()? {
            let _ = write!(password, "{byte:02x}");
        }
        let openings = &self.0.openings;
        let (digest, now) = (openings.digest(&account.id, &password), Instant::now());
        let mut open = openings.open.lock();
        open.retain(|_, (_, until)| *until > now);
        open.insert(account.id, (digest, now + lasting));
        Ok(password)
    }

    pub fn close_system_account(&self, name: &str) -> Result<()> {
        let account = self.account(name)?.ok_or_else(|| Error::no_such(Kind::Account, name))?;
        self.0.openings.open.lock().remove(&account.id);
        Ok(())
    }

    /// Whether this password opens this mailbox of the system now.
    pub(crate) fn is_open(&self, account: &Account, password: &str) -> bool {
        let openings = &self.0.openings;
        let digest = openings.digest(&account.id, password);
        let open = openings.open.lock();
        is_systems(account) && open.get(&account.id).is_some_and(|(of, until)| *of == digest && *until > Instant::now())
    }
}

pub fn is_systems(account: &Account) -> bool {
    account.attr(ATTRIBUTE) == Some("TRUE")
}
