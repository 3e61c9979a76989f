// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whose mailboxes an administrator may look into, of those that a search over many is meant for. The right is the one that opens a
//! mailbox as its owner would, on each account: who has none on an account does not learn that it exists.

use crate::rights::{Need, Powers, TargetType};
use crate::target::{Member, Target};
use crate::{Account, Directory, Error, Kind, Result};
use std::collections::BTreeMap;

/// Nothing in it: all accounts that the administrator may look into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names or ids of accounts, and of distribution lists, which stand for their members here.
    pub accounts: Vec<String>,
    /// Names or ids.
    pub domains: Vec<String>,
}

/// Names of accounts, lists and domains in one scope.
pub const SCOPE_MAX: usize = 10_000;

impl Scope {
    pub fn is_everything(&self) -> bool {
        self.accounts.is_empty() && self.domains.is_empty()
    }
}

impl Directory {
    /// Ascending by id. An account that is named and may not be looked into is an error; of lists, domains and everything such are
    /// left out, and so are the system's own. `Denied` if nothing is left for who may not do everything. Blocking.
    pub fn reach(&self, powers: &Powers, scope: &Scope) -> Result<Vec<Account>> {
        let mut found = BTreeMap::new();
        let hidden = |error: Error| match error {
            Error::NoSuchAccount(_) | Error::NoSuchDomain(_) | Error::NoSuch(..) if !powers.is_global() => {
                Error::Denied
            }
            error => error,
        };
        for key in &scope.accounts {
            self.reach_named(powers, key, &mut found).map_err(hidden)?;
        }
        for key in &scope.domains {
            let domain = match self.domain(key)? {
                Some(domain) => domain.name,
                None => self.get(Kind::Domain, key).map_err(hidden)?.name,
            };
            self.reach_inside(powers, Some(&domain), &mut found)?;
        }
        if scope.is_everything() {
            self.reach_inside(powers, None, &mut found)?;
        }
        if found.is_empty() && !powers.is_global() {
            return Err(Error::Denied);
        }
        Ok(found.into_values().collect())
    }

    fn reach_named(&self, powers: &Powers, key: &str, found: &mut BTreeMap<String, Account>) -> Result<()> {
        let by_name = self.account(key)?;
        let account = if by_name.is_some() { by_name } else { self.account_by_id(key)? };
        if let Some(account) = account {
            if !self.may_look_into(powers, &account)? {
                return Err(Error::Denied);
            }
            found.insert(account.id.clone(), account);
            return Ok(());
        }
        let list = self.list(key).map_err(|error| match error {
            Error::NoSuch(..) => Error::NoSuchAccount(key.chars().take(80).collect()),
            error => error,
        })?;
        let Some(Target::List(members)) = self.target(&list.name)? else { return Ok(()) };
        for member in members {
            if let Member::Account(account) = member
                && self.may_look_into(powers, &account)?
            {
                found.insert(account.id.clone(), *account);
            }
        }
        Ok(())
    }

    fn reach_inside(&self, powers: &Powers, domain: Option<&str>, found: &mut BTreeMap<String, Account>) -> Result<()> {
        let of_system = |account: &Account| account.attr("zimbraIsSystemAccount") == Some("TRUE");
        for account in self.accounts(domain)?.into_iter().chain(self.resources(domain)?) {
            if !of_system(&account) && self.may_look_into(powers, &account)? {
                found.insert(account.id.clone(), account);
            }
        }
        Ok(())
    }

    fn may_look_into(&self, powers: &Powers, account: &Account) -> Result<bool> {
        if powers.is_global() {
            return Ok(true);
        }
        let on = self.on(TargetType::Account, &account.id)?;
        let right = if on.target == TargetType::CalResource { "adminLoginCalendarResourceAs" } else { "adminLoginAs" };
        powers.may(&on, &Need::Do(right))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;
    use crate::Attrs;
    use crate::rights::{Grant, GranteeType, Modifiers};

    fn set(name: &str) -> Attrs {
        Attrs::from([(name.to_owned(), vec!["TRUE".to_owned()])])
    }

    fn scope(accounts: &[&str], domains: &[&str]) -> Scope {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Scope { accounts: all(accounts), domains: all(domains) }
    }

    #[test]
    fn each_account_is_asked_about() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(&dir.path().join("directory")).unwrap();
        for domain in ["a.test", "b.test"] {
            directory.create_domain(domain, Attrs::new()).unwrap();
        }
        for name in ["one@a.test", "two@a.test", "one@b.test"] {
            directory.create_account(name, "secret word", Attrs::new()).unwrap();
        }
        directory.create_account("system@a.test", "secret word", set("zimbraIsSystemAccount")).unwrap();
        directory.create_list("all@a.test", Attrs::new()).unwrap();
        directory.add_members("all@a.test", &["one@a.test".to_owned(), "one@b.test".to_owned()]).unwrap();
        let root = directory.create_account("root@a.test", "secret word", set("zimbraIsAdminAccount")).unwrap();
        let helper =
            directory.create_account("helper@b.test", "secret word", set("zimbraIsDelegatedAdminAccount")).unwrap();
        let names = |account: &Account, scope: &Scope| {
            let powers = directory.powers(account).unwrap();
            directory.reach(&powers, scope).map(|found| {
                let mut names: Vec<String> = found.into_iter().map(|account| account.name).collect();
                names.sort();
                names
            })
        };
        let everything = scope(&[], &[]);
        assert_eq!(
            names(&root, &everything).unwrap(),
            ["helper@b.test", "one@a.test", "one@b.test", "root@a.test", "two@a.test"]
        );
        assert_eq!(names(&root, &scope(&["all@a.test"], &[])).unwrap(), ["one@a.test", "one@b.test"]);
        assert_eq!(
            names(&root, &scope(&["system@a.test", "two@a.test"], &[])).unwrap(),
            ["system@a.test", "two@a.test"]
        );
        assert!(matches!(names(&root, &scope(&["three@a.test"], &[])), Err(Error::NoSuchAccount(_))));
        assert!(matches!(names(&root, &scope(&[], &["c.test"])), Err(Error::NoSuch(..) | Error::NoSuchDomain(_))));

        // Without a right nothing is there; with one on a domain, that domain's people, but none who administer everything.
        for asked in [
            &everything,
            &scope(&["one@a.test"], &[]),
            &scope(&["three@a.test"], &[]),
            &scope(&[], &["a.test"]),
            &scope(&[], &["c.test"]),
        ] {
            assert!(matches!(names(&helper, asked), Err(Error::Denied)), "{asked:?}");
        }
        let grant = Grant {
            grantee: helper.id.clone(),
            grantee_type: GranteeType::Usr,
            right: "adminLoginAs".into(),
            modifiers: Modifiers::default(),
        };
        directory.grant(&directory.on(TargetType::Domain, "a.test").unwrap(), &grant).unwrap();
        assert_eq!(names(&helper, &everything).unwrap(), ["one@a.test", "two@a.test"]);
        assert_eq!(names(&helper, &scope(&["all@a.test"], &[])).unwrap(), ["one@a.test"]);
        for asked in
            [&scope(&["one@a.test", "one@b.test"], &[]), &scope(&["root@a.test"], &[]), &scope(&[], &["b.test"])]
        {
            assert!(matches!(names(&helper, asked), Err(Error::Denied)), "{asked:?}");
        }
        let user = directory.account("one@a.test").unwrap().unwrap();
        assert!(matches!(names(&user, &everything), Err(Error::Denied)));
    }
}
