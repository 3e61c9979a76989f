// SPDX-License-Identifier: AGPL-3.0-or-later
//! SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS (RFC 4314). An identifier is the address of an account or of a distribution
//! list, or `anyone`, which is every account of this server. Grants reach the mailboxes below (as Zimbra's do).

use super::select::missing;
use crate::names;
use crate::place::Spot;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session, User};
use crate::wire::acl::{self, Change};
use crate::wire::encode;
use mailbox::{Folder, Grant, GranteeKind, Mailbox, Rights};

const ANYONE: &str = "anyone";

/// Whom an identifier means.
struct Grantee {
    kind: GranteeKind,
    id: String,
    name: String,
}

pub async fn set(session: &mut Session, mailbox: Vec<u8>, identifier: Vec<u8>, change: Change) -> Outcome {
    change_grant(session, mailbox, identifier, change).await?;
    Ok(Done::text("SETACL completed"))
}

pub async fn delete(session: &mut Session, mailbox: Vec<u8>, identifier: Vec<u8>) -> Outcome {
    change_grant(session, mailbox, identifier, Change::Remove(Rights::ALL)).await?;
    Ok(Done::text("DELETEACL completed"))
}

async fn change_grant(
    session: &mut Session,
    mailbox: Vec<u8>,
    identifier: Vec<u8>,
    change: Change,
) -> Result<(), Failure> {
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    let user = session.user()?.clone();
    let place = user.existing(&name).await?;
    let grantee = grantee(&user, &identifier).await?;
    let changed = place.handle.run(move |m| {
        let Some(folder) = names::find(m, &place.name)? else { return Ok(false) };
        // Before anything is said of who has what.
        if !m.rights(folder.item.id).contains(Rights::ADMIN) {
            return Err(mailbox::Error::Denied);
        }
        if m.row()?.account == grantee.id {
            return Err(mailbox::Error::Immutable("what an owner may do".to_owned()));
        }
        let known = folder.detail.grants.iter().find(|g| (g.kind, &g.grantee) == (grantee.kind, &grantee.id));
        let rights = change.apply(known.map_or(Rights::NONE, |grant| grant.rights));
        m.grant(folder.item.id, Grant { kind: grantee.kind, grantee: grantee.id, name: grantee.name, rights })?;
        Ok(true)
    });
    if changed.await? { Ok(()) } else { Err(missing(&name)) }
}

pub async fn get(session: &mut Session, mailbox: Vec<u8>) -> Outcome {
    let (name, place) = find(session, &mailbox).await?;
    let user = session.user()?.clone();
    let read = look(&place, Rights::ADMIN).await?.ok_or_else(|| missing(&name))?;
    let (owner, folder) = read;
    let mut who = vec![(account_name(&user, owner).await?, Rights::ALL)];
    for grant in &folder.detail.grants {
        who.push((identifier_of(&user, grant).await?, grant.rights));
    }
    let mut line = b"* ACL ".to_vec();
    encode::mailbox(&mut line, &name, session.enabled.utf8);
    for (identifier, rights) in who {
        line.push(b' ');
        encode::string(&mut line, identifier.as_bytes());
        line.push(b' ');
        encode::string(&mut line, acl::letters(rights).as_bytes());
    }
    line.extend_from_slice(b"\r\n");
    session.connection.put(&line);
    Ok(Done::text("GETACL completed"))
}

pub async fn list_rights(session: &mut Session, mailbox: Vec<u8>, identifier: Vec<u8>) -> Outcome {
    let (name, place) = find(session, &mailbox).await?;
    let user = session.user()?.clone();
    let (owner, _) = look(&place, Rights::ADMIN).await?.ok_or_else(|| missing(&name))?;
    let grantee = grantee(&user, &identifier).await?;
    let mut line = b"* LISTRIGHTS ".to_vec();
    encode::mailbox(&mut line, &name, session.enabled.utf8);
    line.push(b' ');
    encode::string(&mut line, &identifier);
    // What an owner has always, others may get.
    let rights = if grantee.id == owner { acl::letters(Rights::ALL) } else { format!("\"\" {}", acl::grantable()) };
    line.extend_from_slice(format!(" {rights}\r\n").as_bytes());
    session.connection.put(&line);
    Ok(Done::text("LISTRIGHTS completed"))
}

