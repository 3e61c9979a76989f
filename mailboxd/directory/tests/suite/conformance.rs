// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a directory does, whatever keeps it: every test runs on the local backend and on a real slapd.

use crate::common::{World, attrs};
use ph_directory::{Attrs, Error, Kind};
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

crate::on_both! {
    old_hashes_work_once_and_are_replaced,
    what_a_password_must_be,
    a_lockout_ends,
    two_want_the_same_name,
    accounts_are_found_by_name_alias_id_and_sub_address,
    changes_outlive_the_process,
    passwords,
    a_password_that_was_right_is_remembered_and_an_unknown_name_is_not_faster,
    guessing_is_slowed_down_but_only_for_the_guesser,
    status_decides_about_login_after_the_password_did,
    names_are_unique_across_names_and_aliases,
    domains,
    sending_as,
    hostile_input_is_only_text,
    many_threads_see_whole_changes,
}

fn accounts_are_found_by_name_alias_id_and_sub_address(f: &World) {
    let alice = f.alice();
    f.add_alias(&alice.id, "A.Smith@Example.test").unwrap();
    for name in ["alice@example.test", "ALICE@EXAMPLE.TEST", "a.smith@example.test"] {
        assert_eq!(f.account(name).unwrap().unwrap().id, alice.id, "{name}");
    }
    let (found, detail) = f.resolve("a.smith+Lists.Rust@example.test").unwrap().unwrap();
    assert_eq!((found.id.as_str(), detail.as_deref()), (alice.id.as_str(), Some("lists.rust")));
    assert_eq!(found.aliases, ["a.smith@example.test"]);
    assert_eq!(found.attrs["mail"], ["alice@example.test", "a.smith@example.test"]);
    assert_eq!(f.account_by_id(&alice.id).unwrap().unwrap().name, "alice@example.test");
    assert!(f.account("alice+x@example.test").unwrap().is_none());
    assert!(f.account_by_id("alice@example.test").unwrap().is_none());
    assert!(f.resolve("bob@example.test").unwrap().is_none());
    assert!(f.is_local_domain("EXAMPLE.test").unwrap());
    assert!(!f.is_local_domain("example.org").unwrap());
}

fn changes_outlive_the_process(f: &World) {
    let alice = f.alice();
    f.modify_account(&alice.id, attrs(&[("displayName", "Alice"), ("zimbraMailQuota", "1000")])).unwrap();
    let secret = f.secret("token").unwrap();
    let again = f.again();
    let alice = again.authenticate("alice@example.test", "sesame").unwrap();
    assert_eq!((alice.display_name(), alice.quota()), (Some("Alice"), 1000));
    assert_eq!(again.secret("token").unwrap(), secret);
    assert_ne!(again.secret("other").unwrap(), secret);
    for file in std::fs::read_dir(f.dir.path().join("a directory")).into_iter().flatten() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
    }
}

fn passwords(f: &World) {
    let alice = f.alice();
    assert_eq!(f.authenticate("Alice", "sesame").unwrap().id, alice.id);
    assert!(matches!(f.authenticate("alice", "wrong"), Err(Error::AuthFailed)));
    assert!(matches!(f.authenticate("nobody", "sesame"), Err(Error::AuthFailed)));
    assert!(matches!(f.authenticate("alice", ""), Err(Error::AuthFailed)));
    f.set_password(&alice.id, "changed").unwrap();
    assert!(matches!(f.authenticate("alice", "sesame"), Err(Error::AuthFailed)));
    let changed = f.authenticate("alice", "changed").unwrap();
    assert_eq!(changed.attr("zimbraAuthTokenValidityValue"), Some("1"));
    assert!(matches!(f.set_password(&alice.id, ""), Err(Error::Invalid { .. })));
    let bob = f.create_account("bob@example.test", "", Attrs::new()).unwrap();
    assert!(matches!(f.authenticate("bob", ""), Err(Error::AuthFailed)));
    f.set_password(&bob.id, "hello").unwrap();
    f.authenticate("bob", "hello").unwrap();
}

