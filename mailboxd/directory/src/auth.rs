// SPDX-License-Identifier: AGPL-3.0-or-later
//! Login by name and password.

use crate::backoff::Key;
use crate::{Account, Directory, Error, Result, name};
use rusqlite::OptionalExtension;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

#[derive(Default)]
pub struct Logins {
    ok: AtomicU64,
    failed: AtomicU64,
}

impl Directory {
    /// A bare name gets the default domain (the oldest one).
    pub fn authenticate(&self, name: &str, password: &str) -> Result<Account> {
        self.authenticate_from(name, password, None)
    }

    /// As [`Directory::authenticate`]; `peer` keeps a guesser's back-off apart from the owner's. Blocking: tens of milliseconds
    /// for a password that was not right lately. Only a right password learns that the account is locked.
    pub fn authenticate_from(&self, name: &str, password: &str, peer: Option<IpAddr>) -> Result<Account> {
        let checked = self.check_login(name, password, peer);
        match &checked {
            Ok(_) => self.0.logins.ok.fetch_add(1, Relaxed),
            // ours, not the client's: no login was judged
            Err(Error::Unavailable(_)) => 0,
            Err(_) => self.0.logins.failed.fetch_add(1, Relaxed),
        };
        checked
    }

    /// Logins since the start, over all protocols: those that were right, and those that were refused.
    pub fn logins(&self) -> (u64, u64) {
        (self.0.logins.ok.load(Relaxed), self.0.logins.failed.load(Relaxed))
    }

    fn check_login(&self, name: &str, password: &str, peer: Option<IpAddr>) -> Result<Account> {
        let full = self.login_name(name)?;
        let key = Key::new(full.as_deref().unwrap_or(name), peer);
        if self.0.backoff.is_blocked(&key, Instant::now()) {
            tracing::info!(account = full.as_deref().unwrap_or("?"), ?peer, "login refused: too many wrong passwords");
            return Err(Error::AuthFailed);
        }
        let account = match &full {
            Some(full) => self.account(full)?,
            None => None,
        };
        let stored = match &account {
            Some(account) => self.stored_password(&account.id)?,
            None => None,
        };
        if !self.password_is_right(account.as_ref(), stored.as_deref(), password) {
            self.0.backoff.failed(key, Instant::now());
            tracing::info!(account = full.as_deref().unwrap_or("?"), ?peer, "login failed");
            return Err(Error::AuthFailed);
        }
        self.0.backoff.succeeded(&key);
        let account = account.ok_or(Error::AuthFailed)?;
        if account.status() != "active" {
            return Err(Error::AccountInactive(account.status().to_owned()));
        }
        if account.attr("zimbraPasswordMustChange") == Some("TRUE") {
            return Err(Error::ChangePassword);
        }
        Ok(account)
    }

    fn password_is_right(&self, account: Option<&Account>, stored: Option<&str>, password: &str) -> bool {
        if let (Some(account), Some(stored)) = (account, stored) {
            if self.0.verified.contains(&account.id, stored, password) {
                return true;
            }
            let right = self.0.hasher.verify(password, Some(stored));
            if right {
                self.0.verified.insert(&account.id, stored, password);
            }
            return right;
        }
        self.0.hasher.verify(password, None)
    }

    /// The canonical address that a login name means; `None` if it can't be one.
    fn login_name(&self, text: &str) -> Result<Option<String>> {
        if text.contains('@') {
            return Ok(name::address(text).map(|(local, domain)| format!("{local}@{domain}")));
        }
        let (Some(local), Some(domain)) = (name::local_part(text), self.default_domain()?) else { return Ok(None) };
        Ok(Some(format!("{local}@{domain}")))
    }

    fn stored_password(&self, id: &str) -> Result<Option<String>> {
        self.0.db.read(|db| {
            let mut query = db.prepare_cached("SELECT password FROM account WHERE id = ?")?;
            Ok(query.query_row([id], |row| row.get(0)).optional()?.flatten())
        })
    }

    /// Durable when it returns; what was remembered of the old password is void. Older auth tokens can be told by
    /// zimbraAuthTokenValidityValue, which goes up.
    pub fn set_password(&self, id: &str, password: &str) -> Result<()> {
        let hash = self.0.hasher.hash(password)?;
        self.change_account(id, |db, account, attrs| {
            let epoch =
                attrs.get("zimbraAuthTokenValidityValue").and_then(|v| v.first()).and_then(|v| v.parse::<u64>().ok());
            attrs.insert(
                "zimbraAuthTokenValidityValue".to_owned(),
                vec![(epoch.unwrap_or(0).wrapping_add(1)).to_string()],
            );
            db.execute("UPDATE account SET password = ? WHERE id = ?", (&hash, account))?;
            Ok(())
        })?;
        Ok(())
    }
}
