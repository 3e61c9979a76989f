// SPDX-License-Identifier: AGPL-3.0-or-later
//! Requests about what lies in somebody else's mailbox. An id may be written `account:id`, and a folder may be a mount point of
//! the actor's own: such a request is run for that account's mailbox, where the domain asks whether the actor may. Ids in the
//! answer are written with their account, so that they can be used in the next request as they are.

use crate::context::Context;
use crate::element::{Element, Value, ns};
use crate::fault::{Fault, Result};
use mailbox::{Handle, ItemId, Kind};

/// Where a request names the thing that it is about.
struct About {
    /// Child of the request; empty: the request itself.
    element: &'static str,
    attr: &'static str,
    /// A folder in which something is made or listed: of a mount point, the folder behind it is meant.
    through_mount: bool,
}

const fn thing(element: &'static str, attr: &'static str) -> About {
    About { element, attr, through_mount: false }
}

const fn folder(element: &'static str, attr: &'static str) -> About {
    About { element, attr, through_mount: true }
}

/// Requests that may be about another's mailbox, beside those that only need the header to say so.
fn about(name: &str) -> &'static [About] {
    const M: &[About] = &[thing("m", "id")];
    const ACTION: &[About] = &[thing("action", "id")];
    const DOC: &[About] = &[thing("doc", "id"), folder("doc", "l")];
    match name {
        "GetMsgRequest" | "GetMsgMetadataRequest" | "RemoveAttachmentsRequest" | "BounceMsgRequest" => M,
        "SendDeliveryReportRequest" => const { &[thing("", "mid")] },
        "GetConvRequest" => const { &[thing("c", "id")] },
        "SearchConvRequest" => const { &[thing("", "cid")] },
        "GetFolderRequest" => const { &[thing("folder", "l")] },
        "GetEffectiveFolderPermsRequest" => const { &[folder("folder", "l")] },
        "CreateFolderRequest" => const { &[folder("folder", "l")] },
        "CreateSearchFolderRequest" => const { &[folder("search", "l")] },
        "ModifySearchFolderRequest" => const { &[thing("search", "id")] },
        "FolderActionRequest" | "MsgActionRequest" | "ConvActionRequest" => ACTION,
        "ContactActionRequest" | "ItemActionRequest" | "DocumentActionRequest" => ACTION,
        "CreateContactRequest" => const { &[folder("cn", "l")] },
        "ModifyContactRequest" => const { &[thing("cn", "id")] },
        "GetContactsRequest" => const { &[folder("", "l"), thing("cn", "id")] },
        "ImportContactsRequest" | "ExportContactsRequest" => const { &[folder("", "l")] },
        "AddMsgRequest" => const { &[folder("m", "l")] },
        "SaveDocumentRequest" => DOC,
        "ListDocumentRevisionsRequest" | "DiffDocumentRequest" => const { &[thing("doc", "id")] },
        "PurgeRevisionRequest" => const { &[thing("revision", "id")] },
        "GetItemRequest" => const { &[thing("item", "id"), folder("item", "l")] },
        "SyncRequest" => const { &[folder("", "l")] },
        "GetCustomMetadataRequest" | "SetCustomMetadataRequest" => const { &[thing("", "id")] },
        _ => &[],
    }
}

/// Requests of `urn:zimbraMail` that the header alone may turn to what is shared of another mailbox.
const SHARED_BY_HEADER: [&str; 9] = [
    "NoOpRequest",
    "SearchRequest",
    "GetTagRequest",
    "CreateTagRequest",
    "TagActionRequest",
    "AutoCompleteRequest",
    "GetSearchFolderRequest",
    "CreateMountpointRequest",
    // in the name of whom the header says
    "SendMsgRequest",
];

/// For who does not own the account that the header names. The domain decides about each thing; what concerns the account as a
/// whole is refused here.
pub fn check_header(context: &Context, request: &Element) -> Result<()> {
    let shared = request.ns == ns::MAIL && is_shared(&request.name);
    if shared { Ok(()) } else { context.need_own() }
}

/// Whether a request of urn:zimbraMail may be about what others share.
pub fn is_shared(name: &str) -> bool {
    !about(name).is_empty() || SHARED_BY_HEADER.contains(&name)
}

/// One part of a request, and whose mailbox it is for.
pub struct Part {
    /// `None`: the one that the header names.
    pub context: Option<Context>,
    pub request: Element,
}

