// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a command's octets to a [`Command`]. Takes anything, answers BAD's text for what is no command.

use super::command::{Body, Command, Resync, Secret, SelectArgs};
use super::cursor::{Cursor, ParseError, Parsed};
use super::set::Set;
use super::{acl, fetch, list, metadata, notify, search, sort, status, store};

/// Most names in one ENABLE, most pairs in one ID (RFC 2971 §3.3 says 30).
const NAMES_MAX: usize = 64;
/// Special uses in one CREATE.
const USES_MAX: usize = 16;

/// A command that was not understood, with its tag if that much was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCommand {
    pub tag: Option<String>,
    pub error: ParseError,
}

pub fn command(buffer: &[u8]) -> Result<Command, BadCommand> {
    let mut cursor = Cursor::new(buffer);
    let tag = cursor.tag().map_err(|error| BadCommand { tag: None, error })?.to_owned();
    let parsed = cursor.space().and_then(|()| body(&mut cursor)).and_then(|body| {
        cursor.end()?;
        Ok(body)
    });
    match parsed {
        Ok(body) => Ok(Command { tag, body }),
        Err(error) => Err(BadCommand { tag: Some(tag), error }),
    }
}

/// The tag of something that is not worth parsing.
pub fn tag_of(buffer: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(buffer);
    let tag = cursor.tag().ok()?.to_owned();
    cursor.space().ok()?;
    Some(tag)
}

fn body(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    let name = cursor.word()?;
    match name.as_str() {
        "CAPABILITY" => Ok(Body::Capability),
        "NOOP" => Ok(Body::Noop),
        "LOGOUT" => Ok(Body::Logout),
        "STARTTLS" => Ok(Body::StartTls),
        "NAMESPACE" => Ok(Body::Namespace),
        "IDLE" => Ok(Body::Idle),
        "CHECK" => Ok(Body::Check),
        "CLOSE" => Ok(Body::Close),
        "UNSELECT" => Ok(Body::Unselect),
        "EXPUNGE" => Ok(Body::Expunge(None)),
        _ => {
            cursor.space().map_err(|error| ParseError { what: "unknown command or missing arguments", ..error })?;
            with_arguments(cursor, &name)
        }
    }
}

fn with_arguments(cursor: &mut Cursor<'_>, name: &str) -> Parsed<Body> {
    match name {
        "ID" => id(cursor),
        "AUTHENTICATE" => authenticate(cursor),
        "LOGIN" => {
            let user = cursor.astring()?;
            cursor.space()?;
            Ok(Body::Login { user, password: Secret(cursor.astring()?) })
        }
        "COMPRESS" => Ok(Body::Compress { algorithm: cursor.atom()?.to_ascii_uppercase() }),
        "ENABLE" => enable(cursor),
        "SELECT" => Ok(Body::Select(select(cursor)?)),
        "EXAMINE" => Ok(Body::Examine(select(cursor)?)),
        "CREATE" => create(cursor),
        "DELETE" => Ok(Body::Delete { mailbox: cursor.astring()? }),
        "SUBSCRIBE" => Ok(Body::Subscribe { mailbox: cursor.astring()? }),
        "UNSUBSCRIBE" => Ok(Body::Unsubscribe { mailbox: cursor.astring()? }),
        "RENAME" => {
            let from = cursor.astring()?;
            cursor.space()?;
            Ok(Body::Rename { from, to: cursor.astring()? })
        }
        "LIST" => Ok(Body::List(list::list(cursor)?)),
        "LSUB" => {
            let reference = cursor.astring()?;
            cursor.space()?;
            Ok(Body::Lsub { reference, pattern: cursor.list_pattern()? })
        }
        "STATUS" => {
            let mailbox = cursor.astring()?;
            cursor.space()?;
            Ok(Body::Status { mailbox, items: status::items(cursor)? })
        }
        "GETQUOTA" => Ok(Body::GetQuota { root: cursor.astring()? }),
        "GETQUOTAROOT" => Ok(Body::GetQuotaRoot { mailbox: cursor.astring()? }),
        "SETQUOTA" => set_quota(cursor),
        "GETMETADATA" => Ok(Body::GetMetadata(metadata::get(cursor)?)),
        "SETMETADATA" => Ok(Body::SetMetadata(metadata::set(cursor)?)),
        "GETACL" => Ok(Body::GetAcl { mailbox: cursor.astring()? }),
        "MYRIGHTS" => Ok(Body::MyRights { mailbox: cursor.astring()? }),
        "SETACL" => {
            let (mailbox, identifier) = two(cursor)?;
            cursor.space()?;
            Ok(Body::SetAcl { mailbox, identifier, change: acl::change(cursor)? })
        }
        "DELETEACL" => two(cursor).map(|(mailbox, identifier)| Body::DeleteAcl { mailbox, identifier }),
        "LISTRIGHTS" => two(cursor).map(|(mailbox, identifier)| Body::ListRights { mailbox, identifier }),
        "NOTIFY" => Ok(Body::Notify(notify::notify(cursor)?)),
        "UID" => {
            let name = cursor.word()?;
            cursor.space()?;
            if name == "EXPUNGE" {
                return Ok(Body::Expunge(Some(Set::parse(cursor)?)));
            }
            message_command(cursor, &name, true)
        }
        _ => message_command(cursor, name, false),
    }
}

