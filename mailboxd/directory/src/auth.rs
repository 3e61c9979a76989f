// SPDX-License-Identifier: AGPL-3.0-or-later
//! Login by name and password.

use crate::attrs::timestamp;
use crate::backoff::Key;
use crate::entry::{Entry, Kind, now};
use crate::known::duration_ms;
use crate::look::Need;
use crate::{Account, Directory, Error, Result, account, foreign, name, password, policy, system};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Seven days.
const LOGON_EVERY_MS: u64 = 7 * 86_400_000;

#[derive(Default)]
pub struct Logins {
    ok: AtomicU64,
    failed: AtomicU64,
}

impl Directory {
    /// A bare name gets the default domain.
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

    /// zimbraLastLogonTimestamp, once in a while (zimbraLastLogonTimestampFrequency of the global config; 0: never): who looks for
    /// accounts that nobody uses needs no more, and a write for each login would be many. The login stays when it fails.
    fn note_logon(&self, account: &Account) {
        let config = self.config_entry(Need::Cached).ok().flatten();
        let wished = config.as_deref().and_then(|config| config.attr("zimbraLastLogonTimestampFrequency"));
        let every_ms = wished.and_then(duration_ms).unwrap_or(LOGON_EVERY_MS);
        let latest_old = now().saturating_sub(i64::try_from(every_ms / 1_000).unwrap_or(i64::MAX)).max(0);
        let is_fresh = account.attr("zimbraLastLogonTimestamp").is_some_and(|at| at > timestamp(latest_old).as_str());
        if every_ms == 0 || is_fresh {
            return;
        }
        let noted = self.change(&[Kind::Account, Kind::Resource], &account.id, Kind::Account, |entry| {
            entry.set("zimbraLastLogonTimestamp", [timestamp(now())]);
            Ok(())
        });
        if let Err(error) = noted {
            tracing::debug!(account = %account.name, %error, "the time of the login could not be kept");
        }
    }

    /// The account's, or what its domain makes of it where that is not active.
    pub fn status(&self, account: &Account) -> Result<String> {
        let own = account.status();
        let domain = account.name.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        let domain = self.domain_entry(domain, Need::Cached)?;
        let above = domain.as_deref().and_then(|domain| domain.attr("zimbraDomainStatus")).unwrap_or("active");
        Ok(match (above, own) {
            ("active", own) | (_, own @ "closed") => own,
            ("closed", _) => "closed",
            (_, "locked") | ("locked", _) => "locked",
            _ => "maintenance",
        }
        .to_owned())
    }

    /// Logins since the start, over all protocols: those that were right, and those that were refused.
    pub fn logins(&self) -> (u64, u64) {
        (self.0.logins.ok.load(Relaxed), self.0.logins.failed.load(Relaxed))
    }

    pub(crate) fn count_login(&self, right: bool) {
        let logins = &self.0.logins;
        if right { &logins.ok } else { &logins.failed }.fetch_add(1, Relaxed);
    }

    fn check_login(&self, name: &str, password: &str, peer: Option<IpAddr>) -> Result<Account> {
        let full = self.login_name(name)?;
        let key = Key::new(full.as_deref().unwrap_or(name), peer);
        if self.0.backoff.is_blocked(&key, Instant::now()) {
            tracing::info!(target: "audit", account = full.as_deref().unwrap_or("?"), ?peer, "login refused: too many wrong passwords");
            return Err(Error::AuthFailed);
        }
        let entry = match &full {
            Some(full) => self.login_entry(full)?,
            None => None,
        };
        let stored = entry.as_ref().and_then(|entry| entry.attr("userPassword")).map(str::to_owned);
        let account = entry.clone().map(|entry| self.account_of(entry, Need::Now)).transpose()?;
        // Before the domain is asked: its rules are for people.
        if let Some(account) = account.as_ref().filter(|account| self.is_open(account, password)) {
            return Ok(account.clone());
        }
        let right = match self.foreign_check(entry.as_ref(), account.as_ref())? {
            Some(foreign) => self.is_right_there(&foreign, account.as_ref(), stored.as_deref(), password)?,
            None => self.password_is_right(account.as_ref(), stored.as_deref(), password)?,
        };
        // A mailbox of the system (the quarantine): no password of it is right, over no protocol.
        if !right || account.as_ref().is_some_and(system::is_systems) {
            self.0.backoff.failed(key, Instant::now());
            if let Some(account) = &account {
                self.count_failure(account);
            }
            tracing::info!(target: "audit", account = full.as_deref().unwrap_or("?"), ?peer, "login failed");
            return Err(Error::AuthFailed);
        }
        self.0.backoff.succeeded(&key);
        let account = self.end_lockout(account.ok_or(Error::AuthFailed)?)?;
        let status = self.status(&account)?;
        if status != "active" {
            return Err(Error::AccountInactive(status));
        }
        self.note_logon(&account);
        if account.attr("zimbraPasswordMustChange") == Some("TRUE") || policy::is_expired(&account, now()) {
            return Err(Error::ChangePassword);
        }
        Ok(account)
    }

