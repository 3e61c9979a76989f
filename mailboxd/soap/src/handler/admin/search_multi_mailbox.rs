// SPDX-License-Identifier: AGPL-3.0-or-later
//! SearchMultiMailboxRequest: one query over the mailboxes of many accounts. They are asked one after another, in the order of their
//! ids, so that a page takes no more memory than its hits, and the place behind a hit stays the same whatever comes in meanwhile.
//! Each mailbox that is looked into is told to the audit log before anything of it is answered.

use crate::context::Context;
use crate::delegate;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::search::{LIMIT_MAX, QUERY_BYTES_MAX, Wish, page_of, too_long, tree, types_of};
use directory::{Account, SCOPE_MAX, Scope};
use mailbox::{Actor, After, Hit, Kinds, Mailbox};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A mailbox that takes longer is left out of the page, and said to be.
const EACH_MAX: Duration = Duration::from_secs(10);
/// Then the page ends, though it is not full.
const PAGE_MAX: Duration = Duration::from_secs(20);

/// Where the next page begins.
struct Place {
    account: String,
    /// The hit that it begins behind; none: behind the whole mailbox.
    after: Option<After>,
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let accounts = accounts(context, request).await?;
    let query = request.get("query").ok_or_else(|| Fault::invalid("missing required element: query"))?;
    let in_dumpster = request.is("inDumpster")?;
    if query.len() > QUERY_BYTES_MAX {
        return Err(too_long());
    }
    if query.trim().is_empty() && !in_dumpster {
        return Err(Fault::invalid("query is empty"));
    }
    let from = request.first("cursor").map(place).transpose()?;
    let wish = wish(context, request, query)?;
    // What is no query is none in any mailbox.
    if !in_dumpster {
        tree(&wish.params.query, wish.params.tz_offset_minutes)?;
    }
    let begun = Instant::now();
    let mut answer = Element::answer_to(request).attr("sortBy", wish.sort_name.clone());
    let (mut number, mut end) = (0, None);
    let mut told = Vec::new();
    let mut ahead: VecDeque<Account> =
        accounts.into_iter().filter(|account| is_ahead(account, from.as_ref())).collect();
    while let Some(account) = ahead.pop_front() {
        let account = &account;
        let mut wish = wish.clone();
        wish.params.limit -= number;
        wish.params.after = from.as_ref().filter(|from| from.account == account.id).and_then(|from| from.after.clone());
        audit(context, account, &wish.params.query, in_dumpster)?;
        let (hits, more, mark) = match one(context, account, wish, in_dumpster).await {
            Ok(Some(found)) => found,
            Ok(None) => (Vec::new(), false, None),
            Err(fault)
                if fault.code.starts_with("mail.NO_SUCH_FOLDER") || fault.code.starts_with("mail.NO_SUCH_TAG") =>
            {
                (Vec::new(), false, None)
            }
            Err(fault) if fault.code == "mail.QUERY_PARSE_ERROR" || fault.code == "service.INVALID_REQUEST" => {
                return Err(fault);
            }
            Err(fault) => {
                tracing::warn!(account = %account.name, code = fault.code, reason = %fault.reason, "left out of a search over many");
                told.push(mailbox(account).attr("error", fault.code));
                (Vec::new(), false, None)
            }
        };
        number += hits.len();
        if !hits.is_empty() {
            told.push(mailbox(account).attr("n", hits.len()));
        }
        hits.into_iter().for_each(|hit| answer.push(hit));
        let is_over = number >= wish_limit(request)? || begun.elapsed() > PAGE_MAX;
        if more || (is_over && !ahead.is_empty()) {
            end = Some(cursor(account, mark.filter(|_| more)));
            break;
        }
    }
    answer.set("more", end.is_some());
    told.into_iter().for_each(|mailbox| answer.push(mailbox));
    if let Some(end) = end {
        answer.push_unique(end);
    }
    Ok(answer)
}

/// `<mbx id=>` or `<mbx name=>`: an account or a list; `<domain by=>`; none of them: everything that the sender may look into.
async fn accounts(context: &Context, request: &Element) -> Result<Vec<Account>> {
    let mut scope = Scope::default();
    for mbx in request.named("mbx") {
        let key = mbx.get("id").or_else(|| mbx.get("name")).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| Fault::invalid("an mbx needs an id or a name"))?;
        // All of them.
        if key != "*" {
            scope.accounts.push(key);
        }
    }
    scope.domains = request.named("domain").map(|domain| domain.text_or_empty().to_owned()).collect();
    if scope.accounts.len() + scope.domains.len() > SCOPE_MAX {
        return Err(Fault::invalid(format!("more than {SCOPE_MAX} mailboxes are named")));
    }
    let (directory, powers) = (context.state.directory.clone(), context.powers()?);
    Ok(context.state.store.run(move |_| directory.reach(&powers, &scope)).await??)
}

fn wish_limit(request: &Element) -> Result<usize> {
    Ok(match request.number::<i64>("limit")? {
        Some(limit) if limit > 0 => usize::try_from(limit).unwrap_or(LIMIT_MAX).min(LIMIT_MAX),
        _ => crate::handler::search::LIMIT_DEFAULT,
    })
}

