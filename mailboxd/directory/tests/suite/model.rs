// SPDX-License-Identifier: AGPL-3.0-or-later
//! Classes of service, lists, alias domains and the rest beside accounts, on both backends.

use crate::common::{World, attrs};
use ph_directory::{Attrs, Error, Kind, Member, Target};

crate::on_both! {
    classes_of_service_are_inherited,
    lists_are_opened_once_and_circles_end,
    alias_domains,
    resources_servers_and_config,
    identities_and_signatures,
    the_address_list,
    known_attributes_are_checked_and_others_kept,
}

fn classes_of_service_are_inherited(f: &World) {
    let alice = f.alice();
    let cos = f.create(Kind::Cos, "Gold", attrs(&[("zimbraMailQuota", "500")])).unwrap();
    assert!(matches!(f.create(Kind::Cos, "gold", Attrs::new()), Err(Error::Exists(Kind::Cos, _))));
    let quota = || f.account("alice@example.test").unwrap().unwrap().quota();
    f.modify_config(attrs(&[("zimbraMailQuota", "10")])).unwrap();
    assert_eq!(quota(), 10);
    f.modify_domain("example.test", attrs(&[("zimbraMailQuota", "20")])).unwrap();
    assert_eq!(quota(), 20);
    f.modify(Kind::Cos, "default", attrs(&[("zimbraMailQuota", "30")])).unwrap();
    assert_eq!(quota(), 30);
    f.modify_domain("example.test", attrs(&[("zimbraDomainDefaultCOSId", &cos.id)])).unwrap();
    assert_eq!(quota(), 500);
    let default = f.get(Kind::Cos, "default").unwrap().id;
    f.modify_account(&alice.id, attrs(&[("zimbraCOSId", &default)])).unwrap();
    let seen = f.account("alice@example.test").unwrap().unwrap();
    assert_eq!((seen.quota(), seen.inherited.contains("zimbraMailQuota")), (30, true));
    let own = f.modify_account(&alice.id, attrs(&[("zimbraMailQuota", "40")])).unwrap();
    assert_eq!((own.quota(), own.inherited.contains("zimbraMailQuota")), (40, false));
    assert!(f.delete(Kind::Cos, "default").is_err());
    f.delete(Kind::Cos, &cos.id).unwrap();
    assert!(matches!(f.get(Kind::Cos, "gold"), Err(Error::NoSuch(Kind::Cos, _))));
    let names: Vec<String> = f.all(Kind::Cos).unwrap().into_iter().map(|cos| cos.name).collect();
    assert_eq!(names, ["default"]);
}

fn lists_are_opened_once_and_circles_end(f: &World) {
    let alice = f.alice();
    let bob = f.create_account("bob@example.test", "", Attrs::new()).unwrap();
    f.add_alias(&bob.id, "robert@example.test").unwrap();
    let all = f.create_list("All@example.test", attrs(&[("displayName", "Everybody")])).unwrap();
    f.create_list("staff@example.test", Attrs::new()).unwrap();
    let text = |list: &[&str]| list.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
    f.add_members("all@example.test", &text(&["alice@example.test", "staff@example.test", "X@elsewhere.test"]))
        .unwrap();
    f.add_members("staff@example.test", &text(&["robert@example.test", "bob@example.test", "all@example.test"]))
        .unwrap();
    f.add_members(&all.id, &text(&["Alice@example.test", "gone@example.test"])).unwrap();
    let names = |address: &str| match f.target(address).unwrap() {
        Some(Target::List(members)) => {
            let name = |member| match member {
                Member::Account(account) => account.name,
                Member::Remote(address) => format!("remote {address}"),
            };
            let mut names: Vec<String> = members.into_iter().map(name).collect();
            names.sort();
            names
        }
        other => vec![format!("{other:?}")],
    };
    let everybody = ["alice@example.test", "bob@example.test", "remote x@elsewhere.test"];
    assert_eq!(names("ALL@example.test"), everybody);
    assert_eq!(names("staff@example.test"), everybody);
    f.add_alias(&all.id, "everybody@example.test").unwrap();
    assert_eq!(names("everybody@example.test"), everybody);
    assert!(f.account("all@example.test").unwrap().is_none());
    assert!(matches!(f.create_account("everybody@example.test", "", Attrs::new()), Err(Error::AccountExists(_))));
    f.rename_account(&bob.id, "bobby@example.test").unwrap();
    f.delete_account(&alice.id).unwrap();
    assert_eq!(names("all@example.test"), ["bobby@example.test", "remote x@elsewhere.test"]);
    f.remove_members("all@example.test", &text(&["x@elsewhere.test"])).unwrap();
    assert_eq!(names("all@example.test"), ["bobby@example.test"]);
    f.modify_list("all@example.test", attrs(&[("zimbraMailStatus", "disabled")])).unwrap();
    assert!(f.target("all@example.test").unwrap().is_none());
    f.delete_list("all@example.test").unwrap();
    assert!(f.target("everybody@example.test").unwrap().is_none());
    assert_eq!(f.lists(Some("example.test")).unwrap().len(), 1);
}

