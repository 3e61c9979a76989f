// SPDX-License-Identifier: AGPL-3.0-or-later
//! What others share: GetShareInfo, GetEffectiveFolderPerms, and the notice that something is shared.

use crate::compose::stage;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render;
use directory::Account;
use mailbox::{AddMessage, Flags, Folder, Grant, GranteeKind, ItemId, Kind, Rights};
use mime::Draft;

const RECIPIENTS_MAX: usize = 100;

pub async fn info(context: &Context, request: &Element) -> Result<Element> {
    let visitor = context.visitor().await?;
    let grantee = request.first("grantee");
    let kinds: Option<Vec<String>> = grantee
        .and_then(|grantee| grantee.get("type"))
        .map(|types| types.split(',').map(|kind| kind.trim().to_owned()).filter(|kind| !kind.is_empty()).collect());
    let grantee_id = grantee.and_then(|grantee| grantee.get("id")).filter(|id| !id.is_empty());
    let grantee_name = grantee.and_then(|grantee| grantee.get("name")).filter(|name| !name.is_empty());
    let include_self = request.is("includeSelf")?;
    let owners = match request.first("owner") {
        Some(owner) => vec![owner_of(context, owner).await?],
        None => {
            let (asked, directory) = (visitor.clone(), context.state.directory.clone());
            let found = context.state.store.run(move |store| -> Result<Vec<Account>> {
                let ids = store.owners_sharing_with(&asked)?;
                ids.iter()
                    .filter_map(|id| directory.account_by_id(id).transpose())
                    .map(|account| Ok(account?))
                    .collect()
            });
            found.await??
        }
    };
    let mounted = mounted(context).await?;
    let mut answer = Element::answer_to(request);
    for owner in owners.iter().filter(|owner| include_self || owner.id != visitor.account) {
        let Ok(handle) = context.toward(owner.clone()).open().await else { continue };
        for folder in handle.run(|mailbox| mailbox.folders()).await? {
            for grant in
                folder.detail.grants.iter().filter(|grant| owner.id == visitor.account || visitor.is_meant(grant))
            {
                let (kind, zid) = render::grantee(grant);
                let wanted = kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|known| known == kind))
                    && grantee_id.as_deref().is_none_or(|id| id == zid)
                    && grantee_name.as_deref().is_none_or(|name| name == grant.name);
                if wanted {
                    answer.push(share(owner, &folder, grant, mounted.get(&(owner.id.clone(), folder.item.id))));
                }
            }
        }
    }
    Ok(answer)
}

async fn owner_of(context: &Context, owner: &Element) -> Result<Account> {
    let key = owner.text_or_empty().to_owned();
    let by_id = owner.get("by").as_deref() == Some("id");
    let (directory, asked) = (context.state.directory.clone(), key.clone());
    let found = context
        .state
        .store
        .run(move |_| if by_id { directory.account_by_id(&asked) } else { directory.account(&asked) });
    found.await??.ok_or_else(|| Fault::no_such("account", key))
}

/// The actor's mount points by what they stand for.
async fn mounted(context: &Context) -> Result<std::collections::HashMap<(String, ItemId), ItemId>> {
    let own = context.toward(context.auth()?.account.clone()).open().await?;
    let folders = own.run(|mailbox| mailbox.folders()).await?;
    let mounts = folders.iter().filter(|folder| folder.item.kind == Kind::MountPoint);
    Ok(mounts
        .filter_map(|folder| {
            let remote = folder.detail.remote.as_ref()?;
            Some(((remote.account.clone(), remote.folder), folder.item.id))
        })
        .collect())
}

fn share(owner: &Account, folder: &Folder, grant: &Grant, mounted: Option<&ItemId>) -> Element {
    let (kind, zid) = render::grantee(grant);
    let view = if folder.detail.view.is_empty() { "unknown" } else { &folder.detail.view };
    Element::new("share")
        .attr("ownerId", owner.id.clone())
        .attr("ownerEmail", owner.name.clone())
        .attr_opt("ownerName", owner.display_name())
        .attr("folderId", folder.item.id.0)
        .attr("folderUuid", folder.detail.uuid.clone())
        .attr("folderPath", folder.path.clone())
        .attr("view", view)
        .attr("rights", render::show_rights(grant.rights))
        .attr("granteeType", kind)
        .attr("granteeId", zid)
        .attr("granteeName", grant.name.clone())
        .attr("granteeDisplayName", "")
        .attr_opt("mid", mounted.map(ItemId::to_string))
}

/// Of the actor, in one folder.
pub async fn effective(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let folder = request.need_element("folder")?;
    folder.need_filled("l")?;
    let id = folder.folder_id("l", &own)?.unwrap_or(ItemId::USER_ROOT);
    let handle = context.open().await?;
    let rights = handle.run(move |mailbox| mailbox.folder(id).map(|_| mailbox.rights(id))).await?;
    Ok(Element::answer_to(request).child(Element::new("folder").attr("perm", render::show_rights(rights))))
}

