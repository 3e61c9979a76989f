// SPDX-License-Identifier: AGPL-3.0-or-later
//! Parts of other messages for a new one (CATENATE, RFC 4469 §3). They go from blob to staging piece by piece.

use super::receive::{Received, too_big};
use crate::command::fetch::content::{self, Content};
use crate::content::cache::Cache;
use crate::content::header;
use crate::content::section::{self, Place};
use crate::limits;
use crate::names;
use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::{Session, State, User};
use crate::wire::fetch::SectionText;
use crate::wire::url::{self, Server, Url};
use mailbox::{Error, Item, ItemId, Mailbox, Uid};

/// RFC 5092 §5: the port of imap://.
const IMAP_PORT: u16 = 143;

/// What became of a part.
enum Copied {
    Whole(Box<Received>),
    /// No such message or part, or none that this user may read.
    NoSuch,
    TooBig,
}

/// Adds what a URL names to a message; at most `left` octets.
pub async fn copy(session: &mut Session, message: Received, raw: &[u8], left: u64) -> Result<Received, Failure> {
    let bad = || bad_url(raw);
    let url = url::parse(raw).ok_or_else(bad)?;
    let user = session.user()?.clone();
    if !is_here(&url, &session.shared.config.hostname, &user) {
        return Err(bad());
    }
    // RFC 4469 §3: a relative one is relative to what is selected.
    let selected = match &session.state {
        State::Selected(_, selected) => Some(selected.view.folder),
        _ => None,
    };
    let (handle, name) = match &url.mailbox {
        Some(name) => {
            let place = user.place(name).await?.ok_or_else(bad)?;
            (place.handle, Some(place.name))
        }
        None => (session.selected()?.1.handle.clone(), None),
    };
    let cache = session.shared.cache.clone();
    let copy = move |m: &Mailbox| copy_part(m, &cache, message, &url, (name.as_deref(), selected), left);
    match session.cross(&handle, &Progress::default(), copy).await? {
        Copied::Whole(message) => Ok(*message),
        Copied::NoSuch => Err(bad()),
        Copied::TooBig => Err(too_big()),
    }
}

fn is_here(url: &Url, hostname: &str, user: &User) -> bool {
    let Some(Server { user: named, host, port }) = &url.server else { return true };
    host.eq_ignore_ascii_case(hostname)
        && port.is_none_or(|port| port == IMAP_PORT)
        && named.as_deref().is_none_or(|named| named.eq_ignore_ascii_case(user.visits.name()))
}

fn copy_part(
    mailbox: &Mailbox,
    cache: &Cache,
    mut message: Received,
    url: &Url,
    place: (Option<&str>, Option<ItemId>),
    left: u64,
) -> mailbox::Result<Copied> {
    let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(error.to_string());
    let row = match find(mailbox, url, place) {
        Ok(Some(row)) => row,
        Ok(None) | Err(Error::NoSuch { .. }) => return Ok(Copied::NoSuch),
        Err(error) => return Err(error),
    };
    let mut content = Content::new(mailbox, &row, cache);
    let place = content.place(&url.part, &url.text)?;
    let wanted = |len| url.partial.map(|(offset, count)| (offset, count.unwrap_or(len)));
    message.staging.write(&message.rest).map_err(|error| unavailable(&error))?;
    message.rest.clear();
    match (place, &url.text) {
        (Place::Range(range), _) => {
            let range = section::partial(range.clone(), wanted(range.end));
            if range.end - range.start > left {
                return Ok(Copied::TooBig);
            }
            let mut blob = content.reopen()?;
            let mut at = range.start;
            while at < range.end {
                let end = range.end.min(at + limits::STREAM_CHUNK_BYTES);
                let bytes = content::read(&mut blob, at..end)?;
                message.staging.write(&bytes).map_err(|error| unavailable(&error))?;
                at = end;
            }
        }
        (Place::Fields(range), SectionText::HeaderFields { fields, not }) => {
            let chosen = header::select(&content.bytes(range)?, fields, *not);
            let len = chosen.len() as u64;
            let range = section::partial(0..len, wanted(len));
            if range.end - range.start > left {
                return Ok(Copied::TooBig);
            }
            let part = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.end).unwrap_or(0);
            message.staging.write(chosen.get(part).unwrap_or_default()).map_err(|error| unavailable(&error))?;
        }
        _ => return Ok(Copied::NoSuch),
    }
    content.finish();
    Ok(Copied::Whole(Box::new(message)))
}

/// `place`: a name in this mailbox, or else the selected folder.
fn find(mailbox: &Mailbox, url: &Url, place: (Option<&str>, Option<ItemId>)) -> mailbox::Result<Option<Item>> {
    let folder = match place {
        (Some(name), _) => names::find(mailbox, name)?,
        (None, Some(id)) => Some(mailbox.folder(id)?),
        (None, None) => None,
    };
    let Some(folder) = folder else { return Ok(None) };
    if url.uid_validity.is_some_and(|validity| validity != folder.detail.uid_validity) {
        return Ok(None);
    }
    mailbox.message_at(folder.item.id, Uid(url.uid))
}

/// RFC 4469 §5: the URL as it came, but for what would end the code.
fn bad_url(raw: &[u8]) -> Failure {
    let mut code = String::from("BADURL ");
    for byte in raw {
        if byte.is_ascii_graphic() && !matches!(byte, b']' | b'\\' | b'"') {
            code.push(*byte as char);
        } else {
            code.push_str(&format!("%{byte:02X}"));
        }
    }
    Failure::no(&code, "nothing can be read there")
}
