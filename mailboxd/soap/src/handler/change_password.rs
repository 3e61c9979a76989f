// SPDX-License-Identifier: AGPL-3.0-or-later
//! ChangePasswordRequest: the old password proves who asks; every older token dies, a new one comes back.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state::now_ms;
use directory::token;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.auth()?.account.clone();
    let (old, new) = (request.need("oldPassword")?, request.need_filled("password")?);
    if let Some(named) = request.first("account").map(|account| account.text_or_empty())
        && context.state.directory.account(named)?.is_none_or(|account| account.id != own.id)
    {
        return Err(Fault::denied());
    }
    let (name, id) = (own.name.clone(), own.id.clone());
    context
        .state
        .hashing(move |directory| {
            directory.authenticate(&name, &old)?;
            directory.set_password(&id, &new)
        })
        .await?;
    token::revoke_all(&context.state.directory, &own.id)?;
    context.state.sessions.end(&own.id, None, None);
    let account = context.state.directory.account_by_id(&own.id)?.ok_or_else(Fault::auth_required)?;
    let life = context.state.token_life(&account, false);
    let life_ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX / 2);
    let shown = token::issue(&context.state.directory, &token::claims(&account, now_ms() + life_ms))?;
    context.set_cookie(false, &shown, None);
    Ok(Element::answer_to(request).child(Element::new("authToken").text(shown)).content("lifetime", life_ms))
}
