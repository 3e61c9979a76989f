// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which scripts look at a message, in their order: an administrator's, the owner's, an administrator's. Those of administrators,
//! and the owner's rules, are attributes in Zimbra's dialect; a script of the mailbox that is active filters instead of the rules.

use super::plan::Subject;
use directory::Account;
use mailbox::{ADDRESS_BOOK, ActiveScript, WRITTEN_TO};
use sieve::zimbra::Dialect;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// What the directory has of filters for the mail that comes to an account. Not all are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    before: String,
    own: String,
    after: String,
    dialect: Dialect,
}

impl Rules {
    /// `None`: there are none.
    pub fn of(account: &Account) -> Option<Rules> {
        let text =
            |name: &str| account.attr(name).filter(|text| !text.trim().is_empty()).unwrap_or_default().to_owned();
        let (before, own) = (text("zimbraAdminSieveScriptBefore"), text("zimbraMailSieveScript"));
        let after = text("zimbraAdminSieveScriptAfter");
        if before.is_empty() && own.is_empty() && after.is_empty() {
            return None;
        }
        let dialect = Dialect {
            own: account.addresses().map(str::to_owned).collect(),
            address_book: ADDRESS_BOOK,
            written_to: WRITTEN_TO,
            ..Dialect::by(|name| account.attr(name))
        };
        Some(Rules { before, own, after, dialect })
    }
}

/// One script.
pub(super) struct Stage<'a> {
    pub name: &'static str,
    /// The owner can change it, and is told when it fails.
    pub is_owners: bool,
    pub text: Text<'a>,
}

pub(super) enum Text<'a> {
    Active(&'a ActiveScript),
    Zimbra(&'a str, &'a Dialect),
}

pub(super) fn stages<'a>(subject: &'a Subject, active: Option<&'a ActiveScript>) -> Vec<Stage<'a>> {
    let rules = subject.local.rules.as_deref();
    let zimbra = |name, is_owners, of: fn(&Rules) -> &String| {
        let text = rules.map(of).filter(|text| !text.is_empty())?;
        rules.map(|rules| Stage { name, is_owners, text: Text::Zimbra(text, &rules.dialect) })
    };
    let own = match active {
        Some(active) => Some(Stage { name: "active", is_owners: true, text: Text::Active(active) }),
        None => zimbra("zimbraMailSieveScript", true, |rules| &rules.own),
    };
    let before = zimbra("zimbraAdminSieveScriptBefore", false, |rules| &rules.before);
    let after = zimbra("zimbraAdminSieveScriptAfter", false, |rules| &rules.after);
    [before, own, after].into_iter().flatten().collect()
}

impl Stage<'_> {
    pub fn key(&self, account: &str) -> String {
        format!("{account} {}", self.name)
    }

    /// Changes with the script.
    pub fn version(&self) -> u64 {
        match &self.text {
            Text::Active(active) => active.version,
            Text::Zimbra(text, dialect) => BuildHasherDefault::<DefaultHasher>::default().hash_one((text, dialect)),
        }
    }
}
