// SPDX-License-Identifier: AGPL-3.0-or-later
//! GETMETADATA and SETMETADATA (RFC 5464). The annotations of the server are the account's: nobody else sees them.

use super::select::missing;
use crate::names;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session, User};
use crate::wire::encode;
use crate::wire::metadata::{Depth, GetMetadata, SetMetadata};
use mailbox::{ANNOTATION_BYTES_MAX, Annotated, Annotation, Error, Handle, Mailbox};

/// Where annotations are kept: what is shared with its folder, what is private with its author.
struct Homes {
    shared: (Handle, Annotated),
    private: (Handle, Annotated),
}

impl Homes {
    fn of(&self, entry: &str) -> &(Handle, Annotated) {
        if entry.starts_with("/private") { &self.private } else { &self.shared }
    }
}

async fn homes(user: &User, name: &str) -> Result<Homes, Failure> {
    if name.is_empty() {
        let own = (user.handle.clone(), Annotated::Account);
        return Ok(Homes { shared: own.clone(), private: own });
    }
    let spot = user.existing(name).await?;
    let inner = spot.name;
    let folder = spot.handle.run(move |m| names::find(m, &inner)).await?.ok_or_else(|| missing(name))?;
    let id = folder.item.id;
    let private = if spot.handle.is_own() {
        (spot.handle.clone(), Annotated::Folder(id))
    } else {
        (user.handle.clone(), Annotated::Elsewhere(spot.handle.id(), id))
    };
    Ok(Homes { shared: (spot.handle, Annotated::Folder(id)), private })
}

pub async fn get(session: &mut Session, args: GetMetadata) -> Outcome {
    let name = names::decode(&args.mailbox, session.enabled.utf8)?;
    let homes = homes(session.user()?, &name).await?;
    let mut found: Vec<(String, Option<Vec<u8>>)> = Vec::new();
    let mut longest = None;
    for wanted in &args.entries {
        let (handle, of) = homes.of(wanted).clone();
        let all = handle.run(move |m: &Mailbox| m.annotations(of)).await?;
        let before = found.len();
        for (entry, value) in all.into_iter().filter(|(entry, _)| is_meant(entry, wanted, args.depth)) {
            if args.max_size.is_some_and(|max| value.len() as u64 > max) {
                longest = longest.max(Some(value.len()));
            } else if found.iter().all(|(known, _)| *known != entry) {
                found.push((entry, Some(value)));
            }
        }
        // What was asked for by its name and is not there is said to be not there.
        if before == found.len() && longest.is_none() && args.depth == Depth::Zero {
            found.push((wanted.clone(), None));
        }
    }
    if !found.is_empty() {
        session.connection.put(&answer(&name, &found, session.enabled.utf8));
    }
    Ok(Done { code: longest.map(|n| format!("METADATA LONGENTRIES {n}")), text: "GETMETADATA completed" })
}

/// RFC 5464 §4.2.2: the entry itself, its children, or all that is below it.
fn is_meant(entry: &str, wanted: &str, depth: Depth) -> bool {
    match entry.strip_prefix(wanted) {
        Some("") => true,
        Some(rest) if rest.starts_with('/') => match depth {
            Depth::Zero => false,
            Depth::One => !rest[1..].contains('/'),
            Depth::Infinity => true,
        },
        _ => false,
    }
}

fn answer(name: &str, found: &[(String, Option<Vec<u8>>)], utf8: bool) -> Vec<u8> {
    let mut line = b"* METADATA ".to_vec();
    encode::mailbox(&mut line, name, utf8);
    for (at, (entry, value)) in found.iter().enumerate() {
        line.extend_from_slice(if at == 0 { b" (" } else { b" " });
        encode::string(&mut line, entry.as_bytes());
        line.push(b' ');
        match value {
            // RFC 5464 §5: any octets.
            Some(value) if value.contains(&0) => {
                encode::literal8_head(&mut line, value.len() as u64);
                line.extend_from_slice(value);
            }
            value => encode::nstring(&mut line, value.as_deref()),
        }
    }
    line.extend_from_slice(b")\r\n");
    line
}

pub async fn set(session: &mut Session, args: SetMetadata) -> Outcome {
    let name = names::decode(&args.mailbox, session.enabled.utf8)?;
    let homes = homes(session.user()?, &name).await?;
    let (private, shared): (Vec<Annotation>, Vec<Annotation>) =
        args.entries.into_iter().partition(|(entry, _)| entry.starts_with("/private"));
    let same = homes.private.0.id() == homes.shared.0.id();
    let both = if same {
        vec![(homes.shared, [private, shared].concat())]
    } else {
        vec![(homes.shared, shared), (homes.private, private)]
    };
    for ((handle, of), changes) in both {
        if changes.is_empty() {
            continue;
        }
        handle.run(move |m| m.annotate(of, &changes)).await.map_err(refusal)?;
    }
    Ok(Done::text("SETMETADATA completed"))
}

/// RFC 5464 §4.3
fn refusal(error: Error) -> Failure {
    match error {
        Error::TooLarge { .. } => Failure::no(&format!("METADATA MAXSIZE {ANNOTATION_BYTES_MAX}"), "value is too long"),
        Error::OverQuota => Failure::no("METADATA TOOMANY", "too many annotations"),
        other => other.into(),
    }
}
