// SPDX-License-Identifier: AGPL-3.0-or-later
//! Grants and who they let do what, on both backends; a stranger tries everything.

use crate::common::{World, attrs};
use ph_directory::rights::{Constraint, Grant, GranteeType, Modifiers, Need, On, Powers, TargetType, all};
use ph_directory::{Account, Attrs, Error, Kind};

crate::on_both! {
    without_a_grant_nothing,
    a_domain_and_its_entries,
    nearer_wins_and_denying_wins_when_as_near,
    through_groups,
    attributes_one_by_one,
    domains_below,
    passing_on,
    no_way_up,
    giving_and_taking,
    constraints_hold,
    rights_of_people,
}

fn helper(f: &World, name: &str) -> Account {
    f.create_account(&format!("{name}@example.test"), "", attrs(&[("zimbraIsDelegatedAdminAccount", "TRUE")])).unwrap()
}

fn grant_with(f: &World, on: &On, to: (GranteeType, &str), right: &str, modifiers: Modifiers) -> Result<(), Error> {
    let grant = Grant { grantee: to.1.to_owned(), grantee_type: to.0, right: right.to_owned(), modifiers };
    f.grant(on, &grant)
}

fn grant(f: &World, on: &On, to: &Account, right: &str) {
    grant_with(f, on, (GranteeType::Usr, &to.id), right, Modifiers::default()).unwrap();
}

fn deny(f: &World, on: &On, to: &Account, right: &str) {
    let modifiers = Modifiers { deny: true, ..Modifiers::default() };
    grant_with(f, on, (GranteeType::Usr, &to.id), right, modifiers).unwrap();
}

fn domain(f: &World) -> On {
    f.on(TargetType::Domain, "example.test").unwrap()
}

fn on(f: &World, account: &Account) -> On {
    f.on(TargetType::Account, &account.id).unwrap()
}

fn powers(f: &World, account: &Account) -> Powers {
    f.powers(&f.account_by_id(&account.id).unwrap().unwrap()).unwrap()
}

fn may(f: &World, who: &Account, on: &On, right: &str) -> bool {
    powers(f, who).may(on, &Need::Do(right)).unwrap()
}

fn without_a_grant_nothing(f: &World) {
    let (alice, bob) = (f.alice(), helper(f, "bob"));
    let targets = [
        f.on_everything().unwrap(),
        domain(f),
        on(f, &alice),
        on(f, &bob),
        f.on(TargetType::Cos, "default").unwrap(),
        f.on(TargetType::Config, "").unwrap(),
    ];
    for who in [&alice, &bob] {
        let powers = powers(f, who);
        for target in &targets {
            for right in all() {
                assert!(!powers.may(target, &Need::Do(&right.name)).unwrap(), "{}", right.name);
            }
            assert!(!powers.may(target, &Need::Get("description")).unwrap());
            assert!(!powers.may(target, &Need::Set("description")).unwrap());
            assert!(powers.effective(target).unwrap().is_empty());
        }
    }
    // Rights of administrators are for those who are.
    assert!(grant_with(f, &domain(f), (GranteeType::Usr, &alice.id), "createAccount", Modifiers::default()).is_err());
    let root = f.create_account("root@example.test", "", attrs(&[("zimbraIsAdminAccount", "TRUE")])).unwrap();
    assert!(
        may(f, &root, &domain(f), "deleteDomain") && powers(f, &root).may_grant(&domain(f), "deleteDomain").unwrap()
    );
}

