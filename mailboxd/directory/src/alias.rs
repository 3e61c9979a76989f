// SPDX-License-Identifier: AGPL-3.0-or-later
//! Aliases, and what an address of a delivery or a sender means.

use crate::db::is_duplicate;
use crate::{Account, Directory, Error, Result, account, name};

/// Aliases an account may have.
const ALIASES_MAX: i64 = 1_000;

impl Directory {
    /// Recipient of a delivery: name, alias, sub-address (`user+detail@domain`; detail is the second value, lower case).
    pub fn resolve(&self, address: &str) -> Result<Option<(Account, Option<String>)>> {
        let Some((local, domain)) = name::address(address) else { return Ok(None) };
        // An account whose own name has a plus in it comes first.
        if let Some(account) = self.by_key(&format!("{local}@{domain}"))? {
            return Ok(Some((account, None)));
        }
        let Some((base, detail)) = name::split_detail(&local) else { return Ok(None) };
        let found = self.by_key(&format!("{base}@{domain}"))?;
        Ok(found.map(|account| (account, (!detail.is_empty()).then(|| detail.to_owned()))))
    }

    /// True when `account` may send with this From or envelope address: its own name, aliases and their sub-addresses, and
    /// what zimbraAllowFromAddress lists.
    pub fn may_send_as(&self, account: &Account, address: &str) -> Result<bool> {
        if self.resolve(address)?.is_some_and(|(owner, _)| owner.id == account.id) {
            return Ok(true);
        }
        let wanted = name::address(address);
        let allowed = account.attrs.get("zimbraAllowFromAddress").into_iter().flatten();
        Ok(wanted.is_some() && allowed.map(|a| name::address(a)).any(|a| a == wanted))
    }

    pub fn add_alias(&self, id: &str, alias: &str) -> Result<()> {
        let (local, domain) = account::valid(alias)?;
        self.change_account(id, |db, account, _| {
            account::require_domain(db, &domain)?;
            let count: i64 =
                db.query_row("SELECT count(*) FROM address WHERE account = ?", [account], |row| row.get(0))?;
            if count > ALIASES_MAX {
                return Err(Error::Invalid { what: "number of aliases", value: count.to_string() });
            }
            account::insert_address(db, account, &local, &domain, false)
        })?;
        Ok(())
    }

    pub fn remove_alias(&self, id: &str, alias: &str) -> Result<()> {
        let missing = || Error::NoSuchAlias(alias.chars().take(80).collect());
        let (local, domain) = name::address(alias).ok_or_else(missing)?;
        self.change_account(id, |db, account, _| {
            let gone = db.execute(
                "DELETE FROM address WHERE account = ? AND domain = ? AND local = ? AND is_name = 0",
                (account, &domain, &local),
            )?;
            if gone == 0 { Err(missing()) } else { Ok(()) }
        })?;
        Ok(())
    }
}

pub fn exists_error(e: rusqlite::Error, local: &str, domain: &str) -> Error {
    if is_duplicate(&e) { Error::AccountExists(format!("{local}@{domain}")) } else { e.into() }
}
