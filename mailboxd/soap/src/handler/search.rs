// SPDX-License-Identifier: AGPL-3.0-or-later
//! SearchRequest over messages, conversations, contacts and documents.

mod across;

pub use across::tree;

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::{dumpster, get_msg};
use crate::render::{self, BodyWish, ContactWish, Names};
use mailbox::{After, Flags, Handle, Hit, Item, ItemId, Kind, Kinds, Mailbox, SearchParams, SortBy};

pub const QUERY_BYTES_MAX: usize = 16 << 10;
pub const LIMIT_DEFAULT: usize = 10;
pub const LIMIT_MAX: usize = 1000;
/// zimbraPrefMailInitialSearch where nobody has set it.
const INITIAL: &str = "in:inbox";
/// Hits that one answer may carry with their bodies.
const FETCH_MAX: usize = 100;

pub fn too_long() -> Fault {
    Fault::new("mail.QUERY_PARSE_ERROR", format!("query is longer than {QUERY_BYTES_MAX} bytes"))
}

/// What Search and SearchConv share.
#[derive(Clone)]
pub struct Wish {
    pub params: SearchParams,
    pub sort: SortBy,
    pub sort_name: String,
    pub fetch: Fetch,
    pub body: BodyWish,
    pub people: People,
    pub read: bool,
    /// `resultMode="IDS"`: nothing but ids.
    pub ids_only: bool,
}

impl Wish {
    pub fn of(context: &Context, request: &Element, query: String) -> Result<Wish> {
        if query.len() > QUERY_BYTES_MAX {
            return Err(too_long());
        }
        let sort_name = request.get("sortBy").filter(|sort| !sort.is_empty()).unwrap_or_else(|| "dateDesc".into());
        let limit = match request.number::<i64>("limit")? {
            Some(limit) if limit > 0 => usize::try_from(limit).unwrap_or(LIMIT_MAX).min(LIMIT_MAX),
            _ => LIMIT_DEFAULT,
        };
        let offset = request.number::<i64>("offset")?.unwrap_or(0);
        let offset = usize::try_from(offset).map_err(|_| Fault::invalid("offset is negative"))?;
        let sort = sort_of(&sort_name)?;
        let after = request.first("cursor").map(|cursor| after(context, cursor)).transpose()?;
        let account = context.target()?;
        let wants = |pref: &str| account.attr(pref) == Some("TRUE");
        let params = SearchParams {
            query,
            conversations: false,
            kinds: Kinds::MESSAGES,
            sort: Some(sort),
            // Both would be counted from the start.
            offset: if after.is_some() { 0 } else { offset },
            limit,
            after,
            with_trash: wants("zimbraPrefIncludeTrashInSearch"),
            with_junk: wants("zimbraPrefIncludeSpamInSearch"),
            tz_offset_minutes: tz_offset(request)?,
            own_addresses: context.own_addresses()?,
        };
        let people = match request.get("recip").as_deref() {
            None | Some("0" | "false" | "") => People::Senders,
            Some("1" | "true") => People::Recipients,
            Some("2") => People::Both,
            Some(_) => return Err(Fault::invalid("recip is 0, 1 or 2")),
        };
        let read = request.is("read")?;
        let fetch = Fetch::of(request.get("fetch").as_deref())?;
        let ids_only = match request.get("resultMode").as_deref() {
            Some("IDS") => true,
            None | Some("NORMAL") => false,
            Some(mode) => return Err(Fault::invalid(format!("unknown resultMode: {mode}"))),
        };
        Ok(Wish { params, sort, sort_name, fetch, body: get_msg::wish(request)?, people, read, ids_only })
    }
}

fn sort_of(name: &str) -> Result<SortBy> {
    use SortBy::*;
    let known = [
        ("dateDesc", DateDesc),
        ("dateAsc", DateAsc),
        ("none", DateDesc),
        ("subjDesc", SubjectDesc),
        ("subjAsc", SubjectAsc),
        ("nameDesc", NameDesc),
        ("nameAsc", NameAsc),
        ("rcptDesc", RecipientDesc),
        ("rcptAsc", RecipientAsc),
        ("sizeDesc", SizeDesc),
        ("sizeAsc", SizeAsc),
        ("idDesc", IdDesc),
        ("idAsc", IdAsc),
        ("readDesc", ReadDesc),
        ("readAsc", ReadAsc),
        ("flagDesc", FlagDesc),
        ("flagAsc", FlagAsc),
        ("attachDesc", AttachmentDesc),
        ("attachAsc", AttachmentAsc),
        ("priorityDesc", PriorityDesc),
        ("priorityAsc", PriorityAsc),
    ];
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, sort)| *sort);
    found.ok_or_else(|| Fault::invalid(format!("unknown sortBy: {name}")))
}

