// SPDX-License-Identifier: AGPL-3.0-or-later
//! The local backend as the other rooms see it.
#![allow(clippy::unwrap_used, reason = "a test may stop at anything unexpected")]

use ph_directory::{Account, Attrs, Directory, Error};
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

struct Fixture {
    dir: tempfile::TempDir,
    directory: Directory,
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let directory = Directory::open(&dir.path().join("a directory")).unwrap();
    directory.create_domain("example.test", Attrs::new()).unwrap();
    Fixture { dir, directory }
}

impl Fixture {
    fn alice(&self) -> Account {
        self.directory.create_account("alice@example.test", "sesame", Attrs::new()).unwrap()
    }
}

fn attrs(list: &[(&str, &str)]) -> Attrs {
    list.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect()
}

#[test]
fn accounts_are_found_by_name_alias_id_and_sub_address() {
    let f = fixture();
    let alice = f.alice();
    f.directory.add_alias(&alice.id, "A.Smith@Example.test").unwrap();
    for name in ["alice@example.test", "ALICE@EXAMPLE.TEST", "a.smith@example.test"] {
        assert_eq!(f.directory.account(name).unwrap().unwrap().id, alice.id, "{name}");
    }
    let (found, detail) = f.directory.resolve("a.smith+Lists.Rust@example.test").unwrap().unwrap();
    assert_eq!((found.id.as_str(), detail.as_deref()), (alice.id.as_str(), Some("lists.rust")));
    assert_eq!(found.aliases, ["a.smith@example.test"]);
    assert_eq!(found.attrs["mail"], ["alice@example.test", "a.smith@example.test"]);
    assert_eq!(f.directory.account_by_id(&alice.id).unwrap().unwrap().name, "alice@example.test");
    assert!(f.directory.account("alice+x@example.test").unwrap().is_none());
    assert!(f.directory.account_by_id("alice@example.test").unwrap().is_none());
    assert!(f.directory.resolve("bob@example.test").unwrap().is_none());
    assert!(f.directory.is_local_domain("EXAMPLE.test").unwrap());
    assert!(!f.directory.is_local_domain("example.org").unwrap());
}

#[test]
fn changes_outlive_the_process() {
    let f = fixture();
    let alice = f.alice();
    f.directory.modify_account(&alice.id, attrs(&[("displayName", "Alice"), ("zimbraMailQuota", "1000")])).unwrap();
    let secret = f.directory.secret("token").unwrap();
    let path = f.dir.path().join("a directory");
    drop(f.directory);
    let again = Directory::open(&path).unwrap();
    let alice = again.authenticate("alice@example.test", "sesame").unwrap();
    assert_eq!((alice.display_name(), alice.quota()), (Some("Alice"), 1000));
    assert_eq!(again.secret("token").unwrap(), secret);
    assert_ne!(again.secret("other").unwrap(), secret);
    for file in std::fs::read_dir(&path).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
    }
}

#[test]
fn passwords() {
    let f = fixture();
    let alice = f.alice();
    assert_eq!(f.directory.authenticate("Alice", "sesame").unwrap().id, alice.id);
    assert!(matches!(f.directory.authenticate("alice", "wrong"), Err(Error::AuthFailed)));
    assert!(matches!(f.directory.authenticate("nobody", "sesame"), Err(Error::AuthFailed)));
    assert!(matches!(f.directory.authenticate("alice", ""), Err(Error::AuthFailed)));
    f.directory.set_password(&alice.id, "changed").unwrap();
    assert!(matches!(f.directory.authenticate("alice", "sesame"), Err(Error::AuthFailed)));
    let changed = f.directory.authenticate("alice", "changed").unwrap();
    assert_eq!(changed.attr("zimbraAuthTokenValidityValue"), Some("1"));
    assert!(matches!(f.directory.set_password(&alice.id, ""), Err(Error::Invalid { .. })));
    let bob = f.directory.create_account("bob@example.test", "", Attrs::new()).unwrap();
    assert!(matches!(f.directory.authenticate("bob", ""), Err(Error::AuthFailed)));
    f.directory.set_password(&bob.id, "hello").unwrap();
    f.directory.authenticate("bob", "hello").unwrap();
}

#[test]
fn a_password_that_was_right_is_remembered_and_an_unknown_name_is_not_faster() {
    let f = fixture();
    f.alice();
    let time = |name: &str, password: &str| {
        let start = Instant::now();
        let _ = f.directory.authenticate(name, password);
        start.elapsed()
    };
    let first = time("alice", "sesame");
    let remembered = (0..5).map(|_| time("alice", "sesame")).min().unwrap();
    assert!(remembered < first / 4, "{remembered:?} against {first:?}");
    let wrong = (0..3).map(|_| time("alice", "wrong")).min().unwrap();
    let unknown = (0..3).map(|_| time("nobody", "wrong")).min().unwrap();
    assert!(unknown > wrong / 3, "{unknown:?} against {wrong:?}");
}

#[test]
fn guessing_is_slowed_down_but_only_for_the_guesser() {
    let f = fixture();
    f.alice();
    let (guesser, owner) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    for _ in 0..9 {
        assert!(f.directory.authenticate_from("alice", "wrong", Some(guesser)).is_err());
    }
    assert!(matches!(f.directory.authenticate_from("alice", "sesame", Some(guesser)), Err(Error::AuthFailed)));
    f.directory.authenticate_from("alice", "sesame", Some(owner)).unwrap();
}

