// SPDX-License-Identifier: AGPL-3.0-or-later
//! Logins that somebody else vouches for: the server of an OAuth token, a portal with a key. What they show is not our matter here;
//! who may log in is.

use crate::backoff::Key;
use crate::look::Need;
use crate::{Account, Directory, Error, Result, system};
use std::net::IpAddr;
use std::time::Instant;

impl Directory {
    /// The account of `name`, if it may log in now. `named`: who the client said it was; empty, or the same account. Blocking.
    pub fn vouched(&self, name: &str, named: &str, peer: Option<IpAddr>) -> Result<Account> {
        let account = self.account_to_enter(name)?;
        let is_same = match &account {
            Some(account) if !named.is_empty() => self.account_to_enter(named)?.is_some_and(|a| a.id == account.id),
            _ => true,
        };
        let Some(account) = account.filter(|_| is_same) else {
            self.refused(named, peer);
            tracing::info!(target: "audit", account = name, ?peer, "login refused: it is vouched for as nobody here, or as somebody else");
            return Err(Error::AuthFailed);
        };
        self.0.backoff.succeeded(&self.key(named, peer)?);
        // One that has lasted ends as by a right password.
        let account = if account.status() == "lockout" { self.end_lockout(account)? } else { account };
        let status = self.status(&account)?;
        let is_active = status == "active";
        self.count_login(is_active);
        if is_active { Ok(account) } else { Err(Error::AccountInactive(status)) }
    }

    /// Too many wrong tokens, or passwords, from there for this name: no more are looked at for a time.
    pub fn is_slowed(&self, named: &str, peer: Option<IpAddr>) -> bool {
        self.key(named, peer).is_ok_and(|key| self.0.backoff.is_blocked(&key, Instant::now()))
    }

    /// A token, or what a portal signed, was not valid.
    pub fn refused(&self, named: &str, peer: Option<IpAddr>) {
        self.count_login(false);
        tracing::info!(target: "audit", account = named, ?peer, "login failed: what vouches for it is not valid");
        if let Ok(key) = self.key(named, peer) {
            self.0.backoff.failed(key, Instant::now());
        }
    }

    /// As for passwords, so that it is one count.
    fn key(&self, named: &str, peer: Option<IpAddr>) -> Result<Key> {
        Ok(Key::new(self.login_name(named)?.as_deref().unwrap_or(named), peer))
    }

    /// A mailbox of the system (the quarantine) nobody enters.
    fn account_to_enter(&self, name: &str) -> Result<Option<Account>> {
        let Some(full) = self.login_name(name)? else { return Ok(None) };
        let Some(entry) = self.login_entry(&full)? else { return Ok(None) };
        let account = self.account_of(entry, Need::Now)?;
        Ok(Some(account).filter(|account| !system::is_systems(account)))
    }
}
