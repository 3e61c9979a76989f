// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a deleted account leaves, and how it comes back of that.

use crate::common::{World, attrs};
use ph_directory::token::{self, TokenError};
use ph_directory::{Attrs, Error, Kind, Remains};

crate::on_both! {
    it_comes_back_as_it_was,
    under_another_name,
    what_others_have_by_now_stays_theirs,
    what_was_cut_off_is_completed,
    limits_and_closed_domains_hold,
    who_comes_back_with_rights,
}

fn filled(f: &World) -> Remains {
    let alice = f.alice();
    f.modify_account(&alice.id, attrs(&[("displayName", "Alice"), ("zimbraMailQuota", "77")])).unwrap();
    f.add_alias(&alice.id, "al@example.test").unwrap();
    f.create_persona(Kind::Signature, &alice.id, "short", attrs(&[("zimbraPrefMailSignature", "A.")])).unwrap();
    f.create_persona(Kind::Identity, &alice.id, "work", Attrs::new()).unwrap();
    f.create_list("all@example.test", Attrs::new()).unwrap();
    f.add_members("all@example.test", &["alice@example.test".into(), "al@example.test".into()]).unwrap();
    let remains = f.remains(&alice.id).unwrap();
    // as it is kept
    serde_json::from_slice(&serde_json::to_vec(&remains).unwrap()).unwrap()
}

fn members(f: &World) -> Vec<String> {
    let mut members = f.list("all@example.test").unwrap().members().to_vec();
    members.sort();
    members
}

fn it_comes_back_as_it_was(f: &World) {
    let remains = filled(f);
    let before = f.account("alice@example.test").unwrap().unwrap();
    let claims = token::claims(&before, i64::MAX);
    let token = token::issue(f, &claims).unwrap();
    f.delete_account(&before.id).unwrap();
    assert!(members(f).is_empty() && f.account("al@example.test").unwrap().is_none());
    let (back, problems) = f.bring_back(&remains, None).unwrap();
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!((&back.id, &back.name, &back.aliases), (&before.id, &before.name, &before.aliases));
    assert_eq!((back.display_name(), back.quota()), (Some("Alice"), 77));
    assert_eq!(f.authenticate("al@example.test", "sesame").unwrap().id, before.id);
    assert_eq!(members(f), ["al@example.test", "alice@example.test"]);
    for (kind, name) in [(Kind::Signature, "short"), (Kind::Identity, "work")] {
        let found = f.personas(kind, &back.id).unwrap();
        let wanted = remains.personas.iter().find(|one| one.class == kind.class()).unwrap();
        assert_eq!((found.len(), &found[0].id, found[0].name.as_str()), (1, &wanted.id, name));
    }
    let old = token::authenticate(f, &token, 0);
    assert!(matches!(old, Err(TokenError::Void)), "a token from before: {old:?}");
}

fn under_another_name(f: &World) {
    let remains = filled(f);
    let id = remains.account.id.clone();
    f.delete_account(&id).unwrap();
    let other = f.create_account("alice@example.test", "another", Attrs::new()).unwrap();
    let taken = f.bring_back(&remains, None);
    assert!(matches!(taken, Err(Error::AccountExists(_))), "{taken:?}");
    assert!(f.account_by_id(&id).unwrap().is_none(), "nothing of it is there");
    let (back, problems) = f.bring_back(&remains, Some("alice.old@example.test")).unwrap();
    assert_eq!((back.name.as_str(), problems.len()), ("alice.old@example.test", 0));
    assert_eq!(f.account("alice@example.test").unwrap().unwrap().id, other.id);
    assert_eq!(members(f), ["al@example.test", "alice.old@example.test"]);
    assert!(f.bring_back(&remains, Some("no address")).is_ok(), "it is there: nothing is named");
}

fn what_others_have_by_now_stays_theirs(f: &World) {
    let remains = filled(f);
    f.delete_account(&remains.account.id).unwrap();
    let bob = f.create_account("bob@example.test", "sesame", Attrs::new()).unwrap();
    f.add_alias(&bob.id, "al@example.test").unwrap();
    f.delete_list("all@example.test").unwrap();
    let (back, problems) = f.bring_back(&remains, None).unwrap();
    assert!(back.aliases.is_empty());
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("al@example.test") && problems[1].contains("all@example.test"), "{problems:?}");
    assert_eq!(f.account("al@example.test").unwrap().unwrap().id, bob.id);
    f.delete_account(&bob.id).unwrap();
}

fn what_was_cut_off_is_completed(f: &World) {
    let remains = filled(f);
    let id = &remains.account.id;
    // a deletion of which some was done
    f.remove_alias(id, "al@example.test").unwrap();
    f.delete_persona(Kind::Identity, id, "work").unwrap();
    f.remove_members("all@example.test", &["alice@example.test".into()]).unwrap();
    for _ in 0..2 {
        let (back, problems) = f.bring_back(&remains, None).unwrap();
        assert_eq!((back.aliases.len(), problems.len()), (1, 0), "{problems:?}");
        assert_eq!((f.personas(Kind::Identity, id).unwrap().len(), members(f).len()), (1, 2));
    }
    assert_eq!(f.authenticate("al@example.test", "sesame").unwrap().id, *id);
}

fn limits_and_closed_domains_hold(f: &World) {
    let remains = filled(f);
    f.delete_account(&remains.account.id).unwrap();
    f.create_account("bob@example.test", "sesame", Attrs::new()).unwrap();
    f.modify_domain("example.test", attrs(&[("zimbraDomainMaxAccounts", "1")])).unwrap();
    assert!(matches!(f.bring_back(&remains, None), Err(Error::TooManyAccounts(_))));
    f.modify_domain("example.test", attrs(&[("zimbraDomainMaxAccounts", "2"), ("zimbraDomainStatus", "suspended")]))
        .unwrap();
    assert!(matches!(f.bring_back(&remains, None), Err(Error::DomainSuspended(_))));
    assert!(matches!(f.bring_back(&remains, Some("a@nowhere.test")), Err(Error::NoSuchDomain(_))));
    for bad in ["", "x", "a b@example.test"] {
        assert!(matches!(f.bring_back(&remains, Some(bad)), Err(Error::Invalid { .. })), "{bad}");
    }
    f.modify_domain("example.test", attrs(&[("zimbraDomainStatus", "active")])).unwrap();
    f.bring_back(&remains, None).unwrap();
}

fn who_comes_back_with_rights(f: &World) {
    let remains = filled(f);
    assert!(!f.gives_rights(&remains).unwrap());
    f.modify_list("all@example.test", attrs(&[("zimbraIsAdminGroup", "TRUE")])).unwrap();
    assert!(f.gives_rights(&remains).unwrap());
    f.delete_list("all@example.test").unwrap();
    f.modify_account(&remains.account.id, attrs(&[("zimbraIsAdminAccount", "TRUE")])).unwrap();
    assert!(f.gives_rights(&f.remains(&remains.account.id).unwrap()).unwrap());
}
