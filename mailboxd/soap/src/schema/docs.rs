// SPDX-License-Identifier: AGPL-3.0-or-later
//! `/service/docs`: all requests on one page, as they are defined and guarded. No script, nothing from elsewhere.

use super::{Kind, Member, Request, TABLES};
use crate::delegate;
use crate::dispatch;
use crate::element::{Element, ns};
use crate::handler::admin::access::{Access, REQUESTS as GUARDED, What};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write;
use std::sync::LazyLock;

static PAGE: LazyLock<String> = LazyLock::new(page);
const STYLE: &str = include_str!("docs.css");

pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let page = || async { answer("text/html; charset=utf-8", PAGE.as_str()) };
    let style = || async { answer("text/css; charset=utf-8", STYLE) };
    Router::new()
        .route("/service/docs", get(page))
        .route("/service/docs/", get(page))
        .route("/service/docs/docs.css", get(style))
}

fn answer(content_type: &'static str, body: &'static str) -> Response {
    let mut response = body.into_response();
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn page() -> String {
    let mut out = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Requests of the API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/service/docs/docs.css\"></head><body><main>\n<h1>Requests of the API</h1>\n\
         <p>Requests are sent by POST as SOAP 1.1 or 1.2, or as JSON: those of urn:zimbraAccount and urn:zimbraMail to \
         <code>/service/soap/</code>, all of them to <code>/service/admin/soap/</code> on the administrators' port. An argument without \
         members of its own may be an attribute or a child; in JSON it is a plain member. What is bold is needed. A number or a boolean that is \
         none is answered by the fault <code>service.INVALID_REQUEST</code>. This page is made from the definitions that requests are \
         checked by.</p>\n",
    );
    for (ns, table) in TABLES {
        let _ = write!(out, "<h2 id=\"{ns}\">{ns}</h2>\n<nav><ul>");
        for request in table {
            let _ = write!(out, "<li><a href=\"#{ns}.{}\">{}</a></li>", request.name, stem(request.name));
        }
        out.push_str("</ul></nav>\n");
        table.iter().for_each(|request| section(&mut out, ns, request));
    }
    out.push_str("</main></body></html>\n");
    out
}

fn stem(name: &str) -> &str {
    name.strip_suffix("Request").unwrap_or(name)
}

fn section(out: &mut String, ns: &str, request: &Request) {
    let _ = writeln!(
        out,
        "<section id=\"{ns}.{}\"><h3>{}</h3><p>{}</p>",
        request.name,
        request.name,
        escaped(request.about)
    );
    let _ = writeln!(out, "<p class=\"who\">{}</p>", escaped(&who(ns, request.name)));
    if !request.members.is_empty() {
        members(out, request.members);
    }
    let mut xml = String::new();
    write_xml(&mut xml, request.name, &format!(" xmlns=\"{ns}\""), request.members, 0);
    let _ = writeln!(out, "<pre>{}</pre></section>", escaped(&xml));
}

fn members(out: &mut String, members: &[Member]) {
    out.push_str("<ul class=\"members\">");
    for member in members {
        let name = if member.name.is_empty() { "(text)" } else { member.name };
        let name = if member.needed { format!("<b>{name}</b>") } else { name.to_owned() };
        let (kind, inner) = match member.kind {
            Kind::Text => ("text", &[][..]),
            Kind::Texts => ("text, repeated", &[][..]),
            Kind::Int => ("number", &[][..]),
            Kind::Flag => ("boolean", &[][..]),
            Kind::One(inner) => ("element", inner),
            Kind::Many(inner) => ("elements", inner),
        };
        let _ = write!(out, "<li><code>{name}</code> <i>{kind}</i>");
        if !inner.is_empty() {
            self::members(out, inner);
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>\n");
}

/// One level deep below the request: what it looks like.
fn write_xml(out: &mut String, name: &str, more: &str, members: &[Member], depth: usize) {
    let pad = "  ".repeat(depth);
    let _ = write!(out, "{pad}<{name}{more}");
    for member in members.iter().filter(|member| matches!(member.kind, Kind::Text | Kind::Int | Kind::Flag)) {
        match member.kind {
            _ if member.name.is_empty() => {}
            Kind::Int => _ = write!(out, " {}=\"0\"", member.name),
            Kind::Flag => _ = write!(out, " {}=\"1\"", member.name),
            _ => _ = write!(out, " {}=\"…\"", member.name),
        }
    }
    let inner = members.iter().filter(|member| matches!(member.kind, Kind::One(_) | Kind::Many(_) | Kind::Texts));
    let inner: Vec<&Member> = if depth < 2 { inner.collect() } else { Vec::new() };
    let has_text = members.iter().any(|member| member.name.is_empty());
    if inner.is_empty() {
        out.push_str(&if has_text { format!(">…</{name}>\n") } else { "/>\n".to_owned() });
        return;
    }
    out.push_str(">\n");
    for member in inner {
        match member.kind {
            Kind::One(members) | Kind::Many(members) => write_xml(out, member.name, "", members, depth + 1),
            _ => _ = writeln!(out, "{pad}  <{0}>…</{0}>", member.name),
        }
    }
    let _ = writeln!(out, "{pad}</{name}>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Who may send it, from what lets it through.
pub fn who(ns: &str, name: &str) -> String {
    if dispatch::is_public(&Element::in_ns(name, ns)) {
        return "Without a token.".to_owned();
    }
    match ns {
        ns::ADMIN => GUARDED.iter().find(|known| known.name == name).map(|known| guard(known.access)).unwrap_or_default(),
        ns::MAIL if delegate::is_shared(name) => {
            "The owner of the mailbox, an administrator who may log in as the owner, and others as far as folders are shared with them.".to_owned()
        }
        ns::MAIL => "The owner of the mailbox, and an administrator who may log in as the owner.".to_owned(),
        _ => "The owner of the account, and an administrator who may log in as the owner.".to_owned(),
    }
}

fn guard(access: Access) -> String {
    let on = |what: What| match what {
        What::Account => "the account",
        What::Mailbox => "the account whose mailbox it is",
        What::List => "the list",
        What::Domain | What::DomainName => "the domain",
        What::DomainOf(_) => "the domain of the address",
        What::Cos => "the class of service",
        What::Server | What::ThisServer => "the server",
        What::Everything => "everything",
    };
    match access {
        Access::Everybody => "Without a token.".to_owned(),
        Access::Administrators => "Every administrator.".to_owned(),
        Access::Global => "Administrators of everything.".to_owned(),
        Access::May(right, what) => format!("Administrators with the right {right} on {}.", on(what)),
        Access::MayAccount(account, resource, what) if account == resource => {
            format!("Administrators with the right {account} on {}.", on(what))
        }
        Access::MayAccount(account, resource, what) => {
            format!("Administrators with the right {account} on {}; of a calendar resource, {resource}.", on(what))
        }
        Access::Filtered => "Every administrator; the answer leaves out what he may not see.".to_owned(),
        Access::Attributes => "Administrators with the rights to the attributes that are read or set.".to_owned(),
        Access::Handler => "Administrators with rights on all that the request is about.".to_owned(),
    }
}
