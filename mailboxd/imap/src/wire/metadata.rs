// SPDX-License-Identifier: AGPL-3.0-or-later
//! GETMETADATA and SETMETADATA (RFC 5464).

use super::cursor::{Cursor, Parsed};
use mailbox::{ANNOTATION_NAME_BYTES_MAX, Annotation};

/// Entries in one command.
const ENTRIES_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    #[default]
    Zero,
    One,
    Infinity,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetMetadata {
    /// Empty: the server.
    pub mailbox: Vec<u8>,
    pub entries: Vec<String>,
    pub max_size: Option<u64>,
    pub depth: Depth,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetMetadata {
    pub mailbox: Vec<u8>,
    pub entries: Vec<Annotation>,
}

pub fn get(cursor: &mut Cursor<'_>) -> Parsed<GetMetadata> {
    let mut get = GetMetadata::default();
    if cursor.peek() == Some(b'(') {
        options(cursor, &mut get)?;
        cursor.space()?;
    }
    get.mailbox = cursor.astring()?;
    cursor.space()?;
    // The examples of the RFC have the options before the name, its grammar had them behind at first.
    if cursor.peek() == Some(b'(') && get.is_plain() && !is_entry_list(cursor) {
        options(cursor, &mut get)?;
        cursor.space()?;
    }
    get.entries = if cursor.peek() == Some(b'(') { cursor.list(ENTRIES_MAX, entry)? } else { vec![entry(cursor)?] };
    if get.entries.is_empty() { Err(cursor.error("no entries")) } else { Ok(get) }
}

impl GetMetadata {
    fn is_plain(&self) -> bool {
        self.max_size.is_none() && self.depth == Depth::Zero
    }
}

fn is_entry_list(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.rest().get(1), Some(b'/' | b'"' | b'{' | b'~'))
}

fn options(cursor: &mut Cursor<'_>, get: &mut GetMetadata) -> Parsed<()> {
    cursor.list(8, |cursor| {
        match cursor.word()?.as_str() {
            "MAXSIZE" => {
                cursor.space()?;
                get.max_size = Some(cursor.number64()?);
            }
            "DEPTH" => {
                cursor.space()?;
                get.depth = match cursor.atom()?.to_ascii_lowercase().as_str() {
                    "0" => Depth::Zero,
                    "1" => Depth::One,
                    "infinity" => Depth::Infinity,
                    _ => return Err(cursor.error("DEPTH is 0, 1 or infinity")),
                };
            }
            _ => return Err(cursor.error("unknown GETMETADATA option")),
        }
        Ok(())
    })?;
    Ok(())
}

pub fn set(cursor: &mut Cursor<'_>) -> Parsed<SetMetadata> {
    let mailbox = cursor.astring()?;
    cursor.space()?;
    let entries = cursor.list(ENTRIES_MAX, |cursor| {
        let name = entry(cursor)?;
        cursor.space()?;
        Ok((name, cursor.nstring()?))
    })?;
    if entries.is_empty() { Err(cursor.error("no entries")) } else { Ok(SetMetadata { mailbox, entries }) }
}

/// RFC 5464 §3.2: begins with `/private` or `/shared`, has no wildcards, no empty parts, and is the same in any case.
fn entry(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let raw = cursor.astring()?;
    let name = String::from_utf8(raw).map_err(|_| cursor.error("entry name is not ASCII"))?.to_ascii_lowercase();
    let is_good = |c: char| c.is_ascii_graphic() && !matches!(c, '*' | '%');
    let in_tree = ["/private", "/shared"]
        .iter()
        .any(|top| name.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    let whole = !name.ends_with('/') && !name.contains("//");
    if !in_tree || !whole || name.len() > ANNOTATION_NAME_BYTES_MAX || !name.chars().all(is_good) {
        return Err(cursor.error("bad entry name"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_before_and_behind() {
        let parse = |text: &str| get(&mut Cursor::new(text.as_bytes())).ok();
        let want = GetMetadata {
            mailbox: b"INBOX".to_vec(),
            entries: vec!["/private/comment".into()],
            max_size: Some(1024),
            depth: Depth::One,
        };
        assert_eq!(parse("(MAXSIZE 1024 DEPTH 1) INBOX /private/Comment"), Some(want.clone()));
        assert_eq!(parse("INBOX (MAXSIZE 1024 DEPTH 1) (/private/comment)"), Some(want));
        assert_eq!(parse("\"\" (/shared/a /private/b)").unwrap().entries.len(), 2);
        for bad in [
            "INBOX /comment",
            "INBOX \"/private/a*\"",
            "INBOX /private//a",
            "INBOX /private/a/",
            "INBOX ()",
            "INBOX /privately",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn values_and_their_end() {
        let parse = |text: &[u8]| set(&mut Cursor::new(text)).ok().map(|set| set.entries);
        let name = || "/private/a".to_owned();
        assert_eq!(parse(b"INBOX (/private/a \"x\")"), Some(vec![(name(), Some(b"x".to_vec()))]));
        assert_eq!(parse(b"INBOX (/private/a NIL)"), Some(vec![(name(), None)]));
        assert_eq!(parse(b"INBOX (/private/a ~{2}\r\n\0\x01)"), Some(vec![(name(), Some(vec![0, 1]))]));
        assert_eq!(parse(b"INBOX ()"), None);
    }
}
