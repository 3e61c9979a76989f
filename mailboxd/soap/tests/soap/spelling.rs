// SPDX-License-Identifier: AGPL-3.0-or-later
//! With Debian's dictionaries of English and German.

use crate::support::*;
use soap::element::Element;

both! { checked refused }

fn check(text: &str) -> Element {
    mail("CheckSpellingRequest").text(text)
}

fn words(reply: &Reply) -> Vec<String> {
    reply.body.named("misspelled").map(|one| one.get("word").unwrap()).collect()
}

async fn checked(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let all = client.ok(mail("GetSpellDictionariesRequest")).await;
    let all: Vec<_> = all.body.named("dictionary").map(|one| one.text_or_empty().to_owned()).collect();
    assert!(all.contains(&"en_US".to_owned()) && all.contains(&"de_DE".to_owned()), "{all:?}");
    let info = client.ok(account("GetInfoRequest").attr("sections", "mbox")).await;
    assert_eq!(info.body.flag("isSpellCheckAvailable").unwrap(), Some(true));

    let reply = client.ok(check("Helloo Wrold, a Zimlet of ZZX to helo@example.test")).await;
    assert_eq!(reply.body.flag("available").unwrap(), Some(true));
    assert_eq!(words(&reply), ["Helloo", "Wrold"]);
    let suggestions = reply.first("misspelled").get("suggestions").unwrap();
    assert!(suggestions.split(',').any(|word| word == "Hello"), "{suggestions}");
    assert!(words(&client.ok(check("Helloo Wrold").attr("ignore", "wrold, helloo")).await).is_empty());
    assert!(words(&client.ok(check("")).await).is_empty());

    assert_eq!(words(&client.ok(check("Schöne Grüße").attr("dictionary", "de_DE")).await), [""; 0]);
    let pref = |name: &str, value: &str| account("ModifyPrefsRequest").pair("pref", "name", name, value);
    client.ok(pref("zimbraPrefSpellIgnoreWord", "helloo")).await;
    client.ok(pref("zimbraPrefSpellIgnoreAllCaps", "FALSE")).await;
    assert_eq!(words(&client.ok(check("Helloo Wrold ZZX")).await), ["Wrold", "ZZX"]);
    client.ok(pref("zimbraPrefLocale", "de")).await;
    assert_eq!(words(&client.ok(check("Schöne Grüße, dear")).await), ["dear"]);
    client.ok(pref("zimbraPrefSpellDictionary", "en_US")).await;
    assert!(words(&client.ok(check("Schöne dear world")).await).contains(&"Schöne".to_owned()));
}

async fn refused(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for name in ["tlh", "../../etc/passwd"] {
        assert_eq!(client.fault(check("word").attr("dictionary", name)).await, "service.NO_SPELL_CHECK_URL", "{name}");
    }
    assert_eq!(client.fault(check(&"word ".repeat(100_000))).await, "service.INVALID_REQUEST");
    assert_eq!(world.anonymous(json).fault(check("word")).await, "service.AUTH_REQUIRED");
    let bob = world.login("bob", json).await;
    let as_alice = bob.with(Element::new("account").attr("by", "name").text("alice@example.test"));
    assert_eq!(as_alice.fault(check("word")).await, "service.PERM_DENIED");
}