fn a_password_that_was_right_is_remembered_and_an_unknown_name_is_not_faster(f: &World) {
    f.alice();
    let time = |name: &str, password: &str| {
        let start = Instant::now();
        let _ = f.authenticate(name, password);
        start.elapsed()
    };
    let first = time("alice", "sesame");
    let remembered = (0..5).map(|_| time("alice", "sesame")).min().unwrap();
    assert!(remembered < first / 4, "{remembered:?} against {first:?}");
    let wrong = (0..3).map(|_| time("alice", "wrong")).min().unwrap();
    let unknown = (0..3).map(|_| time("nobody", "wrong")).min().unwrap();
    assert!(unknown > wrong / 3, "{unknown:?} against {wrong:?}");
}

fn guessing_is_slowed_down_but_only_for_the_guesser(f: &World) {
    f.alice();
    let (guesser, owner) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    for _ in 0..9 {
        assert!(f.authenticate_from("alice", "wrong", Some(guesser)).is_err());
    }
    assert!(matches!(f.authenticate_from("alice", "sesame", Some(guesser)), Err(Error::AuthFailed)));
    f.authenticate_from("alice", "sesame", Some(owner)).unwrap();
}

fn status_decides_about_login_after_the_password_did(f: &World) {
    let alice = f.alice();
    for status in ["locked", "closed", "maintenance"] {
        f.modify_account(&alice.id, attrs(&[("zimbraAccountStatus", status)])).unwrap();
        assert!(matches!(f.authenticate("alice", "sesame"), Err(Error::AccountInactive(s)) if s == status));
        assert!(matches!(f.authenticate("alice", "wrong"), Err(Error::AuthFailed)));
    }
    f.directory
        .modify_account(&alice.id, attrs(&[("zimbraAccountStatus", "active"), ("zimbraPasswordMustChange", "TRUE")]))
        .unwrap();
    assert!(matches!(f.authenticate("alice", "sesame"), Err(Error::ChangePassword)));
}

fn names_are_unique_across_names_and_aliases(f: &World) {
    let alice = f.alice();
    let bob = f.create_account("bob@example.test", "x", Attrs::new()).unwrap();
    f.add_alias(&bob.id, "robert@example.test").unwrap();
    let exists = |r: Result<(), Error>| assert!(matches!(r, Err(Error::AccountExists(_))), "{r:?}");
    exists(f.create_account("Robert@example.test", "x", Attrs::new()).map(drop));
    exists(f.create_account("ALICE@example.test", "x", Attrs::new()).map(drop));
    exists(f.add_alias(&alice.id, "bob@example.test"));
    exists(f.rename_account(&alice.id, "robert@example.test").map(drop));
    assert_eq!(f.account("alice@example.test").unwrap().unwrap().id, alice.id);
    let carol = f.rename_account(&alice.id, "carol@example.test").unwrap();
    assert_eq!(carol.id, alice.id);
    assert!(f.account("alice@example.test").unwrap().is_none());
    assert!(matches!(f.remove_alias(&alice.id, "robert@example.test"), Err(Error::NoSuchAlias(_))));
    assert!(matches!(f.remove_alias(&bob.id, "bob@example.test"), Err(Error::NoSuchAlias(_))));
    f.delete_account(&bob.id).unwrap();
    assert!(f.account("robert@example.test").unwrap().is_none());
    let names: Vec<String> = f.accounts(Some("example.test")).unwrap().into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["carol@example.test"]);
}

fn domains(f: &World) {
    let d = f.create_domain("Bücher.example", attrs(&[("description", "books")])).unwrap();
    assert_eq!(d.name, "xn--bcher-kva.example");
    assert!(matches!(f.create_domain("xn--bcher-kva.example", Attrs::new()), Err(Error::DomainExists(_))));
    let jane = f.create_account("jane@bücher.example", "x", Attrs::new()).unwrap();
    assert_eq!(f.resolve("jane@XN--BCHER-KVA.example").unwrap().unwrap().0.id, jane.id);
    assert!(matches!(f.delete_domain("bücher.example"), Err(Error::DomainNotEmpty(_))));
    f.modify_domain("bücher.example", attrs(&[("+zimbraNotes", "n")])).unwrap();
    assert_eq!(f.domain("bücher.example").unwrap().unwrap().attrs["zimbraNotes"], ["n"]);
    f.delete_account(&jane.id).unwrap();
    f.delete_domain("bücher.example").unwrap();
    assert!(matches!(f.delete_domain("bücher.example"), Err(Error::NoSuchDomain(_))));
    assert!(matches!(f.create_account("a@no.such", "x", Attrs::new()), Err(Error::NoSuchDomain(_))));
    assert_eq!(f.domains().unwrap().len(), 1);
    assert_eq!(f.default_domain().unwrap().as_deref(), Some("example.test"));
}