pub async fn my_rights(session: &mut Session, mailbox: Vec<u8>) -> Outcome {
    let (name, place) = find(session, &mailbox).await?;
    let rights = place.handle.run(move |m| {
        let folder = names::find(m, &place.name)?;
        Ok(folder.map(|folder| m.rights(folder.item.id)))
    });
    let rights = rights.await?.ok_or_else(|| missing(&name))?;
    let mut line = b"* MYRIGHTS ".to_vec();
    encode::mailbox(&mut line, &name, session.enabled.utf8);
    line.extend_from_slice(format!(" {}\r\n", acl::letters(rights)).as_bytes());
    session.connection.put(&line);
    Ok(Done::text("MYRIGHTS completed"))
}

async fn find(session: &Session, mailbox: &[u8]) -> Result<(String, Spot), Failure> {
    let name = names::decode(mailbox, session.enabled.utf8)?;
    let place = session.user()?.existing(&name).await?;
    Ok((name, place))
}

/// Id of the owner's account, and the folder; `None`: it is not there.
async fn look(place: &Spot, wanted: Rights) -> Result<Option<(String, Folder)>, Failure> {
    let name = place.name.clone();
    let look = move |m: &Mailbox| {
        let Some(folder) = names::find(m, &name)? else { return Ok(None) };
        if !m.rights(folder.item.id).contains(wanted) {
            return Err(mailbox::Error::Denied);
        }
        Ok(Some((m.row()?.account, folder)))
    };
    Ok(place.handle.run(look).await?)
}

async fn grantee(user: &User, identifier: &[u8]) -> Result<Grantee, Failure> {
    let unknown = || Failure::refused("no account or distribution list has that address");
    let identifier = str::from_utf8(identifier).map_err(|_| unknown())?.to_owned();
    if identifier == ANYONE {
        return Ok(Grantee { kind: GranteeKind::All, id: String::new(), name: identifier });
    }
    if identifier.starts_with('-') {
        return Err(Failure::no("CANNOT", "rights can't be taken from one who has them as a member of a list"));
    }
    let found = user.visits.ask(move |directory| {
        if let Some(account) = directory.account(&identifier)? {
            return Ok(Some(Grantee { kind: GranteeKind::User, id: account.id, name: account.name }));
        }
        match directory.list(&identifier) {
            Ok(list) => Ok(Some(Grantee { kind: GranteeKind::Group, id: list.id, name: list.name })),
            Err(directory::Error::NoSuch(..)) => Ok(None),
            Err(error) => Err(error),
        }
    });
    found.await?.ok_or_else(unknown)
}

/// What the grantee is called now, or was when it is gone.
async fn identifier_of(user: &User, grant: &Grant) -> Result<String, Failure> {
    let id = grant.grantee.clone();
    let now = match grant.kind {
        GranteeKind::All => Some(ANYONE.to_owned()),
        // Whoever has no account has no name here either.
        GranteeKind::Public => None,
        GranteeKind::User => user.visits.ask(move |d| Ok(d.account_by_id(&id)?.map(|account| account.name))).await?,
        GranteeKind::Group | GranteeKind::Domain | GranteeKind::Cos => None,
    };
    Ok(now.unwrap_or_else(|| grant.name.clone()))
}

async fn account_name(user: &User, id: String) -> Result<String, Failure> {
    let known = id.clone();
    let name = user.visits.ask(move |d| Ok(d.account_by_id(&known)?.map(|account| account.name))).await?;
    Ok(name.unwrap_or(id))
}
