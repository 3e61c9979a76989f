// SPDX-License-Identifier: AGPL-3.0-or-later
//! A power cut on a real ext4: everything that was not flushed to the device is lost, the file system's log included, so a
//! missing fsync shows, not only a missing write. The last test proves that: with the journal's syncs left out, mail is lost.
//!
//! Needs root for loop devices. In CI we are root; elsewhere the tests say that they did not run.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use fs::{Entry, File, Fs, Meta, Open, RealFs, Volume};
use mailbox::{Actor, Config, Delivery, Flags, ItemId, Store, Uid};
use posthouse_tests::daemon::{Site, address};
use posthouse_tests::disk::Ext4;
use posthouse_tests::ledger::{Found, Ledger, USERS, Uids};
use posthouse_tests::run::{is_long, not_root, seed};
use posthouse_tests::worker::{Worker, is_wrong};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const DISK_MEBIBYTES: u64 = 512;
const SETTINGS: &str = "[store]\ninline_bytes_max = 4096\nreserve_bytes = 0";

#[test]
fn acknowledged_mail_survives_a_power_cut() {
    if let Some(why) = not_root() {
        println!("{why}");
        return;
    }
    let seed = seed();
    println!("POSTHOUSE_SEED={seed}");
    let mut rng = fs::Rng::new(seed);
    let mut disk = Ext4::new(DISK_MEBIBYTES).unwrap();
    let site = Site::new(&disk.path().join("state"), SETTINGS).unwrap();
    // the directory has no journal: what the administrator made is flushed before the work begins
    let daemon = site.start().unwrap();
    site.provision(&daemon, &USERS).unwrap();
    for user in USERS {
        let mut imap =
            posthouse_tests::imap::Imap::login(site.imap, &address(user), posthouse_tests::daemon::PASSWORD).unwrap();
        imap.ok("CREATE Archive").unwrap();
    }
    daemon.stop().unwrap();
    nix::unistd::sync();
    let mut ledgers: Vec<_> = (0..3).map(Ledger::new).collect();
    let mut uids = Uids::new();
    for cut in 1..=if is_long() { 60 } else { 4 } {
        let daemon = site.start().unwrap();
        let count = AtomicU64::new(0);
        let operations = 1 + rng.below(150);
        std::thread::scope(|scope| {
            for ledger in &mut ledgers {
                let (seed, site, count) = (rng.draw(), &site, &count);
                scope.spawn(move || {
                    let mut worker = Worker::connect(site, ledger, seed, count).unwrap();
                    // until the disk is gone; what fails then is undecided whatever the answer was
                    let error = (0..).try_for_each(|_: u64| worker.step()).unwrap_err();
                    assert!(count.load(Relaxed) >= operations || !is_wrong(&error), "{error:#}");
                });
            }
            while count.load(Relaxed) < operations {
                std::thread::yield_now();
            }
            if rng.coin() {
                daemon.checkpoint().unwrap();
            }
            disk.cut_power().unwrap();
            daemon.kill();
        });
        disk.boot().unwrap();
        let context = format!("seed {seed}, cut {cut}");
        let daemon = site.start().unwrap_or_else(|error| panic!("{context}: {error:#}"));
        let found =
            Found::read(site.imap, &mut uids).unwrap_or_else(|error| panic!("{context}: {error:#}\n{}", daemon.log()));
        for ledger in &mut ledgers {
            ledger.check(&found).unwrap_or_else(|error| panic!("{context}: {error:#}\n{}", daemon.log()));
        }
        daemon.verify().unwrap_or_else(|error| panic!("{context}: {error:#}"));
        daemon.stop().unwrap();
    }
}

#[test]
fn without_the_journals_syncs_mail_is_lost() {
    if let Some(why) = not_root() {
        println!("{why}");
        return;
    }
    assert_eq!(survivors(Arc::new(RealFs)), MESSAGES, "with all syncs, nothing may be lost");
    let left = survivors(Arc::new(Forgetful(RealFs)));
    assert!(left < MESSAGES, "no sync, a power cut, and all {left} messages are there: the test sees nothing");
}

const MESSAGES: u32 = 200;

/// Delivers on a disk of its own, cuts the power, and counts what is left.
fn survivors(fs: Arc<dyn Fs>) -> u32 {
    let mut disk = Ext4::new(DISK_MEBIBYTES).unwrap();
    let config = || Config { reserve_bytes: 0, ..Config::new(disk.path().join("state")) };
    let store = Store::open_on(fs, config()).unwrap();
    store.mailbox_of("alice").unwrap();
    store.checkpoint().unwrap();
    nix::unistd::sync();
    for n in 0..MESSAGES {
        let mut staging = store.stage();
        staging.write(format!("Subject: {n}\r\nMessage-ID: <{n}@x>\r\n\r\ntext {n}\r\n").as_bytes()).unwrap();
        let to = Delivery {
            account: "alice".into(),
            quota_bytes: 0,
            folder: ItemId::INBOX,
            trusts_spam_flag: false,
            flags: Flags::default(),
            envelope_from: String::new(),
            envelope_to: "alice@example.test".into(),
        };
        store.deliver(&staging.finish().unwrap(), &[to]).remove(0).unwrap();
    }
    disk.cut_power().unwrap();
    drop(store);
    let config = config();
    disk.boot().unwrap();
    let Ok(store) = Store::open(config) else { return 0 };
    let alice = Actor { account: "alice".into(), is_admin: false };
    let handle = store.open_mailbox(&alice, "alice", 0).unwrap();
    let mailbox = handle.mailbox();
    let briefs = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap();
    let whole = briefs.iter().filter(|brief| mailbox.item(brief.id).and_then(|item| mailbox.content(&item)).is_ok());
    whole.count() as u32
}

/// A disk whose files are never synced.
struct Forgetful(RealFs);

struct ForgetfulFile(Box<dyn File>);

impl Fs for Forgetful {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        Ok(Box::new(ForgetfulFile(self.0.open(path, how)?)))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.hard_link(from, to)
    }
    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.0.unlink(path)
    }
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.0.create_dir_all(path)
    }
    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.0.read_dir(path)
    }
    fn metadata(&self, path: &Path) -> io::Result<Meta> {
        self.0.metadata(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.0.sync_dir(path)
    }
    fn volume(&self, path: &Path) -> io::Result<Box<dyn Volume>> {
        self.0.volume(path)
    }
}

impl File for ForgetfulFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buf, offset)
    }
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.0.write_at(buf, offset)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn allocate(&self, len: u64) -> io::Result<()> {
        self.0.allocate(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }
    fn metadata(&self) -> io::Result<Meta> {
        self.0.metadata()
    }
}