fn a_domain_and_its_entries(f: &World) {
    let (alice, bob) = (f.alice(), helper(f, "bob"));
    f.create_domain("other.test", Attrs::new()).unwrap();
    let carol = f.create_account("carol@other.test", "", Attrs::new()).unwrap();
    let list = f.create_list("all@example.test", Attrs::new()).unwrap();
    grant(f, &domain(f), &bob, "domainAdminRights");
    assert!(may(f, &bob, &on(f, &alice), "setAccountPassword") && may(f, &bob, &domain(f), "createAccount"));
    assert!(may(f, &bob, &f.on(TargetType::Dl, &list.id).unwrap(), "deleteDistributionList"));
    assert!(!may(f, &bob, &on(f, &carol), "setAccountPassword"));
    assert!(!may(f, &bob, &f.on(TargetType::Domain, "other.test").unwrap(), "createAccount"));
    assert!(!may(f, &bob, &domain(f), "deleteDomain"));
    // What another process sees.
    let again = f.again();
    let seen = again.powers(&again.account_by_id(&bob.id).unwrap().unwrap()).unwrap();
    assert!(seen.may(&again.on(TargetType::Account, &alice.id).unwrap(), &Need::Do("listAccount")).unwrap());
    let everywhere = powers(f, &bob).effective_everywhere().unwrap();
    let accounts = everywhere.iter().find(|e| e.target == TargetType::Account).unwrap();
    assert!(accounts.all.is_none() && accounts.entries.is_empty());
    assert_eq!(accounts.in_domains[0].0, "example.test");
    assert!(accounts.in_domains[0].1.rights.contains(&"renameAccount"));
    // An administrator no more: nothing, though the grant is still there.
    f.modify_account(&bob.id, attrs(&[("zimbraIsDelegatedAdminAccount", "FALSE")])).unwrap();
    assert!(!may(f, &bob, &on(f, &alice), "listAccount"));
}

fn nearer_wins_and_denying_wins_when_as_near(f: &World) {
    let (alice, bob) = (f.alice(), helper(f, "bob"));
    let everything = f.on_everything().unwrap();
    grant(f, &everything, &bob, "renameAccount");
    assert!(may(f, &bob, &on(f, &alice), "renameAccount"));
    deny(f, &domain(f), &bob, "renameAccount");
    assert!(!may(f, &bob, &on(f, &alice), "renameAccount"));
    grant(f, &on(f, &alice), &bob, "renameAccount");
    assert!(may(f, &bob, &on(f, &alice), "renameAccount"));
    // The bundle says yes, the single right no, both on the same entry.
    grant(f, &on(f, &alice), &bob, "adminConsoleAccountRights");
    deny(f, &on(f, &alice), &bob, "deleteAccount");
    assert!(!may(f, &bob, &on(f, &alice), "deleteAccount"));
    let via = powers(f, &bob).explain(&on(f, &alice), &Need::Do("renameAccount")).unwrap().unwrap();
    assert_eq!(via.on.id(), alice.id);
}

fn through_groups(f: &World) {
    let (alice, bob) = (f.alice(), helper(f, "bob"));
    let group = f.create_list("admins@example.test", attrs(&[("zimbraIsAdminGroup", "TRUE")])).unwrap();
    let inner = f.create_list("team@example.test", attrs(&[("zimbraIsAdminGroup", "TRUE")])).unwrap();
    f.add_members(&group.id, std::slice::from_ref(&inner.name)).unwrap();
    f.add_members(&inner.id, &["bob@example.test".into(), "alice@example.test".into()]).unwrap();
    let to = (GranteeType::Grp, group.id.as_str());
    grant_with(f, &domain(f), to, "listAccount", Modifiers::default()).unwrap();
    assert!(may(f, &bob, &on(f, &alice), "listAccount"));
    // She is in it, but no administrator.
    assert!(!may(f, &alice, &on(f, &bob), "listAccount"));
    // The nearer group says no.
    let no = Modifiers { deny: true, ..Modifiers::default() };
    grant_with(f, &domain(f), (GranteeType::Grp, &inner.id), "listAccount", no).unwrap();
    assert!(!may(f, &bob, &on(f, &alice), "listAccount"));
    let plain = f.create_list("plain@example.test", Attrs::new()).unwrap();
    assert!(grant_with(f, &domain(f), (GranteeType::Grp, &plain.id), "listAccount", Modifiers::default()).is_err());
    // A list as target: for those in it, and in lists in it unless it says otherwise.
    f.add_members(&plain.id, &["alice@example.test".into()]).unwrap();
    let outer = f.create_list("outer@example.test", Attrs::new()).unwrap();
    f.add_members(&outer.id, std::slice::from_ref(&plain.name)).unwrap();
    grant(f, &f.on(TargetType::Dl, &plain.id).unwrap(), &bob, "setAccountPassword");
    assert!(may(f, &bob, &on(f, &alice), "setAccountPassword") && !may(f, &bob, &on(f, &bob), "setAccountPassword"));
    let outer = f.on(TargetType::Dl, &outer.id).unwrap();
    grant(f, &outer, &bob, "purgeMessages");
    assert!(may(f, &bob, &on(f, &alice), "purgeMessages"));
    let direct = Modifiers { disinherit_sub_groups: true, ..Modifiers::default() };
    grant_with(f, &f.on(TargetType::Dl, outer.id()).unwrap(), (GranteeType::Usr, &bob.id), "purgeMessages", direct)
        .unwrap();
    assert!(!may(f, &bob, &on(f, &alice), "purgeMessages"));
}

