// SPDX-License-Identifier: AGPL-3.0-or-later
//! Crash torture: clients deliver, move, copy, flag, append and delete over the wire; the daemon is killed at a random instant
//! and started again; everything acknowledged is there, nothing is torn, at most the operations that were under way are
//! undecided, and the stores agree.
//!
//! `POSTHOUSE_SEED=n` repeats the operations of a run, `POSTHOUSE_LONG=1` kills a thousand times.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use fs::Rng;
use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use posthouse_tests::imap::Imap;
use posthouse_tests::ledger::{Found, Ledger, USERS, Uids};
use posthouse_tests::rows::metadata;
use posthouse_tests::run::{is_long, seed};
use posthouse_tests::worker::{Worker, is_wrong};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

const KILLS: u64 = 30;
const KILLS_LONG: u64 = 1_000;
const CLIENTS: usize = 3;
/// Small, so that bodies of both kinds are common.
const SETTINGS: &str = "[store]\ninline_bytes_max = 4096\nreserve_bytes = 0";

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    torture(None, if is_long() { KILLS_LONG } else { KILLS });
}

/// The database server dies as often as the daemon does: together with it, before it, or not at all.
#[test]
fn nothing_acknowledged_is_lost_by_kill_9_with_rows_in_mariadb() {
    let server = mariadb::Server::start().unwrap();
    torture(Some(&server), if is_long() { KILLS_LONG } else { KILLS / 2 });
}

fn torture(server: Option<&mariadb::Server>, kills: u64) {
    let seed = seed();
    println!("POSTHOUSE_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let rows = server.map_or_else(String::new, |server| metadata("mysql", &server.database().unwrap()));
    let site = Site::new(&dir.path().join("state"), &format!("{SETTINGS}{rows}")).unwrap();
    let daemon = site.start().unwrap();
    site.provision(&daemon, &USERS).unwrap();
    for user in USERS {
        Imap::login(site.imap, &address(user), PASSWORD).unwrap().ok("CREATE Archive").unwrap();
    }
    let mut rng = Rng::new(seed);
    let mut ledgers: Vec<_> = (0..CLIENTS).map(Ledger::new).collect();
    let mut uids = Uids::new();
    let mut daemon = Some(daemon);
    for kill in 1..=kills {
        let context = format!("seed {seed}, kill {kill}");
        work_and_kill(&site, daemon.take().unwrap(), &mut ledgers, &mut rng, &context);
        if let Some(server) = server.filter(|_| rng.coin()) {
            server.kill().unwrap();
            server.start_again().unwrap();
        }
        if kill % 10 == 0 {
            site.verify_stopped().unwrap_or_else(|error| panic!("{context}: {error:#}"));
        }
        let again = site.start().unwrap_or_else(|error| panic!("{context}: {error:#}"));
        check(&site, &again, &mut ledgers, &mut uids)
            .unwrap_or_else(|error| panic!("{context}: {error:#}\n{}", again.log()));
        if let Some(server) = server.filter(|_| rng.coin()) {
            server.kill().unwrap();
            server.start_again().unwrap();
            site.wait_until_served(&address(USERS[0])).unwrap_or_else(|error| panic!("{context}: {error:#}"));
            check(&site, &again, &mut ledgers, &mut uids)
                .unwrap_or_else(|error| panic!("{context}, the database alone: {error:#}\n{}", again.log()));
        }
        daemon = Some(again);
    }
    daemon.unwrap().stop().unwrap();
    site.verify_stopped().unwrap();
    let acknowledged: u64 = ledgers.iter().map(|ledger| ledger.acknowledged).sum();
    println!("{kills} kills, {acknowledged} operations acknowledged");
}

fn check(site: &Site, daemon: &Daemon, ledgers: &mut [Ledger], uids: &mut Uids) -> anyhow::Result<()> {
    let found = Found::read(site.imap, uids)?;
    ledgers.iter_mut().try_for_each(|ledger| ledger.check(&found))?;
    daemon.verify()
}

fn work_and_kill(site: &Site, mut daemon: Daemon, ledgers: &mut [Ledger], rng: &mut Rng, context: &str) {
    let count = AtomicU64::new(0);
    let ended = AtomicUsize::new(0);
    let operations = 1 + rng.below(80);
    let spin = Duration::from_micros(rng.below(4_000));
    let checkpoint_at = rng.coin().then(|| rng.below(operations));
    std::thread::scope(|scope| {
        let workers: Vec<_> = ledgers
            .iter_mut()
            .map(|ledger| {
                let (seed, count, ended) = (rng.draw(), &count, &ended);
                scope.spawn(move || {
                    let worker = Worker::connect(site, ledger, seed, count);
                    // ends when the daemon does
                    let outcome = worker.and_then(|mut worker| (0..).try_for_each(|_: u64| worker.step()));
                    ended.fetch_add(1, Relaxed);
                    match outcome {
                        Err(error) if is_wrong(&error) => Err(error),
                        _ => Ok(()),
                    }
                })
            })
            .collect();
        let mut checkpoint_at = checkpoint_at;
        while count.load(Relaxed) < operations && ended.load(Relaxed) == 0 {
            if checkpoint_at.is_some_and(|at| count.load(Relaxed) >= at) {
                checkpoint_at = None;
                // on a thread of its own, so that the kill may come in its midst
                let control = daemon.control_path();
                scope.spawn(move || drop(Daemon::request(&control, &serde_json::json!({"verb": "checkpoint"}))));
            }
            std::thread::yield_now();
        }
        let begun = Instant::now();
        while begun.elapsed() < spin {
            std::hint::spin_loop();
        }
        let was_alive = daemon.is_alive();
        let log = daemon.log();
        daemon.kill();
        for worker in workers {
            worker.join().unwrap().unwrap_or_else(|error| panic!("{context}: {error:#}\n{log}"));
        }
        assert!(was_alive && count.load(Relaxed) >= operations, "{context}: a client could not go on\n{log}");
    });
}