#[test]
fn status_decides_about_login_after_the_password_did() {
    let f = fixture();
    let alice = f.alice();
    for status in ["locked", "closed", "maintenance"] {
        f.directory.modify_account(&alice.id, attrs(&[("zimbraAccountStatus", status)])).unwrap();
        assert!(matches!(f.directory.authenticate("alice", "sesame"), Err(Error::AccountInactive(s)) if s == status));
        assert!(matches!(f.directory.authenticate("alice", "wrong"), Err(Error::AuthFailed)));
    }
    f.directory
        .modify_account(&alice.id, attrs(&[("zimbraAccountStatus", "active"), ("zimbraPasswordMustChange", "TRUE")]))
        .unwrap();
    assert!(matches!(f.directory.authenticate("alice", "sesame"), Err(Error::ChangePassword)));
}

#[test]
fn names_are_unique_across_names_and_aliases() {
    let f = fixture();
    let alice = f.alice();
    let bob = f.directory.create_account("bob@example.test", "x", Attrs::new()).unwrap();
    f.directory.add_alias(&bob.id, "robert@example.test").unwrap();
    let exists = |r: Result<(), Error>| assert!(matches!(r, Err(Error::AccountExists(_))), "{r:?}");
    exists(f.directory.create_account("Robert@example.test", "x", Attrs::new()).map(drop));
    exists(f.directory.create_account("ALICE@example.test", "x", Attrs::new()).map(drop));
    exists(f.directory.add_alias(&alice.id, "bob@example.test"));
    exists(f.directory.rename_account(&alice.id, "robert@example.test").map(drop));
    assert_eq!(f.directory.account("alice@example.test").unwrap().unwrap().id, alice.id);
    let carol = f.directory.rename_account(&alice.id, "carol@example.test").unwrap();
    assert_eq!(carol.id, alice.id);
    assert!(f.directory.account("alice@example.test").unwrap().is_none());
    assert!(matches!(f.directory.remove_alias(&alice.id, "robert@example.test"), Err(Error::NoSuchAlias(_))));
    assert!(matches!(f.directory.remove_alias(&bob.id, "bob@example.test"), Err(Error::NoSuchAlias(_))));
    f.directory.delete_account(&bob.id).unwrap();
    assert!(f.directory.account("robert@example.test").unwrap().is_none());
    let names: Vec<String> = f.directory.accounts(Some("example.test")).unwrap().into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["carol@example.test"]);
}

#[test]
fn domains() {
    let f = fixture();
    let d = f.directory.create_domain("Bücher.example", attrs(&[("description", "books")])).unwrap();
    assert_eq!(d.name, "xn--bcher-kva.example");
    assert!(matches!(f.directory.create_domain("xn--bcher-kva.example", Attrs::new()), Err(Error::DomainExists(_))));
    let jane = f.directory.create_account("jane@bücher.example", "x", Attrs::new()).unwrap();
    assert_eq!(f.directory.resolve("jane@XN--BCHER-KVA.example").unwrap().unwrap().0.id, jane.id);
    assert!(matches!(f.directory.delete_domain("bücher.example"), Err(Error::DomainNotEmpty(_))));
    f.directory.modify_domain("bücher.example", attrs(&[("+zimbraNotes", "n")])).unwrap();
    assert_eq!(f.directory.domain("bücher.example").unwrap().unwrap().attrs["zimbraNotes"], ["n"]);
    f.directory.delete_account(&jane.id).unwrap();
    f.directory.delete_domain("bücher.example").unwrap();
    assert!(matches!(f.directory.delete_domain("bücher.example"), Err(Error::NoSuchDomain(_))));
    assert!(matches!(f.directory.create_account("a@no.such", "x", Attrs::new()), Err(Error::NoSuchDomain(_))));
    assert_eq!(f.directory.domains().unwrap().len(), 1);
    assert_eq!(f.directory.default_domain().unwrap().as_deref(), Some("example.test"));
}

#[test]
fn sending_as() {
    let f = fixture();
    let alice = f.alice();
    f.directory.create_account("bob@example.test", "x", Attrs::new()).unwrap();
    f.directory.add_alias(&alice.id, "a@example.test").unwrap();
    let alice =
        f.directory.modify_account(&alice.id, attrs(&[("zimbraAllowFromAddress", "Alice@Elsewhere.test")])).unwrap();
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
        assert_eq!(f.directory.may_send_as(&alice, address).unwrap(), allowed, "{address}");
    }
}

#[test]
fn hostile_input_is_only_text() {
    let f = fixture();
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
        assert!(f.directory.account(text).unwrap().is_none(), "{text:.40}");
        assert!(f.directory.account_by_id(text).unwrap().is_none());
        assert!(f.directory.resolve(text).unwrap().is_none());
        assert!(!f.directory.is_local_domain(text).unwrap());
        assert!(matches!(f.directory.authenticate_from(text, text, None), Err(Error::AuthFailed)));
        assert!(f.directory.create_domain(text, Attrs::new()).is_err());
        assert!(f.directory.delete_account(text).is_err());
    }
    let odd = f.directory.modify_account(&alice.id, attrs(&[("description", "'); DROP TABLE account; --")])).unwrap();
    assert_eq!(odd.attr("description"), Some("'); DROP TABLE account; --"));
    assert_eq!(f.directory.accounts(None).unwrap().len(), 1);
}

#[test]
fn many_threads_see_whole_changes() {
    let f = fixture();
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
    let end = f.directory.account_by_id(&alice.id).unwrap().unwrap();
    assert_eq!(end.attrs["zimbraNotes"].len(), 40);
    assert_eq!(f.directory.accounts(None).unwrap().len(), 41);
}
