// SPDX-License-Identifier: AGPL-3.0-or-later
//! What administrators look for and change by the way, on both backends.

use crate::common::{World, attrs};
use ph_directory::find::Filter;
use ph_directory::rights::TargetType;
use ph_directory::{Attrs, Error, Kind};

crate::on_both! {
    filters_find_the_same,
    counts_by_class_of_service,
    lists_follow,
    classes_are_renamed,
    policies_are_kept,
    domains_have_a_say,
    the_last_login,
}

fn names(f: &World, kinds: &[Kind], domain: Option<&str>, filter: &str) -> Vec<String> {
    let filter = Filter::parse(filter).unwrap();
    f.find(kinds, domain, Some(&filter)).unwrap().iter().map(|item| item.name().to_owned()).collect()
}

fn filters_find_the_same(f: &World) {
    f.create_account("ann@example.test", "sesame", attrs(&[("displayName", "Ann Müller"), ("zimbraUnheardOf", "x=y")]))
        .unwrap();
    f.create_account("ben@example.test", "", attrs(&[("zimbraMailQuota", "900"), ("sn", "O)(*")])).unwrap();
    f.create_resource("room@example.test", "", Attrs::new()).unwrap();
    f.create_list("all@example.test", Attrs::new()).unwrap();
    f.create_domain("other.test", Attrs::new()).unwrap();
    f.create_account("ann@other.test", "", Attrs::new()).unwrap();
    let people = &[Kind::Account];
    assert_eq!(names(f, people, None, "(uid=ann)"), ["ann@example.test", "ann@other.test"]);
    assert_eq!(names(f, people, Some("example.test"), "(uid=ann)"), ["ann@example.test"]);
    assert_eq!(names(f, people, None, "(displayName=*MÜLL*)"), ["ann@example.test"]);
    assert_eq!(names(f, people, None, "(zimbraUnheardOf=x=y)"), ["ann@example.test"]);
    assert_eq!(names(f, people, None, "(sn=o\\29\\28\\2a)"), ["ben@example.test"]);
    assert_eq!(names(f, people, None, "(zimbraMailQuota>=100)"), ["ben@example.test"]);
    // A hash is nobody's to guess at.
    assert!(names(f, people, None, "(userPassword=*)").is_empty());
    assert_eq!(
        names(f, people, Some("example.test"), "(&(objectClass=zimbraAccount)(!(uid=ben)))"),
        ["ann@example.test"]
    );
    let both = &[Kind::Account, Kind::Resource, Kind::List, Kind::Domain];
    assert_eq!(names(f, both, Some("other.test"), "(&)"), ["ann@other.test", "other.test"]);
    assert_eq!(names(f, both, None, "(objectClass=zimbraCalendarResource)"), ["room@example.test"]);
    assert_eq!(f.count(&[Kind::List, Kind::Resource], None, None).unwrap(), 2);
    assert!(matches!(f.find(people, Some("not a domain"), None), Err(Error::NoSuchDomain(_))));
}

fn counts_by_class_of_service(f: &World) {
    let gold = f.create(Kind::Cos, "gold", Attrs::new()).unwrap();
    for (name, cos) in [("a", ""), ("b", gold.id.as_str()), ("c", gold.id.as_str())] {
        f.create_account(&format!("{name}@example.test"), "", attrs(&[("zimbraCOSId", cos)])).unwrap();
    }
    let counts = f.count_by_cos("example.test").unwrap();
    let told: Vec<(&str, usize)> = counts.iter().map(|(_, name, count)| (name.as_str(), *count)).collect();
    assert_eq!(told, [("default", 1), ("gold", 2)]);
    f.modify_domain("example.test", attrs(&[("zimbraDomainCOSMaxAccounts", &format!("{}:2", gold.id))])).unwrap();
    let third = f.create_account("d@example.test", "", attrs(&[("zimbraCOSId", &gold.id)]));
    assert!(matches!(third, Err(Error::TooManyAccounts(_))));
    let a = f.account("a@example.test").unwrap().unwrap();
    assert!(matches!(f.modify_account(&a.id, attrs(&[("zimbraCOSId", &gold.id)])), Err(Error::TooManyAccounts(_))));
    f.modify_domain("example.test", attrs(&[("zimbraDomainMaxAccounts", "3"), ("zimbraDomainCOSMaxAccounts", "")]))
        .unwrap();
    assert!(matches!(f.create_account("e@example.test", "", Attrs::new()), Err(Error::TooManyAccounts(_))));
    f.create_resource("room@example.test", "", Attrs::new()).unwrap();
}

