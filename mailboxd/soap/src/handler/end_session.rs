// SPDX-License-Identifier: AGPL-3.0-or-later
//! EndSessionRequest: ends a notification session; with `logoff` the token too; with `all` every token of the account.

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::state::now_ms;
use directory::token;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let auth = context.auth()?;
    let current = context.session.lock().take();
    let named = request.get("sessionId").or_else(|| current.map(|session| session.id.clone()));
    let account = &auth.account.id;
    if request.is("all")? {
        if request.is("excludeCurrent")? {
            context.state.sessions.end(account, None, named.as_deref());
        } else {
            context.state.sessions.end(account, None, None);
            token::revoke_all(&context.state.directory, account)?;
        }
    } else if let Some(id) = named {
        context.state.sessions.end(account, Some(&id), None);
    }
    if request.is("logoff")? {
        token::revoke(&context.state.directory, &auth.claims, now_ms())?;
        context.set_cookie(context.admin, "", Some(0));
    }
    Ok(Element::answer_to(request))
}
