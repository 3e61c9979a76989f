// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { set_and_get }

async fn set_and_get(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let pref = |name: &str, value: &str| {
        account("ModifyPrefsRequest").child(Element::new("pref").attr("name", name).text(value))
    };
    client.ok(pref("zimbraPrefSkin", "dark")).await;
    client.ok(account("ModifyPrefsRequest").pair("pref", "name", "zimbraPrefLocale", "de")).await;
    let reply = client.ok(account("GetPrefsRequest")).await;
    assert!(reply.text.contains("zimbraPrefSkin") && reply.text.contains("dark"), "{}", reply.text);
    assert_eq!(client.fault(pref("zimbraIsAdminAccount", "TRUE")).await, "service.INVALID_REQUEST");
    assert!(!world.directory.account("alice@example.test").unwrap().unwrap().is_admin);
}
