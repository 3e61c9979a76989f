// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetFolderRequest: the tree, or the part of it below one folder.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
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
    let tree = render::folder_tree(&folders, root, depth, &shows);
    Ok(Element::answer_to(request).child(tree.ok_or_else(|| Fault::no_such("folder", root.to_string()))?))
}
