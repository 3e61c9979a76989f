// SPDX-License-Identifier: AGPL-3.0-or-later
//! The daemon with its rows in a real MariaDB server whose flush is relaxed: the server dies alone under mail, is away for a
//! while, and mailboxes move between it and SQLite while mail arrives.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::rows::metadata;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

const USERS: [&str; 3] = ["alice", "bob", "carol"];
const PATIENCE: Duration = Duration::from_secs(120);

struct Scene {
    site: Site,
    daemon: Option<Daemon>,
    server: mariadb::Server,
    /// Subjects of what was acknowledged, all to each user.
    acknowledged: Mutex<Vec<String>>,
    deferred: AtomicUsize,
    stop: AtomicBool,
    _dir: tempfile::TempDir,
}

impl Scene {
    fn new(driver: &str) -> Scene {
        let server = mariadb::Server::start().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let settings = format!("[store]\nreserve_bytes = 0\n{}", metadata(driver, &server.database().unwrap()));
        let site = Site::new(&dir.path().join("state"), &settings).unwrap();
        let daemon = site.start().unwrap();
        site.provision(&daemon, &USERS).unwrap();
        Scene {
            site,
            daemon: Some(daemon),
            server,
            acknowledged: Mutex::default(),
            deferred: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            _dir: dir,
        }
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().unwrap()
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Delivers until it is told to stop, or the daemon is gone.
    fn deliver(&self, mark: &str) {
        let to = USERS.map(address);
        let to: Vec<_> = to.iter().map(String::as_str).collect();
        let Ok(mut lmtp) = Lmtp::connect(self.site.lmtp) else { return };
        for n in 0.. {
            let subject = format!("{mark}{n}");
            let text = format!(
                "Message-ID: <{subject}@x>\r\nReferences: <root{}@x>\r\nSubject: {subject}\r\n\r\nx\r\n",
                n % 9
            );
            if self.stop.load(SeqCst) {
                return;
            }
            let Ok(replies) = lmtp.deliver("s@example.test", &to, text.as_bytes()) else {
                // Who was refused a thousand times is asked to come again (421), and does.
                let Ok(again) = Lmtp::connect(self.site.lmtp) else { return };
                lmtp = again;
                continue;
            };
            assert!(replies.iter().all(|reply| reply.is_ok() || reply.is_temporary()), "{replies:?}");
            if replies.iter().all(|reply| reply.is_ok()) {
                self.acknowledged.lock().unwrap().push(subject);
            } else {
                self.deferred.fetch_add(1, SeqCst);
            }
        }
    }

    fn wait_for_mail(&self, more: usize) {
        let (goal, begun) = (self.count() + more, Instant::now());
        while self.count() < goal {
            assert!(begun.elapsed() < PATIENCE, "mail does not flow\n{}", self.daemon().log());
            std::thread::yield_now();
        }
    }

    fn check(&self) {
        self.site.wait_until_served(&address(USERS[0])).unwrap();
        let acknowledged = self.acknowledged.lock().unwrap();
        for user in USERS {
            let mut imap = Imap::login(self.site.imap, &address(user), PASSWORD).unwrap();
            imap.select("INBOX").unwrap();
            for subject in acknowledged.iter() {
                let found = imap.search(&format!("HEADER Message-ID \"<{subject}@x>\"")).unwrap();
                assert_eq!(found.len(), 1, "{user}: {subject}\n{}", self.daemon().log());
            }
        }
        self.daemon().verify().unwrap();
    }

    fn end(mut self) {
        self.check();
        self.daemon.take().unwrap().stop().unwrap();
        self.site.verify_stopped().unwrap();
    }
}

#[test]
fn it_dies_alone_under_mail() {
    let scene = Scene::new("mysql");
    std::thread::scope(|scope| {
        for mark in ["a", "b"] {
            let scene = &scene;
            scope.spawn(move || scene.deliver(mark));
        }
        for _ in 0..5 {
            scene.wait_for_mail(30);
            scene.server.kill().unwrap();
            scene.server.start_again().unwrap();
        }
        scene.wait_for_mail(10);
        scene.stop.store(true, SeqCst);
    });
    assert!(scene.deferred.load(SeqCst) > 0, "nobody noticed that the database was away");
    scene.end();
}

#[test]
fn it_is_away_for_a_while() {
    let scene = Scene::new("mysql");
    std::thread::scope(|scope| {
        scope.spawn(|| scene.deliver("m"));
        scene.wait_for_mail(20);
        scene.server.kill().unwrap();
        let begun = Instant::now();
        while scene.deferred.load(SeqCst) < 100 {
            assert!(begun.elapsed() < PATIENCE, "mail is not deferred");
            std::thread::yield_now();
        }
        let taken = scene.count();
        let deferred = scene.deferred.load(SeqCst);
        while scene.deferred.load(SeqCst) < deferred + 50 {
            std::thread::yield_now();
        }
        assert_eq!(scene.count(), taken, "mail is taken that no row can hold");
        let refused = Imap::login(scene.site.imap, &address("alice"), PASSWORD)
            .and_then(|mut imap| imap.select("INBOX").map(drop).and_then(|()| imap.search("SUBJECT \"m\"")))
            .unwrap_err();
        assert!(refused.to_string().contains("UNAVAILABLE"), "{refused:#}");
        scene.server.start_again().unwrap();
        scene.wait_for_mail(20);
        scene.stop.store(true, SeqCst);
    });
    scene.end();
}

#[test]
fn mailboxes_move_under_mail() {
    let scene = Scene::new("sqlite");
    let migrate = |to: &str, account: Option<String>| {
        let done = scene.daemon().control(&json!({"verb": "migrate", "to": to, "account": account})).unwrap();
        done["mailboxes"].as_u64().unwrap()
    };
    std::thread::scope(|scope| {
        scope.spawn(|| scene.deliver("m"));
        scene.wait_for_mail(60);
        assert_eq!(migrate("mysql", Some(address("bob"))), 1);
        scene.wait_for_mail(20);
        assert_eq!(migrate("mysql", None), 2);
        assert_eq!(migrate("mysql", None), 0);
        scene.wait_for_mail(20);
        scene.server.kill().unwrap();
        scene.server.start_again().unwrap();
        scene.site.wait_until_served(&address("carol")).unwrap();
        assert_eq!(migrate("sqlite", None), 3);
        scene.wait_for_mail(20);
        scene.stop.store(true, SeqCst);
    });
    scene.end();
}

#[test]
fn a_move_that_is_cut_off_leaves_every_mailbox_whole() {
    let mut scene = Scene::new("sqlite");
    let mut homes = BTreeSet::new();
    for round in 0..8u64 {
        std::thread::scope(|scope| {
            let mark = format!("{round}.");
            let scene = &scene;
            scope.spawn(move || scene.deliver(&mark));
            scene.wait_for_mail(25);
            let control = scene.daemon().control_path();
            let to = if round % 2 == 0 { "mysql" } else { "sqlite" };
            scope
                .spawn(move || drop(Daemon::request(&control, &json!({"verb": "migrate", "to": to, "account": null}))));
            // somewhere in its midst, each time later
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(8 + 16 * round) {
                std::hint::spin_loop();
            }
            let pid = nix::unistd::Pid::from_raw(i32::try_from(scene.daemon().pid()).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        });
        scene.daemon.take().unwrap().kill();
        if round % 3 == 0 {
            scene.server.kill().unwrap();
            scene.server.start_again().unwrap();
        }
        scene.daemon = Some(scene.site.start().unwrap());
        let files = (1..=3).filter(|id| scene.site.state.join(format!("metadata/{id}.sqlite")).exists()).count();
        homes.insert(files);
        scene.check();
    }
    println!("mailboxes in SQLite after a cut: {homes:?}");
    scene.end();
}
