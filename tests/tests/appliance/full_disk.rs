// SPDX-License-Identifier: AGPL-3.0-or-later
//! The whole system on a small disk that is full: mail is put off while it is, and flows when there is space again.

use posthouse_tests::appliance::mails::Mail;
use posthouse_tests::appliance::net::FRIEND;
use posthouse_tests::appliance::{Appliance, Setup, address};
use posthouse_tests::disk::{Ext4, available};
use posthouse_tests::wait::until;
use std::time::Duration;

const DISK_MEBIBYTES: u64 = 1_200;
/// Less than Postfix wants to be free (queue_minfree: one and a half times the largest message).
const LEFT: u64 = 40 << 20;
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn a_full_disk_puts_mail_off() {
    let disk = Ext4::new(DISK_MEBIBYTES).unwrap();
    let state = disk.path().join("a state directory");
    let setup = Setup { antivirus: false, dns: false, state: Some(state), ..Setup::default() };
    let appliance = Appliance::start(&setup).unwrap();
    let to = address("alice");
    let send = |name: &str| appliance.smtp(FRIEND)?.send("friend@example.net", &[&to], &Mail::plain(name).bytes());
    assert!(send("before").unwrap().is_taken());
    appliance.arrives("alice", "INBOX", "before@example.net").unwrap();

    let ballast = disk.path().join("ballast");
    let file = std::fs::File::create(&ballast).unwrap();
    let take = available(&disk.path()).unwrap() - LEFT;
    nix::fcntl::fallocate(&file, nix::fcntl::FallocateFlags::empty(), 0, i64::try_from(take).unwrap()).unwrap();
    drop(file);
    let refused = send("full").unwrap();
    assert_eq!((refused.last.code, &refused.last.text[..5]), (452, "4.3.1"), "{refused:?}");
    // Reading goes on.
    assert_eq!(appliance.count("alice", "INBOX", "before@example.net").unwrap(), 1);

    std::fs::remove_file(ballast).unwrap();
    until("mail is taken again", PATIENCE, || Ok(send("after")?.is_taken())).unwrap();
    appliance.arrives("alice", "INBOX", "after@example.net").unwrap();
    appliance.finish().unwrap();
    drop(disk);
}