    /// As it is now: who may log in is not a thing to remember.
    pub(crate) fn login_entry(&self, full: &str) -> Result<Option<Entry>> {
        let (local, domain) = full.rsplit_once('@').unwrap_or((full, ""));
        let Some(home) = self.home(domain, Need::Cached)? else { return Ok(None) };
        let names = ["zimbraMailDeliveryAddress", "zimbraMailAlias"];
        self.one(&[Kind::Account, Kind::Resource], &names, &format!("{local}@{home}"))
    }

    fn password_is_right(&self, account: Option<&Account>, stored: Option<&str>, password: &str) -> Result<bool> {
        let (Some(account), Some(stored)) = (account, stored) else {
            return Ok(self.0.hasher.verify(password, None));
        };
        if self.0.verified.contains(&account.id, stored, password) {
            return Ok(true);
        }
        let right = self.0.hasher.verify(password, Some(stored));
        if right {
            self.0.verified.insert(&account.id, stored, password);
            if password::is_old(stored) {
                self.renew_hash(account, stored, password);
            }
        }
        Ok(right)
    }

    /// Another directory decides. Ours does after it where the domain says so, and for administrators, who must get in to mend
    /// things; a directory that does not answer has not said no.
    fn is_right_there(
        &self,
        foreign: &foreign::Check,
        account: Option<&Account>,
        stored: Option<&str>,
        password: &str,
    ) -> Result<bool> {
        let there = self.0.foreign.password_is_right(foreign, password);
        let is_admin = account.is_some_and(|account| account.is_admin);
        match there {
            Ok(true) => Ok(true),
            other if foreign.falls_back || is_admin => Ok(self.password_is_right(account, stored, password)? || other?),
            other => other,
        }
    }

    /// The hash of a migrated account is replaced by one of ours. When that fails it stays, and so does the login.
    fn renew_hash(&self, account: &Account, old: &str, password: &str) {
        let renewed = self.0.hasher.hash(password).and_then(|hash| {
            self.change(&[Kind::Account, Kind::Resource], &account.id, Kind::Account, |entry| {
                if entry.attr("userPassword") == Some(old) {
                    entry.set("userPassword", [hash.clone()]);
                }
                Ok(())
            })
        });
        if let Err(error) = renewed {
            tracing::warn!(account = %account.name, %error, "the old password hash stays");
        }
    }

    /// The canonical address that a login name means; `None` if it can't be one.
    pub(crate) fn login_name(&self, text: &str) -> Result<Option<String>> {
        if text.contains('@') {
            return Ok(account::valid(text).ok());
        }
        let (Some(local), Some(domain)) = (name::local_part(text), self.default_domain()?) else { return Ok(None) };
        Ok(Some(format!("{local}@{domain}")))
    }

    /// Durable when it returns; what was remembered of the old password is void. Older auth tokens can be told by
    /// zimbraAuthTokenValidityValue, which goes up.
    pub fn set_password(&self, id: &str, password: &str) -> Result<()> {
        self.change(&[Kind::Account, Kind::Resource], id, Kind::Account, |entry| {
            self.new_password(entry, password)?;
            let epoch = entry.attr("zimbraAuthTokenValidityValue").and_then(|v| v.parse::<u64>().ok());
            entry.set("zimbraAuthTokenValidityValue", [epoch.unwrap_or(0).wrapping_add(1).to_string()]);
            Ok(())
        })?;
        Ok(())
    }
}

impl Directory {
    /// After so many wrong passwords (zimbraPasswordLockout*, off unless it is set) nobody gets in for a time, not even with
    /// the right one.
    fn count_failure(&self, account: &Account) {
        let limit = policy::lockout(account).map(|lockout| lockout.failures_max);
        let Some(limit) = limit.filter(|_| account.status() == "active") else { return };
        if self.0.lockout.failed(&account.id, policy::failures_last(account), Instant::now()) < limit {
            return;
        }
        tracing::warn!(account = %account.name, "locked out: too many wrong passwords");
        let locked = self.change(&[Kind::Account, Kind::Resource], &account.id, Kind::Account, |entry| {
            entry.set("zimbraAccountStatus", ["lockout".to_owned()]);
            entry.set("zimbraPasswordLockoutLockedTime", [timestamp(now())]);
            Ok(())
        });
        if let Err(error) = locked {
            tracing::warn!(account = %account.name, %error, "the lockout could not be kept");
        }
    }

    /// The right password ends a lockout that has lasted.
    pub(crate) fn end_lockout(&self, account: Account) -> Result<Account> {
        self.0.lockout.succeeded(&account.id);
        let since = account.attr("zimbraPasswordLockoutLockedTime");
        let ends = policy::lockout(&account).and_then(|lockout| lockout.duration_s).filter(|duration| *duration > 0);
        let is_over = since.zip(ends).is_some_and(|(since, ends)| since <= timestamp(now() - ends).as_str());
        if account.status() != "lockout" || !is_over {
            return Ok(account);
        }
        let entry = self.change(&[Kind::Account, Kind::Resource], &account.id, Kind::Account, |entry| {
            entry.set("zimbraAccountStatus", ["active".to_owned()]);
            entry.set("zimbraPasswordLockoutLockedTime", None);
            Ok(())
        })?;
        self.account_of(entry, Need::Now)
    }
}
