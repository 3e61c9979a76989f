// SPDX-License-Identifier: AGPL-3.0-or-later
//! FolderActionRequest: read, delete, rename, move, trash, empty, color, check, update, grant of folders and saved searches.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::folder_retention;
use crate::handler::sharing::Sharing;
use crate::render::parse_flags;
use mailbox::{Flags, ItemId, Mailbox};

/// Tries for a free name in the trash.
const NAMES_TRIED_MAX: u32 = 1000;

/// Colour and flags, as create, update and color give them.
#[derive(Debug, Clone, Default)]
pub struct Look {
    color: Option<u8>,
    rgb: Option<String>,
    flags: Option<Flags>,
}

const SETTABLE: Flags = Flags(Flags::CHECKED.0 | Flags::SUBSCRIBED.0);

impl Look {
    pub fn of(element: &Element) -> Result<Look> {
        // A byte on the wire; what is below zero is no colour, as zero is.
        let color = element.number::<i8>("color")?.map(|color| color.max(0).unsigned_abs());
        let rgb = element.get("rgb").filter(|rgb| !rgb.is_empty());
        if rgb.as_deref().is_some_and(|rgb| !is_rgb(rgb)) {
            return Err(Fault::invalid("rgb is #rrggbb"));
        }
        let flags = element
            .get("f")
            .map(|text| parse_flags(&text).ok_or_else(|| Fault::invalid(format!("unknown flag in: {text}"))))
            .transpose()?;
        Ok(Look { color, rgb, flags })
    }

    pub fn is_empty(&self) -> bool {
        self.color.is_none() && self.rgb.is_none() && self.flags.is_none()
    }

    /// Of a folder to be: grants on those above don't count in it.
    pub fn is_closed(&self) -> bool {
        self.flags.is_some_and(|flags| flags.contains(Flags::NO_INHERIT))
    }

    pub fn rgb(&self) -> Option<String> {
        self.rgb.clone()
    }

    pub fn color(&self) -> Option<u8> {
        self.color
    }

    pub fn apply(&self, mailbox: &Mailbox, id: ItemId) -> mailbox::Result<()> {
        let add = self.flags.map_or(Flags::default(), |flags| Flags(flags.0 & SETTABLE.0));
        let remove = self.flags.map_or(Flags::default(), |flags| SETTABLE.without(flags));
        mailbox.update_container(id, add, remove, self.color, self.rgb.clone()).map(drop)
    }
}

fn is_rgb(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// What to do, read before anything is touched.
#[derive(Debug, Clone)]
pub enum Op {
    Read { recursive: bool },
    Delete,
    Rename { name: String, parent: Option<ItemId> },
    Move(ItemId),
    Trash,
    Empty { recursive: bool },
    Look(Look),
    Check(bool),
    Update { name: Option<String>, parent: Option<ItemId>, look: Look },
}

impl Op {
    pub fn of(action: &Element, own: &str) -> Result<Op> {
        let op = action.need_filled("op")?;
        Ok(match op.as_str() {
            "read" => Op::Read { recursive: action.is("recursive")? },
            "delete" => Op::Delete,
            "rename" => Op::Rename { name: action.need("name")?, parent: action.folder_id("l", own)? },
            "move" => {
                action.need_filled("l")?;
                Op::Move(action.folder_id("l", own)?.unwrap_or(ItemId::USER_ROOT))
            }
            "trash" => Op::Trash,
            "empty" => Op::Empty { recursive: action.flag("recursive")?.unwrap_or(true) },
            "color" => match Look::of(action)? {
                look if look.is_empty() => return Err(Fault::invalid("missing required attribute: color")),
                look => Op::Look(look),
            },
            "check" => Op::Check(true),
            "!check" => Op::Check(false),
            "update" => {
                Op::Update { name: action.get("name"), parent: action.folder_id("l", own)?, look: Look::of(action)? }
            }
            _ => return Err(Fault::invalid(format!("unknown operation: {op}"))),
        })
    }

    pub fn run(&self, mailbox: &Mailbox, id: ItemId) -> mailbox::Result<()> {
        match self {
            Op::Read { recursive } => mailbox.mark_folder_read(id, *recursive),
            Op::Delete => match mailbox.delete_folder(id) {
                // Gone already is what was asked for.
                Err(mailbox::Error::NoSuch { .. }) => Ok(()),
                done => done,
            },
            Op::Rename { name, parent } => mailbox.rename_folder(id, *parent, Some(name)).map(drop),
            Op::Move(parent) => mailbox.rename_folder(id, Some(*parent), None).map(drop),
            Op::Trash => trash(mailbox, id),
            Op::Empty { recursive } => mailbox.empty_folder(id, *recursive),
            Op::Look(look) => look.apply(mailbox, id),
            Op::Check(on) => {
                let (add, remove) = if *on { (Flags::CHECKED, Flags(0)) } else { (Flags(0), Flags::CHECKED) };
                mailbox.update_container(id, add, remove, None, None).map(drop)
            }
            Op::Update { name, parent, look } => {
                if name.is_some() || parent.is_some() {
                    mailbox.rename_folder(id, *parent, name.as_deref())?;
                }
                if look.is_empty() { Ok(()) } else { look.apply(mailbox, id) }
            }
        }
    }
}

/// Into the trash, under a name that is free there.
fn trash(mailbox: &Mailbox, id: ItemId) -> mailbox::Result<()> {
    let folder = mailbox.folder(id)?;
    let mut moved = mailbox.rename_folder(id, Some(ItemId::TRASH), None);
    let mut number = 2;
    while matches!(moved, Err(mailbox::Error::AlreadyExists(_))) && number < NAMES_TRIED_MAX {
        let name = format!("{} {number}", folder.item.name);
        moved = mailbox.rename_folder(id, Some(ItemId::TRASH), Some(&name));
        number += 1;
    }
    moved.map(drop)
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let action = request.need_element("action")?;
    let spelled = args::id_list(action)?;
    let ids = spelled.iter().map(|id| args::folder_id(id, &own)).collect::<Result<Vec<_>>>()?;
    if let Some(sharing) = Sharing::of(context, action).await? {
        let handle = context.open().await?;
        handle.run(move |mailbox| ids.iter().try_for_each(|id| sharing.run(mailbox, *id))).await?;
    } else if action.get("op").as_deref() == Some("retentionpolicy") {
        let retention = folder_retention::read(context, action).await?;
        let handle = context.open().await?;
        handle.run(move |mailbox| ids.iter().try_for_each(|id| mailbox.set_retention(*id, &retention))).await?;
    } else {
        let op = Op::of(action, &own)?;
        let handle = context.open().await?;
        handle.run(move |mailbox| ids.iter().try_for_each(|id| op.run(mailbox, *id))).await?;
    }
    let done = Element::new("action").attr("id", spelled.join(",")).attr("op", action.need("op")?);
    Ok(Element::answer_to(request).unique(done))
}
