// SPDX-License-Identifier: AGPL-3.0-or-later
//! CreateFolderRequest. `name` may be a path when no parent is named; `fie` answers the folder that is there already.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::folder_action::Look;
use crate::render;
use mailbox::{Folder, ItemId, Mailbox};

const VIEWS: [&str; 10] =
    ["", "message", "conversation", "contact", "appointment", "task", "document", "chat", "note", "search folder"];
/// Folders that one path may name.
const PATH_DEPTH_MAX: usize = 32;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("folder")?;
    let name = wanted.need("name")?;
    let parent = wanted.folder_id("l", &own)?;
    let view = wanted.get("view").unwrap_or_default();
    if !VIEWS.contains(&view.as_str()) {
        return Err(Fault::invalid(format!("unknown view: {view}")));
    }
    let look = Look::of(wanted)?;
    let fetch_if_exists = wanted.is("fie")?;
    let handle = context.open().await?;
    let folder = handle
        .run(move |mailbox| {
            let made = match parent {
                Some(parent) => mailbox.create_folder(parent, &name, &view),
                None => create_path(mailbox, &name, &view),
            };
            match made {
                Ok(folder) if look.is_empty() => Ok(folder),
                Ok(folder) => {
                    if look.is_closed() {
                        mailbox.set_inherits_grants(folder.item.id, false)?;
                    }
                    look.apply(mailbox, folder.item.id)?;
                    mailbox.folder(folder.item.id)
                }
                Err(mailbox::Error::AlreadyExists(_)) if fetch_if_exists => existing(mailbox, parent, &name),
                Err(error) => Err(error),
            }
        })
        .await?;
    Ok(Element::answer_to(request).child(render::folder(&folder)))
}

/// "/a/b/c": makes what is missing on the way.
fn create_path(mailbox: &Mailbox, path: &str, view: &str) -> mailbox::Result<Folder> {
    let trimmed = path.trim_matches('/');
    let steps: Vec<&str> = trimmed.split('/').collect();
    if steps.len() > PATH_DEPTH_MAX {
        return Err(mailbox::Error::InvalidName(path.to_owned()));
    }
    let (last, above) = steps.split_last().unwrap_or((&"", &[]));
    let parent = mailbox.ensure_folder(&above.join("/"), view)?;
    mailbox.create_folder(parent, last, view)
}

fn existing(mailbox: &Mailbox, parent: Option<ItemId>, name: &str) -> mailbox::Result<Folder> {
    let base = match parent {
        Some(parent) => mailbox.folder(parent)?.path,
        None => String::new(),
    };
    let path = format!("{}/{}", base.trim_end_matches('/'), name.trim_matches('/'));
    let missing = mailbox::Error::NoSuch { kind: "folder", id: path.clone() };
    mailbox.folder_by_path(&path)?.ok_or(missing)
}