/// `<cursor id= sortVal= endSortVal=/>`: go on behind that hit, wherever it is by now.
fn after(context: &Context, cursor: &Element) -> Result<After> {
    let id = args::conversation_id(&cursor.need_filled("id")?, &context.target()?.id)?;
    let value = |name: &str| cursor.get(name).filter(|value| !value.is_empty());
    Ok(After { id, sort_value: value("sortVal"), until: value("endSortVal") })
}

/// `<tz id= stdoff= …>`: minutes from UTC.
fn tz_offset(request: &Element) -> Result<i32> {
    let offset = match request.first("tz") {
        Some(tz) => tz.number::<i32>("stdoff")?.unwrap_or(0),
        None => 0,
    };
    if offset.abs() <= 24 * 60 { Ok(offset) } else { Err(Fault::invalid("stdoff is out of range")) }
}

/// `recip`: whom a hit shows that went out from here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum People {
    Senders,
    Recipients,
    Both,
}

/// Which hits come whole.
#[derive(Clone)]
pub enum Fetch {
    None,
    First,
    All,
    Unread,
    Hits,
    Ids(Vec<String>),
}

impl Fetch {
    fn of(text: Option<&str>) -> Result<Fetch> {
        Ok(match text.map(str::trim) {
            None | Some("0" | "none") => Fetch::None,
            Some("1" | "first" | "!") => Fetch::First,
            Some("all") => Fetch::All,
            Some("u" | "unread") => Fetch::Unread,
            Some("hits" | "first-msg") => Fetch::Hits,
            Some(ids) => {
                let ids: Vec<String> = ids.split(',').map(str::to_owned).collect();
                match ids.iter().find(|id| id.rsplit(':').next().is_none_or(|id| id.parse::<i64>().is_err())) {
                    Some(bad) => return Err(Fault::invalid(format!("malformed fetch: {bad}"))),
                    None => Fetch::Ids(ids),
                }
            }
        })
    }

    pub fn wants(&self, at: usize, item: &Item, matched: bool) -> bool {
        at < FETCH_MAX
            && match self {
                Fetch::None => false,
                Fetch::First => at == 0,
                Fetch::All => true,
                Fetch::Unread => item.flags.contains(Flags::UNREAD),
                Fetch::Hits => matched,
                Fetch::Ids(ids) => ids.iter().any(|id| *id == item.id.to_string()),
            }
    }
}

/// What is looked for: `None` for kinds that this server holds none of; and whether messages are grouped.
pub fn types_of(request: &Element) -> Result<(Option<Kinds>, bool)> {
    let text = request.get("types").or_else(|| request.get("groupBy")).unwrap_or_default();
    let mut kinds = Kinds { messages: false, contacts: false, documents: false };
    let (mut conversations, mut named) = (false, false);
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        named = true;
        match name {
            // If both are named the first one counts.
            "message" | "conversation" if kinds.messages => {}
            "message" | "conversation" => (kinds.messages, conversations) = (true, name == "conversation"),
            "contact" => kinds.contacts = true,
            "document" => kinds.documents = true,
            "appointment" | "task" | "wiki" | "note" | "chat" => {}
            _ => return Err(Fault::invalid(format!("unknown type: {name}"))),
        }
    }
    if !named {
        return Ok((Some(Kinds::MESSAGES), true));
    }
    let found = kinds.messages || kinds.contacts || kinds.documents;
    // Groups are of messages alone.
    conversations &= !(kinds.contacts || kinds.documents);
    Ok((found.then_some(kinds), conversations))
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    // Without one it is the search that the owner's client begins with.
    let initial =
        || context.target().map(|account| account.attr("zimbraPrefMailInitialSearch").unwrap_or(INITIAL).to_owned());
    let query = request.get("query").map_or_else(initial, Ok)?;
    let in_dumpster = request.is("inDumpster")?;
    if query.trim().is_empty() && !in_dumpster {
        return Err(Fault::invalid("query is empty"));
    }
    let (kinds, conversations) = types_of(request)?;
    let mut wish = Wish::of(context, request, query)?;
    wish.params.conversations = conversations;
    let mut answer = Element::answer_to(request);
    answer.set("sortBy", wish.sort_name.clone());
    answer.set("offset", wish.params.offset);
    let handle = context.open().await?;
    let Some(kinds) = kinds else { return Ok(answer.attr("more", false)) };
    wish.params.kinds = kinds;
    if in_dumpster {
        return dumpster::search(context, answer, wish).await;
    }
    if let Some((hits, more)) = elsewhere(context, &handle, &mut wish).await? {
        answer.set("more", more);
        hits.into_iter().for_each(|hit| answer.push(hit));
        return Ok(answer);
    }
    let (hits, more, total) = handle
        .run(move |mailbox| {
            let page = mailbox.search(&wish.params)?;
            Ok(page_of(mailbox, &wish, &page.hits).map(|hits| (hits, page.more, page.total)))
        })
        .await??;
    answer.set("more", more);
    answer = answer.attr_opt("total", total);
    hits.into_iter().for_each(|hit| answer.push(hit));
    Ok(answer)
}

