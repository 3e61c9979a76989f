// SPDX-License-Identifier: AGPL-3.0-or-later
//! Arguments of NOTIFY (RFC 5465 §8).

use super::cursor::{Cursor, Parsed};
use super::fetch::{self, Item};

/// Event groups in one NOTIFY.
pub const GROUPS_MAX: usize = 32;
/// Mailboxes that one group names.
pub const MAILBOXES_MAX: usize = 256;
/// Events that one group names.
const EVENTS_MAX: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notify {
    None,
    Set {
        /// STATUS of all mailboxes at once.
        status: bool,
        groups: Vec<Group>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub filter: Filter,
    pub events: Events,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    Selected {
        delayed: bool,
    },
    Inboxes,
    Personal,
    Subscribed,
    /// These with all below them.
    Subtree(Vec<Vec<u8>>),
    Mailboxes(Vec<Vec<u8>>),
}

/// All false: NONE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Events {
    pub message_new: bool,
    /// Of MessageNew: what is fetched of each.
    pub fetch: Vec<Item>,
    pub message_expunge: bool,
    pub flag_change: bool,
    pub mailbox_name: bool,
    pub subscription_change: bool,
    /// Some that we don't have.
    pub unknown: bool,
}

/// Everything after "NOTIFY ".
pub fn notify(cursor: &mut Cursor<'_>) -> Parsed<Notify> {
    if cursor.eat_word("NONE") {
        return Ok(Notify::None);
    }
    if !cursor.eat_word("SET ") {
        return Err(cursor.error("expected SET or NONE"));
    }
    let status = cursor.eat_word("STATUS ");
    let mut groups = vec![group(cursor)?];
    while cursor.eat(b' ') {
        if groups.len() == GROUPS_MAX {
            return Err(cursor.error("too many event groups"));
        }
        groups.push(group(cursor)?);
    }
    // RFC 5465 §6.1
    if groups.iter().filter(|group| group.is_selected()).count() > 1 {
        return Err(cursor.error("SELECTED or SELECTED-DELAYED may be given once"));
    }
    Ok(Notify::Set { status, groups })
}

fn group(cursor: &mut Cursor<'_>) -> Parsed<Group> {
    cursor.expect(b'(', "expected ( of an event group")?;
    let filter = filter(cursor)?;
    cursor.space()?;
    let events = if cursor.eat_word("NONE") { Events::default() } else { events(cursor)? };
    cursor.expect(b')', "expected ) of an event group")?;
    let group = Group { filter, events };
    check(cursor, &group)?;
    Ok(group)
}

fn filter(cursor: &mut Cursor<'_>) -> Parsed<Filter> {
    Ok(match cursor.word()?.as_str() {
        "SELECTED" => Filter::Selected { delayed: false },
        "SELECTED-DELAYED" => Filter::Selected { delayed: true },
        "INBOXES" => Filter::Inboxes,
        "PERSONAL" => Filter::Personal,
        "SUBSCRIBED" => Filter::Subscribed,
        "SUBTREE" => Filter::Subtree(mailboxes(cursor)?),
        "MAILBOXES" => Filter::Mailboxes(mailboxes(cursor)?),
        _ => return Err(cursor.error("unknown mailbox filter")),
    })
}

fn mailboxes(cursor: &mut Cursor<'_>) -> Parsed<Vec<Vec<u8>>> {
    cursor.space()?;
    if cursor.peek() != Some(b'(') {
        return Ok(vec![cursor.astring()?]);
    }
    let names = cursor.list(MAILBOXES_MAX, Cursor::astring)?;
    if names.is_empty() { Err(cursor.error("expected a mailbox")) } else { Ok(names) }
}

fn events(cursor: &mut Cursor<'_>) -> Parsed<Events> {
    let mut events = Events::default();
    let named = cursor.list(EVENTS_MAX, |cursor| {
        match cursor.word()?.as_str() {
            "MESSAGENEW" => {
                events.message_new = true;
                // The list of attributes comes as one with its space; the next event is no parenthesis.
                if cursor.rest().starts_with(b" (") {
                    cursor.space()?;
                    events.fetch = fetch::list(cursor)?;
                }
            }
            "MESSAGEEXPUNGE" => events.message_expunge = true,
            "FLAGCHANGE" => events.flag_change = true,
            "MAILBOXNAME" => events.mailbox_name = true,
            "SUBSCRIPTIONCHANGE" => events.subscription_change = true,
            // AnnotationChange, MailboxMetadataChange, ServerMetadataChange, and what is to come.
            _ => events.unknown = true,
        }
        Ok(())
    })?;
    if named.is_empty() { Err(cursor.error("expected an event")) } else { Ok(events) }
}

/// What RFC 5465 §5 and §6 ask of a group.
fn check(cursor: &Cursor<'_>, Group { filter, events }: &Group) -> Parsed<()> {
    if events.message_new != events.message_expunge {
        return Err(cursor.error("MessageNew and MessageExpunge come together"));
    }
    if events.flag_change && !events.message_new {
        return Err(cursor.error("FlagChange needs MessageNew and MessageExpunge"));
    }
    let is_selected = matches!(filter, Filter::Selected { .. });
    if !is_selected && !events.fetch.is_empty() {
        return Err(cursor.error("only of the selected mailbox can messages be fetched"));
    }
    if is_selected && (events.mailbox_name || events.subscription_change) {
        return Err(cursor.error("the selected mailbox has message events only"));
    }
    Ok(())
}

impl Group {
    pub fn is_selected(&self) -> bool {
        matches!(self.filter, Filter::Selected { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Parsed<Notify> {
        let mut cursor = Cursor::new(text.as_bytes());
        let notify = notify(&mut cursor)?;
        cursor.end()?;
        Ok(notify)
    }

    #[test]
    fn examples_of_the_rfc() {
        let text = "SET STATUS (selected MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)";
        assert!(parse(text).is_err(), "events are a list");
        let Ok(Notify::Set { status: true, groups }) = parse(
            "SET STATUS (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) \
             (subtree (Lists \"B c\") (MessageNew MessageExpunge FlagChange MailboxName)) (personal NONE)",
        ) else {
            panic!()
        };
        assert_eq!(groups[0].events.fetch.len(), 2);
        assert_eq!(groups[1].filter, Filter::Subtree(vec![b"Lists".to_vec(), b"B c".to_vec()]));
        assert!(groups[1].events.flag_change && groups[1].events.mailbox_name);
        assert_eq!(groups[2], Group { filter: Filter::Personal, events: Events::default() });
        assert_eq!(parse("none"), Ok(Notify::None));
        let Ok(Notify::Set { groups, .. }) = parse("SET (mailboxes x (AnnotationChange))") else { panic!() };
        assert!(groups[0].events.unknown);
    }

    #[test]
    fn what_is_bad() {
        for bad in [
            "",
            "SET",
            "SET STATUS",
            "SET (selected)",
            "SET (selected ())",
            "SET (selected (MessageNew))",
            "SET (selected (FlagChange))",
            "SET (selected (MessageNew MessageExpunge MailboxName))",
            "SET (selected NONE) (selected-delayed NONE)",
            "SET (inboxes (MessageNew (UID) MessageExpunge))",
            "SET (selected (MessageNew () MessageExpunge))",
            "SET (mailboxes () (SubscriptionChange))",
            "SET (everywhere (SubscriptionChange))",
            "SET (personal (SubscriptionChange)",
            "NONE x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&format!("SET{}", " (personal NONE)".repeat(GROUPS_MAX + 1))).is_err());
    }
}