fn sending_as(f: &World) {
    let alice = f.alice();
    f.create_account("bob@example.test", "x", Attrs::new()).unwrap();
    f.add_alias(&alice.id, "a@example.test").unwrap();
    let alice = f.modify_account(&alice.id, attrs(&[("zimbraAllowFromAddress", "Alice@Elsewhere.test")])).unwrap();
    for (address, allowed) in [
        ("alice@example.test", true),
        ("ALICE+x@example.test", true),
        ("a@example.test", true),
        ("alice@elsewhere.test", true),
        ("bob@example.test", false),
        ("x@elsewhere.test", false),
        ("", false),
        ("nonsense", false),
    ] {
        assert_eq!(f.may_send_as(&alice, address).unwrap(), allowed, "{address}");
    }
}

fn hostile_input_is_only_text(f: &World) {
    let alice = f.alice();
    let huge = "x".repeat(1 << 20);
    for text in [
        "' OR 1=1 --",
        "alice@example.test' --",
        "'; DROP TABLE account; --@example.test",
        "\0",
        "%@example.test",
        "*@example.test",
        "alice@example.test\0",
        "\u{202e}@example.test",
        &huge,
    ] {
        assert!(f.account(text).unwrap().is_none(), "{text:.40}");
        assert!(f.account_by_id(text).unwrap().is_none());
        assert!(f.resolve(text).unwrap().is_none());
        assert!(!f.is_local_domain(text).unwrap());
        assert!(matches!(f.authenticate_from(text, text, None), Err(Error::AuthFailed)));
        assert!(f.create_domain(text, Attrs::new()).is_err());
        assert!(f.delete_account(text).is_err());
    }
    let odd = f.modify_account(&alice.id, attrs(&[("description", "'); DROP TABLE account; --")])).unwrap();
    assert_eq!(odd.attr("description"), Some("'); DROP TABLE account; --"));
    assert_eq!(f.accounts(None).unwrap().len(), 1);
}

fn many_threads_see_whole_changes(f: &World) {
    let alice = f.alice();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (directory, id) = (&f.directory, &alice.id);
            scope.spawn(move || {
                for round in 0..10 {
                    let value = format!("{thread}.{round}");
                    let changed = directory.modify_account(id, attrs(&[("+zimbraNotes", &value)])).unwrap();
                    assert!(changed.attrs["zimbraNotes"].contains(&value));
                    // What this thread was told is what everybody sees from then on.
                    let seen = directory.account("alice@example.test").unwrap().unwrap();
                    assert!(seen.attrs["zimbraNotes"].contains(&value));
                    directory.create_account(&format!("u{thread}-{round}@example.test"), "", Attrs::new()).unwrap();
                }
            });
        }
    });
    let end = f.account_by_id(&alice.id).unwrap().unwrap();
    assert_eq!(end.attrs["zimbraNotes"].len(), 40);
    assert_eq!(f.accounts(None).unwrap().len(), 41);
}

#[test]
fn a_file_of_the_first_release_opens() {
    let dir = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(dir.path().join("local.sqlite")).unwrap();
    old.execute_batch(include_str!("../compat/local-1.sql")).unwrap();
    drop(old);
    let directory = ph_directory::Directory::open(dir.path()).unwrap();
    let alice = directory.authenticate("a.smith@example.test", "sesame").unwrap();
    assert_eq!(
        (alice.name.as_str(), alice.aliases.as_slice()),
        ("alice@example.test", &["a.smith@example.test".to_owned()][..])
    );
    assert_eq!(alice.attrs["zimbraNotes"], ["a", "b"]);
    assert_eq!(directory.secret("auth-token").unwrap(), [7; 32]);
    directory.remove_alias(&alice.id, "a.smith@example.test").unwrap();
    directory.delete_account(&alice.id).unwrap();
    let bob = directory.account("bob@example.test").unwrap().unwrap();
    assert_eq!((bob.id.as_str(), bob.status()), ("a2", "locked"));
    assert!(matches!(directory.delete_domain("example.test"), Err(Error::DomainNotEmpty(_))));
    directory.delete_account(&bob.id).unwrap();
    directory.delete_domain("example.test").unwrap();
}

