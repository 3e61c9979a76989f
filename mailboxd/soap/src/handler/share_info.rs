// SPDX-License-Identifier: AGPL-3.0-or-later
//! What others share: GetShareInfo, GetEffectiveFolderPerms.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render;
use directory::Account;
use mailbox::{Folder, Grant, ItemId, Kind};

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
