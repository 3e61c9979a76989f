// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which mount points lead nowhere: what they stand for is gone, or is not shared any more. Found out whenever a tree is shown.

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use mailbox::ItemId;

/// Links of one tree that are followed; each may open a mailbox.
const FOLLOWED_MAX: usize = 100;

/// Sets `broken` on the links of a tree of one's own folders.
pub async fn mark_broken(context: &Context, tree: &mut Element) -> Result<()> {
    // A visitor sees no mount points, and what an administrator may look into says nothing of what their owner may.
    if context.is_elsewhere() {
        return Ok(());
    }
    let mut links = Vec::new();
    collect(tree, &mut links);
    for link in links.into_iter().take(FOLLOWED_MAX) {
        if is_broken(context, link).await {
            link.set("broken", true);
        }
    }
    Ok(())
}

fn collect<'a>(element: &'a mut Element, links: &mut Vec<&'a mut Element>) {
    if element.name == "link" {
        links.push(element);
        return;
    }
    element.children.iter_mut().for_each(|child| collect(&mut child.element, links));
}

/// What can't be told now (a store that is away) is not called broken.
async fn is_broken(context: &Context, link: &Element) -> bool {
    let Some((account, folder)) = link.get("zid").zip(link.number("rid").ok().flatten().map(ItemId)) else {
        return true;
    };
    let denied = |code: &str| matches!(code, "service.PERM_DENIED" | "mail.NO_SUCH_FOLDER" | "account.NO_SUCH_ACCOUNT");
    let there = match context.toward_id(&account).await {
        Ok(there) => there,
        Err(fault) => return denied(fault.code),
    };
    let handle = match there.open().await {
        Ok(handle) => handle,
        Err(fault) => return denied(fault.code),
    };
    let found = handle.run(move |mailbox| mailbox.folder(folder).map(drop)).await;
    matches!(found, Err(mailbox::Error::NoSuch { .. } | mailbox::Error::Denied))
}
