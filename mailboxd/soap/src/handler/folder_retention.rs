// SPDX-License-Identifier: AGPL-3.0-or-later
//! FolderActionRequest's retentionpolicy: how long a folder keeps what is in it. Lifetimes are of the folder's own, or those that an
//! administrator offers to everybody or with a class of service.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state;
use directory::rights::TargetType;
use directory::{Account, Directory, Policy};
use mailbox::{Retention, RetentionPolicy};

/// `<retentionPolicy><keep><policy type="user" lifetime/></keep><purge><policy type="system" id/></purge></retentionPolicy>`
pub async fn read(context: &Context, action: &Element) -> Result<Retention> {
    let wanted = action.need_element("retentionPolicy")?;
    let (directory, account) = (context.state.directory.clone(), context.target()?.clone());
    let offered = context.state.store.run(move |_| offered(&directory, &account)).await?;
    let list = |name: &str| -> Result<Vec<RetentionPolicy>> {
        let policies = wanted.first(name).into_iter().flat_map(|list| list.named("policy"));
        policies.map(|policy| one(policy, &offered, name == "keep")).collect()
    };
    Ok(Retention { keep: list("keep")?, purge: list("purge")? })
}

fn one(policy: &Element, offered: &[Policy], is_keep: bool) -> Result<RetentionPolicy> {
    match policy.get("type").as_deref().unwrap_or("user") {
        "user" => {
            let lifetime = policy.need_filled("lifetime")?;
            state::duration(&lifetime).ok_or_else(|| Fault::invalid(format!("not a lifetime: {lifetime:.32}")))?;
            Ok(RetentionPolicy { id: None, name: policy.get("name").unwrap_or_default(), lifetime })
        }
        "system" => {
            let id = policy.need_filled("id")?;
            let known = offered.iter().find(|known| known.id == id && known.is_keep == is_keep);
            let known = known.ok_or_else(|| Fault::invalid(format!("no such retention policy: {id:.64}")))?;
            Ok(RetentionPolicy { id: Some(id), name: known.name.clone(), lifetime: known.lifetime.clone() })
        }
        other => Err(Fault::invalid(format!("unknown type of policy: {other:.32}"))),
    }
}

/// What this account may choose from.
pub fn offered(directory: &Directory, account: &Account) -> Vec<Policy> {
    let of = |target: TargetType, id: &str| {
        directory.on(target, id).map(|on| directory.retention_policies(&on)).unwrap_or_default()
    };
    let mut all = of(TargetType::Config, "");
    if let Some(cos) = account.attr("zimbraCOSId") {
        all.extend(of(TargetType::Cos, cos));
    }
    all
}