fn attributes_one_by_one(f: &World) {
    let (alice, bob) = (f.alice(), helper(f, "bob"));
    let ask = |need: Need<'_>| powers(f, &bob).may(&on(f, &alice), &need).unwrap();
    grant(f, &domain(f), &bob, "set.account.description");
    assert!(ask(Need::Set("description")) && ask(Need::Get("DESCRIPTION")) && !ask(Need::Get("sn")));
    grant(f, &domain(f), &bob, "getAccount");
    assert!(ask(Need::Get("sn")) && ask(Need::Get("zimbraUnheardOf")) && !ask(Need::Set("sn")));
    deny(f, &on(f, &alice), &bob, "set.account.description");
    assert!(!ask(Need::Set("description")) && ask(Need::Get("description")));
    grant(f, &domain(f), &bob, "modifyAccount");
    assert!(ask(Need::Set("sn")) && !ask(Need::Set("zimbraIsAdminAccount")) && !ask(Need::Set("USERPASSWORD")));
    grant(f, &domain(f), &bob, "setDomainAdminAccountAndCalendarResourceAttrs");
    assert!(ask(Need::Set("zimbraPrefLocale")));
    assert!(f.on(TargetType::Dl, "none@example.test").is_err());
}

fn domains_below(f: &World) {
    let bob = helper(f, "bob");
    f.create_domain("sub.example.test", Attrs::new()).unwrap();
    let below = || f.on(TargetType::Domain, "sub.example.test").unwrap();
    grant(f, &domain(f), &bob, "listDomain");
    assert!(may(f, &bob, &domain(f), "listDomain") && !may(f, &bob, &below(), "listDomain"));
    let too = Modifiers { sub_domain: true, ..Modifiers::default() };
    grant_with(f, &domain(f), (GranteeType::Usr, &bob.id), "listDomain", too).unwrap();
    assert!(may(f, &bob, &domain(f), "listDomain") && may(f, &bob, &below(), "listDomain"));
    let carol = f.create_account("carol@sub.example.test", "", Attrs::new()).unwrap();
    grant_with(f, &domain(f), (GranteeType::Usr, &bob.id), "listAccount", too).unwrap();
    assert!(may(f, &bob, &on(f, &carol), "listAccount"));
    assert!(grant_with(f, &on(f, &carol), (GranteeType::Usr, &bob.id), "listAccount", too).is_err());
}