/// As of a search in one mailbox; Trash and Junk are searched, too, and nothing is marked read.
fn wish(context: &Context, request: &Element, query: String) -> Result<Wish> {
    let (kinds, _) = types_of(request)?;
    let mut plain = request.clone();
    plain.children.retain(|child| child.element.name != "cursor");
    let mut wish = Wish::of(context, &plain, query)?;
    if wish.params.offset > 0 {
        return Err(Fault::invalid("pages go on by the cursor here"));
    }
    wish.params.kinds = kinds.unwrap_or(Kinds { messages: false, contacts: false, documents: false });
    (wish.params.with_trash, wish.params.with_junk) = (true, true);
    wish.params.conversations = false;
    wish.read = false;
    Ok(wish)
}

/// `<cursor id="ACCOUNT:ITEM" sortVal=>`, as hits and the end of a page have them; `ACCOUNT:` alone: behind all of it.
fn place(cursor: &Element) -> Result<Place> {
    let id = cursor.need_filled("id")?;
    let malformed = || Fault::invalid(format!("malformed cursor: {:.100}", id.clone()));
    let (account, item) = id.rsplit_once(':').ok_or_else(malformed)?;
    let after = match item {
        "" => None,
        item => Some(After {
            id: item.parse::<u32>().map_err(|_| malformed())?.into(),
            sort_value: cursor.get("sortVal").filter(|value| !value.is_empty()),
            until: None,
        }),
    };
    Ok(Place { account: account.to_owned(), after })
}

fn is_ahead(account: &Account, from: Option<&Place>) -> bool {
    from.is_none_or(|from| account.id > from.account || (account.id == from.account && from.after.is_some()))
}

fn cursor(account: &Account, mark: Option<(String, String)>) -> Element {
    let (id, value) = mark.unwrap_or_default();
    let value = Some(value).filter(|value| !value.is_empty());
    Element::new("cursor").attr("id", format!("{}:{id}", account.id)).attr_opt("sortVal", value)
}

fn mailbox(account: &Account) -> Element {
    let held = account.retention().is_held;
    let element = Element::new("mbx").attr("id", account.id.clone()).attr("name", account.name.clone());
    element.attr_opt("held", held.then_some(true))
}

fn audit(context: &Context, account: &Account, query: &str, dumpster: bool) -> Result<()> {
    let by = &context.auth()?.account.name;
    tracing::info!(target: "audit", account = %account.name, %by, query, dumpster, "an administrator searches a mailbox");
    Ok(())
}

/// The hits, whether there are more, and id and sort value of the last.
type Found = (Vec<Element>, bool, Option<(String, String)>);

/// `None`: the account has no mailbox, and gets none by this.
async fn one(context: &Context, account: &Account, mut wish: Wish, in_dumpster: bool) -> Result<Option<Found>> {
    wish.params.own_addresses = std::iter::once(&account.name).chain(&account.aliases).cloned().collect();
    // The right to was looked for on this very account.
    let (actor, of) = (Actor { account: context.auth()?.account.id.clone(), is_admin: true }, account.clone());
    let work = context.state.store.run(move |store| {
        if store.usage_of(&of.id)?.is_none() {
            return Ok(None);
        }
        let handle = store.open_mailbox(&actor, &of.id, of.quota())?;
        Ok(Some(found(handle.mailbox(), &of, &wish, in_dumpster)))
    });
    let done: mailbox::Result<Option<Result<Found>>> = match tokio::time::timeout(EACH_MAX, work).await {
        Ok(done) => done?,
        Err(_) => return Err(Fault::new("service.TEMPORARILY_UNAVAILABLE", "the mailbox did not answer in time")),
    };
    done?.transpose()
}

fn found(mailbox: &Mailbox, account: &Account, wish: &Wish, in_dumpster: bool) -> Result<Found> {
    let (hits, more) = if in_dumpster {
        deleted(mailbox, wish)?
    } else {
        let page = mailbox.search(&wish.params)?;
        (page.hits, page.more)
    };
    let folders = mailbox.folders()?;
    let mut elements = page_of(mailbox, wish, &hits)?;
    let mark = hits.last().and_then(|hit| match hit {
        Hit::Message(item) => Some((item.id.to_string(), mailbox::sort_value(item, wish.sort))),
        Hit::Conversation { .. } => None,
    });
    for (element, hit) in elements.iter_mut().zip(&hits) {
        if let Hit::Message(item) = hit {
            let path = folders.iter().find(|folder| folder.item.id == item.folder).map(|folder| folder.path.clone());
            element.set("mbx", account.name.clone());
            if let Some(path) = path {
                element.set("folder", path);
            }
        }
        delegate::qualify(element, &account.id);
    }
    Ok((elements, more, mark))
}

/// A page of what was deleted, however long ago. Its order is read anew for each page.
fn deleted(mailbox: &Mailbox, wish: &Wish) -> Result<(Vec<Hit>, bool)> {
    let mut params = wish.params.clone();
    params.limit = usize::MAX;
    let (items, _) = mailbox.search_dumpster(&params, 0)?;
    let behind = match &wish.params.after {
        // Gone meanwhile: better twice than never.
        Some(after) => items.iter().position(|item| i64::from(item.id.0) == after.id).map_or(0, |at| at + 1),
        None => 0,
    };
    let more = items.len() > behind.saturating_add(wish.params.limit);
    Ok((items.into_iter().skip(behind).take(wish.params.limit).map(Hit::Message).collect(), more))
}
