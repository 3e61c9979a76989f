// SPDX-License-Identifier: AGPL-3.0-or-later
//! Searches that no person would type, asked by a user who is logged in: an answer or a fault, soon, and nobody else notices.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{PASSWORD, address};
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::victim::{Victim, http};
use serde_json::{Value, json};

/// A SOAP request in JSON; the answer's body, or `None` where HTTP itself refused.
fn soap(victim: &Victim, token: Option<&str>, body: Value) -> Option<Value> {
    let mut context = json!({"_jsns": "urn:zimbra"});
    if let Some(token) = token {
        context["authToken"] = json!([{"_content": token}]);
    }
    let text = json!({"Header": {"context": context}, "Body": body}).to_string();
    let head = "POST /service/soap/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json";
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    let (status, answer) = http(victim.site.http, request.as_bytes());
    assert!(status.starts_with("HTTP/1.1 "), "{status}");
    serde_json::from_str::<Value>(&answer).ok().map(|answer| answer["Body"].clone())
}

#[test]
fn absurd_queries_get_an_answer_or_a_fault() {
    let mut victim = Victim::start();
    let mut lmtp = Lmtp::connect(victim.site.lmtp).unwrap();
    lmtp.deliver("s@example.test", &[&address("alice")], b"Subject: one\r\n\r\nwords to find\r\n").unwrap();
    let account = json!({"by": "name", "_content": address("alice")});
    let auth =
        json!({"AuthRequest": {"_jsns": "urn:zimbraAccount", "account": account, "password": {"_content": PASSWORD}}});
    let auth = soap(&victim, None, auth).unwrap();
    assert!(auth["AuthResponse"].is_object(), "{auth}");
    let token = auth["AuthResponse"]["authToken"][0]["_content"].as_str().unwrap().to_owned();
    let queries = [
        ("a megabyte of a word", "x".repeat(1 << 20)),
        ("a megabyte of words", "x ".repeat(1 << 19)),
        ("deep parentheses", format!("{}x{}", "(".repeat(20_000), ")".repeat(20_000))),
        ("open parentheses", "(".repeat(50_000)),
        ("many NOTs", format!("{}x", "not ".repeat(50_000))),
        ("many minuses", format!("{}x", "-".repeat(50_000))),
        ("many ORs", "x or ".repeat(50_000)),
        ("many stars", "* ".repeat(50_000)),
        ("quotes without end", "\"".repeat(50_001)),
        ("NUL", "in:\0".into()),
        ("dates from nowhere", "before:99/99/9999999999999999999 after:-999999999999999y".into()),
        ("sizes without end", "larger:99999999999999999999999gb".into()),
    ];
    for (what, query) in &queries {
        let search =
            json!({"SearchRequest": {"_jsns": "urn:zimbraMail", "types": "message", "query": {"_content": query}}});
        if let Some(body) = soap(&victim, Some(&token), search) {
            assert!(body["SearchResponse"].is_object() || body["Fault"].is_object(), "{what}: {body}");
        }
        victim.still_well(what);
    }
    let search =
        json!({"SearchRequest": {"_jsns": "urn:zimbraMail", "types": "message", "query": {"_content": "find"}}});
    let found = soap(&victim, Some(&token), search).unwrap();
    assert_eq!(found["SearchResponse"]["m"].as_array().map(Vec::len), Some(1), "{found}");
    victim.end();
}

#[test]
fn absurd_imap_searches_get_an_answer_or_the_end_of_their_session() {
    let mut victim = Victim::start();
    let mut lmtp = Lmtp::connect(victim.site.lmtp).unwrap();
    lmtp.deliver("s@example.test", &[&address("alice")], b"Subject: one\r\n\r\nwords to find\r\n").unwrap();
    let megabyte = 1 << 20;
    let searches = [
        ("a megabyte on a line", format!("SEARCH TEXT {}", "x".repeat(megabyte))),
        ("a megabyte in a literal", format!("SEARCH TEXT {{{megabyte}+}}\r\n{}", "x ".repeat(megabyte / 2))),
        ("as much as a command may hold", format!("SEARCH TEXT {{60000+}}\r\n{}", "x ".repeat(30_000))),
        ("NUL", "SEARCH TEXT {1+}\r\n\0".into()),
        ("invalid UTF-8", "SEARCH CHARSET UTF-8 HEADER X-\u{fffd} {2+}\r\n\u{7ff}".into()),
        ("a thousand texts", format!("SEARCH {}ALL", "TEXT words ".repeat(1_000))),
        ("a thousand choices", format!("SEARCH {}ALL", "OR BODY find ".repeat(30))),
    ];
    for (what, search) in &searches {
        let mut alice = victim.alice();
        if let Ok(answer) = alice.command(search) {
            assert!(["OK", "NO", "BAD"].iter().any(|word| answer.status.starts_with(word)), "{what}: {answer:?}");
            alice.ok("NOOP").unwrap_or_else(|error| panic!("{what}: the session is out of step: {error:#}"));
        }
        victim.still_well(what);
    }
    assert_eq!(victim.alice().search("TEXT find").unwrap().len(), 1);
    victim.end();
}
