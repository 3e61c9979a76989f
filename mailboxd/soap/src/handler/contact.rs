// SPDX-License-Identifier: AGPL-3.0-or-later
//! CreateContact, ModifyContact, GetContacts.

use super::action;
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{self, ContactWish, Names};
use mailbox::{Changes, FileAttr, Handle, Item, ItemId, Mailbox, Member, MemberChange, MemberKind, NewContact};

/// Octets of one binary attribute.
const FILE_BYTES_MAX: u64 = 10 << 20;

/// What the `a`s of a `cn` say.
#[derive(Default)]
struct Attrs {
    set: Vec<(String, String)>,
    add: Vec<(String, String)>,
    remove: Vec<(String, String)>,
    files: Vec<FileAttr>,
}

impl Attrs {
    async fn read(context: &Context, handle: &Handle, cn: &Element) -> Result<Attrs> {
        let mut attrs = Attrs::default();
        for a in cn.named("a") {
            let name = a.need_filled("n")?;
            if let Some(file) = file(context, handle, a, &name).await? {
                attrs.files.push(file);
                continue;
            }
            let value = a.text_or_empty().to_owned();
            match a.get("op").as_deref() {
                None | Some("") => attrs.set.push((name, value)),
                Some("+") => attrs.add.push((name, value)),
                Some("-") => attrs.remove.push((name, value)),
                Some(op) => return Err(Fault::invalid(format!("unknown op of an attribute: {op}"))),
            }
        }
        attrs.set.extend(cn.pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())));
        Ok(attrs)
    }
}

/// By its first octets: what a client shows as somebody's picture is one, whatever it is called.
fn is_image(content: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 7] =
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*"];
    BEGINNINGS.iter().any(|beginning| content.starts_with(beginning))
        || content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP")
}

/// A binary attribute: an upload (`aid`), or a part of a message (`id`, `part`).
async fn file(context: &Context, handle: &Handle, a: &Element, name: &str) -> Result<Option<FileAttr>> {
    if let Some(aid) = a.get("aid").filter(|aid| !aid.is_empty()) {
        let upload = context.state.uploads.get(&aid, &context.auth()?.account.id)?;
        if upload.size > FILE_BYTES_MAX {
            return Err(mailbox::Error::TooLarge { limit: FILE_BYTES_MAX }.into());
        }
        let content: bytes::Bytes = tokio::fs::read(&upload.path).await?.into();
        if name == "image" && !is_image(&content) {
            return Err(Fault::new("mail.INVALID_IMAGE", "the upload is no picture"));
        }
        let (content_type, filename) = (upload.content_type.clone(), upload.filename.clone());
        return Ok(Some(FileAttr { name: name.to_owned(), content_type, filename, content }));
    }
    let Some(part) = a.get("part").filter(|part| !part.is_empty()) else { return Ok(None) };
    context.may_take_files().await?;
    let own = context.target()?.id.clone();
    let id = args::message_id(&a.need_filled("id")?, &own)?;
    let name = name.to_owned();
    let found = handle.run(move |mailbox| {
        let message = super::get_msg::message(mailbox, id)?;
        let bytes = mailbox.content(&message)?;
        let tree = mime::parts(&bytes);
        let missing = || mailbox::Error::NoSuch { kind: "part", id: part.clone() };
        let part = render::find_part(&tree, &part).ok_or_else(missing)?;
        let content = mime::decoded(&bytes, part).into();
        let (content_type, filename) = (part.content_type.clone(), part.filename.clone().unwrap_or_default());
        Ok(FileAttr { name, content_type, filename, content })
    });
    Ok(Some(found.await?))
}

fn member(m: &Element) -> Result<Member> {
    let kind = match m.need_filled("type")?.as_str() {
        "C" => MemberKind::Contact,
        "G" => MemberKind::Gal,
        "I" => MemberKind::Inline,
        other => return Err(Fault::invalid(format!("unknown type of member: {other}"))),
    };
    Ok(Member { kind, value: m.need_filled("value")? })
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let cn = request.need_element("cn")?;
    let handle = context.open().await?;
    let attrs = Attrs::read(context, &handle, cn).await?;
    let mut new = NewContact {
        folder: cn.folder_id("l", &own)?.unwrap_or(ItemId::CONTACTS),
        attrs: attrs.set.into_iter().chain(attrs.add).collect(),
        files: attrs.files,
        members: cn.named("m").map(member).collect::<Result<_>>()?,
        ..NewContact::default()
    };
    if let Some(vcard) = cn.first("vcard") {
        let text = super::contact_files::vcard_text(context, &handle, vcard).await?;
        let card = mime::read_vcards(&text).into_iter().next();
        let card = card.ok_or_else(|| Fault::invalid("there is no vCard"))?;
        new.fill(card);
    }
    let verbose = request.flag("verbose")?.unwrap_or(true);
    let tags = action::all_tags(cn, &own)?.unwrap_or_default();
    let made = handle.run(move |mailbox| {
        new.tags = tags.iter().map(|tag| tag.find(mailbox)).collect::<mailbox::Result<_>>()?;
        let item = mailbox.create_contact(&new)?;
        shown(mailbox, &item, verbose)
    });
    Ok(Element::answer_to(request).child(made.await?))
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let cn = request.need_element("cn")?;
    let id = contact_id(&cn.need_filled("id")?, &own)?;
    let handle = context.open().await?;
    let attrs = Attrs::read(context, &handle, cn).await?;
    let members = cn.named("m").map(|m| match m.get("op").as_deref() {
        Some("reset") => Ok(MemberChange::Reset),
        Some("-") => Ok(MemberChange::Remove(member(m)?)),
        Some("+") | None | Some("") => Ok(MemberChange::Add(member(m)?)),
        Some(op) => Err(Fault::invalid(format!("unknown op of a member: {op}"))),
    });
    let mut changes = Changes {
        replace: request.is("replace")?,
        set: attrs.set,
        add: attrs.add,
        remove: attrs.remove,
        files: attrs.files,
        members: members.collect::<Result<_>>()?,
        tags: None,
    };
    let verbose = request.flag("verbose")?.unwrap_or(true);
    let tags = action::all_tags(cn, &own)?;
    let changed = handle.run(move |mailbox| {
        let found = tags.map(|tags| tags.iter().map(|tag| tag.find(mailbox)).collect::<mailbox::Result<_>>());
        changes.tags = found.transpose()?;
        let item = mailbox.modify_contact(id, &changes)?;
        shown(mailbox, &item, verbose)
    });
    Ok(Element::answer_to(request).child(changed.await?))
}

