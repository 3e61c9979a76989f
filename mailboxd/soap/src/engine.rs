// SPDX-License-Identifier: AGPL-3.0-or-later
//! One envelope from start to end: its context, its request or batch, its notifications.

use crate::context::{Auth, Context};
use crate::dispatch;
use crate::element::{Element, ns};
use crate::envelope::{self, Dialect};
use crate::fault::{Fault, Result};
use crate::{notify, session};
use directory::token;
use mailbox::ModSeq;

/// What a context said about sessions.
#[derive(Debug, Clone, Default)]
pub struct NotifyWish {
    /// The client wants one; `Some("")`: a new one.
    pub session: Option<String>,
    /// Highest block that it has seen; `None`: it does not count, what was sent once is not sent again.
    pub seen: Option<u64>,
}

/// Requests in one batch.
const BATCH_MAX: usize = 1000;

pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

/// Tokens that came with the HTTP request.
#[derive(Debug, Default)]
pub struct HttpAuth {
    pub cookie: Option<String>,
    /// A script of this origin sent the request: only then does the cookie alone lead to a CSRF token.
    pub own_script: bool,
    pub csrf: Option<String>,
}

pub async fn run(context: &mut Context, bytes: &[u8], http: HttpAuth) -> Answer {
    let mut dialect = envelope::sniff(bytes);
    let decoded = envelope::decode(bytes, &mut dialect);
    let mut answer_dialect = dialect;
    let answered = match decoded {
        Ok(envelope) => {
            if let Some(format) = envelope.context.first("format").and_then(|format| format.get("type")) {
                answer_dialect = match (format.as_str(), dialect) {
                    ("js", _) => Dialect::Json,
                    ("xml", Dialect::Json) => Dialect::Soap12,
                    _ => dialect,
                };
            }
            match prepare(context, &envelope.context, http).await {
                Ok(csrf_ok) => answer(context, &envelope.request, csrf_ok, answer_dialect).await,
                Err(fault) => Err(fault),
            }
        }
        Err(fault) => Err(fault),
    };
    let (status, body) = match answered {
        Ok(body) => (200, body),
        Err(fault) => (500, envelope::fault_element(answer_dialect, &fault)),
    };
    let header = notify::answer_context(context).await.unwrap_or_else(|fault| {
        tracing::warn!(code = fault.code, "no notifications");
        Element::in_ns("context", ns::ZIMBRA)
    });
    let (body, content_type) = envelope::encode(answer_dialect, header, body);
    Answer { status, content_type, body }
}

/// Reads the header into the context. Answers whether the CSRF check, where one is due, was passed.
async fn prepare(context: &mut Context, header: &Element, http: HttpAuth) -> Result<bool> {
    context.resumable = http.cookie.clone().filter(|_| http.own_script);
    let shown = header.get("authToken").filter(|token| !token.is_empty()).or(http.cookie);
    let mut csrf_ok = true;
    if let Some(token) = shown {
        match Auth::verify(&context.state, &token) {
            Ok(auth) => {
                if auth.claims.csrf {
                    let shown = http.csrf.or_else(|| header.get("csrfToken")).unwrap_or_default();
                    csrf_ok = token::csrf_matches(&context.state.directory, &token, &shown)?;
                }
                context.auth = Some(auth);
            }
            Err(fault) => context.auth_fault = Some(fault),
        }
    }
    if let Some(auth) = &context.auth {
        context.target = Some(match header.first("account").filter(|account| !account.text_or_empty().is_empty()) {
            Some(selector) => target(context, auth, selector)?,
            None => auth.account.clone(),
        });
    }
    context.unqualified = header.first("noqualify").is_some() || header.is("noqualify").unwrap_or(false);
    read_session(context, header);
    check_change_token(context, header).await?;
    Ok(csrf_ok)
}

/// `<account by="name|id">`. Whether there is anything for the actor in it is found out when it is opened; a stranger is told
/// the same whether the account exists or not.
fn target(context: &Context, auth: &Auth, selector: &Element) -> Result<directory::Account> {
    let key = selector.text_or_empty();
    let found = match selector.get("by").as_deref() {
        Some("id") => context.state.directory.account_by_id(key)?,
        Some("name") | None => context.state.directory.account(key)?,
        Some(_) => return Err(Fault::invalid("account: unknown value of by")),
    };
    match found {
        Some(account) => Ok(account),
        None if auth.actor().is_admin => Err(Fault::no_such("account", key)),
        _ => Err(Fault::denied()),
    }
}

fn read_session(context: &mut Context, header: &Element) {
    let quiet = header.first("nosession").is_some() || header.first("nonotify").is_some();
    let quiet = quiet || header.get("nosession").is_some() || header.get("nonotify").is_some();
    let session = header.first("session").map(|session| {
        let text = session.text_or_empty();
        session.get("id").filter(|id| !id.is_empty()).unwrap_or_else(|| text.to_owned())
    });
    let session = session.or_else(|| header.get("session"));
    let seen = header.first("notify").and_then(|notify| notify.number("seq").ok().flatten());
    context.notify = NotifyWish { session: session.filter(|_| !quiet), seen };
}

/// `<change token="N">`: refuse to work on a mailbox that the client has an old picture of.
async fn check_change_token(context: &Context, header: &Element) -> Result<()> {
    let Some(change) = header.first("change") else { return Ok(()) };
    let Some(token) = change.number::<u64>("token")? else { return Ok(()) };
    if context.auth.is_none() || !context.owns_target()? {
        return Ok(());
    }
    let now = context.open().await?.run(|mailbox| Ok(mailbox.row()?.modseq)).await?;
    if now > ModSeq(token) {
        return Err(Fault::new("mail.MODIFY_CONFLICT", "mailbox has changed since"));
    }
    Ok(())
}

async fn answer(context: &Context, request: &Element, csrf_ok: bool, dialect: Dialect) -> Result<Element> {
    if request.name == "BatchRequest" {
        return batch(context, request, csrf_ok, dialect).await;
    }
    session::join(context).await?;
    let mut answer = one(context, request, csrf_ok).await?;
    echo_id(request, &mut answer);
    Ok(answer)
}

async fn one(context: &Context, request: &Element, csrf_ok: bool) -> Result<Element> {
    if !csrf_ok && !dispatch::is_public(request) {
        return Err(Fault::new("service.AUTH_REQUIRED", "missing or wrong CSRF token"));
    }
    dispatch::handle(context, request).await
}

fn echo_id(request: &Element, answer: &mut Element) {
    if let Some(id) = request.get("requestId") {
        answer.set("requestId", id);
    }
}

async fn batch(context: &Context, request: &Element, csrf_ok: bool, dialect: Dialect) -> Result<Element> {
    let stop = match request.get("onerror").as_deref() {
        None | Some("continue") => false,
        Some("stop") => true,
        Some(_) => return Err(Fault::invalid("onerror is continue or stop")),
    };
    if request.children.len() > BATCH_MAX {
        return Err(Fault::invalid(format!("more than {BATCH_MAX} requests in a batch")));
    }
    session::join(context).await?;
    let mut answer = Element::in_ns("BatchResponse", ns::ZIMBRA);
    for child in request.elements() {
        let done = if child.name == "BatchRequest" {
            Err(Fault::invalid("a batch can't hold a batch"))
        } else {
            one(context, child, csrf_ok).await
        };
        let failed = done.is_err();
        let mut part = done.unwrap_or_else(|fault| envelope::fault_element(dialect, &fault));
        echo_id(child, &mut part);
        answer.push(part);
        if failed && stop {
            break;
        }
    }
    Ok(answer)
}
