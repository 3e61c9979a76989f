// SPDX-License-Identifier: AGPL-3.0-or-later
//! ChangePasswordRequest: the old password proves who asks, and no token is needed, as who must change the password gets none. Every
//! older token dies, a new one comes back.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::auth;
use crate::state::now_ms;
use directory::token;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let (old, new) = (request.need("oldPassword")?, request.need_filled("password")?);
    let name = match request.first("account") {
        Some(_) => auth::named(context, request)?,
        None => context.auth()?.account.name.clone(),
    };
    auth::check_length(&old)?;
    auth::check_length(&new)?;
    let peer = context.peer.address.map(|address| address.ip());
    let account =
        context.state.hashing(move |directory| directory.change_password(&name, &old, &new, peer)).await.inspect_err(
            |fault| tracing::info!(peer = ?context.peer.address, code = fault.code, "password not changed"),
        )?;
    token::revoke_all(&context.state.directory, &account.id)?;
    context.state.sessions.end(&account.id, None, None);
    tracing::info!(target: "audit", account = %account.name, peer = ?context.peer.address, "password changed");
    let account = context.state.directory.account_by_id(&account.id)?.ok_or_else(Fault::auth_required)?;
    let life = context.state.token_life(&account, false);
    let life_ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX / 2);
    let shown = token::issue(&context.state.directory, &token::claims(&account, now_ms() + life_ms))?;
    context.set_cookie(false, &shown, None);
    Ok(Element::answer_to(request).child(Element::new("authToken").text(shown)).content("lifetime", life_ms))
}