fn shown(mailbox: &Mailbox, item: &Item, verbose: bool) -> mailbox::Result<Element> {
    if !verbose {
        return Ok(Element::new("cn").attr("id", item.id.to_string()));
    }
    Ok(render::contact(item, &Names::of(mailbox)?, &ContactWish::default()))
}

pub fn contact_id(text: &str, own: &str) -> Result<ItemId> {
    args::item_id(text, own)
}

/// What GetContacts asks for.
struct Wanted {
    ids: Option<Vec<ItemId>>,
    folder: Option<ItemId>,
    wish: ContactWish,
    with_members: bool,
    descending: bool,
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let names = |element: &str| {
        let names: Vec<String> = request.named(element).filter_map(|a| a.get("n")).collect();
        (!names.is_empty()).then_some(names)
    };
    let mut ids = Vec::new();
    for cn in request.named("cn") {
        let list = args::id_list(cn)?;
        ids.extend(list.iter().map(|id| contact_id(id, &own)).collect::<Result<Vec<_>>>()?);
        if ids.len() > args::IDS_MAX {
            return Err(Fault::invalid(format!("more than {} ids", args::IDS_MAX)));
        }
    }
    let folder = request.folder_id("l", &own)?;
    if folder.is_some() && !ids.is_empty() {
        return Err(Fault::invalid("ids and a folder exclude each other"));
    }
    let descending = match request.get("sortBy").as_deref() {
        None | Some("" | "nameAsc" | "none") => false,
        Some("nameDesc") => true,
        Some(other) => return Err(Fault::invalid(format!("unknown sortBy: {other}"))),
    };
    let wanted = Wanted {
        ids: (!ids.is_empty()).then_some(ids),
        folder,
        wish: ContactWish { attrs: names("a"), member_attrs: names("ma") },
        with_members: request.is("derefGroupMember")?,
        descending,
    };
    let handle = context.open().await?;
    let found = handle.run(move |mailbox| list(mailbox, &wanted)).await?;
    let mut answer = Element::answer_to(request);
    found.into_iter().for_each(|contact| answer.push(contact));
    Ok(answer)
}

fn list(mailbox: &Mailbox, wanted: &Wanted) -> mailbox::Result<Vec<Element>> {
    let mut items = match &wanted.ids {
        Some(ids) => ids.iter().map(|id| mailbox.contact(*id)).collect::<mailbox::Result<Vec<_>>>()?,
        None => mailbox.contacts(wanted.folder)?,
    };
    if wanted.descending {
        items.reverse();
    }
    let names = Names::of(mailbox)?;
    let mut out = Vec::with_capacity(items.len());
    for item in &items {
        let mut element = render::contact(item, &names, &wanted.wish);
        if wanted.with_members {
            dereference(mailbox, &names, &wanted.wish, &mut element)?;
        }
        out.push(element);
    }
    Ok(out)
}

/// Puts the contact into each member that stands for one. Of one that is gone nothing is shown.
fn dereference(mailbox: &Mailbox, names: &Names, wish: &ContactWish, element: &mut Element) -> mailbox::Result<()> {
    let wish = ContactWish { attrs: wish.member_attrs.clone(), member_attrs: None };
    for child in element.children.iter_mut().filter(|child| child.element.name == "m") {
        let m = &mut child.element;
        let id = m.get("value").and_then(|value| value.rsplit(':').next()?.parse().ok());
        if m.get("type").as_deref() != Some("C") {
            continue;
        }
        match id.map(|id| mailbox.contact(ItemId(id))) {
            Some(Ok(contact)) => m.push(render::contact(&contact, names, &wish)),
            None | Some(Err(mailbox::Error::NoSuch { .. })) => {}
            Some(Err(error)) => return Err(error),
        }
    }
    Ok(())
}