fn alias_domains(f: &World) {
    let alice = f.alice();
    let alias = f.create_alias_domain("example.org", "example.test", Attrs::new()).unwrap();
    assert_eq!(alias.attrs["zimbraDomainType"], ["alias"]);
    assert_eq!(f.account("Alice@example.org").unwrap().unwrap().id, alice.id);
    assert_eq!(f.resolve("alice+x@example.org").unwrap().unwrap().1.as_deref(), Some("x"));
    assert_eq!(f.authenticate("alice@example.org", "sesame").unwrap().id, alice.id);
    assert!(f.may_send_as(&alice, "alice@example.org").unwrap());
    assert!(f.is_local_domain("example.org").unwrap());
    assert!(f.create_account("bob@example.org", "", Attrs::new()).is_err());
    assert!(matches!(f.create_alias_domain("a.test", "example.org", Attrs::new()), Err(Error::Invalid { .. })));
    assert!(f.create_alias_domain("a.test", "no.such", Attrs::new()).is_err());
    assert!(matches!(f.delete_domain("example.test"), Err(Error::DomainNotEmpty(_))));
    assert_eq!(f.default_domain().unwrap().as_deref(), Some("example.test"));
    f.delete_domain("example.org").unwrap();
    assert!(f.account("alice@example.org").unwrap().is_none());
    f.create_domain("sub.example.test", Attrs::new()).unwrap();
    f.delete_account(&alice.id).unwrap();
    f.delete_domain("example.test").unwrap();
    assert!(f.is_local_domain("sub.example.test").unwrap() && !f.is_local_domain("example.test").unwrap());
    f.create_domain("example.test", Attrs::new()).unwrap();
    f.modify_config(attrs(&[("zimbraDefaultDomainName", "sub.example.test")])).unwrap();
    assert_eq!(f.default_domain().unwrap().as_deref(), Some("sub.example.test"));
}

fn resources_servers_and_config(f: &World) {
    let room = f.create_resource("room@example.test", "", attrs(&[("zimbraCalResCapacity", "8")])).unwrap();
    assert_eq!((room.attr("zimbraCalResType"), room.attr("zimbraCalResCapacity")), (Some("Location"), Some("8")));
    assert_eq!(f.resolve("room@example.test").unwrap().unwrap().0.id, room.id);
    assert_eq!((f.resources(None).unwrap().len(), f.accounts(None).unwrap().len()), (1, 0));
    f.create(Kind::Server, "MX1.example.test", attrs(&[("zimbraServiceEnabled", "mta")])).unwrap();
    let server = f.modify(Kind::Server, "mx1.example.test", attrs(&[("+zimbraServiceEnabled", "imap")])).unwrap();
    assert_eq!((server.name.as_str(), server.attrs["zimbraServiceEnabled"].len()), ("mx1.example.test", 2));
    assert_eq!(f.all(Kind::Server).unwrap().len(), 1);
    f.delete(Kind::Server, &server.id).unwrap();
    f.secret("auth-token").unwrap();
    let config = f.modify_config(attrs(&[("zimbraMtaRelayHost", "relay.test:25")])).unwrap();
    assert_eq!(config.attrs["zimbraMtaRelayHost"], ["relay.test:25"]);
    assert!(!config.attrs.keys().any(|name| name.contains("Secret")), "{config:?}");
    assert_eq!(f.again().config().unwrap().id, config.id);
    let domain = attrs(&[("zimbraAuthLdapSearchBindPassword", "geheim")]);
    assert!(!format!("{:?}", f.modify_domain("example.test", domain).unwrap()).contains("geheim"));
}