/// The page of a search that leads into mailboxes of others; `None`: it does not.
async fn elsewhere(context: &Context, handle: &Handle, wish: &mut Wish) -> Result<Option<(Vec<Element>, bool)>> {
    let text = &wish.params.query;
    let may_lead = handle.has_mount_points() || text.contains(':');
    if !handle.is_own() || !may_lead {
        return Ok(None);
    }
    let query = across::tree(text, wish.params.tz_offset_minutes)?;
    let mounts = across::mounts(&handle.run(|mailbox| mailbox.folders()).await?);
    let own = &context.target()?.id;
    let mut accounts = across::accounts(&query, &mounts);
    accounts.retain(|account| account != own);
    if accounts.is_empty() {
        return Ok(None);
    }
    let wish = wish.clone();
    across::search(context, handle, wish, query, mounts, accounts).await.map(Some)
}

pub fn page_of(mailbox: &Mailbox, wish: &Wish, hits: &[Hit]) -> Result<Vec<Element>> {
    let names = Names::of(mailbox)?;
    let mut out = Vec::with_capacity(hits.len());
    for (at, hit) in hits.iter().enumerate() {
        out.push(match hit {
            hit if wish.ids_only => id_hit(hit, wish.sort),
            Hit::Message(item) => match item.kind {
                Kind::Contact => {
                    let value = mailbox::sort_value(item, wish.sort);
                    render::contact(item, &names, &ContactWish::default()).attr("sf", value)
                }
                Kind::Document => render::document(item, &names).attr("sf", mailbox::sort_value(item, wish.sort)),
                _ => message_hit(mailbox, &names, wish, item, at, true)?,
            },
            Hit::Conversation { id, matched, messages, sort_value } => {
                let mut element = render::conversation(*id, messages, &names);
                show_recipients(&mut element, matched, messages, wish.people);
                element.set("sf", sort_value.clone());
                for item in matched.iter().filter_map(|id| messages.iter().find(|item| item.id == *id)) {
                    element.push(conversation_member(item));
                }
                element
            }
        });
    }
    Ok(out)
}

/// Whom a conversation is with, where the latest match went out.
fn show_recipients(element: &mut Element, matched: &[ItemId], messages: &[Item], people: People) {
    let latest = messages.iter().rev().find(|item| matched.contains(&item.id));
    let Some(item) = latest.filter(|item| people != People::Senders && render::is_outgoing(item)) else { return };
    if people == People::Recipients {
        element.children.retain(|child| child.element.name != "e");
    }
    render::recipients(item).for_each(|recipient| element.push(recipient));
}

fn id_hit(hit: &Hit, sort: SortBy) -> Element {
    let (id, value) = match hit {
        Hit::Message(item) => (item.id.to_string(), mailbox::sort_value(item, sort)),
        Hit::Conversation { id, sort_value, .. } => (id.to_string(), sort_value.clone()),
    };
    Element::new("hit").attr("id", id).attr("sf", value)
}

fn conversation_member(item: &Item) -> Element {
    let flags = item.flags.letters();
    Element::new("m")
        .attr("id", item.id.to_string())
        .attr("l", item.folder.to_string())
        .attr("s", item.size)
        .attr("d", item.date_ms)
        .attr_opt("f", Some(flags).filter(|flags| !flags.is_empty()))
}

/// A message of a result, whole if it is to be fetched (and then marked read, if that was asked for).
pub fn message_hit(
    mailbox: &Mailbox,
    names: &Names,
    wish: &Wish,
    item: &Item,
    at: usize,
    matched: bool,
) -> Result<Element> {
    let value = mailbox::sort_value(item, wish.sort);
    if !wish.fetch.wants(at, item, matched) {
        let recipients = wish.people != People::Senders || render::is_outgoing(item);
        return Ok(render::message_hit(item, names, recipients, &value));
    }
    let mut item = item.clone();
    if wish.read && item.flags.contains(Flags::UNREAD) {
        let change = mailbox::FlagChange { remove: Flags::UNREAD, ..mailbox::FlagChange::default() };
        if let Some(changed) = mailbox.update_flags(&[item.id], &change)?.changed.into_iter().next() {
            item = changed;
        }
    }
    let body = BodyWish { part: None, ..wish.body.clone() };
    Ok(get_msg::full(mailbox, &item, &body)?.attr("sf", value))
}
