// SPDX-License-Identifier: AGPL-3.0-or-later
//! Every request there is, with arguments that make no sense, and with another's ids and no right to them: the answer is a
//! fault of the caller's, nothing is told, nothing changes.

use crate::support::*;
use soap::element::Element;

/// What the dispatcher knows, but what ends the session.
fn names() -> Vec<&'static str> {
    let words = include_str!("../../src/dispatch.rs").split('"');
    let is_request = |word: &&str| word.ends_with("Request") && word.chars().all(|c| c.is_ascii_alphabetic());
    let mut names: Vec<&str> = words.filter(is_request).filter(|word| word.len() > "Request".len()).collect();
    names.retain(|name| !["AuthRequest", "EndSessionRequest", "ChangePasswordRequest"].contains(name));
    assert!(names.len() > 80, "the dispatcher looks otherwise");
    names
}

/// An argument under all the names that requests give to it.
fn filled(request: Element, id: &str) -> Element {
    let with_id =
        |name: &str| Element::new(name).attr("id", id).attr("l", id).attr("name", "x").attr("zid", id).attr("rid", id);
    let mut request = request.attr("id", id).attr("l", id).attr("cid", id).attr("folderId", id);
    for name in ["m", "cn", "folder", "item", "doc", "tag", "search", "link", "c", "meta", "identity", "signature"] {
        request = request.unique(with_id(name));
    }
    request.content("query", format!("inid:\"{id}\"").as_str())
}

fn each(name: &str) -> [Element; 2] {
    [mail(name), account(name)]
}

async fn no_sense(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let long = "9".repeat(50_000);
    for name in names() {
        for request in each(name) {
            for value in ["", "x", "-1", "0", "4294967296", "a:b:c", "\u{1F600}", &long] {
                let action = Element::new("action").attr("op", value).attr("id", value).attr("l", value);
                let reply = alice.call(filled(request.clone(), value).unique(action)).await;
                assert_ne!(reply.fault().as_deref(), Some("service.FAILURE"), "{name} {:.10}: {}", value, reply.text);
            }
            let reply = alice.call(request).await;
            assert_ne!(reply.fault().as_deref(), Some("service.FAILURE"), "{name}: {}", reply.text);
        }
    }
}

const OPS: [&str; 24] = [
    "delete",
    "move",
    "copy",
    "read",
    "!read",
    "flag",
    "tag",
    "!tag",
    "trash",
    "spam",
    "!spam",
    "update",
    "rename",
    "empty",
    "grant",
    "!grant",
    "color",
    "lock",
    "unlock",
    "check",
    "sync",
    "url",
    "fb",
    "retentionpolicy",
];

async fn others_ids(json: bool) {
    let world = World::new();
    world.directory.create_account("carl@example.test", PASSWORD, directory::Attrs::new()).unwrap();
    let carl = world.login("carl", json).await;
    let secret = world.deliver("alice", &message("xyzzy-secret", "", "text"));
    let id = world.id("alice");
    let actor = mailbox::Actor { account: id.clone(), is_admin: false };
    let mailbox = world.store.open_mailbox(&actor, &id, 0).unwrap();
    let before = mailbox.mailbox().row().unwrap().modseq;
    for name in names() {
        for request in each(name) {
            for own in [secret.to_string(), "2".to_owned(), "1".to_owned()] {
                let qualified = format!("{id}:{own}");
                let mut requests = vec![filled(request.clone(), &qualified)];
                if name.contains("Action") {
                    requests = OPS
                        .iter()
                        .map(|op| {
                            let action =
                                Element::new("action").attr("op", *op).attr("id", qualified.clone()).attr("l", "2");
                            request.clone().unique(action.attr("tn", "x").attr("name", "x").attr("color", "3"))
                        })
                        .collect();
                }
                for request in requests {
                    let reply = carl.call(request).await;
                    let failed = reply.fault().as_deref() == Some("service.FAILURE");
                    assert!(!failed && !reply.text.contains("xyzzy"), "{name} {own}: {}", reply.text);
                }
            }
        }
    }
    assert_eq!(mailbox.mailbox().row().unwrap().modseq, before, "nothing changed");
}

both! { no_sense others_ids without_what_is_needed }

/// Something for each member that has none of its own, but not for `left_out`.
fn plausible(mut element: Element, members: &[soap::Member], left_out: &str) -> Element {
    for member in members.iter().filter(|member| member.name != left_out) {
        element = match member.kind {
            _ if member.name.is_empty() => element.text("x"),
            soap::Kind::Text | soap::Kind::Texts => element.content(member.name, "x"),
            soap::Kind::Int | soap::Kind::Flag => element.attr(member.name, 1),
            soap::Kind::One(inner) | soap::Kind::Many(inner) => {
                element.child(plausible(Element::new(member.name), inner, "\0"))
            }
        };
    }
    element
}

/// Each member that is said to be needed is, and so is each of an element that is.
async fn without_what_is_needed(json: bool) {
    let world = World::new();
    let (alice, root) = (world.login("alice", json).await, world.login_admin(json).await);
    let (mut number, mut wrong) = (0, Vec::new());
    for (ns, table) in soap::SCHEMA {
        let client = if ns == soap::element::ns::ADMIN { &root } else { &alice };
        for known in table {
            for needed in known.members.iter().filter(|member| member.needed) {
                let other = || plausible(Element::in_ns(known.name, ns), known.members, needed.name);
                let mut lacking = vec![(needed.name.to_owned(), other())];
                if let soap::Kind::One(inner) | soap::Kind::Many(inner) = needed.kind {
                    lacking.extend(inner.iter().filter(|member| member.needed).map(|member| {
                        let child = plausible(Element::new(needed.name), inner, member.name);
                        (format!("{} {}", needed.name, member.name), other().child(child))
                    }));
                }
                for (what, request) in lacking {
                    number += 1;
                    let code = client.call(request).await.fault().unwrap_or_default();
                    if code.is_empty() || code == "service.FAILURE" {
                        wrong.push(format!("{} without {what}: {code}", known.name));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty() && number > 80, "{number}: {wrong:#?}");
}
