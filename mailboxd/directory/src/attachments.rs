// SPDX-License-Identifier: AGPL-3.0-or-later
//! What people may do with files that came by mail: as their class of service says, and as is said for everybody at once, on
//! the day of an outbreak.

use crate::{Account, Directory, Result};

const BLOCKED: &str = "zimbraAttachmentsBlocked";
const HTML_ONLY: &str = "zimbraAttachmentsViewInHtmlOnly";
const INDEXED: &str = "zimbraAttachmentsIndexingEnabled";

/// From the most to the least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attachments {
    #[default]
    Allowed,
    /// Only as HTML that we make of them.
    HtmlOnly,
    Blocked,
}

impl Attachments {
    fn of(is_true: impl Fn(&str) -> bool) -> Attachments {
        match (is_true(BLOCKED), is_true(HTML_ONLY)) {
            (true, _) => Attachments::Blocked,
            (false, true) => Attachments::HtmlOnly,
            (false, false) => Attachments::Allowed,
        }
    }
}

impl Directory {
    /// The strictest of what is said of these accounts and of everybody. The global config is asked as it is now, and no class of
    /// service or account says otherwise.
    pub fn attachments(&self, accounts: &[&Account]) -> Result<Attachments> {
        let config = self.config()?;
        let everywhere = Attachments::of(|name| config.attrs.get(name).is_some_and(|values| values == &["TRUE"]));
        let each = accounts.iter().map(|account| Attachments::of(|name| account.attr(name) == Some("TRUE")));
        Ok(each.fold(everywhere, Attachments::max))
    }
}

impl Account {
    /// Whether what its attachments say is searched.
    pub fn indexes_attachments(&self) -> bool {
        self.attr(INDEXED) != Some("FALSE")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Attrs;

    #[test]
    fn the_strictest_counts_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        directory.create_domain("x.test", Attrs::new()).unwrap();
        let set = |name: &str, value: &str| Attrs::from([(name.to_owned(), vec![value.to_owned()])]);
        let account = directory.create_account("a@x.test", "secret word", Attrs::new()).unwrap();
        let of = |accounts: &[&Account]| directory.attachments(accounts).unwrap();
        assert_eq!(of(&[&account]), Attachments::Allowed);
        assert!(account.indexes_attachments());
        directory.modify_config(set(HTML_ONLY, "TRUE")).unwrap();
        assert_eq!((of(&[&account]), of(&[])), (Attachments::HtmlOnly, Attachments::HtmlOnly));
        directory.modify_config(set(BLOCKED, "TRUE")).unwrap();
        assert_eq!(of(&[]), Attachments::Blocked);
        // Nobody opens for oneself what is closed for all.
        directory.modify_account(&account.id, set(BLOCKED, "FALSE")).unwrap();
        let account = directory.account("a@x.test").unwrap().unwrap();
        assert_eq!(of(&[&account]), Attachments::Blocked);
        directory.modify_config(set(BLOCKED, "FALSE")).unwrap();
        directory.modify_config(set(HTML_ONLY, "")).unwrap();
        let account = directory.account("a@x.test").unwrap().unwrap();
        assert_eq!(of(&[&account]), Attachments::Allowed);
        directory.modify_account(&account.id, set(INDEXED, "FALSE")).unwrap();
        directory.modify_account(&account.id, set(BLOCKED, "TRUE")).unwrap();
        let account = directory.account("a@x.test").unwrap().unwrap();
        assert_eq!((of(&[&account]), of(&[])), (Attachments::Blocked, Attachments::Allowed));
        assert!(!account.indexes_attachments());
    }
}