/// The parts of a request that names things of several mailboxes. One part as a rule.
pub async fn parts(context: &Context, request: &Element) -> Result<Vec<Part>> {
    let mut whole = request.clone();
    if let Some(part) = by_path(context, &whole).await? {
        return Ok(vec![part]);
    }
    for about in about(&request.name) {
        let Some(text) = named(&whole, about) else { continue };
        if (about.through_mount || is_of_what_is_mounted(&whole))
            && let Some(behind) = behind_mount(context, &text).await?
        {
            rename(&mut whole, about, &behind);
        }
        let Some(text) = named(&whole, about) else { continue };
        let groups = groups(&text, &context.target()?.id);
        if groups.iter().all(|(account, _)| account.is_none()) {
            continue;
        }
        let mut parts = Vec::with_capacity(groups.len());
        for (account, ids) in groups {
            let mut request = whole.clone();
            rename(&mut request, about, &ids.join(","));
            let context = match account {
                Some(account) => Some(context.toward_id(&account).await?),
                None => None,
            };
            parts.push(Part { context, request });
        }
        return Ok(parts);
    }
    Ok(vec![Part { context: None, request: whole }])
}

/// What can only be done with the folder behind a mount point.
fn is_of_what_is_mounted(request: &Element) -> bool {
    let op = request.first("action").and_then(|action| action.get("op"));
    request.name == "FolderActionRequest" && matches!(op.as_deref(), Some("grant" | "!grant" | "empty" | "read"))
}

/// A thing that is named by a path through a mount point of the mailbox at hand. The mount point itself is there.
async fn by_path(context: &Context, request: &Element) -> Result<Option<Part>> {
    const PATH: About = thing("folder", "path");
    const ITEM: About = thing("item", "path");
    let about = match request.name.as_str() {
        "GetFolderRequest" => PATH,
        "GetItemRequest" => ITEM,
        _ => return Ok(None),
    };
    let is_by_id = place(request, &about).is_some_and(|place| place.get("id").or_else(|| place.get("l")).is_some());
    let Some(path) = named(request, &about).filter(|_| !is_by_id) else { return Ok(None) };
    let handle = context.open().await?;
    if !handle.has_mount_points() {
        return Ok(None);
    }
    let found = handle.run(move |mailbox| mailbox.mount_on_way(&path)).await?;
    let Some((remote, rest)) = found.filter(|(_, rest)| !rest.is_empty()) else { return Ok(None) };
    let other = context.toward_id(&remote.account).await?;
    let folder = other.open().await?.run(move |mailbox| mailbox.folder(remote.folder)).await;
    // What is not shared any more is refused as what never was.
    let folder = folder
        .map_err(|error| if matches!(error, mailbox::Error::NoSuch { .. }) { Fault::denied() } else { error.into() })?;
    let mut request = request.clone();
    rename(&mut request, &about, &format!("{}{rest}", folder.path));
    Ok(Some(Part { context: Some(other), request }))
}

/// Ids by their account, which is `None` for those of the mailbox at hand; in order of the first of each.
fn groups(text: &str, own: &str) -> Vec<(Option<String>, Vec<String>)> {
    let mut groups: Vec<(Option<String>, Vec<String>)> = Vec::new();
    for id in text.split(',') {
        let account = id.rsplit_once(':').map(|(account, _)| account).filter(|account| *account != own);
        match groups.iter_mut().find(|(known, _)| known.as_deref() == account) {
            Some((_, ids)) => ids.push(id.to_owned()),
            None => groups.push((account.map(str::to_owned), vec![id.to_owned()])),
        }
    }
    groups
}

fn place<'a>(request: &'a Element, about: &About) -> Option<&'a Element> {
    if about.element.is_empty() { Some(request) } else { request.first(about.element) }
}

fn named(request: &Element, about: &About) -> Option<String> {
    place(request, about)?.get(about.attr).filter(|text| !text.is_empty())
}

fn rename(request: &mut Element, about: &About, value: &str) {
    let place = if about.element.is_empty() {
        Some(request)
    } else {
        request.children.iter_mut().map(|child| &mut child.element).find(|element| element.name == about.element)
    };
    let Some(place) = place else { return };
    place.attrs.retain(|attr| attr.name != about.attr);
    place.children.retain(|child| child.element.name != about.attr);
    place.set(about.attr, value);
}

