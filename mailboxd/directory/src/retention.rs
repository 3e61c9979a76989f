// SPDX-License-Identifier: AGPL-3.0-or-later
//! How long an account keeps what: Zimbra's lifetimes, of the account or its class of service, and the owner's own shorter ones.

use crate::Account;
use crate::known::duration_ms;

const DAY_MS: u64 = 86_400_000;
/// Trash and Junk, where nobody says otherwise.
const REFUSE_MS: u64 = 30 * DAY_MS;
/// A lifetime of all mail is never shorter, as with Zimbra: a slip of the pen ("30" is thirty seconds) must not empty mailboxes.
const MESSAGE_MIN_MS: u64 = 31 * DAY_MS;
/// Likewise what the owner sets for a folder: days, never less.
pub const FOLDER_MIN_DAYS: u64 = 1;

const DELETED_LIFETIME: &str = "posthouseDeletedAccountLifetime";

/// Milliseconds; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Every message, from when it was received.
    pub messages_ms: Option<u64>,
    /// From when it came there; likewise the others.
    pub trash_ms: Option<u64>,
    pub junk_ms: Option<u64>,
    pub inbox_read_ms: Option<u64>,
    pub inbox_unread_ms: Option<u64>,
    pub sent_ms: Option<u64>,
    /// What was deleted can be had back for so long. Zero: not at all.
    pub dumpster_ms: Option<u64>,
    /// The owner sees of it only what was deleted lately.
    pub dumpster_seen_ms: Option<u64>,
    /// Nothing goes from the dumpster before its time, whoever asks.
    pub is_held: bool,
    /// The account itself, once it is deleted, can be had back for so long.
    pub deleted_ms: Option<u64>,
}

impl Account {
    pub fn retention(&self) -> Retention {
        let set = |name: &str| self.attr(name).and_then(duration_ms);
        let some = |name: &str| set(name).filter(|ms| *ms > 0);
        let day = |name: &str| some(name).map(|ms| ms.max(FOLDER_MIN_DAYS * DAY_MS));
        // zero is for ever; what the owner wants counts where it is shorter
        let refuse = |name: &str, own: &str| {
            let by_class = Some(set(name).unwrap_or(REFUSE_MS)).filter(|ms| *ms > 0);
            [by_class, day(own)].into_iter().flatten().min()
        };
        let within = |name: &str| Some(set(name).unwrap_or(REFUSE_MS)).filter(|ms| *ms > 0);
        let is_held = self.attr("zimbraDumpsterPurgeEnabled") == Some("FALSE");
        let has_dumpster = self.attr("zimbraDumpsterEnabled") != Some("FALSE");
        Retention {
            messages_ms: some("zimbraMailMessageLifetime").map(|ms| ms.max(MESSAGE_MIN_MS)),
            trash_ms: refuse("zimbraMailTrashLifetime", "zimbraPrefTrashLifetime"),
            junk_ms: refuse("zimbraMailSpamLifetime", "zimbraPrefJunkLifetime"),
            inbox_read_ms: day("zimbraPrefInboxReadLifetime"),
            inbox_unread_ms: day("zimbraPrefInboxUnreadLifetime"),
            sent_ms: day("zimbraPrefSentLifetime"),
            dumpster_ms: match (is_held, has_dumpster) {
                (true, _) => None,
                (false, true) => within("zimbraMailDumpsterLifetime"),
                (false, false) => Some(0),
            },
            dumpster_seen_ms: if has_dumpster { within("zimbraDumpsterUserVisibleAge") } else { Some(0) },
            is_held,
            deleted_ms: if is_held { None } else { within(DELETED_LIFETIME) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(attrs: &[(&str, &str)]) -> Retention {
        let attrs = attrs.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        Account { attrs, ..Account::default() }.retention()
    }

    #[test]
    fn refuse_goes_after_a_month_and_mail_stays() {
        let unset = of(&[]);
        assert_eq!((unset.trash_ms, unset.junk_ms), (Some(30 * DAY_MS), Some(30 * DAY_MS)));
        assert_eq!((unset.messages_ms, unset.inbox_read_ms, unset.sent_ms), (None, None, None));
    }

    #[test]
    fn zero_is_for_ever_and_the_shorter_counts() {
        assert_eq!(of(&[("zimbraMailTrashLifetime", "0")]).trash_ms, None);
        let both = of(&[("zimbraMailTrashLifetime", "10d"), ("zimbraPrefTrashLifetime", "2d")]);
        assert_eq!(both.trash_ms, Some(2 * DAY_MS));
        let longer = of(&[("zimbraMailTrashLifetime", "10d"), ("zimbraPrefTrashLifetime", "90d")]);
        assert_eq!(longer.trash_ms, Some(10 * DAY_MS), "an owner can't keep what the class lets go");
        let own = of(&[("zimbraMailSpamLifetime", "0"), ("zimbraPrefJunkLifetime", "7d")]);
        assert_eq!(own.junk_ms, Some(7 * DAY_MS));
    }

    #[test]
    fn a_hold_keeps_what_was_deleted() {
        assert_eq!(of(&[]).dumpster_ms, Some(30 * DAY_MS));
        assert_eq!(of(&[("zimbraMailDumpsterLifetime", "90d")]).dumpster_ms, Some(90 * DAY_MS));
        let off = of(&[("zimbraDumpsterEnabled", "FALSE")]);
        assert_eq!((off.dumpster_ms, off.dumpster_seen_ms, off.is_held), (Some(0), Some(0), false));
        let held = of(&[("zimbraDumpsterPurgeEnabled", "FALSE"), ("zimbraDumpsterEnabled", "FALSE")]);
        assert_eq!((held.dumpster_ms, held.is_held), (None, true));
    }

    #[test]
    fn a_deleted_account_stays_a_month_and_one_on_hold_for_ever() {
        let lifetime = "posthouseDeletedAccountLifetime";
        assert_eq!(of(&[]).deleted_ms, Some(30 * DAY_MS));
        assert_eq!(of(&[(lifetime, "7d")]).deleted_ms, Some(7 * DAY_MS));
        assert_eq!(of(&[(lifetime, "0")]).deleted_ms, None);
        assert_eq!(of(&[(lifetime, "7d"), ("zimbraDumpsterPurgeEnabled", "FALSE")]).deleted_ms, None);
    }

    #[test]
    fn a_slip_of_the_pen_empties_nothing() {
        assert_eq!(of(&[("zimbraMailMessageLifetime", "30")]).messages_ms, Some(MESSAGE_MIN_MS));
        assert_eq!(of(&[("zimbraMailMessageLifetime", "365d")]).messages_ms, Some(365 * DAY_MS));
        assert_eq!(of(&[("zimbraMailMessageLifetime", "0")]).messages_ms, None);
        assert_eq!(of(&[("zimbraPrefInboxReadLifetime", "7")]).inbox_read_ms, Some(DAY_MS));
    }
}
