// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the scanner is told of single accounts.

use crate::common::{World, attrs};
use ph_directory::{Attrs, BlockedExtensions, Error, Kind, SenderList};
use std::time::Duration;

crate::on_both! {
    senders_that_people_and_domains_allow_and_block,
    extensions_are_inherited_and_told_where_they_differ,
    nobody_logs_in_to_an_account_of_the_system,
    the_system_enters_its_own_mailboxes_whatever_the_domain_says,
    a_domain_has_a_key_and_gets_another,
    those_who_administer,
}

fn senders_that_people_and_domains_allow_and_block(f: &World) {
    assert_eq!(f.sender_lists().unwrap(), []);
    let alice = f.alice();
    f.add_alias(&alice.id, "al@example.test").unwrap();
    f.create_account("bob@example.test", "sesame", Attrs::new()).unwrap();
    f.modify_account(&alice.id, attrs(&[("amavisWhitelistSender", "friend.test")])).unwrap();
    f.modify_domain("example.test", attrs(&[("amavisBlacklistSender", "spam.test")])).unwrap();
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let list = |name: &str, addresses: &[&str], allow: &[&str], block: &[&str]| SenderList {
        name: name.to_owned(),
        addresses: owned(addresses),
        allow: owned(allow),
        block: owned(block),
    };
    let of_domain = list("@example.test", &["@example.test"], &[], &["spam.test"]);
    let of_alice = list("alice@example.test", &["alice@example.test", "al@example.test"], &["friend.test"], &[]);
    assert_eq!(f.sender_lists().unwrap(), [of_domain.clone(), of_alice]);
    f.modify_account(&alice.id, attrs(&[("amavisWhitelistSender", "")])).unwrap();
    assert_eq!(f.sender_lists().unwrap(), [of_domain]);
}

fn extensions_are_inherited_and_told_where_they_differ(f: &World) {
    const NAME: &str = "zimbraMtaBlockedExtension";
    let alice = f.alice();
    let told = |expected: &[(&[&str], &[&str])]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(extensions, addresses)| BlockedExtensions {
                extensions: extensions.iter().map(|e| (*e).to_owned()).collect(),
                addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
            })
            .collect();
        assert_eq!(f.blocked_extensions().unwrap(), expected);
    };
    told(&[]);
    f.modify_config(attrs(&[(NAME, "exe"), (NAME, "bat")])).unwrap();
    told(&[]);
    assert_eq!(f.account_by_id(&alice.id).unwrap().unwrap().attrs[NAME].len(), 2, "from the global config");
    let cos = f.create(Kind::Cos, "engineers", attrs(&[(NAME, "scr")])).unwrap();
    f.modify_account(&alice.id, attrs(&[("zimbraCOSId", &cos.id)])).unwrap();
    told(&[(&["scr"], &["alice@example.test"])]);
    // her own, which is what holds for everybody else
    f.modify_account(&alice.id, attrs(&[(NAME, "EXE"), (NAME, "bat")])).unwrap();
    told(&[]);
    f.modify_domain("example.test", attrs(&[(NAME, "zip")])).unwrap();
    told(&[(&["bat", "exe"], &["alice@example.test"]), (&["zip"], &["@example.test"])]);
    // the class of those who have none comes before the domain, and alice's own class has none now
    f.modify(Kind::Cos, "engineers", attrs(&[(NAME, "")])).unwrap();
    f.modify_account(&alice.id, attrs(&[(NAME, "")])).unwrap();
    f.modify(Kind::Cos, "default", attrs(&[(NAME, "js")])).unwrap();
    told(&[(&["js"], &["@example.test"]), (&["zip"], &["alice@example.test"])]);
}

fn nobody_logs_in_to_an_account_of_the_system(f: &World) {
    let system = attrs(&[("zimbraIsSystemAccount", "TRUE")]);
    let account = f.create_account("quarantine@example.test", "sesame", system).unwrap();
    for name in ["quarantine@example.test", "quarantine"] {
        assert!(matches!(f.authenticate(name, "sesame"), Err(Error::AuthFailed)), "{name}");
    }
    f.modify_account(&account.id, attrs(&[("zimbraIsSystemAccount", "FALSE")])).unwrap();
    f.authenticate("quarantine@example.test", "sesame").unwrap();
}