/// `account:id` of the folder that a mount point of the mailbox at hand stands for.
async fn behind_mount(context: &Context, text: &str) -> Result<Option<String>> {
    let own = &context.target()?.id;
    let bare = match text.rsplit_once(':') {
        Some((account, id)) if account == own => id,
        Some(_) => return Ok(None),
        None => text,
    };
    let Ok(id) = bare.parse().map(ItemId) else { return Ok(None) };
    let handle = context.open().await?;
    if !handle.has_mount_points() {
        return Ok(None);
    }
    let found = handle.run(move |mailbox| match mailbox.folder(id) {
        Ok(folder) if folder.item.kind == Kind::MountPoint => Ok(folder.detail.remote),
        Ok(_) | Err(mailbox::Error::NoSuch { .. }) => Ok(None),
        Err(error) => Err(error),
    });
    Ok(found.await?.map(|remote| format!("{}:{}", remote.account, remote.folder)))
}

/// The mailbox and folder that a target folder stands for, if it is not simply one of the mailbox at hand.
pub async fn elsewhere(context: &Context, text: &str) -> Result<Option<(Handle, ItemId)>> {
    let behind = behind_mount(context, text).await?;
    let text = behind.as_deref().unwrap_or(text);
    let Some((account, id)) = text.rsplit_once(':') else { return Ok(None) };
    if account == context.target()?.id {
        return Ok(None);
    }
    let folder = crate::args::folder_id(id, account)?;
    let handle = context.toward_id(account).await?.open().await?;
    Ok(Some((handle, folder)))
}

/// Answers of several parts as one: what they list one after another.
pub fn join(request: &Element, answers: Vec<Element>) -> Result<Element> {
    let mut answers = answers.into_iter();
    let mut whole = answers.next().ok_or_else(|| Fault::failure("a request without a part"))?;
    for answer in answers {
        for child in answer.children {
            let known = whole.children.iter().any(|known| known.element.name == "action");
            // The one `action` of an answer names all ids.
            if !(child.element.name == "action" && known) {
                whole.children.push(child);
            }
        }
    }
    let asked = request.first("action").and_then(|action| action.get("id"));
    if let Some(ids) = asked {
        for child in whole.children.iter_mut().filter(|child| child.element.name == "action") {
            if let Some(attr) = child.element.attrs.iter_mut().find(|attr| attr.name == "id") {
                attr.value = Value::Text(ids.clone());
            }
        }
    }
    Ok(whole)
}

/// Elements that stand for things of a mailbox, and their attributes that name such.
const THINGS: [&str; 13] =
    ["m", "c", "cn", "doc", "folder", "search", "link", "action", "hit", "appt", "task", "chat", "deleted"];
const NAMES: [&str; 5] = ["id", "ids", "l", "cid", "origid"];

/// Writes the ids of an answer with their account.
pub fn qualify(element: &mut Element, account: &str) {
    if THINGS.contains(&element.name.as_str()) {
        for attr in element.attrs.iter_mut().filter(|attr| NAMES.contains(&attr.name.as_str())) {
            let text = attr.value.to_text();
            let qualified: Vec<String> = text.split(',').map(|id| qualified(id, account)).collect();
            attr.value = Value::Text(qualified.join(","));
        }
    }
    element.children.iter_mut().for_each(|child| qualify(&mut child.element, account));
}

/// What is qualified already, or is no id, stays.
fn qualified(id: &str, account: &str) -> String {
    let digits = id.strip_prefix('-').unwrap_or(id);
    let is_bare = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_bare { format!("{account}:{id}") } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_by_account() {
        let found = groups("1,you:2,me:3,you:4", "me");
        let all = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(found, [(None, all(&["1", "me:3"])), (Some("you".to_owned()), all(&["you:2", "you:4"]))]);
    }

    #[test]
    fn answers_are_qualified() {
        let mut answer = Element::new("X")
            .child(Element::new("m").attr("id", "257").attr("cid", "-257").attr("l", "2").attr("s", 5))
            .child(Element::new("action").attr("id", "1,other:2"))
            .child(Element::new("tag").attr("id", "64"));
        qualify(&mut answer, "you");
        assert_eq!(answer.first("m").and_then(|m| m.get("cid")).as_deref(), Some("you:-257"));
        assert_eq!(answer.first("m").and_then(|m| m.get("s")).as_deref(), Some("5"));
        assert_eq!(answer.first("action").and_then(|m| m.get("id")).as_deref(), Some("you:1,other:2"));
        assert_eq!(answer.first("tag").and_then(|m| m.get("id")).as_deref(), Some("64"));
    }
}
