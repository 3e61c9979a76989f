// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::{Element, ns};

both! { continues stops }

fn batch() -> Element {
    Element::in_ns("BatchRequest", ns::ZIMBRA)
        .child(mail("GetMsgRequest").attr("requestId", "a").child(Element::new("m").attr("id", "9999")))
        .child(mail("NoOpRequest").attr("requestId", "b"))
        .child(account("GetInfoRequest").attr("requestId", "c").attr("sections", "mbox"))
}

async fn continues(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let reply = client.ok(batch()).await;
    let parts: Vec<(String, String)> =
        reply.body.elements().map(|e| (e.name.clone(), e.get("requestId").unwrap_or_default())).collect();
    let expected = [("Fault", "a"), ("NoOpResponse", "b"), ("GetInfoResponse", "c")];
    assert_eq!(parts, expected.map(|(name, id)| (name.to_owned(), id.to_owned())));
    assert_eq!(fault_code(reply.first("Fault")).as_deref(), Some("mail.NO_SUCH_MSG"));
    assert_eq!(client.ok(mail("NoOpRequest").attr("requestId", "7")).await.body.get("requestId").as_deref(), Some("7"));
}

async fn stops(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let reply = client.ok(batch().attr("onerror", "stop")).await;
    assert_eq!(reply.body.children.len(), 1);
    let nested = Element::in_ns("BatchRequest", ns::ZIMBRA).child(batch());
    let reply = client.ok(nested).await;
    assert_eq!(fault_code(reply.first("Fault")).as_deref(), Some("service.INVALID_REQUEST"));
}
