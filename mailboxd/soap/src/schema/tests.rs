// SPDX-License-Identifier: AGPL-3.0-or-later
use super::*;
use crate::handler::admin::access::REQUESTS as GUARDED;
use std::collections::BTreeSet;

/// Names of requests in a function of the dispatcher.
fn dispatched(function: &str) -> BTreeSet<&'static str> {
    let source = include_str!("../dispatch.rs");
    let (_, body) = source.split_once(function).unwrap();
    let (body, _) = body.split_once("Err(unknown").unwrap();
    let words = body.split('"').filter(|word| word.ends_with("Request") && !word.contains(' '));
    words.collect()
}

#[test]
fn each_request_that_can_be_sent_is_defined_and_none_else() {
    let tables: [BTreeSet<&str>; 3] = TABLES.map(|(_, table)| table.iter().map(|request| request.name).collect());
    assert_eq!(tables[0], dispatched("async fn account("));
    assert_eq!(tables[1], dispatched("async fn mail("));
    assert_eq!(tables[2], GUARDED.iter().map(|known| known.name).collect());
    for (ns, table) in TABLES {
        assert!(table.is_sorted_by_key(|request| request.name), "{ns}");
        for request in table {
            assert_eq!(find(ns, request.name), Some(request));
            assert!(request.about.ends_with('.') && !docs::who(ns, request.name).is_empty(), "{}", request.name);
            names_are_plain(request.members);
        }
    }
    assert!(find(ns::MAIL, "NoSuchRequest").is_none() && find("urn:x", "SearchRequest").is_none());
}

/// Each name once, and nothing that would have to be escaped anywhere.
fn names_are_plain(members: &[Member]) {
    let names: BTreeSet<&str> = members.iter().map(|member| member.name).collect();
    assert_eq!(names.len(), members.len(), "{members:?}");
    for member in members {
        assert!(member.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{}", member.name);
        if let Kind::One(inner) | Kind::Many(inner) = member.kind {
            names_are_plain(inner);
        }
    }
}

/// Every number and boolean that any request has, wherever it is.
fn typed(
    members: &'static [Member],
    wrap: &dyn Fn(Element) -> Element,
    name: &str,
    found: &mut Vec<(String, Kind, Element)>,
) {
    for member in members {
        match member.kind {
            Kind::Int | Kind::Flag => {
                for value in ["x", "1 0", "\u{663}", "0x1"] {
                    found.push((
                        member.name.to_owned(),
                        member.kind,
                        wrap(Element::new(name).attr(member.name, value)),
                    ));
                }
                found.push((member.name.to_owned(), member.kind, wrap(Element::new(name).content(member.name, "yes"))));
            }
            Kind::One(inner) | Kind::Many(inner) => {
                let deeper = |element: Element| wrap(Element::new(name).child(element));
                typed(inner, &deeper, member.name, found);
            }
            Kind::Text | Kind::Texts => {}
        }
    }
}

#[test]
fn what_is_of_another_kind_is_refused_wherever_it_stands() {
    let mut number = 0;
    for (ns, table) in TABLES {
        for request in table {
            let mut found = Vec::new();
            let outer = |element: Element| Element { ns: ns.to_owned(), ..element };
            typed(request.members, &outer, request.name, &mut found);
            for (member, kind, element) in found {
                number += 1;
                let fault = check(&element).unwrap_err();
                assert_eq!(fault.code, "service.INVALID_REQUEST", "{} {member} {kind:?}", request.name);
                assert!(fault.reason.ends_with(&member), "{}", fault.reason);
            }
        }
    }
    assert!(number > 500, "{number}");
    let search = |name: &str, value: &str| check(&Element::in_ns("SearchRequest", ns::MAIL).attr(name, value));
    for (name, value) in
        [("limit", "-5"), ("limit", ""), ("read", "TRUE"), ("read", "0"), ("query", "x"), ("unknown", "x")]
    {
        assert!(search(name, value).is_ok(), "{name}={value}");
    }
    assert!(check(&Element::in_ns("NoSuchRequest", ns::MAIL)).is_ok(), "the dispatcher says so");
}

#[tokio::test]
async fn the_page_has_all_of_them_and_runs_nothing() {
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let app: axum::Router = router();
    let get = |path: &'static str| {
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        app.clone().oneshot(request)
    };
    let response = get("/service/docs").await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let page = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    for (ns, table) in TABLES {
        for request in table {
            assert!(page.contains(&format!("<section id=\"{ns}.{0}\"><h3>{0}</h3>", request.name)), "{}", request.name);
        }
    }
    assert!(page.contains("Administrators with the right createAccount on the domain of the address."));
    for bad in ["<script", "onclick", "style=", "http://", "https://"] {
        assert!(!page.contains(bad), "{bad}");
    }
    let style = get("/service/docs/docs.css").await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}