fn passing_on(f: &World) {
    let bob = helper(f, "bob");
    let plus = Modifiers { can_delegate: true, ..Modifiers::default() };
    let to = (GranteeType::Usr, bob.id.as_str());
    grant(f, &domain(f), &bob, "renameAccount");
    assert!(!powers(f, &bob).may_grant(&domain(f), "renameAccount").unwrap());
    grant_with(f, &domain(f), to, "renameAccount", plus).unwrap();
    assert!(powers(f, &bob).may_grant(&domain(f), "renameAccount").unwrap());
    assert!(!powers(f, &bob).may_grant(&domain(f), "deleteAccount").unwrap());
    assert!(!powers(f, &bob).may_grant(&domain(f), "domainAdminRights").unwrap());
    assert!(!powers(f, &bob).may_grant(&f.on_everything().unwrap(), "renameAccount").unwrap());
    grant_with(f, &domain(f), to, "domainAdminAccountRights", plus).unwrap();
    assert!(powers(f, &bob).may_grant(&domain(f), "deleteAccount").unwrap());
    assert!(powers(f, &bob).may_grant(&domain(f), "domainAdminAccountRights").unwrap());
    assert!(powers(f, &bob).may_grant(&domain(f), "get.account.sn").unwrap());
    assert!(!powers(f, &bob).may_grant(&domain(f), "set.account.zimbraMailQuota").unwrap());
    assert!(!powers(f, &bob).may_grant(&domain(f), "no such right").unwrap());
    deny(f, &domain(f), &bob, "deleteAccount");
    assert!(!powers(f, &bob).may_grant(&domain(f), "domainAdminAccountRights").unwrap());
    let both = Modifiers { can_delegate: true, deny: true, ..Modifiers::default() };
    assert!(grant_with(f, &domain(f), to, "deleteAccount", both).is_err());
}

/// Rights over the domain are none over those who have more.
fn no_way_up(f: &World) {
    let (bob, carol) = (helper(f, "bob"), helper(f, "carol"));
    let root = f.create_account("root@example.test", "", attrs(&[("zimbraIsAdminAccount", "TRUE")])).unwrap();
    let group = f.create_list("admins@example.test", attrs(&[("zimbraIsAdminGroup", "TRUE")])).unwrap();
    for right in ["domainAdminRights", "modifyAccount", "modifyDistributionList"] {
        grant(f, &domain(f), &bob, right);
    }
    for target in [on(f, &root), on(f, &carol), f.on(TargetType::Dl, &group.id).unwrap()] {
        for right in
            ["setAccountPassword", "adminLoginAs", "addDistributionListMember", "deleteAccount", "addAccountAlias"]
        {
            assert!(!may(f, &bob, &target, right), "{right}");
        }
        assert!(!powers(f, &bob).may(&target, &Need::Set("description")).unwrap());
        assert!(!powers(f, &bob).on(&target).unwrap().may(&Need::Set("description")));
        assert!(powers(f, &bob).may(&target, &Need::Get("description")).unwrap());
    }
}

fn giving_and_taking(f: &World) {
    let (alice, bob) = (f.alice(), helper(f, "bob"));
    let to = |right: &str| Grant {
        grantee: bob.id.clone(),
        grantee_type: GranteeType::Usr,
        right: right.to_owned(),
        modifiers: Modifiers::default(),
    };
    assert!(matches!(f.grant(&domain(f), &to("flyToTheMoon")), Err(Error::NoSuchRight(_))));
    assert!(matches!(f.grant(&on(f, &alice), &to("createAccount")), Err(Error::Invalid { .. })));
    assert!(matches!(
        f.grant(&f.on(TargetType::Cos, "default").unwrap(), &to("listAccount")),
        Err(Error::Invalid { .. })
    ));
    f.grant(&domain(f), &to("listAccount")).unwrap();
    f.grant(&domain(f), &to("listAccount")).unwrap();
    f.grant(&f.on_everything().unwrap(), &to("createTopDomain")).unwrap();
    f.grant(&f.on(TargetType::Config, "").unwrap(), &to("getGlobalConfig")).unwrap();
    assert_eq!(f.grants_on(&domain(f)).len(), 1);
    let mut held: Vec<_> =
        f.grants_to(std::slice::from_ref(&bob.id)).unwrap().into_iter().map(|g| (g.on.target, g.grant.right)).collect();
    held.sort();
    let text = |right: &str| right.to_owned();
    assert_eq!(
        held,
        [
            (TargetType::Domain, text("listAccount")),
            (TargetType::Config, text("getGlobalConfig")),
            (TargetType::Global, text("createTopDomain"))
        ]
    );
    let mut denied = to("listAccount");
    denied.modifiers.deny = true;
    assert!(matches!(f.revoke(&domain(f), &denied), Err(Error::NoSuchGrant(_))));
    f.revoke(&domain(f), &to("listAccount")).unwrap();
    assert!(matches!(f.revoke(&domain(f), &to("listAccount")), Err(Error::NoSuchGrant(_))));
    f.revoke(&f.on_everything().unwrap(), &to("createTopDomain")).unwrap();
    assert!(!may(f, &bob, &f.on_everything().unwrap(), "createTopDomain"));
    // Nobody sets grants as an attribute.
    let sly = attrs(&[("zimbraACE", &format!("{} usr deleteAccount", bob.id))]);
    assert!(f.modify_account(&alice.id, sly.clone()).is_err() && f.modify_config(sly).is_err());
}

