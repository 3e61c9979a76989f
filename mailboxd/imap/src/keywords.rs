// SPDX-License-Identifier: AGPL-3.0-or-later
//! Flags of IMAP and flags and tags of the store.
//!
//! A tag is a keyword of the same name. A name that is no atom (spaces, letters beyond ASCII …) is written with `=XX`
//! for each octet of its UTF-8 that an atom can't hold, and read back the same way; a `=` that would be taken for such
//! an escape is written `=3D`. Two keywords are flags of the store: `$Forwarded` and `$MDNSent`.

use crate::wire::cursor::is_atom_char;
use crate::wire::flag::Flag;
use mailbox::{Flags, ItemId, Rights, Tag};
use std::collections::BTreeMap;

pub const FORWARDED: &str = "$Forwarded";
pub const MDN_SENT: &str = "$MDNSent";

/// The flags that IMAP shows and sets, apart from `\Seen`, whose bit is the other way round.
const BITS: [(Flags, &str); 6] = [
    (Flags::REPLIED, "\\Answered"),
    (Flags::FLAGGED, "\\Flagged"),
    (Flags::DELETED, "\\Deleted"),
    (Flags::DRAFT, "\\Draft"),
    (Flags::FORWARDED, FORWARDED),
    (Flags::NOTIFIED, MDN_SENT),
];

/// All bits of the store that a change through IMAP may touch.
pub const MASK: Flags = Flags(
    Flags::UNREAD.0
        | Flags::REPLIED.0
        | Flags::FLAGGED.0
        | Flags::DELETED.0
        | Flags::DRAFT.0
        | Flags::FORWARDED.0
        | Flags::NOTIFIED.0,
);

/// Tags of a mailbox by id, as keywords.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keywords(BTreeMap<ItemId, Box<str>>);

impl Keywords {
    pub fn of(tags: &[Tag]) -> Keywords {
        Keywords(tags.iter().map(|tag| (tag.item.id, encode(&tag.item.name).into())).collect())
    }

    /// True if that changed anything.
    pub fn set(&mut self, id: ItemId, tag_name: &str) -> bool {
        let keyword: Box<str> = encode(tag_name).into();
        self.0.insert(id, keyword.clone()) != Some(keyword)
    }

    pub fn remove(&mut self, id: ItemId) -> bool {
        self.0.remove(&id).is_some()
    }

    pub fn id_of(&self, keyword: &str) -> Option<ItemId> {
        self.0.iter().find(|(_, known)| known.eq_ignore_ascii_case(keyword)).map(|(id, _)| *id)
    }

    /// `(\Seen …)` with its parentheses.
    pub fn write(&self, out: &mut Vec<u8>, flags: Flags, tags: &[ItemId], recent: bool) {
        let start = out.len();
        let mut put = |name: &str| {
            out.push(if out.len() == start { b'(' } else { b' ' });
            out.extend_from_slice(name.as_bytes());
        };
        if !flags.contains(Flags::UNREAD) {
            put("\\Seen");
        }
        BITS.iter().filter(|(bit, _)| flags.contains(*bit)).for_each(|(_, name)| put(name));
        if recent {
            put("\\Recent");
        }
        tags.iter().filter_map(|id| self.0.get(id)).for_each(|name| put(name));
        if out.len() == start {
            out.push(b'(');
        }
        out.push(b')');
    }

    /// All that a message here may have, for FLAGS; with rights, what who has them may change, for PERMANENTFLAGS.
    pub fn write_all(&self, out: &mut Vec<u8>, permanent: Option<Rights>) {
        let may = |right| permanent.is_none_or(|rights| rights.contains(right));
        let mut names: Vec<&str> = Vec::new();
        for name in ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft", FORWARDED, MDN_SENT] {
            let right = if name == "\\Deleted" { Rights::DELETE } else { Rights::WRITE };
            names.extend(may(right).then_some(name));
        }
        if may(Rights::WRITE) {
            names.extend(self.0.values().map(AsRef::as_ref));
        }
        if permanent == Some(Rights::ALL) {
            names.push("\\*"); // new keywords can be made, by the owner only
        }
        out.push(b'(');
        out.extend_from_slice(names.join(" ").as_bytes());
        out.push(b')');
    }
}

/// What a list of flags means for the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Bits as IMAP sees them: with `SEEN` for "not UNREAD".
    pub bits: Flags,
    pub seen: bool,
    /// Names of tags.
    pub tags: Vec<String>,
}

impl Wanted {
    pub fn of(flags: &[Flag]) -> Wanted {
        let mut wanted = Wanted::default();
        for flag in flags {
            match flag {
                Flag::Seen => wanted.seen = true,
                Flag::Answered => wanted.bits = wanted.bits.with(Flags::REPLIED),
                Flag::Flagged => wanted.bits = wanted.bits.with(Flags::FLAGGED),
                Flag::Deleted => wanted.bits = wanted.bits.with(Flags::DELETED),
                Flag::Draft => wanted.bits = wanted.bits.with(Flags::DRAFT),
                // \Recent can't be set; unknown system flags are not kept (RFC 3501 §2.3.2).
                Flag::Recent | Flag::Extension(_) => {}
                Flag::Keyword(name) => match bit_of(name) {
                    Some(bit) => wanted.bits = wanted.bits.with(bit),
                    None => wanted.tags.push(decode(name)),
                },
            }
        }
        wanted
    }

    /// The store's bits of a new message.
    pub fn flags(&self) -> Flags {
        if self.seen { self.bits } else { self.bits.with(Flags::UNREAD) }
    }
}

/// Keywords that are flags of the store.
pub fn bit_of(keyword: &str) -> Option<Flags> {
    if keyword.eq_ignore_ascii_case(FORWARDED) {
        Some(Flags::FORWARDED)
    } else if keyword.eq_ignore_ascii_case(MDN_SENT) {
        Some(Flags::NOTIFIED)
    } else {
        None
    }
}

fn is_escape(rest: &[u8]) -> bool {
    matches!(rest, [b'=', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// The keyword of a tag's name.
pub fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let bytes = name.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        if is_atom_char(byte) && !is_escape(&bytes[at..]) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("={byte:02X}"));
        }
    }
    out
}

/// The tag's name of a keyword. What can't have come from [`encode`] is taken as it is.
pub fn decode(keyword: &str) -> String {
    let bytes = keyword.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if is_escape(&bytes[at..]) {
            let digits = std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap_or_default();
            out.push(u8::from_str_radix(digits, 16).unwrap_or(byte));
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| keyword.to_owned())
}

/// Ids of the tags of these names, made where they are missing.
pub fn tag_ids(mailbox: &mailbox::Mailbox, names: &[String], create: bool) -> mailbox::Result<Vec<ItemId>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let known = mailbox.tags()?;
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let found = known.iter().find(|tag| tag.item.name.eq_ignore_ascii_case(name)).map(|tag| tag.item.id);
        match found {
            Some(id) => ids.push(id),
            None if create => ids.push(mailbox.ensure_tag(name)?.item.id),
            None => {}
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_all_kinds() {
        assert_eq!(encode("Work"), "Work");
        assert_eq!(encode("zu tun"), "zu=20tun");
        assert_eq!(encode("a=20"), "a=3D20");
        assert_eq!(decode("a=b"), "a=b");
    }

    proptest! {
        #[test]
        fn there_and_back(name in "\\PC{1,40}") {
            let keyword = encode(&name);
            prop_assert!(keyword.bytes().all(is_atom_char));
            prop_assert_eq!(decode(&keyword), name);
        }
    }
}
