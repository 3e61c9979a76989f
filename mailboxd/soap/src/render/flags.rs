// SPDX-License-Identifier: AGPL-3.0-or-later
//! The flags string `f`.

use mailbox::Flags;

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
        | Flags::LOW_PRIORITY.0
        | Flags::NOTE.0,
);

/// Letters of flags that we don't keep are ignored; what is no flag at all is `None`.
pub fn parse(text: &str) -> Option<Flags> {
    text.chars().try_fold(Flags::default(), |flags, letter| {
        match Flags::LETTERS.iter().find(|(known, _)| *known == letter) {
            Some((_, bit)) => Some(flags.with(*bit)),
            None if "+/by~o-".contains(letter) => Some(flags),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        let flags = Flags::UNREAD.with(Flags::ATTACHMENT).with(Flags::URGENT);
        assert_eq!(flags.letters(), "au!");
        assert_eq!(parse("!au"), Some(flags));
        assert_eq!(parse("u+"), Some(Flags::UNREAD));
        assert_eq!(parse("uz"), None);
    }
}
