// SPDX-License-Identifier: AGPL-3.0-or-later
//! APPEND (RFC 3501 §6.3.11, MULTIAPPEND RFC 3502). Its messages stream, so it is parsed piece by piece: the head up to
//! the first message's announcement, then what follows each message.

use super::cursor::{Cursor, Parsed};
use super::date;
use super::flag::{self, Flag};

/// What comes before a message's literal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageArgs {
    pub flags: Vec<Flag>,
    /// Milliseconds since 1970.
    pub date_ms: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub tag: String,
    pub mailbox: Vec<u8>,
    pub message: MessageArgs,
}

/// True if the buffer (which ends in an announcement) is an APPEND whose mailbox name is complete, so that the literal
/// is its message and not its mailbox name.
pub fn announces_message(buffer: &[u8]) -> bool {
    let mut cursor = Cursor::new(buffer);
    if !is_append(&mut cursor) || cursor.space().is_err() {
        return false;
    }
    // A mailbox name that is itself the announced literal is "cut short".
    cursor.astring().is_ok() && cursor.peek() == Some(b' ')
}

fn is_append(cursor: &mut Cursor<'_>) -> bool {
    cursor.tag().is_ok() && cursor.space().is_ok() && cursor.eat_word("APPEND")
}

/// The whole head of an APPEND, from its tag to the first message's announcement.
pub fn head(buffer: &[u8]) -> Parsed<Head> {
    let mut cursor = Cursor::new(buffer);
    let tag = cursor.tag()?.to_owned();
    cursor.space()?;
    if !cursor.eat_word("APPEND") {
        return Err(cursor.error("expected APPEND"));
    }
    cursor.space()?;
    let mailbox = cursor.astring()?;
    let message = message(&mut cursor)?;
    Ok(Head { tag, mailbox, message })
}

/// What follows a message, when it announces another one.
pub fn next(buffer: &[u8]) -> Parsed<MessageArgs> {
    message(&mut Cursor::new(buffer))
}

fn message(cursor: &mut Cursor<'_>) -> Parsed<MessageArgs> {
    let mut args = MessageArgs::default();
    cursor.space()?;
    if cursor.peek() == Some(b'(') {
        args.flags = flag::list(cursor)?;
        cursor.space()?;
    }
    if cursor.peek() == Some(b'"') {
        args.date_ms = Some(date::date_time(cursor)?);
        cursor.space()?;
    }
    cursor.eat(b'~');
    cursor.expect(b'{', "expected a message literal")?;
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailbox_as_a_literal_is_not_the_message() {
        assert!(!announces_message(b"a APPEND {5}\r\n"));
        assert!(announces_message(b"a APPEND {5}\r\nINBOX {10}\r\n"));
        assert!(announces_message(b"a append INBOX (\\Seen) {10+}\r\n"));
        assert!(!announces_message(b"a LOGIN x {10}\r\n"));
    }

    #[test]
    fn head_with_all() {
        let head = head(b"a1 APPEND \"Sent Mail\" (\\Seen $Work) \"17-Jul-1996 02:44:25 -0700\" ~{10+}\r\n").unwrap();
        assert_eq!(head.mailbox, b"Sent Mail");
        assert_eq!(head.message.flags, vec![Flag::Seen, Flag::Keyword("$Work".into())]);
        assert_eq!(head.message.date_ms, Some(837_596_665_000));
        assert_eq!(next(b" {3}\r\n"), Ok(MessageArgs::default()));
        assert!(next(b" foo\r\n").is_err());
    }
}
