// SPDX-License-Identifier: AGPL-3.0-or-later
//! DelegateAuthRequest: a token to act as a user, for an administrator. Logged, and never with admin rights. With `setCookie="1"` (an
//! extension of ours) the administrator's browser gets it as the cookie of the web client, which is on the same host; a script never sees it.

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
    let as_cookie = request.is("setCookie")?;
    let base = token::claims(&account, now_ms().saturating_add(seconds * 1000));
    // A cookie is sent by whatever page asks for it: what changes something takes the CSRF token, too.
    let claims = token::Claims { delegated_by: Some(by.id), csrf: as_cookie, ..base };
    let shown = token::issue(&context.state.directory, &claims)?;
    tracing::info!(target: "audit", account = %account.name, by = %by.name, "token delegated");
    let mut answer = Element::answer_to(request);
    if as_cookie {
        context.set_cookie(false, &shown, None);
    } else {
        answer.push(Element::new("authToken").text(shown));
    }
    Ok(answer.content("lifetime", seconds * 1000))
}
