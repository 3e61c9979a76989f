// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetFolderRequest: the tree, or the part of it below one folder.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::mount_point;
use crate::render;
use mailbox::{Folder, ItemId};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let depth = request.number::<i64>("depth")?.and_then(|depth| u32::try_from(depth).ok());
    let view = request.get("view");
    let wanted = request.first("folder").cloned().unwrap_or_default();
    let by_id = wanted.folder_id("l", &own)?;
    let (path, uuid) = (wanted.get("path"), wanted.get("uuid"));
    let handle = context.open().await?;
    let folders = handle.run(|mailbox| mailbox.folders()).await?;
    let root = match (by_id, path, uuid) {
        (Some(id), _, _) => id,
        (None, Some(path), _) => {
            let asked = path.clone();
            let found = handle.run(move |mailbox| mailbox.folder_by_path(&asked)).await?;
            found.ok_or_else(|| Fault::no_such("folder", path))?.item.id
        }
        (None, None, Some(uuid)) => {
            let found = folders.iter().find(|folder| folder.detail.uuid == uuid);
            found.ok_or_else(|| Fault::no_such("folder", uuid))?.item.id
        }
        (None, None, None) => ItemId::USER_ROOT,
    };
    let shows = |folder: &Folder| match view.as_deref() {
        None | Some("") => true,
        Some(view) => folder.detail.view == view || folder.detail.view.is_empty(),
    };
    let mut tree = render::folder_tree(&folders, root, depth, &shows);
    if tree.is_none() && root == ItemId::USER_ROOT && !context.owns_target()? {
        tree = Some(shared(&folders, depth, &shows));
    }
    let mut tree = tree.ok_or_else(|| Fault::no_such("folder", root.to_string()))?;
    mount_point::mark_broken(context, &mut tree).await?;
    Ok(Element::answer_to(request).child(tree))
}

/// Of another's mailbox: what is shared, each folder below the nearest one that is, too, and the others below a root of which
/// nothing else is told.
fn shared(folders: &[Folder], depth: Option<u32>, shows: &dyn Fn(&Folder) -> bool) -> Element {
    let mut root = Element::new("folder").attr("id", ItemId::USER_ROOT.to_string()).attr("name", "USER_ROOT");
    let depth = depth.map(|depth| depth.saturating_sub(1));
    let is_seen = |id: ItemId| folders.iter().any(|folder| folder.item.id == id);
    for top in folders.iter().filter(|folder| !is_seen(folder.item.folder)) {
        if let Some(tree) = render::folder_tree(folders, top.item.id, depth, shows) {
            root.push(tree);
        }
    }
    root
}
