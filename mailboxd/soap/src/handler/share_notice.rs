// SPDX-License-Identifier: AGPL-3.0-or-later
//! SendShareNotificationRequest: tells by mail that a folder is shared, shared otherwise, or no longer shared. A part of the
//! message is for programs (`xml/x-zimbra-share`), which offer to mount the folder.

use crate::compose::stage;
use crate::context::Context;
use crate::element::{Element, to_xml};
use crate::fault::{Fault, Result};
use crate::handler::sharing;
use crate::render;
use directory::Account;
use mailbox::{AddMessage, Flags, Folder, Grant, GranteeKind, ItemId, Rights};
use mime::Draft;

const RECIPIENTS_MAX: usize = 100;
const FORM: &str = "xml/x-zimbra-share; charset=utf-8";
const FORM_NS: &str = "urn:zimbraShare";

#[derive(Clone, Copy)]
enum What {
    New,
    Edited,
    Revoked,
}

/// Who is told, and what the folder's own grants say of them.
struct Told {
    to: mime::Mailbox,
    id: String,
    rights: Option<Rights>,
}

/// `<item id/>` with `<e a/>` of each who is told, or `<share l gt zid|d/>`: the grantee of one grant.
pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let what = match request.get("action").unwrap_or_default().as_str() {
        "" => What::New,
        "edit" => What::Edited,
        "revoke" | "expire" => What::Revoked,
        other => return Err(Fault::invalid(format!("unknown action: {other}"))),
    };
    let notes = request.get("notes").unwrap_or_default();
    let share = request.first("share");
    let id = match share {
        Some(share) => share.need_filled("l")?,
        None => request.need_element("item")?.need_filled("id")?,
    };
    let id = crate::args::folder_id(&id, &account.id)?;
    let handle = context.open().await?;
    let folder = handle.run(move |mailbox| mailbox.folder(id)).await?;
    let all = match share {
        Some(share) => vec![grantee(context, &folder, share, what).await?],
        None => addressed(context, &folder, request, what).await?,
    };
    for told in &all {
        send(context, &handle, notice(&account, &folder, told, what, &notes), &told.to.address).await?;
    }
    Ok(Element::answer_to(request))
}

/// A person or a list; whoever belongs to a domain or a class of service has no address of their own.
async fn grantee(context: &Context, folder: &Folder, share: &Element, what: What) -> Result<Told> {
    let kind = match share.need_filled("gt")?.as_str() {
        "usr" => GranteeKind::User,
        "grp" => GranteeKind::Group,
        other => return Err(Fault::invalid(format!("grantees of type {other:?} can't be told"))),
    };
    let key = share.get("zid").or_else(|| share.get("d")).filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| Fault::invalid("a share needs a zid or a d"))?;
    let directory = context.state.directory.clone();
    let asked = key.clone();
    let found = context.state.store.run(move |_| sharing::find(&directory, kind, &asked)).await??;
    let (id, address) = found.ok_or_else(|| Fault::new("mail.NO_SUCH_GRANTEE", format!("no such grantee: {key}")))?;
    let grant = folder.detail.grants.iter().find(|grant| grant.kind == kind && grant.grantee == id);
    if grant.is_none() && !matches!(what, What::Revoked) {
        return Err(Fault::invalid("invalid request: no matching grant"));
    }
    let to = mime::Mailbox { address, name: None };
    Ok(Told { to, id, rights: grant.map(|grant| grant.rights) })
}

async fn addressed(context: &Context, folder: &Folder, request: &Element, what: What) -> Result<Vec<Told>> {
    let mut to = Vec::new();
    for e in request.named("e") {
        to.extend(mime::parse_addresses(&e.need_filled("a")?));
    }
    if to.is_empty() || to.len() > RECIPIENTS_MAX {
        return Err(Fault::invalid(format!("between 1 and {RECIPIENTS_MAX} addresses are told")));
    }
    let mut all = Vec::with_capacity(to.len());
    for to in to {
        let (directory, asked) = (context.state.directory.clone(), to.address.clone());
        let id = context.state.store.run(move |_| -> directory::Result<Option<String>> {
            match directory.account(&asked)? {
                Some(account) => Ok(Some(account.id)),
                None => Ok(directory.list(&asked).ok().map(|list| list.id)),
            }
        });
        let id = id.await??;
        let rights = rights_of(folder, id.as_deref());
        if matches!(what, What::New) && rights.is_none() {
            return Err(Fault::invalid(format!("the folder is not shared with {}", to.address)));
        }
        all.push(Told { to, id: id.unwrap_or_default(), rights });
    }
    Ok(all)
}

/// What somebody may do in a folder, by the folder's own grants.
fn rights_of(folder: &Folder, id: Option<&str>) -> Option<Rights> {
    let meant = |grant: &&Grant| match grant.kind {
        GranteeKind::User | GranteeKind::Group => Some(grant.grantee.as_str()) == id,
        _ => id.is_some() || grant.kind == GranteeKind::Public,
    };
    folder.detail.grants.iter().filter(meant).map(|grant| grant.rights).reduce(Rights::with)
}

fn notice(account: &Account, folder: &Folder, told: &Told, what: What, notes: &str) -> Draft {
    let who = account.display_name().unwrap_or(&account.name);
    let (name, to) = (folder.item.name.as_str(), told.to.name.as_deref().unwrap_or(&told.to.address));
    let (subject, mut text, action) = match what {
        What::New => ("Share Created", format!("{who} has shared \"{name}\" with {to}.\n"), "new"),
        What::Edited => ("Share Modified", format!("{who} has changed what {to} may do in \"{name}\".\n"), "edit"),
        What::Revoked => ("Share Revoked", format!("{who} no longer shares \"{name}\" with {to}.\n"), "delete"),
    };
    if let Some(rights) = told.rights {
        text.push_str(&format!("You may: {}\n", spelled(rights)));
    }
    if !notes.trim().is_empty() {
        text.push_str(&format!("\n{}\n", notes.trim()));
    }
    let id = uuid::Uuid::new_v4();
    let domain = account.name.rsplit('@').next().unwrap_or("localhost");
    Draft {
        date_ms: crate::state::now_ms(),
        message_id: format!("{id}@{domain}"),
        from: Some(mime::Mailbox { address: account.name.clone(), name: account.display_name().map(str::to_owned) }),
        to: vec![told.to.clone()],
        subject: format!("{subject}: {name} shared by {who}"),
        text: Some(text),
        machine: Some((FORM, form(account, folder, told, action, notes))),
        extra: vec![("Auto-Submitted".into(), "auto-generated".into())],
        ..Draft::default()
    }
}

/// As Zimbra's clients read it.
fn form(account: &Account, folder: &Folder, told: &Told, action: &str, notes: &str) -> String {
    let part = |name: &str| Element::in_ns(name, FORM_NS);
    let person = |name: &str, id: &str, address: &str, shown: &str| {
        part(name).attr("id", id).attr("email", address).attr("name", shown)
    };
    let who = account.display_name().unwrap_or(&account.name);
    let to = told.to.name.as_deref().unwrap_or(&told.to.address);
    let link = part("link")
        .attr("id", folder.item.id.to_string())
        .attr("name", folder.item.name.clone())
        .attr("view", folder.detail.view.clone())
        .attr("perm", told.rights.map(render::show_rights).unwrap_or_default());
    let share = part("share")
        .attr("version", "0.1")
        .attr("action", action)
        .child(person("grantee", &told.id, &told.to.address, to))
        .child(person("grantor", &account.id, &account.name, who))
        .child(link)
        .child(part("notes").text(notes.trim()));
    to_xml(&share)
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