fn identities_and_signatures(f: &World) {
    let alice = f.alice();
    let work = attrs(&[("zimbraPrefFromAddress", "alice@example.test")]);
    let identity = f.create_persona(Kind::Identity, &alice.id, "At work, mostly", work).unwrap();
    assert!(matches!(
        f.create_persona(Kind::Identity, &alice.id, "at WORK, mostly", Attrs::new()),
        Err(Error::Exists(Kind::Identity, _))
    ));
    let text = attrs(&[("zimbraPrefMailSignature", "-- \nAlice")]);
    f.create_persona(Kind::Signature, &alice.id, "Kürzel", text).unwrap();
    f.modify_persona(Kind::Identity, &alice.id, &identity.id, attrs(&[("zimbraPrefFromDisplay", "A.")])).unwrap();
    f.rename_account(&alice.id, "alison@example.test").unwrap();
    let personas = f.personas(Kind::Identity, &alice.id).unwrap();
    assert_eq!((personas[0].name.as_str(), personas.len()), ("At work, mostly", 1));
    assert_eq!(personas[0].attrs["zimbraPrefFromDisplay"], ["A."]);
    assert_eq!(f.personas(Kind::Signature, &alice.id).unwrap()[0].attrs["zimbraPrefMailSignature"], ["-- \nAlice"]);
    f.delete_persona(Kind::Identity, &alice.id, "At work, mostly").unwrap();
    f.delete_account(&alice.id).unwrap();
    assert!(f.personas(Kind::Signature, &alice.id).is_err());
}

fn the_address_list(f: &World) {
    f.create_account("alice@example.test", "", attrs(&[("displayName", "Alice Müller"), ("zimbraNotes", "secret")]))
        .unwrap();
    f.create_account("hidden@example.test", "", attrs(&[("zimbraHideInGal", "TRUE")])).unwrap();
    f.create_resource("room@example.test", "", attrs(&[("displayName", "Big room (2)")])).unwrap();
    f.create_list("all@example.test", Attrs::new()).unwrap();
    f.create_domain("other.test", Attrs::new()).unwrap();
    f.create_account("bob@other.test", "", Attrs::new()).unwrap();
    let names = |text: &str| {
        f.search_gal("example.test", text).unwrap().entries.into_iter().map(|e| e.name).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["alice@example.test", "all@example.test", "room@example.test"]);
    assert_eq!(names("müLL"), ["alice@example.test"]);
    assert_eq!(names("room (2)"), ["room@example.test"]);
    assert_eq!(names("ALL@"), ["all@example.test"]);
    assert!(names("*").is_empty() && names("hidden").is_empty() && names("bob").is_empty());
    let alice = f.search_gal("example.test", "alice").unwrap().entries.remove(0);
    assert!(!alice.attrs.contains_key("zimbraNotes"));
    f.modify_domain("example.test", attrs(&[("zimbraGalMaxResults", "2")])).unwrap();
    let cut = f.search_gal("example.test", "").unwrap();
    assert_eq!((cut.entries.len(), cut.more), (2, true));
}

fn known_attributes_are_checked_and_others_kept(f: &World) {
    let alice = f.alice();
    for (name, value) in [
        ("zimbraMailQuota", "much"),
        ("zimbraFeatureMailEnabled", "yes"),
        ("zimbraMailTrashLifetime", "1w"),
        ("mail", "x@y"),
    ] {
        assert!(matches!(f.modify_account(&alice.id, attrs(&[(name, value)])), Err(Error::Invalid { .. })), "{name}");
    }
    assert!(f.modify_account(&alice.id, attrs(&[("displayName", "A"), ("displayName", "B")])).is_err());
    let odd = [
        ("zimbraPrefUnheardOf", " x=y, *)(\\ "),
        ("zimbraDomainStatus", "active"),
        ("zimbraNotes", "Ünïcode\nline"),
        ("zimbraMailForwardingAddress", "a@b.test"),
    ];
    let kept = f.modify_account(&alice.id, attrs(&odd)).unwrap();
    for (name, value) in odd {
        assert_eq!(kept.attr(name), Some(value), "{name}");
    }
    let gone =
        f.modify_account(&alice.id, attrs(&[("zimbraPrefUnheardOf", ""), ("-zimbraNotes", "ünÏcode\nLine")])).unwrap();
    assert!(!gone.attrs.contains_key("zimbraPrefUnheardOf") && !gone.attrs.contains_key("zimbraNotes"));
    let umlaut = f.create_account("jürgen@example.test", "", Attrs::new()).unwrap();
    assert_eq!(f.again().account("JÜRGEN@example.test").unwrap().unwrap().id, umlaut.id);
}