/// Tells somebody by mail that a folder is shared (or no longer is).
pub async fn notify(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let item = request.need_element("item")?;
    let id = crate::args::folder_id(&item.need_filled("id")?, &account.id)?;
    let action = request.get("action").unwrap_or_default();
    let verb = match action.as_str() {
        "" => "shared",
        "edit" => "changed what you may do in",
        "revoke" | "expire" => "no longer shares",
        other => return Err(Fault::invalid(format!("unknown action: {other}"))),
    };
    let mut to = Vec::new();
    for e in request.named("e") {
        to.extend(mime::parse_addresses(&e.need_filled("a")?));
    }
    if to.is_empty() || to.len() > RECIPIENTS_MAX {
        return Err(Fault::invalid(format!("between 1 and {RECIPIENTS_MAX} addresses are told")));
    }
    let notes = request.get("notes").unwrap_or_default();
    let handle = context.open().await?;
    let folder = handle.run(move |mailbox| mailbox.folder(id)).await?;
    for one in &to {
        let granted = rights_of(context, &folder, &one.address).await?;
        if action.is_empty() && granted.is_none() {
            return Err(Fault::invalid(format!("the folder is not shared with {}", one.address)));
        }
        let draft = notice(&account, &folder, one, verb, granted, &notes);
        send(context, &handle, draft, &one.address).await?;
    }
    Ok(Element::answer_to(request))
}

/// What the one with an address may do in a folder, by the folder's own grants.
async fn rights_of(context: &Context, folder: &Folder, address: &str) -> Result<Option<Rights>> {
    let (directory, asked) = (context.state.directory.clone(), address.to_owned());
    let id = context.state.store.run(move |_| -> directory::Result<Option<String>> {
        match directory.account(&asked)? {
            Some(account) => Ok(Some(account.id)),
            None => Ok(directory.list(&asked).ok().map(|list| list.id)),
        }
    });
    let id = id.await??;
    let meant = |grant: &&Grant| match grant.kind {
        GranteeKind::User | GranteeKind::Group => Some(&grant.grantee) == id.as_ref(),
        _ => id.is_some() || grant.kind == GranteeKind::Public,
    };
    let rights = folder.detail.grants.iter().filter(meant).map(|grant| grant.rights);
    Ok(rights.reduce(Rights::with))
}

fn notice(
    account: &Account,
    folder: &Folder,
    to: &mime::Mailbox,
    verb: &str,
    rights: Option<Rights>,
    notes: &str,
) -> Draft {
    let who = account.display_name().unwrap_or(&account.name);
    let name = folder.item.name.as_str();
    let mut text = format!("{who} {verb} the folder \"{name}\" with you.\n");
    if verb != "shared" {
        text = format!("{who} {verb} the folder \"{name}\".\n");
    }
    if let Some(rights) = rights {
        text.push_str(&format!("You may: {}\n", spelled(rights)));
    }
    if !notes.trim().is_empty() {
        text.push_str(&format!("\n{}\n", notes.trim()));
    }
    let (subject, id) = (format!("{who} {verb} \"{name}\""), uuid::Uuid::new_v4());
    let domain = account.name.rsplit('@').next().unwrap_or("localhost");
    Draft {
        date_ms: crate::state::now_ms(),
        message_id: format!("{id}@{domain}"),
        from: Some(mime::Mailbox { address: account.name.clone(), name: account.display_name().map(str::to_owned) }),
        to: vec![to.clone()],
        subject,
        text: Some(text),
        extra: vec![("Auto-Submitted".into(), "auto-generated".into())],
        ..Draft::default()
    }
}

fn spelled(rights: Rights) -> String {
    let words = [
        (Rights::READ, "read"),
        (Rights::WRITE, "change"),
        (Rights::INSERT, "add"),
        (Rights::DELETE, "delete"),
        (Rights::ADMIN, "share it with others"),
    ];
    let held: Vec<&str> = words.iter().filter(|(right, _)| rights.contains(*right)).map(|(_, word)| *word).collect();
    if held.is_empty() { "nothing".to_owned() } else { held.join(", ") }
}

async fn send(context: &Context, handle: &mailbox::Handle, draft: Draft, to: &str) -> Result<()> {
    let sender = context.target()?.name.clone();
    let bytes = tokio::task::spawn_blocking(move || mime::build(&draft, false)).await.map_err(Fault::failure)?;
    let (staging, copy) = (context.state.store.stage(), bytes.clone());
    let sent = context.state.outbound.send(sender, vec![to.to_owned()], bytes.into()).await;
    sent.map_err(|error| Fault::new("mail.SEND_FAILURE", format!("not sent: {error}")))?;
    let add = AddMessage { folder: ItemId::SENT, flags: Flags::FROM_ME, tags: Vec::new(), date_ms: None };
    handle.run(move |mailbox| mailbox.add_message(&stage::bytes(staging, &copy)?, &add)).await?;
    Ok(())
}
