// SPDX-License-Identifier: AGPL-3.0-or-later
//! Components that die or hang while mail comes in: nothing that was taken is lost, nothing passes unscanned, and all is
//! well again without anybody's help.

use nix::sys::signal::Signal;
use posthouse_tests::appliance::load::Load;
use posthouse_tests::appliance::mails::Mail;
use posthouse_tests::appliance::net::FRIEND;
use posthouse_tests::appliance::{Appliance, Setup, address};
use posthouse_tests::run::is_long;
use posthouse_tests::wait::until;
use std::time::{Duration, Instant};

const ALL: [&str; 6] = ["openldap", "mariadb", "mailboxd", "clamav", "amavisd", "postfix"];
const MESSAGES_MIN: u64 = 500;
const BACK_MAX: Duration = Duration::from_secs(180);

/// SIGKILL to one after the other, while mail comes in.
#[test]
fn every_component_is_killed_under_load() {
    let appliance = Appliance::start(&Setup { dns: false, ..Setup::default() }).unwrap();
    let rounds = if is_long() { 4 } else { 1 };
    let between = MESSAGES_MIN / (ALL.len() as u64 + 1) + 1;
    let begun = Instant::now();
    let report = Load::during(&appliance, |load| {
        load.until_more(&appliance, between)?;
        for component in ALL.repeat(rounds) {
            let killed = Instant::now();
            let pid = appliance.signal(component, Signal::SIGKILL)?;
            until(&format!("{component} is back"), BACK_MAX, || {
                Ok(appliance.pid(component)?.is_some_and(|now| now != pid))
            })?;
            println!("{component} is back after {} ms", killed.elapsed().as_millis());
            load.until_more(&appliance, between)?;
        }
        load.until_more(&appliance, MESSAGES_MIN.saturating_sub(load.messages()))
    })
    .unwrap();
    println!("{} s: {report:?}", begun.elapsed().as_secs());
    assert!(report.messages as u64 >= MESSAGES_MIN, "{report:?}");
    // Each kill interrupts at most what was under way: two in the filter, a few at delivery, each with two mailboxes.
    assert!(report.duplicates <= 16 * ALL.len() * rounds, "{report:?}");
    appliance.until_well().unwrap();
    appliance.finish().unwrap();
}

/// Hanging is worse than dying: connections are taken and not answered.
#[test]
fn components_hang_and_come_back() {
    let mut appliance = Appliance::start(&Setup { dns: false, ..Setup::default() }).unwrap();
    hangs(&appliance, "clamav", "clamav-away", false);
    if is_long() {
        // A minute until the mailbox daemon gives up on a database that does not answer.
        hangs(&appliance, "mariadb", "mariadb-away", false);
    }
    hangs(&appliance, "openldap", "openldap-away", true);
    supervisor_is_killed(&mut appliance);
    appliance.finish().unwrap();
}

/// Frozen until the mail was put off, in the long set for a minute; then mail flows. `refuses`: Postfix itself can't work.
fn hangs(appliance: &Appliance, component: &str, name: &str, refuses: bool) {
    let mail = Mail::plain(name);
    let frozen = Instant::now();
    let pid = appliance.signal(component, Signal::SIGSTOP).unwrap();
    let send = || appliance.smtp(FRIEND)?.send("friend@example.net", &[&address("alice")], &mail.bytes());
    let begins = appliance.log("postfix").len();
    let sent = send().unwrap();
    if refuses {
        assert_eq!(sent.last.code / 100, 4, "{component} is away: {sent:?}");
    } else {
        assert!(sent.is_taken(), "{component} is away: {sent:?}");
        // Whoever can't do its work says so: the filter, or the mailbox daemon.
        until(&format!("mail put off without {component}"), BACK_MAX, || {
            let log = appliance.log("postfix");
            let line = log[begins..].lines().find(|line| line.contains("status=deferred") && line.contains(" said: 4"));
            line.iter().for_each(|line| println!("{line}"));
            Ok(line.is_some())
        })
        .unwrap();
    }
    if is_long() {
        let left = Duration::from_secs(60).saturating_sub(frozen.elapsed());
        // The outage itself is a minute; nothing is waited for.
        std::thread::sleep(left);
    }
    // The supervisor may have ended it meanwhile, as hung.
    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGCONT);
    until(&format!("{component} is back"), BACK_MAX, || Ok(appliance.pid(component)?.is_some())).unwrap();
    if refuses {
        until("mail is taken", BACK_MAX, || Ok(send().is_ok_and(|sent| sent.is_taken()))).unwrap();
    }
    let got = appliance.arrives("alice", "INBOX", &mail.id).unwrap();
    assert!(String::from_utf8_lossy(&got).contains("X-Virus-Scanned"), "{component}: passed unscanned");
    assert!(!appliance.log("postfix")[begins..].contains("status=bounced"), "{component}: mail was given up");
    println!("{component} hung for {} s", frozen.elapsed().as_secs());
    appliance.until_well().unwrap();
}

/// Nothing is left of it, the next one starts, and what was in the queue arrives.
fn supervisor_is_killed(appliance: &mut Appliance) {
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    let mails: Vec<Mail> = (0..10).map(|n| Mail::plain(&format!("queued-{n}"))).collect();
    for mail in &mails {
        assert!(smtp.send("friend@example.net", &[&address("bob")], &mail.bytes()).unwrap().is_taken());
    }
    appliance.kill_supervisor().unwrap();
    appliance.up().unwrap();
    for mail in &mails {
        appliance.arrives("bob", "INBOX", &mail.id).unwrap();
    }
}
