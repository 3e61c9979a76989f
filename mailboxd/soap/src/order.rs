// SPDX-License-Identifier: AGPL-3.0-or-later
//! Admin requests of this machine's own administrator, who comes over the control socket and not over HTTP: the same table, the
//! same handlers, the rights of an administrator of everything.

use crate::context::{Auth, Context};
use crate::element::{Element, from_json, ns, to_json};
use crate::handler::admin::access;
use crate::http::Peer;
use crate::state::{State, now_ms};
use directory::Account;
use directory::token::{self, Claims};
use serde_json::{Value, json};

/// A fault: its code, and the text for people.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason} ({code})")]
pub struct Refusal {
    pub code: &'static str,
    pub reason: String,
}

impl From<crate::fault::Fault> for Refusal {
    fn from(fault: crate::fault::Fault) -> Refusal {
        Refusal { code: fault.code, reason: fault.reason }
    }
}

const LIFE_MS: i64 = 60_000;

/// `name` without urn:zimbraAdmin, `body` as in JSON on the wire; so is the answer.
pub async fn order(state: &State, name: &str, body: &Value) -> Result<Value, Refusal> {
    let wrapped = json!({ name: body }).to_string();
    let root = from_json(wrapped.as_bytes()).map_err(crate::fault::Fault::from)?;
    let found = root.elements().find(|child| child.name == name).cloned();
    let mut request = found.unwrap_or_else(|| Element::new(name));
    request.ns = ns::ADMIN.to_owned();
    let account = Account { id: "root".into(), name: "root".into(), is_admin: true, ..Account::default() };
    let claims = Claims { admin: true, ..token::claims(&account, now_ms() + LIFE_MS) };
    let mut context = Context::new(state.clone(), Peer::default(), true);
    context.target = Some(account.clone());
    context.auth = Some(Auth { account, claims });
    let answer = access::handle(&context, &request).await?;
    let shown = to_json(&Element::default().unique(answer));
    Ok(shown
        .as_object()
        .and_then(|members| members.values().find(|member| member.is_object()))
        .cloned()
        .unwrap_or_default())
}