fn old_hashes_work_once_and_are_replaced(f: &World) {
    let hash = attrs(&[("userPassword", "{SSHA}IdfzURG1vYyQ1FyGVPK2qgo4BTpzYWx0")]);
    let alice = f.create_account("alice@example.test", "", hash.clone()).unwrap();
    assert!(!alice.attrs.contains_key("userPassword"));
    f.authenticate("alice", "sesame").unwrap();
    assert!(f.authenticate("alice", "Sesame").is_err());
    f.again().authenticate("alice", "sesame").unwrap();
    assert!(f.modify_account(&alice.id, attrs(&[("userPassword", "sesame")])).is_err());
    f.set_password(&alice.id, "changed").unwrap();
    assert!(f.authenticate("alice", "sesame").is_err());
    f.modify_account(&alice.id, hash).unwrap();
    f.authenticate("alice", "sesame").unwrap();
}

fn what_a_password_must_be(f: &World) {
    f.modify(
        Kind::Cos,
        "default",
        attrs(&[
            ("zimbraPasswordMinLength", "6"),
            ("zimbraPasswordMinNumericChars", "1"),
            ("zimbraPasswordEnforceHistory", "2"),
        ]),
    )
    .unwrap();
    let refused = |r: Result<(), Error>| assert!(matches!(r, Err(Error::Invalid { what: "password", .. })), "{r:?}");
    refused(f.create_account("alice@example.test", "a1", Attrs::new()).map(drop));
    refused(f.create_account("alice@example.test", "sesame", Attrs::new()).map(drop));
    let alice = f.create_account("alice@example.test", "sesame1", Attrs::new()).unwrap();
    f.set_password(&alice.id, "sesame2").unwrap();
    for used in ["sesame1", "sesame2"] {
        assert!(matches!(f.set_password(&alice.id, used), Err(Error::PasswordRecentlyUsed)));
    }
    f.set_password(&alice.id, "sesame3").unwrap();
    f.authenticate("alice", "sesame3").unwrap();
}

fn a_lockout_ends(f: &World) {
    let alice = f.alice();
    f.modify_config(attrs(&[
        ("zimbraPasswordLockoutEnabled", "TRUE"),
        ("zimbraPasswordLockoutMaxFailures", "3"),
        ("zimbraPasswordLockoutDuration", "1s"),
    ]))
    .unwrap();
    for _ in 0..3 {
        assert!(matches!(f.authenticate("alice", "wrong"), Err(Error::AuthFailed)));
    }
    assert_eq!(f.account_by_id(&alice.id).unwrap().unwrap().status(), "lockout");
    let end = Instant::now() + std::time::Duration::from_secs(20);
    while f.authenticate("alice", "sesame").is_err() {
        assert!(Instant::now() < end, "the lockout does not end");
    }
    assert_eq!(f.account_by_id(&alice.id).unwrap().unwrap().status(), "active");
}

/// Two processes at the same time: one gets it, the other is told.
fn two_want_the_same_name(f: &World) {
    let others: Vec<_> = (0..4).map(|_| f.again()).collect();
    let ids: Vec<String> =
        (0..4).map(|n| f.create_account(&format!("u{n}@example.test"), "", Attrs::new()).unwrap().id).collect();
    let won: usize = std::thread::scope(|scope| {
        let tries: Vec<_> = others
            .iter()
            .zip(&ids)
            .map(|(directory, id)| {
                scope.spawn(move || match directory.add_alias(id, "info@example.test") {
                    Ok(()) => 1,
                    Err(Error::AccountExists(_)) => 0,
                    Err(error) => panic!("{error}"),
                })
            })
            .collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
    f.flush_cache();
    let owner = f.resolve("info@example.test").unwrap().unwrap().0;
    assert_eq!(owner.aliases, ["info@example.test"]);
}
