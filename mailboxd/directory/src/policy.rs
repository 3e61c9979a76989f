// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a new password must be like, and how long one lasts: attributes zimbraPassword*, as the account has or inherits them.

use crate::attrs::timestamp;
use crate::entry::{Entry, now};
use crate::known::duration_ms;
use crate::look::Need;
use crate::{Account, Directory, Error, Result};
use std::time::Duration;

const HISTORY_MAX: usize = 24;
/// Zimbra's defaults.
const LOCKOUT_FAILURES: u64 = 10;
const LOCKOUT_S: i64 = 3_600;
const FAILURES_LAST: Duration = Duration::from_secs(3_600);
const FAILURES_LAST_MAX: Duration = Duration::from_secs(7 * 86_400);
const DAY: i64 = 86_400;

impl Directory {
    /// Whether a password would be taken for this account, as far as its form goes.
    pub fn check_password(&self, id: &str, password: &str) -> Result<()> {
        check(&self.need_account(id)?, password)
    }

    /// Checks `password` and puts it on the entry, which has its name and class of service already.
    pub(crate) fn new_password(&self, entry: &mut Entry, password: &str) -> Result<()> {
        let account = self.account_of(entry.clone(), Need::Now)?;
        check(&account, password)?;
        let old = entry.attr("userPassword").map(str::to_owned);
        let kept = number(&account, "zimbraPasswordEnforceHistory").unwrap_or(0).min(HISTORY_MAX as u64) as usize;
        let mut history: Vec<String> =
            entry.values("zimbraPasswordHistory").iter().cloned().chain(old.map(|old| dated(&old))).collect();
        // Sorted by date, as each begins with it.
        history.sort();
        history.drain(..history.len().saturating_sub(kept));
        let used = |dated: &String| {
            let hash = dated.split_once(' ').map_or(dated.as_str(), |(_, hash)| hash);
            self.0.hasher.verify(password, Some(hash))
        };
        if history.iter().any(used) {
            return Err(Error::PasswordRecentlyUsed);
        }
        entry.set("zimbraPasswordHistory", history);
        entry.set("userPassword", [self.0.hasher.hash(password)?]);
        entry.set("zimbraPasswordModifiedTime", [timestamp(now())]);
        Ok(())
    }
}

/// Whether its owner may give an account another password now.
pub fn check_change(account: &Account, must_change: bool, now: i64) -> Result<()> {
    if account.attr("zimbraPasswordLocked") == Some("TRUE") {
        return Err(Error::PasswordLocked);
    }
    if must_change {
        return Ok(());
    }
    if account.attr("zimbraFeatureChangePasswordEnabled") == Some("FALSE") {
        return Err(Error::Denied);
    }
    let days = number(account, "zimbraPasswordMinAge").unwrap_or(0);
    let earliest = now.saturating_sub(i64::try_from(days).unwrap_or(i64::MAX).saturating_mul(DAY)).max(0);
    // GeneralizedTime sorts as text.
    let is_new = |modified: &str| modified > timestamp(earliest).as_str();
    match days > 0 && account.attr("zimbraPasswordModifiedTime").is_some_and(is_new) {
        true => Err(Error::PasswordChangeTooSoon),
        false => Ok(()),
    }
}

/// True when the password is older than it may become.
pub fn is_expired(account: &Account, now: i64) -> bool {
    let days = number(account, "zimbraPasswordMaxAge").filter(|days| *days > 0);
    let Some(days) = days.and_then(|days| i64::try_from(days).ok()) else { return false };
    let latest_good = now.saturating_sub(days.saturating_mul(DAY)).max(0);
    // GeneralizedTime sorts as text.
    account.attr("zimbraPasswordModifiedTime").is_some_and(|modified| modified < timestamp(latest_good).as_str())
}

fn check(account: &Account, password: &str) -> Result<()> {
    let count = |fits: fn(char) -> bool| password.chars().filter(|c| fits(*c)).count() as u64;
    let length = password.chars().count() as u64;
    if number(account, "zimbraPasswordMaxLength").is_some_and(|max| max > 0 && length > max) {
        return Err(refused("it is too long"));
    }
    let least: [(&str, u64, &str); 5] = [
        ("zimbraPasswordMinLength", length, "it is too short"),
        ("zimbraPasswordMinUpperCaseChars", count(char::is_uppercase), "not enough upper case characters"),
        ("zimbraPasswordMinLowerCaseChars", count(char::is_lowercase), "not enough lower case characters"),
        ("zimbraPasswordMinNumericChars", count(|c| c.is_ascii_digit()), "not enough numeric characters"),
        ("zimbraPasswordMinPunctuationChars", count(|c| c.is_ascii_punctuation()), "not enough punctuation characters"),
    ];
    match least.into_iter().find(|(name, has, _)| number(account, name).is_some_and(|min| *has < min)) {
        Some((_, _, why)) => Err(refused(why)),
        None => Ok(()),
    }
}

fn refused(why: &str) -> Error {
    Error::invalid("password", why)
}

pub fn number(account: &Account, name: &str) -> Option<u64> {
    account.attr(name).and_then(|value| value.parse().ok())
}

fn dated(hash: &str) -> String {
    format!("{} {hash}", timestamp(now()))
}

/// zimbraPasswordLockout*, when it is on.
pub struct Lockout {
    pub failures_max: u64,
    /// None or zero: until an administrator ends it.
    pub duration_s: Option<i64>,
}

pub fn lockout(account: &Account) -> Option<Lockout> {
    let failures_max = number(account, "zimbraPasswordLockoutMaxFailures").unwrap_or(LOCKOUT_FAILURES);
    // As many as you like.
    if failures_max == 0 || account.attr("zimbraPasswordLockoutEnabled") != Some("TRUE") {
        return None;
    }
    let duration_ms = account.attr("zimbraPasswordLockoutDuration").and_then(duration_ms);
    Some(Lockout {
        failures_max,
        duration_s: Some(duration_ms.map_or(LOCKOUT_S, |ms| i64::try_from(ms / 1_000).unwrap_or(i64::MAX))),
    })
}

/// How long a wrong password counts.
pub fn failures_last(account: &Account) -> Duration {
    let lifetime = account.attr("zimbraPasswordLockoutFailureLifetime").and_then(duration_ms).filter(|ms| *ms > 0);
    lifetime.map_or(FAILURES_LAST, Duration::from_millis).min(FAILURES_LAST_MAX)
}
