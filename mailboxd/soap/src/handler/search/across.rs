// SPDX-License-Identifier: AGPL-3.0-or-later
//! A search that goes into folders of others: each mailbox is asked what concerns it, and the answers are put in one order. A
//! place that is a mount point, or below one, is searched where it is; `is:remote` is every mount point, `is:anywhere` both.

use super::{Wish, page_of};
use crate::context::Context;
use crate::delegate;
use crate::element::Element;
use crate::fault::{Fault, Result};
use mailbox::{Folder, Handle, Hit, Kind, Mailbox, SearchParams, SortBy};
use query::{Clause, Is, Query};
use std::sync::Arc;

/// A mount point of the searcher's own.
#[derive(Debug, Clone)]
pub struct Mount {
    id: u32,
    /// Lower case, without slashes around it.
    path: String,
    /// Its owner, and the folder there.
    account: String,
    folder: u32,
    /// Where it is there; empty while it is not known.
    remote_path: String,
}

/// Where a condition on a place leads.
enum Place<'a> {
    Here,
    /// The mount point, and the path below it.
    Mounted(&'a Mount, String),
    /// Of this account.
    Other(String),
}

pub fn mounts(folders: &[Folder]) -> Vec<Mount> {
    let mounts = folders.iter().filter(|folder| folder.item.kind == Kind::MountPoint);
    mounts
        .filter_map(|folder| {
            let remote = folder.detail.remote.as_ref()?;
            Some(Mount {
                id: folder.item.id.0,
                path: tidy(&folder.path),
                account: remote.account.clone(),
                folder: remote.folder.0,
                remote_path: String::new(),
            })
        })
        .collect()
}

fn tidy(path: &str) -> String {
    path.trim_matches('/').to_lowercase()
}

fn place<'a>(clause: &Clause, mounts: &'a [Mount]) -> Option<Place<'a>> {
    match clause {
        Clause::In { path, .. } => {
            let path = tidy(path);
            let below = |mount: &Mount| {
                let rest = path.strip_prefix(mount.path.as_str())?;
                (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/').to_owned())
            };
            Some(mounts.iter().find_map(|m| Some(Place::Mounted(m, below(m)?))).unwrap_or(Place::Here))
        }
        Clause::InId { id, .. } => {
            let mounted = mounts.iter().find(|mount| mount.id == *id);
            Some(mounted.map_or(Place::Here, |mount| Place::Mounted(mount, String::new())))
        }
        Clause::InOther { account, .. } => Some(Place::Other(account.clone())),
        _ => None,
    }
}

