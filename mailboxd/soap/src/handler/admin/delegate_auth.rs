// SPDX-License-Identifier: AGPL-3.0-or-later
//! DelegateAuthRequest: a token to act as a user, for an administrator. Logged, and never with admin rights.

use super::find_account;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::state::now_ms;
use directory::token;

const LIFE_DEFAULT_S: i64 = 3600;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    let most_s = i64::try_from(context.state.config.admin_token_life.as_secs()).unwrap_or(LIFE_DEFAULT_S);
    let seconds = request.number::<i64>("duration")?.unwrap_or(LIFE_DEFAULT_S).clamp(1, most_s);
    let by = context.auth()?.account.clone();
    let claims =
        token::Claims { delegated_by: Some(by.id), ..token::claims(&account, now_ms().saturating_add(seconds * 1000)) };
    let shown = token::issue(&context.state.directory, &claims)?;
    tracing::info!(account = %account.name, by = %by.name, "token delegated");
    Ok(Element::answer_to(request).child(Element::new("authToken").text(shown)).content("lifetime", seconds * 1000))
}
