// SPDX-License-Identifier: AGPL-3.0-or-later
//! AuthRequest of both namespaces: a password, what a portal signed, or a token (shown, or in the cookie) that is still good,
//! for a token.

use crate::context::{Auth, Context};
use crate::element::{Element, ns};
use crate::fault::{Fault, Result};
use crate::handler::prefs;
use crate::state::now_ms;
use directory::preauth::Preauth;
use directory::{Account, token};

const PASSWORD_BYTES_MAX: usize = 1024;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let admin = request.ns == ns::ADMIN;
    let csrf = request.is("csrfTokenSecured")?;
    let shown = request.get("authToken").filter(|_| request.get("password").is_none());
    let shown = shown.or_else(|| context.resumable.clone().filter(|_| names_nobody(request)));
    let answer = match shown {
        Some(token) => revalidate(context, request, &token, admin)?,
        None if request.first("preauth").is_some() && request.get("password").is_none() => {
            return by_preauth_element(context, request, admin, csrf).await;
        }
        None => {
            let account = by_password(context, request, admin).await?;
            issue(context, request, &account, admin, csrf, 0)?
        }
    };
    Ok(answer)
}

/// Nothing that says who wants to log in: a page that was opened asks whether its cookie is still good.
fn names_nobody(request: &Element) -> bool {
    ["account", "name", "password", "preauth", "recoveryCode", "jwtToken"]
        .iter()
        .all(|name| request.get(name).is_none())
}

fn failed() -> Fault {
    Fault::new("account.AUTH_FAILED", "authentication failed")
}

/// The name that an account logs in with, as a request names it.
pub fn named(context: &Context, request: &Element) -> Result<String> {
    let (by, name) = match request.first("account") {
        Some(account) => (account.get("by").unwrap_or_else(|| "name".into()), account.text_or_empty().to_owned()),
        None => match request.get("account").or_else(|| request.get("name").filter(|_| request.ns == ns::ADMIN)) {
            Some(name) => ("name".into(), name),
            None => return Err(Fault::invalid("missing required element: account")),
        },
    };
    let name = match by.as_str() {
        _ if name.is_empty() => return Err(failed()),
        "name" => name,
        "id" => context.state.directory.account_by_id(&name)?.ok_or_else(failed)?.name,
        _ => return Err(failed()),
    };
    // Who is on a domain's own page needs no domain.
    let Some(host) = request.get("virtualHost").filter(|host| !host.is_empty() && !name.contains('@')) else {
        return Ok(name);
    };
    let directory = &context.state.directory;
    let of_host = directory.domain_by_virtual_host(&host)?.map(|domain| domain.name);
    let domain = match of_host {
        Some(domain) => Some(domain),
        None => directory.is_local_domain(&host)?.then_some(host),
    };
    Ok(domain.map_or(name.clone(), |domain| format!("{name}@{domain}")))
}

/// Longer ones are not hashed for strangers.
pub fn check_length(password: &str) -> Result<()> {
    if password.is_empty() || password.len() > PASSWORD_BYTES_MAX { Err(failed()) } else { Ok(()) }
}

async fn by_password(context: &Context, request: &Element, admin: bool) -> Result<Account> {
    let name = named(context, request)?;
    let password = request.need("password")?;
    check_length(&password)?;
    let peer = context.peer.address.map(|address| address.ip());
    let account = context
        .state
        .hashing(move |directory| directory.authenticate_from(&name, &password, peer))
        .await
        .inspect_err(|fault| tracing::info!(peer = ?context.peer.address, code = fault.code, "login refused"))?;
    if admin && !account.is_admin && !account.is_delegated_admin() {
        return Err(Fault::denied());
    }
    Ok(account)
}

