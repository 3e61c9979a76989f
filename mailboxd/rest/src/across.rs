// SPDX-License-Identifier: AGPL-3.0-or-later
//! `GET /service/admin/export?query=…`: what a search over many mailboxes finds, as one archive. For an administrator, of those
//! mailboxes that he may look into; or for who shows a ticket, which is good once and for a minute: the command line on this machine
//! has no token to show.

use crate::State;
use crate::answer::{Refusal, named};
use crate::archive::{Across, Kind};
use crate::auth::{self, Shown};
use axum::extract::{Query, State as AxumState};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use directory::{Account, SCOPE_MAX, Scope};
use mailbox::Kinds;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

const TICKET_LIFE: Duration = Duration::from_secs(60);
const TICKETS_MAX: usize = 64;
const QUERY_BYTES_MAX: usize = 16 << 10;

/// What is to be exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub scope: Scope,
    pub query: String,
    /// Names with commas between; empty: messages.
    pub types: String,
    /// Also what was deleted and is still kept.
    pub dumpster: bool,
}

#[derive(Default)]
pub struct Tickets(Mutex<HashMap<String, (Instant, Wanted, String)>>);

impl State {
    /// The path and query of a URL on the admin service that gives what is wanted, once, to whoever asks for it within a minute.
    /// `by`: who it is for, as the audit log will say. The asker has been found to be an administrator of everything.
    pub fn ticket(&self, wanted: Wanted, by: &str) -> Result<String, String> {
        check(&wanted).map_err(|refusal| match refusal {
            Refusal::Unfit(why) => why.trim_end().to_owned(),
            _ => "this can't be exported".to_owned(),
        })?;
        let mut tickets = self.tickets.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, (end, ..)| *end > Instant::now());
        if tickets.len() >= TICKETS_MAX {
            return Err("too many exports wait to be fetched".to_owned());
        }
        let ticket = uuid::Uuid::new_v4().simple().to_string();
        tickets.insert(ticket.clone(), (Instant::now() + TICKET_LIFE, wanted, by.to_owned()));
        Ok(format!("/service/admin/export?ticket={ticket}"))
    }

    fn redeem(&self, ticket: &str) -> Option<(Wanted, String)> {
        let mut tickets = self.tickets.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (end, wanted, by) = tickets.remove(ticket)?;
        (end > Instant::now()).then_some((wanted, by))
    }
}

pub async fn export(
    AxumState(state): AxumState<State>,
    Query(pairs): Query<Vec<(String, String)>>,
    shown: Shown,
) -> Result<Response, Refusal> {
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let kind = Kind::of(value("fmt").unwrap_or("tgz")).filter(|kind| *kind != Kind::Zip);
    let kind = kind.ok_or(Refusal::Bad("format is tgz or tar\n"))?;
    let (wanted, by) = match value("ticket") {
        Some(ticket) => {
            let (wanted, by) = state.redeem(ticket).ok_or(Refusal::Unauthorized)?;
            (wanted, Account { id: by.clone(), name: by, is_admin: true, ..Account::default() })
        }
        None => {
            let by = auth::administrator(&state, &shown)?;
            let all = |name: &str| {
                let values = pairs.iter().filter(|(known, value)| known == name && !value.is_empty());
                values.map(|(_, value)| value.clone()).collect::<Vec<_>>()
            };
            let scope = Scope { accounts: all("mbx"), domains: all("domain") };
            let text = |name: &str| value(name).unwrap_or_default().to_owned();
            let dumpster = matches!(value("dumpster"), Some("1" | "true"));
            (Wanted { scope, query: text("query"), types: text("types"), dumpster }, by)
        }
    };
    let kinds = check(&wanted)?;
    let (directory, scope, asks) = (state.directory.clone(), wanted.scope.clone(), by.clone());
    let accounts = state.store.run(move |_| directory.reach(&directory.powers(&asks)?, &scope)).await?;
    let accounts = accounts.map_err(|error| match error {
        directory::Error::Denied => Refusal::Forbidden,
        directory::Error::Unavailable(why) => Refusal::ours(why),
        _ => Refusal::NotFound,
    })?;
    let turn = state.across.clone().try_acquire_owned().map_err(|_| Refusal::Unavailable)?;
    tracing::info!(
        target: "audit", by = %by.name, query = %wanted.query, dumpster = wanted.dumpster, mailboxes = accounts.len(),
        "an administrator exports from many mailboxes"
    );
    let across = Across {
        store: state.store.clone(),
        accounts,
        query: wanted.query,
        kinds,
        dumpster: wanted.dumpster,
        by: by.name,
        at_ms: UNIX_EPOCH.elapsed().map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0)),
    };
    let body = state.exports.across(across, kind, turn);
    let mut response = named(body, kind.content_type(), Some(&format!("search.{}", kind.extension())));
    *response.status_mut() = StatusCode::OK;
    Ok(response.into_response())
}

/// What can be known before any mailbox is looked into.
fn check(wanted: &Wanted) -> Result<Kinds, Refusal> {
    if wanted.query.trim().is_empty() {
        return Err(Refusal::Unfit("query is missing; is:anywhere is everything\n".into()));
    }
    if wanted.query.len() > QUERY_BYTES_MAX || wanted.scope.accounts.len() + wanted.scope.domains.len() > SCOPE_MAX {
        return Err(Refusal::TooLarge);
    }
    let context = query::Context { now_ms: 0, tz_offset_minutes: 0 };
    query::parse(&wanted.query, &context).map_err(|error| Refusal::Unfit(format!("query: {error}\n")))?;
    let mut kinds = Kinds { messages: wanted.types.is_empty(), contacts: false, documents: false };
    for name in wanted.types.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            "message" | "conversation" => kinds.messages = true,
            "contact" => kinds.contacts = true,
            "document" => kinds.documents = true,
            _ => return Err(Refusal::Bad("types are message, contact and document\n")),
        }
    }
    Ok(kinds)
}
