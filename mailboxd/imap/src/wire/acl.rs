// SPDX-License-Identifier: AGPL-3.0-or-later
//! Rights of RFC 4314 and those of the store. The store's are coarser, so that some letters come and go together (§2: tied
//! rights): `l` and `r`, `s` and `w`, `i` and `p`, `x`, `t` and `e`.

use super::cursor::{Cursor, Parsed};
use mailbox::Rights;

/// Right of the store, its letters, and the letter that RFC 2086 had for it (§2.1.1).
const GROUPS: [(Rights, &str, Option<char>); 6] = [
    (Rights::READ, "lr", None),
    (Rights::WRITE, "sw", None),
    (Rights::INSERT, "ip", None),
    (Rights::CREATE, "k", Some('c')),
    (Rights::DELETE, "xte", Some('d')),
    (Rights::ADMIN, "a", None),
];

/// How SETACL changes what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Replace(Rights),
    Add(Rights),
    Remove(Rights),
}

impl Change {
    pub fn apply(self, now: Rights) -> Rights {
        match self {
            // What IMAP has no letter for stays.
            Change::Replace(rights) => now.without(all()).with(rights),
            Change::Add(rights) => now.with(rights),
            Change::Remove(rights) => now.without(rights),
        }
    }
}

/// All that IMAP has letters for.
fn all() -> Rights {
    GROUPS.iter().fold(Rights::NONE, |sum, (right, _, _)| sum.with(*right))
}

/// What may follow the identifier in SETACL: `[+-]letters`.
pub fn change(cursor: &mut Cursor<'_>) -> Parsed<Change> {
    let text = cursor.astring()?;
    let (kind, letters): (fn(Rights) -> Change, _) = match text.split_first() {
        Some((b'+', rest)) => (Change::Add, rest),
        Some((b'-', rest)) => (Change::Remove, rest),
        _ => (Change::Replace, text.as_slice()),
    };
    let mut rights = Rights::NONE;
    for letter in letters {
        let letter = char::from(*letter);
        let found = GROUPS.iter().find(|(_, letters, old)| letters.contains(letter) || *old == Some(letter));
        match found {
            Some((right, _, _)) => rights = rights.with(*right),
            None => return Err(cursor.error("unknown right")),
        }
    }
    Ok(kind(rights))
}

/// Letters, those of RFC 2086 last.
pub fn letters(rights: Rights) -> String {
    let granted = || GROUPS.iter().filter(|(right, _, _)| rights.contains(*right));
    let mut out: String = granted().map(|(_, letters, _)| *letters).collect();
    out.extend(granted().filter_map(|(_, _, old)| *old));
    out
}

/// For LISTRIGHTS: what can be granted, each with what comes along.
pub fn grantable() -> String {
    let groups: Vec<String> =
        GROUPS.iter().map(|(_, letters, old)| letters.chars().chain(*old).collect::<String>()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Change> {
        change(&mut Cursor::new(text.as_bytes())).ok()
    }

    #[test]
    fn letters_there_and_back() {
        assert_eq!(letters(Rights::ALL), "lrswipkxteacd");
        assert_eq!(letters(Rights::READ.with(Rights::DELETE)), "lrxted");
        assert_eq!(parsed("lrs"), Some(Change::Replace(Rights::READ.with(Rights::WRITE))));
        assert_eq!(parsed("+c"), Some(Change::Add(Rights::CREATE)));
        assert_eq!(parsed("-d"), Some(Change::Remove(Rights::DELETE)));
        assert_eq!(parsed("\"\""), Some(Change::Replace(Rights::NONE)));
        assert_eq!(parsed("lrZ"), None);
        for right in (0..9).map(|bit| Rights(1 << bit)) {
            let all_letters = letters(right);
            if !all_letters.is_empty() {
                assert_eq!(parsed(&all_letters), Some(Change::Replace(right)));
            }
        }
    }

    #[test]
    fn a_replacement_leaves_what_has_no_letter() {
        let now = Rights::FREEBUSY.with(Rights::READ);
        assert_eq!(Change::Replace(Rights::WRITE).apply(now), Rights::FREEBUSY.with(Rights::WRITE));
    }
}
