// SPDX-License-Identifier: AGPL-3.0-or-later
//! The flags string `f`.

use mailbox::Flags;

const LETTERS: [(char, Flags); 14] = [
    ('u', Flags::UNREAD),
    ('f', Flags::FLAGGED),
    ('a', Flags::ATTACHMENT),
    ('r', Flags::REPLIED),
    ('w', Flags::FORWARDED),
    ('s', Flags::FROM_ME),
    ('d', Flags::DRAFT),
    ('x', Flags::DELETED),
    ('n', Flags::NOTIFIED),
    ('v', Flags::INVITE),
    ('!', Flags::URGENT),
    ('?', Flags::LOW_PRIORITY),
    ('*', Flags::SUBSCRIBED),
    ('#', Flags::CHECKED),
];

/// What a client may set on a message.
pub const SETTABLE: Flags = Flags(
    Flags::UNREAD.0
        | Flags::FLAGGED.0
        | Flags::REPLIED.0
        | Flags::FORWARDED.0
        | Flags::FROM_ME.0
        | Flags::DELETED.0
        | Flags::NOTIFIED.0
        | Flags::URGENT.0
        | Flags::LOW_PRIORITY.0,
);

pub fn show(flags: Flags) -> String {
    LETTERS.iter().filter(|(_, bit)| flags.contains(*bit)).map(|(letter, _)| letter).collect()
}

/// Letters of flags that we don't keep are ignored; what is no flag at all is `None`.
pub fn parse(text: &str) -> Option<Flags> {
    text.chars().try_fold(Flags::default(), |flags, letter| match LETTERS.iter().find(|(known, _)| *known == letter) {
        Some((_, bit)) => Some(flags.with(*bit)),
        None if "+t/biy~o-".contains(letter) => Some(flags),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        let flags = Flags::UNREAD.with(Flags::ATTACHMENT).with(Flags::URGENT);
        assert_eq!(show(flags), "ua!");
        assert_eq!(parse("!au"), Some(flags));
        assert_eq!(parse("u+"), Some(Flags::UNREAD));
        assert_eq!(parse("uz"), None);
    }
}
