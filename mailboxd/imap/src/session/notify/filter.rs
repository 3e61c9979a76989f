// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which mailboxes an event group is for (RFC 5465 §6).

use crate::names;
use crate::session::failure::Failure;
use crate::wire::notify::{self, Events, Filter};

pub struct Group {
    mailboxes: Mailboxes,
    pub events: Events,
}

/// Names are folded to lower case, as folders are found in any case.
enum Mailboxes {
    /// Where mail comes in.
    Inboxes,
    Personal,
    Subscribed,
    Subtree(Vec<String>),
    Named(Vec<String>),
}

impl Group {
    pub fn of(group: notify::Group, utf8: bool) -> Result<Group, Failure> {
        let fold = |raw: Vec<Vec<u8>>| {
            let names = raw.iter().map(|raw| names::decode(raw, utf8));
            names.map(|name| Ok(name?.trim_end_matches('/').to_lowercase())).collect::<Result<Vec<_>, Failure>>()
        };
        let mailboxes = match group.filter {
            Filter::Inboxes => Mailboxes::Inboxes,
            Filter::Subscribed => Mailboxes::Subscribed,
            Filter::Subtree(raw) => Mailboxes::Subtree(fold(raw)?),
            Filter::Mailboxes(raw) => Mailboxes::Named(fold(raw)?),
            // What is selected is told apart before.
            Filter::Personal | Filter::Selected { .. } => Mailboxes::Personal,
        };
        Ok(Group { mailboxes, events: group.events })
    }

    fn holds(&self, name: &str, subscribed: bool) -> bool {
        match &self.mailboxes {
            Mailboxes::Inboxes => name == "INBOX",
            Mailboxes::Personal => true,
            Mailboxes::Subscribed => subscribed,
            Mailboxes::Named(names) => names.contains(&name.to_lowercase()),
            Mailboxes::Subtree(roots) => {
                let name = name.to_lowercase();
                let is_below =
                    |root: &String| name.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/'));
                roots.iter().any(|root| *root == name || is_below(root))
            }
        }
    }
}

/// RFC 5465 §6: of several groups that hold a mailbox the first counts.
pub fn first<'a>(groups: &'a [Group], name: &str, subscribed: bool) -> Option<&'a Group> {
    groups.iter().find(|group| group.holds(name, subscribed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_group_that_holds_a_mailbox_counts() {
        let of = |filter, mailbox_name| {
            let events = Events { mailbox_name, ..Events::default() };
            Group::of(notify::Group { filter, events }, true).unwrap()
        };
        let groups = [
            of(Filter::Subtree(vec![b"Work/".to_vec()]), false),
            of(Filter::Mailboxes(vec![b"inbox".to_vec()]), true),
            of(Filter::Subscribed, true),
        ];
        let wants = |name, subscribed| first(&groups, name, subscribed).map(|group| group.events.mailbox_name);
        assert_eq!(wants("work", true), Some(false));
        assert_eq!(wants("Work/2026", true), Some(false));
        assert_eq!(wants("Working", true), Some(true));
        assert_eq!(wants("INBOX", false), Some(true));
        assert_eq!(wants("INBOX/x", false), None);
    }
}
