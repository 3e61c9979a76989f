// SPDX-License-Identifier: AGPL-3.0-or-later
//! FolderActionRequest's grant and !grant, and CreateMountpointRequest: who else may do what in a folder, and where a folder of
//! somebody else appears among one's own.

use super::folder_action::Look;
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render;
use directory::{Directory, Kind};
use mailbox::{Grant, GranteeKind, ItemId, Mailbox, Remote, Rights};

/// What `op` asks for, if it is one of these two.
pub enum Sharing {
    Grant(Grant),
    Revoke(String),
}

impl Sharing {
    pub async fn of(context: &Context, action: &Element) -> Result<Option<Sharing>> {
        Ok(match action.need_filled("op")?.as_str() {
            "grant" => Some(Sharing::Grant(grant_of(context, action.need_element("grant")?).await?)),
            "!grant" => Some(Sharing::Revoke(action.need_filled("zid")?)),
            _ => None,
        })
    }

    pub fn run(&self, mailbox: &Mailbox, id: ItemId) -> mailbox::Result<()> {
        match self {
            Sharing::Grant(grant) => mailbox.grant(id, grant.clone()).map(drop),
            Sharing::Revoke(grantee) => {
                let folder = mailbox.folder(id)?;
                let known = folder.detail.grants.iter().find(|grant| render::grantee(grant).1 == grantee);
                match known {
                    Some(grant) => mailbox.revoke(id, grant.kind, &grant.grantee).map(drop),
                    None => Err(mailbox::Error::NoSuch { kind: "grant", id: grantee.to_owned() }),
                }
            }
        }
    }
}

async fn grant_of(context: &Context, grant: &Element) -> Result<Grant> {
    let rights = rights_of(&grant.need("perm")?)?;
    let kind = match grant.need_filled("gt")?.as_str() {
        "usr" => GranteeKind::User,
        "grp" => GranteeKind::Group,
        "dom" => GranteeKind::Domain,
        "cos" => GranteeKind::Cos,
        "all" => GranteeKind::All,
        "pub" => GranteeKind::Public,
        other => return Err(Fault::invalid(format!("grantees of type {other:?} can't be given rights here"))),
    };
    if matches!(kind, GranteeKind::All | GranteeKind::Public) {
        return Ok(Grant { kind, grantee: String::new(), name: String::new(), rights });
    }
    let key = grant.get("zid").or_else(|| grant.get("d")).filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| Fault::invalid("a grant needs a zid or a d"))?;
    let directory = context.state.directory.clone();
    let asked = key.clone();
    let found = context.state.store.run(move |_| find(&directory, kind, &asked)).await??;
    let (grantee, name) = found.ok_or_else(|| Fault::new("mail.NO_SUCH_GRANTEE", format!("no such grantee: {key}")))?;
    if grantee == context.target()?.id {
        return Err(Fault::new("mail.CANNOT_GRANT", "the owner has all rights already"));
    }
    Ok(Grant { kind, grantee, name, rights })
}

/// Id and name, by either.
pub fn find(directory: &Directory, kind: GranteeKind, key: &str) -> directory::Result<Option<(String, String)>> {
    let found = match kind {
        GranteeKind::User => {
            let by_name = directory.account(key)?;
            let account = if by_name.is_some() { by_name } else { directory.account_by_id(key)? };
            return Ok(account.map(|account| (account.id, account.name)));
        }
        GranteeKind::Domain => match directory.domain(key)? {
            Some(domain) => return Ok(Some((domain.id, domain.name))),
            None => directory.get(Kind::Domain, key),
        },
        GranteeKind::Group => directory.list(key),
        GranteeKind::Cos => directory.get(Kind::Cos, key),
        GranteeKind::All | GranteeKind::Public => return Ok(None),
    };
    match found {
        Ok(object) => Ok(Some((object.id, object.name))),
        Err(directory::Error::NoSuch(..) | directory::Error::NoSuchDomain(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn rights_of(perm: &str) -> Result<Rights> {
    let mut rights = Rights::NONE;
    for letter in perm.chars() {
        let found = render::RIGHTS.iter().find(|(_, known)| *known == letter);
        let (right, _) = found.ok_or_else(|| Fault::invalid(format!("unknown right: {letter:?}")))?;
        rights = rights.with(*right);
    }
    Ok(rights)
}

/// Of a folder that the actor may look into now; whether that stays so is found out when it is opened.
pub async fn mount(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let link = request.need_element("link")?;
    let (name, parent) = (link.need("name")?, link.folder_id("l", &own)?.unwrap_or(ItemId::USER_ROOT));
    let owner = link.get("zid").or_else(|| link.get("owner")).filter(|key| !key.is_empty());
    let owner = owner.ok_or_else(|| Fault::invalid("a mount point needs a zid or an owner"))?;
    let rid = link.need_filled("rid")?;
    let view = link.get("view").unwrap_or_default();
    let look = Look::of(link)?;
    let directory = context.state.directory.clone();
    let asked = owner.clone();
    let found = context.state.store.run(move |_| find(&directory, GranteeKind::User, &asked)).await??;
    let (account, owner) = found.ok_or_else(|| Fault::no_such("account", owner))?;
    if account == own {
        return Err(Fault::invalid("a folder of one's own needs no mount point"));
    }
    let remote = Remote { folder: args::folder_id(&rid, &account)?, account, name: owner };
    // Who may not look into it is told so at once, whether it is there or not.
    let there = context.toward_id(&remote.account).await?.open().await?;
    let id = remote.folder;
    match there.run(move |mailbox| mailbox.folder(id)).await {
        Ok(_) => {}
        Err(mailbox::Error::NoSuch { .. }) if !there.is_own() => return Err(Fault::denied()),
        Err(error) => return Err(error.into()),
    }
    let handle = context.open().await?;
    let made = handle.run(move |mailbox| {
        let made = mailbox.create_mount_point(parent, &name, remote, &view)?;
        if !look.is_empty() {
            look.apply(mailbox, made.item.id)?;
        }
        mailbox.folder(made.item.id)
    });
    Ok(Element::answer_to(request).child(render::folder(&made.await?)))
}
