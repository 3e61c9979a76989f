// SPDX-License-Identifier: AGPL-3.0-or-later
//! The probe that an upgrade's trial ends with, against a real `posthouse up`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use std::process::Command;

const PROBE: &str = "posthouse-probe@probe.test";

fn shown(up: &Up) -> String {
    String::from_utf8(up.posthouse(&["prov", "ga", PROBE]).stdout).unwrap()
}

fn stats(up: &Up) -> String {
    String::from_utf8(up.posthouse(&["store", "stats"]).stdout).unwrap()
}

#[test]
fn mail_passes_and_nothing_is_left_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    let none = String::from_utf8(up.posthouse(&["upgrade", "probe"]).stdout).unwrap();
    assert!(none.contains("no domain"), "{none}");
    assert!(up.posthouse(&["prov", "cd", "probe.test"]).status.success());
    for _ in 0..2 {
        let probe = up.posthouse(&["upgrade", "probe"]);
        let said = String::from_utf8(probe.stdout).unwrap();
        assert!(said.contains("in by smtp, out by IMAP"), "{said}{}", String::from_utf8_lossy(&probe.stderr));
        assert!(said.contains("the store is sound"), "{said}");
    }
    let account = shown(&up);
    assert!(account.contains("zimbraIsSystemAccount: TRUE") && account.contains("zimbraHideInGal: TRUE"), "{account}");
    // Nobody gets in while no probe runs, with whatever password.
    assert!(up.posthouse(&["prov", "sp", PROBE, "a password of mine"]).status.success());
    let url = format!("imap://127.0.0.1:{}/INBOX", 143 + up.offset);
    let user = format!("{PROBE}:a password of mine");
    let curl = Command::new("curl").args(["-sk", "--ssl-reqd", "-u", &user, &url]).output().unwrap();
    assert!(!curl.status.success());
    // And the next probe gets in all the same, and finds an empty Inbox.
    assert!(up.posthouse(&["upgrade", "probe"]).status.success());
    assert!(up.posthouse(&["store", "verify"]).status.success(), "{}", stats(&up));
}

#[test]
fn why_mail_does_not_pass_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    assert!(up.posthouse(&["prov", "cd", "probe.test"]).status.success());
    assert!(up.posthouse(&["upgrade", "probe"]).status.success());
    // No room for a message.
    assert!(up.posthouse(&["prov", "ma", PROBE, "zimbraMailQuota", "1"]).status.success());
    let said = one_line(&up.posthouse(&["upgrade", "probe"]));
    assert!(said.contains("was not taken by smtp"), "{said}");
    assert!(shown(&up).contains("zimbraIsSystemAccount: TRUE"), "closed again");
    assert!(up.posthouse(&["prov", "ma", PROBE, "zimbraMailQuota", "0"]).status.success());
    assert!(up.posthouse(&["upgrade", "probe"]).status.success());
}