fn the_system_enters_its_own_mailboxes_whatever_the_domain_says(f: &World) {
    let name = "probe@example.test";
    f.alice();
    let strict = [
        ("zimbraDomainMaxAccounts", "1"),
        ("zimbraDomainStatus", "locked"),
        ("zimbraAuthMech", "ldap"),
        ("zimbraAuthLdapURL", "ldap://127.0.0.1:1"),
        ("zimbraAuthLdapBindDn", "cn=%u"),
    ];
    f.modify_domain("example.test", attrs(&strict)).unwrap();
    let refused = f.create_account("bob@example.test", "", Attrs::new());
    assert!(matches!(refused, Err(Error::TooManyAccounts(_))));
    f.create_account(name, "", attrs(&[("zimbraIsSystemAccount", "TRUE")])).unwrap();
    let minute = Duration::from_secs(60);
    let password = f.open_system_account(name, minute).unwrap();
    assert_eq!(f.authenticate(name, &password).unwrap().name, name);
    for wrong in ["", "sesame", &password[1..]] {
        assert!(f.authenticate(name, wrong).is_err(), "{wrong}");
    }
    // It opens this one only, and only the newest does.
    assert!(f.authenticate("alice@example.test", &password).is_err());
    let next = f.open_system_account(name, minute).unwrap();
    assert!(f.authenticate(name, &password).is_err());
    f.authenticate(name, &next).unwrap();
    f.close_system_account(name).unwrap();
    assert!(f.authenticate(name, &next).is_err());
    let over = f.open_system_account(name, Duration::ZERO).unwrap();
    assert!(f.authenticate(name, &over).is_err());
    // Nobody's own mailbox is opened, and one that is not the system's any more is nobody's to open.
    assert!(f.open_system_account("alice@example.test", minute).is_err());
    let last = f.open_system_account(name, minute).unwrap();
    let id = f.account(name).unwrap().unwrap().id;
    f.modify_account(&id, attrs(&[("zimbraIsSystemAccount", "FALSE")])).unwrap();
    assert!(f.authenticate(name, &last).is_err());
    // Of the system's the domain counts none.
    f.modify_account(&id, attrs(&[("zimbraIsSystemAccount", "TRUE")])).unwrap();
    f.modify_domain("example.test", attrs(&[("zimbraDomainMaxAccounts", "2")])).unwrap();
    f.create_account("bob@example.test", "", Attrs::new()).unwrap();
}

fn a_domain_has_a_key_and_gets_another(f: &World) {
    let of = |domain: &ph_directory::Domain, name: &str| domain.attrs.get(name).map(|values| values[0].clone());
    let first = f.create_signed_domain("Signed.test", Attrs::new()).unwrap();
    assert_eq!(of(&first, "DKIMDomain").as_deref(), Some("signed.test"));
    let public = of(&first, "DKIMPublicKey").unwrap();
    assert!(public.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), "{public}");
    assert_eq!(of(&first, "DKIMKey"), None, "shown to nobody");
    let key = |domain: &str| f.domain_secrets(domain).unwrap()["DKIMKey"][0].clone();
    let old = key("signed.test");
    assert!(old.starts_with("-----BEGIN PRIVATE KEY-----\nMII") && old.lines().all(|line| line.len() <= 64));
    let second = f.rotate_dkim("signed.test").unwrap();
    assert_ne!(key("signed.test"), old);
    assert_eq!(of(&second, "posthouseDKIMPreviousPublicKey").as_ref(), Some(&public));
    assert_eq!(of(&second, "posthouseDKIMPreviousSelector"), of(&first, "DKIMSelector"));
    assert_ne!(of(&second, "DKIMSelector"), of(&first, "DKIMSelector"));
    let alias = f.create_signed_alias_domain("alias.test", "signed.test", Attrs::new()).unwrap();
    assert!(of(&alias, "DKIMPublicKey").is_some());
    // made before there were keys
    assert_eq!(of(&f.rotate_dkim("example.test").unwrap(), "posthouseDKIMPreviousSelector"), None);
    assert!(matches!(f.rotate_dkim("nowhere.test"), Err(Error::NoSuchDomain(_))));
}

fn those_who_administer(f: &World) {
    assert_eq!(f.administrators().unwrap(), Vec::<String>::new());
    for (name, is_admin, status) in [("a", "TRUE", "active"), ("b", "FALSE", "active"), ("c", "TRUE", "closed")] {
        let attrs = attrs(&[("zimbraIsAdminAccount", is_admin), ("zimbraAccountStatus", status)]);
        f.create_account(&format!("{name}@example.test"), "sesame", attrs).unwrap();
    }
    assert_eq!(f.administrators().unwrap(), ["a@example.test"]);
}