fn two(cursor: &mut Cursor<'_>) -> Parsed<(Vec<u8>, Vec<u8>)> {
    let first = cursor.astring()?;
    cursor.space()?;
    Ok((first, cursor.astring()?))
}

/// The commands that come with and without UID.
fn message_command(cursor: &mut Cursor<'_>, name: &str, uid: bool) -> Parsed<Body> {
    match name {
        "SEARCH" => Ok(Body::Search { uid, search: search::search(cursor)? }),
        "SORT" => Ok(Body::Sort { uid, sort: sort::sort(cursor)? }),
        "THREAD" => Ok(Body::Thread { uid, thread: sort::thread(cursor)? }),
        "FETCH" => Ok(Body::Fetch { uid, fetch: fetch::fetch(cursor)? }),
        "STORE" => Ok(Body::Store { uid, store: store::store(cursor)? }),
        "COPY" | "MOVE" => {
            let set = Set::parse(cursor)?;
            cursor.space()?;
            let mailbox = cursor.astring()?;
            Ok(if name == "COPY" { Body::Copy { uid, set, mailbox } } else { Body::Move { uid, set, mailbox } })
        }
        _ => Err(cursor.error("unknown command")),
    }
}

/// RFC 4466 §2.3 with the one parameter of RFC 6154 §3.
fn create(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    let mailbox = cursor.astring()?;
    let mut uses = Vec::new();
    if cursor.eat(b' ') {
        let given = cursor.list(1, |cursor| {
            if cursor.word()? != "USE" {
                return Err(cursor.error("unknown CREATE parameter"));
            }
            cursor.space()?;
            uses = cursor.list(USES_MAX, |cursor| {
                cursor.expect(b'\\', "expected a special use")?;
                Ok(format!("\\{}", cursor.atom()?))
            })?;
            Ok(())
        })?;
        if given.is_empty() {
            return Err(cursor.error("expected a CREATE parameter"));
        }
    }
    Ok(Body::Create { mailbox, uses })
}

fn select(cursor: &mut Cursor<'_>) -> Parsed<SelectArgs> {
    let mut args = SelectArgs { mailbox: cursor.astring()?, condstore: false, qresync: None };
    if cursor.eat(b' ') {
        cursor.list(NAMES_MAX, |cursor| match cursor.word()?.as_str() {
            "CONDSTORE" => {
                args.condstore = true;
                Ok(())
            }
            "QRESYNC" => {
                cursor.space()?;
                args.qresync = Some(resync(cursor)?);
                Ok(())
            }
            // RFC 4466 §2.1: an unknown select parameter is BAD.
            _ => Err(cursor.error("unknown SELECT parameter")),
        })?;
    }
    Ok(args)
}

fn resync(cursor: &mut Cursor<'_>) -> Parsed<Resync> {
    cursor.expect(b'(', "expected ( of QRESYNC")?;
    let uid_validity = cursor.number()?;
    cursor.space()?;
    let mut resync = Resync { uid_validity, modseq: cursor.number64()?, known: None };
    if cursor.eat(b' ') && cursor.peek() != Some(b'(') {
        resync.known = Some(Set::parse(cursor)?);
        if !cursor.eat(b' ') {
            cursor.expect(b')', "expected )")?;
            return Ok(resync);
        }
    }
    if cursor.eat(b'(') {
        Set::parse(cursor)?;
        cursor.space()?;
        Set::parse(cursor)?;
        cursor.expect(b')', "expected )")?;
    }
    cursor.expect(b')', "expected )")?;
    Ok(resync)
}

/// Checked and forgotten: quotas are the administrator's.
fn set_quota(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.astring()?;
    cursor.space()?;
    cursor.list(NAMES_MAX, |cursor| {
        cursor.atom()?;
        cursor.space()?;
        cursor.number64()
    })?;
    Ok(Body::SetQuota)
}

fn authenticate(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    let mechanism = cursor.atom()?.to_ascii_uppercase();
    let mut initial = None;
    if cursor.eat(b' ') {
        initial = Some(Secret(cursor.astring()?));
    }
    Ok(Body::Authenticate { mechanism, initial })
}

fn enable(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    let mut names = Vec::new();
    loop {
        if names.len() == NAMES_MAX {
            return Err(cursor.error("too many names"));
        }
        names.push(cursor.atom()?.to_ascii_uppercase());
        if !cursor.eat(b' ') {
            return Ok(Body::Enable(names));
        }
    }
}

/// What a client says of itself is checked and forgotten.
fn id(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    if cursor.eat_word("NIL") {
        return Ok(Body::Id);
    }
    cursor.list(NAMES_MAX, |cursor| {
        cursor.string()?;
        cursor.space()?;
        cursor.nstring()
    })?;
    Ok(Body::Id)
}

#[cfg(test)]
mod tests;