fn lists_follow(f: &World) {
    let alice = f.alice();
    f.add_alias(&alice.id, "al@example.test").unwrap();
    let inner = f.create_list("inner@example.test", Attrs::new()).unwrap();
    let outer = f.create_list("outer@example.test", Attrs::new()).unwrap();
    let text = |list: &[&str]| list.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
    f.add_members(&inner.id, &text(&["alice@example.test", "al@example.test", "x@elsewhere.test"])).unwrap();
    f.add_members(&outer.id, &text(&["inner@example.test"])).unwrap();
    let held = f.lists_holding(&text(&["alice@example.test"])).unwrap();
    let told: Vec<(&str, Option<&str>)> = held.iter().map(|(l, via)| (l.name.as_str(), via.as_deref())).collect();
    assert_eq!(told, [("inner@example.test", None), ("outer@example.test", Some("inner@example.test"))]);
    f.add_alias(&inner.id, "in@example.test").unwrap();
    f.rename_list(&inner.id, "core@example.test").unwrap();
    assert_eq!(f.list(&outer.id).unwrap().members(), ["core@example.test"]);
    assert!(f.target("in@example.test").unwrap().is_some() && f.target("inner@example.test").unwrap().is_none());
    assert!(matches!(f.rename_list(&inner.id, "alice@example.test"), Err(Error::AccountExists(_))));
    f.remove_alias(&alice.id, "al@example.test").unwrap();
    assert_eq!(f.list(&inner.id).unwrap().members(), ["alice@example.test", "x@elsewhere.test"]);
    f.delete_list(&inner.id).unwrap();
    assert!(f.list(&outer.id).unwrap().members().is_empty());
}

fn classes_are_renamed(f: &World) {
    let alice = f.alice();
    let gold = f.create(Kind::Cos, "gold", attrs(&[("zimbraMailQuota", "7")])).unwrap();
    f.create(Kind::Cos, "silver", Attrs::new()).unwrap();
    f.modify_account(&alice.id, attrs(&[("zimbraCOSId", &gold.id)])).unwrap();
    assert!(matches!(f.rename(Kind::Cos, "gold", "silver"), Err(Error::Exists(Kind::Cos, _))));
    assert!(f.rename(Kind::Cos, "default", "other").is_err());
    assert_eq!(f.rename(Kind::Cos, &gold.id, "Bronze").unwrap().name, "bronze");
    assert!(f.get(Kind::Cos, "gold").is_err());
    assert_eq!(f.account("alice@example.test").unwrap().unwrap().quota(), 7);
}

fn policies_are_kept(f: &World) {
    let cos = || f.on(TargetType::Cos, "default").unwrap();
    let policy = f.create_retention_policy(&cos(), "Short", "2d", false).unwrap();
    assert!(f.create_retention_policy(&cos(), "Short", "3d", true).is_err());
    assert!(f.create_retention_policy(&cos(), "Bad", "-3d", true).is_err());
    let longer = f.modify_retention_policy(&cos(), &policy.id, None, Some("3d")).unwrap();
    assert_eq!((longer.name.as_str(), longer.lifetime.as_str()), ("Short", "3d"));
    assert_eq!(f.again().retention_policies(&cos()), [longer]);
    let everywhere = f.on(TargetType::Config, "").unwrap();
    assert!(f.delete_retention_policy(&everywhere, &policy.id).is_err());
    f.delete_retention_policy(&cos(), &policy.id).unwrap();
    assert!(f.retention_policies(&cos()).is_empty());
    assert!(f.create_retention_policy(&f.on(TargetType::Domain, "example.test").unwrap(), "x", "1d", true).is_err());
}

fn domains_have_a_say(f: &World) {
    f.alice();
    for (status, expected) in [("suspended", "maintenance"), ("locked", "locked"), ("closed", "closed")] {
        f.modify_domain("example.test", attrs(&[("zimbraDomainStatus", status)])).unwrap();
        match f.authenticate("alice@example.test", "sesame") {
            Err(Error::AccountInactive(told)) => assert_eq!(told, expected),
            other => panic!("{status}: {other:?}"),
        }
        // Only the right password learns it.
        assert!(matches!(f.authenticate("alice@example.test", "wrong"), Err(Error::AuthFailed)));
    }
    f.modify_domain("example.test", attrs(&[("zimbraDomainStatus", "suspended")])).unwrap();
    assert!(matches!(f.create_account("bob@example.test", "", Attrs::new()), Err(Error::DomainSuspended(_))));
    f.modify_domain("example.test", attrs(&[("zimbraDomainStatus", "active")])).unwrap();
    f.authenticate("alice@example.test", "sesame").unwrap();
    assert!(f.modify_domain("example.test", attrs(&[("zimbraDomainDefaultCOSId", "none")])).is_err());
}

fn the_last_login(f: &World) {
    let alice = f.alice();
    let last =
        || f.again().account_by_id(&alice.id).unwrap().unwrap().attr("zimbraLastLogonTimestamp").map(str::to_owned);
    assert!(f.authenticate("alice", "wrong").is_err());
    assert_eq!(last(), None);
    f.authenticate("alice", "sesame").unwrap();
    let first = last().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    f.authenticate("alice", "sesame").unwrap();
    assert_eq!(last().unwrap(), first);
    assert!(f.modify_account(&alice.id, attrs(&[("zimbraLastLogonTimestamp", "20200101000000Z")])).is_err());
}
