// SPDX-License-Identifier: AGPL-3.0-or-later
//! An item or a part of it.

use crate::State;
use crate::answer::{File, Refusal, file};
use crate::auth::{Shown, caller};
use crate::query::Query;
use crate::raw;
use axum::body::Body;
use axum::extract::{Path, Query as Pairs, State as AxumState};
use axum::response::Response;
use mailbox::{Handle, Item, ItemId, Kind, Visitor};
use std::collections::HashMap;
use std::sync::Arc;

type Answer = Result<Response, Refusal>;
type Strings = Pairs<HashMap<String, String>>;

/// `/home/ACCOUNT/?id=…`
pub async fn root(
    AxumState(state): AxumState<State>,
    Path(account): Path<String>,
    Pairs(pairs): Strings,
    shown: Shown,
) -> Answer {
    serve(&state, &account, None, Query::of(pairs), &shown).await
}

/// `/home/ACCOUNT/Folder/…`
pub async fn path(
    AxumState(state): AxumState<State>,
    Path((account, path)): Path<(String, String)>,
    Pairs(pairs): Strings,
    shown: Shown,
) -> Answer {
    serve(&state, &account, Some(&path), Query::of(pairs), &shown).await
}

/// `/service/content/get?id=…`: the caller's own.
pub async fn content(AxumState(state): AxumState<State>, Pairs(pairs): Strings, shown: Shown) -> Answer {
    serve(&state, "~", None, Query::of(pairs), &shown).await
}

async fn serve(state: &State, account: &str, path: Option<&str>, query: Query, shown: &Shown) -> Answer {
    let handle = open(state, account, &query, shown).await?;
    let Some(id) = &query.id else {
        return Err(if path.is_some_and(|path| !path.is_empty()) {
            Refusal::NotFound
        } else {
            Refusal::Bad("missing id\n")
        });
    };
    let id = item_id(id)?;
    let item = handle.run(move |mailbox| mailbox.item(id)).await?;
    if item.kind != Kind::Message {
        return Err(Refusal::NotFound);
    }
    match (query.format.as_deref(), query.part.clone()) {
        (None | Some("native"), Some(number)) => part(state, &handle, item, number, query.disposition).await,
        (None | Some("native" | "eml"), None) => raw::message(&handle, item, query.disposition).await,
        _ => Err(Refusal::Bad("format is not supported for this item\n")),
    }
}

/// The mailbox named by the path, by address or by id: the whole of it if it is the caller's own, else what of it is shared
/// with the caller. What it may not use does not exist.
async fn open(state: &State, account: &str, query: &Query, shown: &Shown) -> Result<Handle, Refusal> {
    let caller = caller(state, query, shown).await?;
    let target = if account == "~" || account.is_empty() {
        caller.account.clone()
    } else {
        let found = match state.directory.account(account).map_err(Refusal::ours)? {
            Some(found) => Some(found),
            None => state.directory.account_by_id(account).map_err(Refusal::ours)?,
        };
        found.ok_or(Refusal::NotFound)?
    };
    let actor = caller.actor;
    let opened = if target.id == actor.account || actor.is_admin {
        state.store.run(move |store| store.open_mailbox(&actor, &target.id, target.quota())).await
    } else {
        let (directory, account) = (state.directory.clone(), caller.account);
        let id = account.id.clone();
        let of = state.store.run(move |_| directory.memberships(&account)).await?.map_err(Refusal::ours)?;
        let visitor = Arc::new(Visitor::new(id, of.lists, of.domain, of.cos));
        state.store.run(move |store| store.visit(&visitor, &target.id, target.quota())).await
    };
    Ok(opened??)
}

/// `257` or `<account id>:257`: the mailbox is named by the path, the prefix says nothing new.
fn item_id(text: &str) -> Result<ItemId, Refusal> {
    let number = text.rsplit(':').next().unwrap_or(text);
    number.parse().map(ItemId).map_err(|_| Refusal::Bad("malformed id\n"))
}

async fn part(state: &State, handle: &Handle, item: Item, number: String, wish: Option<char>) -> Answer {
    let _turn = state.decoding.acquire().await.map_err(Refusal::ours)?;
    let found = handle
        .run(move |mailbox| {
            let bytes = mailbox.content(&item)?;
            let tree = mime::parts(&bytes);
            Ok(tree.find(&number).map(|part| (part.clone(), mime::decoded(&bytes, part))))
        })
        .await?;
    let (part, content) = found.ok_or(Refusal::NotFound)?;
    let described = File {
        content_type: part.content_type,
        charset: part.charset,
        filename: part.filename,
        length: content.len() as u64,
        wish,
    };
    Ok(file(&described, Body::from(content)))
}
