// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { identities signatures properties }

fn identity(name: &str, attrs: &[(&str, &str)]) -> Element {
    let a = |(name, value): &(&str, &str)| Element::new("a").attr("name", *name).text(*value);
    attrs.iter().fold(Element::new("identity").attr("name", name), |identity, pair| identity.child(a(pair)))
}

async fn identities(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let create =
        |name: &str| account("CreateIdentityRequest").unique(identity(name, &[("zimbraPrefFromDisplay", "Sales")]));
    let made = client.ok(create("sales")).await;
    let id = made.first("identity").get("id").unwrap();
    assert_eq!(client.fault(create("Sales")).await, "account.IDENTITY_EXISTS");
    assert_eq!(client.fault(create("DEFAULT")).await, "account.IDENTITY_EXISTS");
    assert_eq!(client.fault(create("  ")).await, "service.INVALID_REQUEST");
    let bad = identity("bad", &[("zimbraIsAdminAccount", "TRUE")]);
    assert_eq!(client.fault(account("CreateIdentityRequest").unique(bad)).await, "account.INVALID_ATTR_NAME");
    let rename = identity("office", &[("zimbraPrefFromDisplay", "")]).attr("id", id.clone());
    client.ok(account("ModifyIdentityRequest").unique(rename)).await;
    let default = identity("DEFAULT", &[("zimbraPrefFromDisplay", "Alice")]);
    client.ok(account("ModifyIdentityRequest").unique(default)).await;
    let reply = client.ok(account("GetIdentitiesRequest")).await;
    let shown: Vec<(String, Option<String>)> = reply
        .body
        .named("identity")
        .map(|identity| {
            let attrs = identity.key_values("a", "name").unwrap();
            let display = attrs.into_iter().find(|(name, _)| name == "zimbraPrefFromDisplay").map(|(_, value)| value);
            (identity.get("name").unwrap(), display)
        })
        .collect();
    assert_eq!(shown, [("DEFAULT".to_owned(), Some("Alice".to_owned())), ("office".to_owned(), None)]);
    let info = client.ok(account("GetInfoRequest").attr("sections", "idents,sigs")).await;
    assert_eq!(info.first("identities").named("identity").count(), 2);
    let delete = |name: &str| account("DeleteIdentityRequest").unique(Element::new("identity").attr("name", name));
    assert_eq!(client.fault(delete("DEFAULT")).await, "service.INVALID_REQUEST");
    client.ok(delete("office")).await;
    assert_eq!(client.fault(delete("office")).await, "account.NO_SUCH_IDENTITY");
    assert_eq!(
        client.fault(account("ModifyIdentityRequest").unique(identity("none", &[]))).await,
        "account.NO_SUCH_IDENTITY"
    );
}

async fn signatures(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let content = |kind: &str, text: &str| Element::new("content").attr("type", kind).text(text);
    let signature = |name: &str| Element::new("signature").attr("name", name);
    let both = signature("work").child(content("text/plain", "Alice")).child(content("text/html", "<b>Alice</b>"));
    let made = client.ok(account("CreateSignatureRequest").unique(both)).await;
    let id = made.first("signature").get("id").unwrap();
    assert_eq!(
        client.fault(account("CreateSignatureRequest").unique(signature("work"))).await,
        "account.SIGNATURE_EXISTS"
    );
    let long = signature("long").child(content("text/plain", &"x".repeat(20_000)));
    assert_eq!(client.fault(account("CreateSignatureRequest").unique(long)).await, "account.INVALID_ATTR_VALUE");
    let odd = signature("odd").child(content("image/png", "x"));
    assert_eq!(client.fault(account("CreateSignatureRequest").unique(odd)).await, "service.INVALID_REQUEST");
    let change = Element::new("signature").attr("id", id.clone()).attr("name", "home").child(content("text/plain", ""));
    client.ok(account("ModifySignatureRequest").unique(change)).await;
    let reply = client.ok(account("GetSignaturesRequest")).await;
    let shown = reply.first("signature");
    assert_eq!(shown.get("name").as_deref(), Some("home"));
    let texts: Vec<&str> = shown.named("content").map(|content| content.text_or_empty()).collect();
    assert_eq!(texts, ["<b>Alice</b>"]);
    // somebody else's id is none of mine
    let bob = world.login("bob", json).await;
    let theirs = Element::new("signature").attr("id", id.clone());
    assert_eq!(bob.fault(account("DeleteSignatureRequest").unique(theirs.clone())).await, "account.NO_SUCH_SIGNATURE");
    client.ok(account("DeleteSignatureRequest").unique(theirs)).await;
    assert!(client.ok(account("GetSignaturesRequest")).await.body.first("signature").is_none());
}

async fn properties(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let prop = |value: &str| Element::new("prop").attr("zimlet", "clock").attr("name", "face").text(value);
    client.ok(account("ModifyPropertiesRequest").child(prop("a:b"))).await;
    let info = client.ok(account("GetInfoRequest").attr("sections", "props")).await;
    assert_eq!(info.first("props").first("prop").unwrap().text_or_empty(), "a:b");
    let bad = Element::new("prop").attr("zimlet", "a:b").attr("name", "c").text("d");
    assert_eq!(client.fault(account("ModifyPropertiesRequest").child(bad)).await, "service.INVALID_REQUEST");
    for name in ["GetAvailableLocalesRequest", "GetAvailableSkinsRequest", "GetAvailableCsvFormatsRequest"] {
        assert!(!client.ok(account(name)).await.body.children.is_empty());
    }
}