/// Accounts whose mailboxes the query leads into; what is excluded leads nowhere.
pub fn accounts(query: &Query, mounts: &[Mount]) -> Vec<String> {
    let mut found = Vec::new();
    collect(query, mounts, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(query: &Query, mounts: &[Mount], found: &mut Vec<String>) {
    match query {
        Query::And(members) | Query::Or(members) => members.iter().for_each(|member| collect(member, mounts, found)),
        Query::Clause(Clause::Is(Is::Remote | Is::Anywhere)) => found.extend(mounts.iter().map(|m| m.account.clone())),
        Query::Clause(Clause::In { path, under: true }) if tidy(path).is_empty() => {
            found.extend(mounts.iter().map(|mount| mount.account.clone()));
        }
        Query::Clause(clause) => match place(clause, mounts) {
            Some(Place::Mounted(mount, _)) => found.push(mount.account.clone()),
            Some(Place::Other(account)) => found.push(account),
            _ => {}
        },
        Query::Not(_) | Query::All => {}
    }
}

/// What is asked of one mailbox; `account`: whose, `None` for the searcher's own.
fn asked_of(query: &Query, mounts: &[Mount], account: Option<&str>) -> Query {
    let all = |members: &[Query]| members.iter().map(|member| asked_of(member, mounts, account)).collect();
    match query {
        Query::All => Query::All,
        Query::And(members) => Query::and(all(members)),
        Query::Or(members) => Query::Or(all(members)),
        Query::Not(inner) => asked_of(inner, mounts, account).negate(),
        Query::Clause(Clause::Is(Is::Remote)) if account.is_some() => Query::All,
        Query::Clause(Clause::Is(Is::Local)) if account.is_some() => Query::Clause(Clause::None),
        Query::Clause(Clause::In { path, under: true }) if account.is_some() && tidy(path).is_empty() => Query::All,
        Query::Clause(clause) => match (place(clause, mounts), account) {
            (None, _) | (Some(Place::Here), None) => query.clone(),
            (Some(Place::Mounted(mount, rest)), Some(account)) if mount.account == account => {
                let under = matches!(clause, Clause::In { under: true, .. } | Clause::InId { under: true, .. });
                Query::Clause(if rest.is_empty() {
                    Clause::InId { id: mount.folder, under }
                } else {
                    Clause::In { path: format!("{}/{rest}", mount.remote_path), under }
                })
            }
            (Some(Place::Other(owner)), Some(account)) if owner == account => match clause {
                Clause::InOther { id, under, .. } => Query::Clause(Clause::InId { id: *id, under: *under }),
                _ => Query::Clause(Clause::None),
            },
            _ => Query::Clause(Clause::None),
        },
    }
}

/// What of another's mailbox is seen through the mount points, and what the query names itself.
fn seen(query: &Query, mounts: &[Mount], account: &str) -> Query {
    let own = mounts.iter().filter(|mount| mount.account == account);
    let mut places: Vec<Query> =
        own.map(|mount| Query::Clause(Clause::InId { id: mount.folder, under: true })).collect();
    named(query, account, &mut places);
    Query::or(places)
}

fn named(query: &Query, account: &str, places: &mut Vec<Query>) {
    match query {
        Query::And(members) | Query::Or(members) => members.iter().for_each(|member| named(member, account, places)),
        Query::Not(inner) => named(inner, account, places),
        Query::Clause(Clause::InOther { account: owner, id, under }) if owner == account => {
            places.push(Query::Clause(Clause::InId { id: *id, under: *under }));
        }
        _ => {}
    }
}

/// One page over the searcher's own mailbox and those of `accounts`.
pub async fn search(
    context: &Context,
    own: &Handle,
    wish: Wish,
    query: Query,
    mut mounts: Vec<Mount>,
    accounts: Vec<String>,
) -> Result<(Vec<Element>, bool)> {
    let (offset, limit) = (wish.params.offset, wish.params.limit);
    let wish = Arc::new(wish);
    let mut found = Vec::new();
    let asked = asked_of(&query, &mounts, None);
    found.extend(part(own, &wish, &asked, None).await?);
    for account in accounts {
        // What can't be looked into any more holds nothing.
        let Ok(other) = context.toward_id(&account).await else { continue };
        let Ok(handle) = other.open().await else { continue };
        for mount in mounts.iter_mut().filter(|mount| mount.account == account) {
            let id = mailbox::ItemId(mount.folder);
            let path = handle.run(move |mailbox| Ok(mailbox.folder(id).map(|folder| folder.path).unwrap_or_default()));
            mount.remote_path = path.await?;
        }
        let known = |mount: &&Mount| mount.account != account || !mount.remote_path.is_empty();
        let there: Vec<Mount> = mounts.iter().filter(known).cloned().collect();
        let asked = Query::and(vec![asked_of(&query, &there, Some(&account)), seen(&query, &there, &account)]);
        match part(&handle, &wish, &asked, Some(&account)).await {
            Ok(more) => found.extend(more),
            // A folder or a tag of one's own is none of theirs.
            Err(fault) if fault.code.starts_with("mail.NO_SUCH") => {}
            Err(fault) => return Err(fault),
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let more = found.len() > offset.saturating_add(limit);
    Ok((found.into_iter().skip(offset).take(limit).map(|(_, element)| element).collect(), more))
}

/// Hits of one mailbox with their places in the order.
async fn part(
    handle: &Handle,
    wish: &Arc<Wish>,
    asked: &Query,
    account: Option<&str>,
) -> Result<Vec<(impl Ord + use<>, Element)>> {
    let params = SearchParams {
        query: asked.to_string(),
        offset: 0,
        limit: wish.params.offset.saturating_add(wish.params.limit).saturating_add(1),
        after: None,
        ..wish.params.clone()
    };
    let (wish, account) = (Arc::clone(wish), account.map(str::to_owned));
    let found = handle.run(move |mailbox: &Mailbox| {
        let hits = mailbox.search(&params)?.hits;
        Ok(page_of(mailbox, &wish, &hits).map(|elements| {
            let keys = hits.iter().map(|hit| key(hit, wish.sort));
            let qualified = elements.into_iter().map(|mut element| {
                if let Some(account) = &account {
                    delegate::qualify(&mut element, account);
                }
                element
            });
            keys.zip(qualified).collect::<Vec<_>>()
        }))
    });
    found.await?
}

fn key(hit: &Hit, sort: SortBy) -> Option<impl Ord + use<>> {
    match hit {
        Hit::Message(item) => Some(mailbox::sort_key(item, sort)),
        Hit::Conversation { matched, messages, .. } => {
            let keys =
                messages.iter().filter(|item| matched.contains(&item.id)).map(|item| mailbox::sort_key(item, sort));
            keys.min()
        }
    }
}

/// The tree of the text, or the fault that the domain would have.
pub fn tree(text: &str, tz_offset_minutes: i32) -> Result<Query> {
    let context = query::Context { now_ms: crate::state::now_ms(), tz_offset_minutes };
    query::parse(text, &context).map_err(|error| Fault::from(mailbox::Error::Query(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount() -> Vec<Mount> {
        vec![Mount { id: 300, path: "hers".into(), account: "you".into(), folder: 257, remote_path: "/Team".into() }]
    }

    #[test]
    fn each_mailbox_is_asked_for_its_own() {
        for (text, here, there) in [
            ("in:hers kite", "item:none content:\"kite\"", "inid:257 content:\"kite\""),
            ("in:hers/sub", "item:none", "in:\"/Team/sub\""),
            ("inid:300", "item:none", "inid:257"),
            ("inid:\"you:258\"", "item:none", "inid:258"),
            ("in:inbox or in:hers", "in:\"inbox\" or item:none", "item:none or inid:257"),
            ("is:remote kite", "is:remote content:\"kite\"", "content:\"kite\""),
            ("kite", "content:\"kite\"", "content:\"kite\""),
        ] {
            let query = tree(text, 0).unwrap();
            assert_eq!(asked_of(&query, &mount(), None).to_string(), here, "{text}");
            assert_eq!(asked_of(&query, &mount(), Some("you")).to_string(), there, "{text}");
        }
    }

    #[test]
    fn where_a_query_leads() {
        for (text, expected) in
            [("in:hers", 1), ("in:inbox", 0), ("not in:hers", 0), ("is:anywhere", 1), ("under:/ x", 1)]
        {
            assert_eq!(accounts(&tree(text, 0).unwrap(), &mount()).len(), expected, "{text}");
        }
    }
}
