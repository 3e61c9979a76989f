// SPDX-License-Identifier: AGPL-3.0-or-later
//! slapd away: frozen (it takes connections and says nothing) and killed.

use crate::common::{World, attrs};
use ph_directory::{Attrs, Error};
use std::time::{Duration, Instant};

/// Longer than the time limit of one answer, and much shorter than many of them.
const ONCE: Duration = Duration::from_secs(9);
const BACK_MAX: Duration = Duration::from_secs(20);

fn world() -> World {
    let world = World::ldap();
    world.alice();
    world.create_list("all@example.test", Attrs::new()).unwrap();
    world.add_members("all@example.test", &["alice@example.test".to_owned()]).unwrap();
    // Seen once.
    world.resolve("alice@example.test").unwrap().unwrap();
    world.target("all@example.test").unwrap().unwrap();
    world.authenticate("alice", "sesame").unwrap();
    world
}

fn check_away(world: &World) {
    let start = Instant::now();
    let unavailable = |what: &str, failed: bool| assert!(failed, "{what}");
    unavailable("login", matches!(world.authenticate("alice", "sesame"), Err(Error::Unavailable(_))));
    unavailable("unknown", matches!(world.resolve("nobody@example.test"), Err(Error::Unavailable(_))));
    unavailable("domain", matches!(world.is_local_domain("elsewhere.test"), Err(Error::Unavailable(_))));
    unavailable(
        "write",
        matches!(world.create_account("x@example.test", "", Attrs::new()), Err(Error::Unavailable(_))),
    );
    world.flush_cache();
    // Delivery goes on by what is known; nothing else does.
    assert_eq!(world.resolve("Alice@example.test").unwrap().unwrap().0.name, "alice@example.test");
    // Somebody may have just this name: it waits.
    unavailable("sub-address", matches!(world.resolve("alice+x@example.test"), Err(Error::Unavailable(_))));
    assert!(world.target("all@example.test").unwrap().is_some());
    assert!(world.is_local_domain("example.test").unwrap());
    unavailable("account", matches!(world.account("alice@example.test"), Err(Error::Unavailable(_))));
    assert!(start.elapsed() < ONCE, "one waits for the server, the others don't: {:?}", start.elapsed());
}

fn check_back(world: &World) {
    let end = Instant::now() + BACK_MAX;
    while let Err(error) = world.authenticate("alice", "sesame") {
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        assert!(Instant::now() < end, "{error}");
    }
    assert!(world.resolve("nobody@example.test").unwrap().is_none());
    world.create_account("later@example.test", "", Attrs::new()).unwrap();
}

#[test]
fn frozen() {
    let world = world();
    let slapd = world.slapd.as_ref().unwrap();
    slapd.freeze();
    check_away(&world);
    slapd.thaw();
    check_back(&world);
}

#[test]
fn killed_and_everything_acknowledged_is_there() {
    let mut world = world();
    let alice = world.account("alice@example.test").unwrap().unwrap();
    for n in 0..20 {
        world.create_account(&format!("u{n}@example.test"), "", Attrs::new()).unwrap();
    }
    world.modify_account(&alice.id, attrs(&[("zimbraNotes", "last")])).unwrap();
    world.slapd.as_mut().unwrap().kill();
    check_away(&world);
    world.slapd.as_mut().unwrap().restart();
    check_back(&world);
    assert_eq!(world.accounts(None).unwrap().len(), 22);
    assert_eq!(world.account("alice@example.test").unwrap().unwrap().attr("zimbraNotes"), Some("last"));
}

/// An idle connection that the server closed is no outage.
#[test]
fn restarted_between_two_requests() {
    let mut world = world();
    world.slapd.as_mut().unwrap().restart();
    assert!(world.resolve("nobody@example.test").unwrap().is_none());
    world.create_account("later@example.test", "", Attrs::new()).unwrap();
}

/// A server that is not there yet when the daemon starts.
#[test]
fn a_late_start() {
    let mut world = World::ldap();
    world.slapd.as_mut().unwrap().kill();
    let late = world.again();
    assert!(matches!(late.domains(), Err(Error::Unavailable(_))));
    world.slapd.as_mut().unwrap().restart();
    let end = Instant::now() + BACK_MAX;
    while late.domains().is_err() {
        assert!(Instant::now() < end);
    }
    assert!(late.is_local_domain("example.test").unwrap());
}
