// SPDX-License-Identifier: AGPL-3.0-or-later
//! Settings live in the directory, and components follow; what does not work is taken back.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use posthouse_tests::appliance::mails::Mail;
use posthouse_tests::appliance::net::FRIEND;
use posthouse_tests::appliance::{ARRIVAL_MAX, Appliance, PASSWORD, Setup, address};
use posthouse_tests::wait::until;

#[test]
fn components_follow_the_directory() {
    let mut appliance = Appliance::start(&Setup { antivirus: false, dns: false, ..Setup::default() }).unwrap();
    at_once(&appliance);
    without_restart(&appliance);
    dry_run(&appliance);
    taken_back(&appliance);
    survives(&mut appliance);
    appliance.finish().unwrap();
}

fn is_taken(appliance: &Appliance, to: &str) -> bool {
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    smtp.wire.must("MAIL FROM:<friend@example.net>").unwrap();
    smtp.wire.command(&format!("RCPT TO:<{to}>")).unwrap().is_ok()
}

/// Whoever is in the directory is known to Postfix in the next moment, and whoever is taken out is not.
fn at_once(appliance: &Appliance) {
    appliance.prov(&["cdl", "all@example.test"]).unwrap();
    for (words, known) in [
        (&["ca", "erin@example.test", PASSWORD][..], "erin@example.test"),
        (&["aaa", "erin@example.test", "er@example.test"], "er@example.test"),
        // A list without anybody in it is nobody.
        (&["adlm", "all@example.test", "erin@example.test"], "all@example.test"),
        (&["cd", "third.test"], "postmaster@third.test"),
        (&["ca", "zoe@third.test", PASSWORD], "zoe@third.test"),
    ] {
        assert!(!is_taken(appliance, known), "{known} before {words:?}");
        appliance.prov(words).unwrap();
        // A domain without anybody refuses everybody, but as its own.
        assert_eq!(is_taken(appliance, known), words[0] != "cd", "{known} after {words:?}");
    }
    appliance.prov(&["raa", "erin@example.test", "er@example.test"]).unwrap();
    assert!(!is_taken(appliance, "er@example.test"));
    appliance.until_settled().unwrap();
    deliver(appliance, "third-domain", "zoe@third.test");
}

fn deliver(appliance: &Appliance, name: &str, to: &str) {
    let message = Mail::plain(name).bytes();
    assert!(appliance.smtp(FRIEND).unwrap().send("friend@example.net", &[to], &message).unwrap().is_taken());
    let got = appliance.arrives(to, "INBOX", &format!("{name}@example.net")).unwrap();
    assert!(got.ends_with(&message));
}

fn size(appliance: &Appliance) -> String {
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    let offers = smtp.wire.command("EHLO again.example.net").unwrap().text;
    offers.lines().find(|line| line.starts_with("SIZE")).unwrap_or_default().to_owned()
}

fn without_restart(appliance: &Appliance) {
    let before = appliance.pid("postfix").unwrap();
    appliance.prov(&["mcf", "zimbraMtaMaxMessageSize", "123456"]).unwrap();
    until("a new size limit", ARRIVAL_MAX, || Ok(size(appliance) == "SIZE 123456")).unwrap();
    assert_eq!(appliance.pid("postfix").unwrap(), before, "Postfix was started again");
    appliance.until_settled().unwrap();
}

fn dry_run(appliance: &Appliance) {
    let shown = appliance.ok(&["apply", "--dry-run", "zimbraMtaMaxMessageSize", "777777"]).unwrap();
    assert!(shown.contains("-message_size_limit = 123456\n+message_size_limit = 777777"), "{shown}");
    assert!(appliance.ok(&["apply", "--dry-run"]).unwrap().contains("Nothing changes"));
    assert_eq!(size(appliance), "SIZE 123456");
}

/// Lines of the administrator's with which a component does not work: it goes on with what it had, says so, and even a
/// crash of it does not bring them in.
fn taken_back(appliance: &Appliance) {
    for (component, file, wrong) in [
        ("postfix", "postfix-main.cf", "this is no line of a configuration\n"),
        ("amavisd", "amavisd.conf", "$this is = no Perl;\n"),
    ] {
        let path = appliance.state.join("settings").join(file);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(&path, format!("{before}{wrong}")).unwrap();
        let refused = appliance.posthouse(&["apply"]).unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{file} was taken");
        assert!(said.contains(component) && said.trim_end().lines().count() == 1, "{said}");
        assert!(appliance.alerts().unwrap().contains(component), "{}", appliance.alerts().unwrap());
        assert!(!appliance.posthouse(&["status"]).unwrap().status.success());
        deliver(appliance, &format!("in-spite-of-{component}"), &address("alice"));
        let pid = appliance.pid(component).unwrap().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        until("another process", ARRIVAL_MAX, || Ok(appliance.pid(component)?.is_some_and(|now| now != pid))).unwrap();
        deliver(appliance, &format!("after-a-crash-of-{component}"), &address("alice"));
        std::fs::write(&path, before).unwrap();
        appliance.ok(&["apply"]).unwrap();
        appliance.until_well().unwrap();
    }
}

/// The administrator's own lines are there after a restart of everything.
fn survives(appliance: &mut Appliance) {
    let path = appliance.state.join("settings/postfix-main.cf");
    let mut lines = std::fs::read_to_string(&path).unwrap();
    lines += "message_size_limit = 654321\n";
    std::fs::write(path, lines).unwrap();
    appliance.ok(&["apply"]).unwrap();
    until("the administrator's limit", ARRIVAL_MAX, || Ok(size(appliance) == "SIZE 654321")).unwrap();
    appliance.stop().unwrap();
    appliance.up().unwrap();
    assert_eq!(size(appliance), "SIZE 654321");
    let rendered = std::fs::read_to_string(appliance.state.join("postfix/conf/main.cf")).unwrap();
    assert_eq!(rendered.matches("message_size_limit").count(), 1, "{rendered}");
    assert!(rendered.starts_with("# Rendered by posthouse"));
}
