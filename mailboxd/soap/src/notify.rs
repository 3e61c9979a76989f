// SPDX-License-Identifier: AGPL-3.0-or-later
//! The context of an answer: session, change token, the whole state for a new session, what changed for an old one.

use crate::context::Context;
use crate::element::{Element, ns};
use crate::fault::Result;
use crate::handler::mount_point;
use crate::render::{self, ContactWish, Names};
use crate::session::{Due, Pending};
use mailbox::{ItemId, Kind, Mailbox, What};

/// Conversations described in one block; of the others the client learns when it asks.
const CONVERSATIONS_MAX: usize = 500;

pub async fn answer_context(context: &Context) -> Result<Element> {
    let mut out = Element::in_ns("context", ns::ZIMBRA);
    let Some(mut session) = context.session.lock().clone() else { return Ok(out) };
    let handle = context.open().await?;
    let first = session.clone();
    let _turn = first.answering.lock().await;
    // Reading the mailbox brings it up to what was acknowledged: after this, all events until now are in the stream.
    let row = handle.run(|mailbox| mailbox.row()).await?;
    let mut due = session.due();
    if matches!(due, Due::Lost) {
        let account = context.auth()?.account.id.clone();
        context.state.sessions.end(&account, Some(&session.id), None);
        session = context.state.sessions.create(&account, &handle);
        due = session.due();
    }
    let refresh = match due {
        Due::Refresh => {
            let mut refresh = handle.run(|mailbox| Ok(refresh(mailbox))).await??;
            mount_point::mark_broken(context, &mut refresh).await?;
            Some(refresh)
        }
        Due::Block(number, pending) => {
            let block = handle.run(move |mailbox| Ok(block(mailbox, number, &pending))).await??;
            session.keep(number, block);
            None
        }
        Due::Lost | Due::Nothing => None,
    };
    out.push_unique(Element::new("session").attr("id", session.id.clone()).text(session.id.clone()));
    out.push_unique(Element::new("change").attr("token", row.modseq.0));
    refresh.into_iter().for_each(|refresh| out.push_unique(refresh));
    session.blocks().into_iter().for_each(|block| out.push(block));
    Ok(out)
}

fn refresh(mailbox: &Mailbox) -> Result<Element> {
    let row = mailbox.row()?;
    let mut tags = Element::new("tags");
    for tag in mailbox.tags()? {
        tags.push(render::tag(&tag));
    }
    let tree = render::folder_tree(&mailbox.folders()?, ItemId::USER_ROOT, None, &|_| true);
    Ok(Element::in_ns("refresh", ns::ZIMBRA)
        .attr("version", render::VERSION)
        .attr("seq", 0)
        .child(Element::new("mbx").attr("s", row.size))
        .unique(tags)
        .child(tree.unwrap_or_else(|| Element::new("folder"))))
}

fn block(mailbox: &Mailbox, number: u64, pending: &Pending) -> Result<Element> {
    let names = Names::of(mailbox)?;
    let mut deleted: Vec<String> = pending.deleted.iter().map(i64::to_string).collect();
    let mut created = Element::new("created");
    let mut modified = Element::new("modified");
    for (id, kind) in &pending.created {
        if let Some(element) = one(mailbox, &names, *id, *kind, None)? {
            created.push(element);
        }
    }
    for (id, (kind, what)) in &pending.modified {
        if let Some(element) = one(mailbox, &names, *id, *kind, Some(*what))? {
            modified.push(element);
        }
    }
    let news = pending.conversations_created.iter().map(|id| (*id, true));
    let known = pending.conversations.difference(&pending.conversations_created).map(|id| (*id, false));
    for (id, new) in news.chain(known).take(CONVERSATIONS_MAX) {
        let messages = mailbox.conversation(id).unwrap_or_default();
        match (messages.is_empty(), new) {
            (true, false) => deleted.push(id.to_string()),
            (true, true) => {}
            (false, true) => created.push(render::conversation(id, &messages, &names)),
            (false, false) => modified.push(render::conversation(id, &messages, &names)),
        }
    }
    if pending.size {
        modified.push(Element::new("mbx").attr("s", mailbox.row()?.size));
    }
    let mut block = Element::in_ns("notify", ns::ZIMBRA).attr("seq", number);
    if !deleted.is_empty() {
        block.push_unique(Element::new("deleted").attr("id", deleted.join(",")));
    }
    for part in [created, modified] {
        if !part.children.is_empty() {
            block.push_unique(part);
        }
    }
    Ok(block)
}

/// `what`: only these fields; `None`: everything. Nothing if the item went meanwhile: its removal is told next.
fn one(mailbox: &Mailbox, names: &Names, id: ItemId, kind: Kind, what: Option<What>) -> Result<Option<Element>> {
    Ok(match kind {
        Kind::Message => match (mailbox.item(id), what) {
            (Ok(item), None) => Some(render::message_summary(&item, names)),
            (Ok(item), Some(what)) if what.content => Some(render::message_summary(&item, names)),
            (Ok(item), Some(what)) => Some(render::message_changes(&item, what, names)),
            (Err(mailbox::Error::NoSuch { .. }), _) => None,
            (Err(error), _) => return Err(error.into()),
        },
        Kind::Folder | Kind::SearchFolder | Kind::MountPoint => match (mailbox.folder(id), what) {
            (Ok(folder), Some(what)) if only_counters(what) => Some(render::folder_counters(&folder)),
            // the last grant is gone: only an empty list says so
            (Ok(folder), Some(what)) if what.grants && folder.detail.grants.is_empty() => {
                Some(render::folder(&folder).unique(Element::new("acl")))
            }
            (Ok(folder), _) => Some(render::folder(&folder)),
            (Err(mailbox::Error::NoSuch { .. }), _) => None,
            (Err(error), _) => return Err(error.into()),
        },
        Kind::Contact => match (mailbox.item(id), what) {
            (Ok(item), None) => Some(render::contact(&item, names, &ContactWish::default())),
            (Ok(item), Some(what)) => Some(render::contact_changes(&item, what, names)),
            (Err(mailbox::Error::NoSuch { .. }), _) => None,
            (Err(error), _) => return Err(error.into()),
        },
        Kind::Document => match (mailbox.item(id), what) {
            (Ok(item), None) => Some(render::document(&item, names)),
            (Ok(item), Some(what)) => Some(render::document_changes(&item, what, names)),
            (Err(mailbox::Error::NoSuch { .. }), _) => None,
            (Err(error), _) => return Err(error.into()),
        },
        Kind::Tag => mailbox.tags()?.iter().find(|tag| tag.item.id == id).map(render::tag),
    })
}

fn only_counters(what: What) -> bool {
    !(what.flags || what.tags || what.folder || what.name || what.content || what.color || what.grants)
}
