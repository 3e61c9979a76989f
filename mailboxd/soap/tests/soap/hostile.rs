// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a stranger may throw at the door.
use crate::support::*;
use soap::element::Element;

async fn refused(client: &Client, text: impl Into<axum::body::Body>) {
    let reply = client.raw(text).await;
    assert_eq!(reply.status, 500);
    let code = reply.fault().unwrap_or_else(|| panic!("no fault: {}", reply.text));
    assert!(
        ["soap.PARSE_ERROR", "service.INVALID_REQUEST", "service.AUTH_REQUIRED"].contains(&code.as_str()),
        "{code}"
    );
}

#[tokio::test]
async fn garbage() {
    let world = World::new();
    let client = world.anonymous(false);
    for text in [
        "",
        " ",
        "<",
        "{",
        "null",
        "[]",
        "42",
        "\"x\"",
        "<a/>",
        "{}",
        "{\"Body\":{}}",
        "{\"Body\":[]}",
        "\u{0}\u{1}",
        "<soap:Envelope/>",
        "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"/>",
        "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Body/></Envelope>",
    ] {
        refused(&client, text).await;
    }
    refused(&client, vec![0xff_u8; 100]).await;
}

#[tokio::test]
async fn bombs() {
    let world = World::new();
    let client = world.anonymous(false);
    let body = |inner: &str| {
        format!("<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Body>{inner}</Body></Envelope>")
    };
    let entities = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    refused(&client, format!("{entities}{}", body("<x>&b;&x;</x>"))).await;
    refused(&client, body(&"<a>".repeat(100_000))).await;
    refused(&client, body(&"<a/>".repeat(300_000))).await;
    refused(&client, format!("{{\"Body\":{}", "[".repeat(1_000_000))).await;
    refused(&client, format!("{{\"Body\":{}", "{\"a\":".repeat(1_000_000))).await;
    refused(&client, format!("{{\"Body\":{{\"x\":[{}0]}}}}", "0,".repeat(1_000_000))).await;
}

#[tokio::test]
async fn unknown_documents() {
    let world = World::new();
    let client = world.login("alice", true).await;
    for request in [
        mail("BogusRequest"),
        Element::in_ns("NoOpRequest", "urn:other"),
        Element::new(format!("X{}", "y".repeat(100_000))),
    ] {
        assert_eq!(client.fault(request).await, "service.UNKNOWN_DOCUMENT");
    }
}

#[tokio::test]
async fn answers_in_the_wanted_format() {
    let world = World::new();
    let client = world.login("alice", false).await;
    let reply = client.with(Element::new("format").attr("type", "js")).ok(mail("NoOpRequest")).await;
    assert!(reply.text.starts_with('{'), "{}", reply.text);
    let client = world.login("alice", true).await;
    let reply = client.with(Element::new("format").attr("type", "xml")).ok(mail("NoOpRequest")).await;
    assert!(reply.text.starts_with('<'), "{}", reply.text);
}

#[tokio::test]
async fn optimistic_lock() {
    let world = World::new();
    let client = world.login("alice", true).await;
    let token = client.session("").ok(mail("NoOpRequest")).await.context.first("change").unwrap().get("token").unwrap();
    let locked = client.with(Element::new("change").attr("token", token));
    locked.ok(mail("NoOpRequest")).await;
    world.deliver("alice", &message("news", "", "text"));
    assert_eq!(locked.fault(mail("NoOpRequest")).await, "mail.MODIFY_CONFLICT");
}