/// `<preauth timestamp="…" expires="…">HMAC</preauth>`: for people, not for administrators.
async fn by_preauth_element(context: &Context, request: &Element, admin: bool, csrf: bool) -> Result<Element> {
    let Some(element) = request.first("preauth").filter(|_| !admin) else { return Err(failed()) };
    named(context, request)?;
    let account = request.first("account").map(|account| (account.get("by"), account.text_or_empty().to_owned()));
    let (by, account) = account.unwrap_or_else(|| (None, request.get("account").unwrap_or_default()));
    let number = |name: &str| {
        element.need(name)?.parse::<i64>().map_err(|_| Fault::invalid(format!("{name} of preauth is no number")))
    };
    let said = Preauth {
        account,
        by: by.unwrap_or_else(|| "name".into()),
        admin: false,
        expires_ms: number("expires")?,
        timestamp_ms: number("timestamp")?,
        mac: element.text_or_empty().to_owned(),
    };
    let account = check_preauth(context, said.clone()).await?;
    issue(context, request, &account, false, csrf, said.expires_ms)
}

/// A session's cookie for whom a portal vouches for; as an administrator where it says so.
pub async fn by_preauth(context: &Context, said: &Preauth) -> Result<()> {
    let account = check_preauth(context, said.clone()).await?;
    if said.admin != context.admin || said.admin && !account.is_admin && !account.is_delegated_admin() {
        return Err(Fault::denied());
    }
    issue(context, &Element::new("AuthRequest"), &account, said.admin, false, said.expires_ms).map(drop)
}

async fn check_preauth(context: &Context, said: Preauth) -> Result<Account> {
    let peer = context.peer.address.map(|address| address.ip());
    context.state.hashing(move |directory| directory.preauthenticated(&said, now_ms(), peer)).await.inspect_err(
        |fault| tracing::info!(peer = ?context.peer.address, code = fault.code, "pre-authentication refused"),
    )
}

fn revalidate(context: &Context, request: &Element, shown: &str, admin: bool) -> Result<Element> {
    let auth = Auth::verify(&context.state, shown)?;
    if admin && !auth.is_administrator() {
        return Err(Fault::denied());
    }
    if let Some(name) = request.first("account").map(|account| account.text_or_empty().to_owned())
        && !name.is_empty()
        && context.state.directory.account(&name)?.is_none_or(|account| account.id != auth.account.id)
    {
        return Err(failed());
    }
    let life_ms = auth.claims.expires_ms - now_ms();
    answer(context, request, &auth.account, shown, life_ms, admin, auth.claims.csrf)
}

/// `expires_ms`: a moment at which the session ends at the latest; 0 for none.
fn issue(
    context: &Context,
    request: &Element,
    account: &Account,
    admin: bool,
    csrf: bool,
    expires_ms: i64,
) -> Result<Element> {
    let life = context.state.token_life(account, admin);
    let life_ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX / 2);
    let life_ms = if expires_ms == 0 { life_ms } else { life_ms.min(expires_ms - now_ms()) };
    let claims = token::Claims { admin, csrf, ..token::claims(account, now_ms() + life_ms) };
    let shown = token::issue(&context.state.directory, &claims)?;
    let persist = request.is("persistAuthTokenCookie")?;
    context.set_cookie(admin, &shown, persist.then_some(life.as_secs()));
    tracing::info!(target: "audit", protocol = "soap", account = %account.name, peer = ?context.peer.address, admin, "login");
    answer(context, request, account, &shown, life_ms, admin, csrf)
}

fn answer(
    context: &Context,
    request: &Element,
    account: &Account,
    shown: &str,
    life_ms: i64,
    admin: bool,
    csrf: bool,
) -> Result<Element> {
    let mut answer =
        Element::answer_to(request).child(Element::new("authToken").text(shown)).content("lifetime", life_ms);
    if csrf {
        answer.push_unique(Element::new("csrfToken").text(token::csrf(&context.state.directory, shown)?));
    }
    if !admin {
        answer = answer.content("refer", context.state.config.host.clone());
        answer.push_unique(Element::new("skin").text("posthouse"));
        if let Some(wanted) = request.first("prefs") {
            let names: Vec<String> = wanted.named("pref").filter_map(|pref| pref.get("name")).collect();
            answer.push_unique(prefs::prefs_element(account, Some(&names).filter(|names| !names.is_empty())));
        }
        if let Some(wanted) = request.first("attrs") {
            let names: Vec<String> = wanted.named("attr").filter_map(|attr| attr.get("name")).collect();
            let all = prefs::attrs_of(account, &context.state.config.host);
            answer.push_unique(prefs::attrs_element(&all, Some(&names).filter(|names| !names.is_empty())));
        }
    }
    Ok(answer)
}