fn constraints_hold(f: &World) {
    let alice = f.alice();
    let cos = f.on(TargetType::Cos, "default").unwrap();
    let limit = Constraint { attribute: "zimbraMailQuota".into(), max: Some("1000".into()), ..Constraint::default() };
    f.set_constraints(&cos, std::slice::from_ref(&limit)).unwrap();
    let cos = f.on(TargetType::Cos, "default").unwrap();
    assert_eq!(f.constraints(&cos, &[]), std::slice::from_ref(&limit));
    assert!(f.check_constraints(&on(f, &alice), &attrs(&[("zimbraMailQuota", "1000"), ("sn", "x")])).is_ok());
    let more = attrs(&[("zimbraMailQuota", "1001")]);
    assert!(matches!(f.check_constraints(&on(f, &alice), &more), Err(Error::Constraint(..))));
    assert!(f.check_constraints(&cos, &more).is_err() && f.check_constraints(&domain(f), &more).is_ok());
    f.set_constraints(&cos, &[Constraint { attribute: "zimbraMailQuota".into(), ..Constraint::default() }]).unwrap();
    assert!(f.check_constraints(&on(f, &alice), &more).is_ok());
    assert!(f.set_constraints(&domain(f), &[limit]).is_err());
    let strange = Constraint { attribute: "noSuch".into(), ..Constraint::default() };
    assert!(f.set_constraints(&cos, &[strange]).is_err());
    assert!(f.get(Kind::Cos, "default").is_ok());
}

fn rights_of_people(f: &World) {
    let alice = f.alice();
    let bob = f.create_account("bob@example.test", "", Attrs::new()).unwrap();
    let ask = |who: Option<&Account>| f.user_right(who, &on(f, &alice), "viewFreeBusy").unwrap();
    assert_eq!(ask(Some(&bob)), None);
    let home = domain(f).id().to_owned();
    grant_with(f, &on(f, &alice), (GranteeType::Dom, &home), "viewFreeBusy", Modifiers::default()).unwrap();
    assert_eq!((ask(Some(&bob)), ask(None)), (Some(true), None));
    let no = Modifiers { deny: true, ..Modifiers::default() };
    grant_with(f, &on(f, &alice), (GranteeType::Usr, &bob.id), "viewFreeBusy", no).unwrap();
    assert_eq!(ask(Some(&bob)), Some(false));
    let (public, _) = f.grantee(GranteeType::Pub, "").unwrap();
    grant_with(f, &on(f, &alice), (GranteeType::Pub, &public), "viewFreeBusy", Modifiers::default()).unwrap();
    assert_eq!((ask(Some(&bob)), ask(None)), (Some(false), Some(true)));
    // None of this makes an administrator.
    assert!(!may(f, &bob, &on(f, &alice), "viewFreeBusy"));
}
