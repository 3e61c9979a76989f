// SPDX-License-Identifier: AGPL-3.0-or-later
//! Upgrades where there is no image, against a real `posthouse up`: the probe that a trial ends with, and what a console asks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
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
    assert!(none.contains("no domain that takes mail"), "{none}");
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

/// None of it says that mail does not pass.
#[test]
fn rules_for_people_are_no_reason_to_give_a_version_up() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    let done = |words: &[&str]| {
        let output = up.posthouse(&[&["prov"], words].concat());
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    done(&["cd", "probe.test"]);
    done(&["ca", "ann@probe.test", "sesame open"]);
    for (name, value) in [
        ("zimbraDomainMaxAccounts", "1"),
        ("zimbraAuthMech", "ldap"),
        ("zimbraAuthLdapURL", "ldap://127.0.0.1:1"),
        ("zimbraAuthLdapBindDn", "cn=%u"),
    ] {
        done(&["md", "probe.test", name, value]);
    }
    done(&["mc", "default", "zimbraImapEnabled", "FALSE", "zimbraPasswordMinLength", "64"]);
    let passes = || {
        let probe = up.posthouse(&["upgrade", "probe"]);
        let said = String::from_utf8_lossy(&probe.stdout).into_owned();
        assert!(said.contains("in by smtp, out by IMAP"), "{said}{}", String::from_utf8_lossy(&probe.stderr));
    };
    passes();
    // What an administrator, or a version before, made of the account.
    for (name, value) in [
        ("zimbraAccountStatus", "closed"),
        ("zimbraMailStatus", "disabled"),
        ("zimbraImapEnabled", "FALSE"),
        ("zimbraIsSystemAccount", "FALSE"),
    ] {
        done(&["ma", PROBE, name, value]);
    }
    passes();
    // A domain in which nothing is delivered: another one will do, or none.
    done(&["md", "probe.test", "zimbraDomainStatus", "suspended"]);
    let said = up.posthouse(&["upgrade", "probe"]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("no domain that takes mail"), "{said:?}");
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

fn ask(up: &Up, request: &Value) -> Value {
    let stream = UnixStream::connect(up.state.join("run/posthouse.sock")).unwrap();
    (&stream).write_all(format!("{request}\n").as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

#[test]
fn a_console_hears_that_this_is_not_the_image() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    let upgrade = |ask: Value| {
        let mut request = json!({"verb": "upgrade"});
        request.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
        request
    };
    let status = ask(&up, &upgrade(json!({"ask": "status"})));
    assert_eq!(
        (&status["ok"]["progress"]["phase"], &status["ok"]["available"]),
        (&json!("idle"), &Value::Null),
        "{status}"
    );
    for request in [
        json!({"ask": "install"}),
        json!({"ask": "install", "version": "0.2.0", "force": true}),
        json!({"ask": "rollback"}),
        json!({"ask": "restart"}),
    ] {
        let answer = ask(&up, &upgrade(request.clone()));
        assert!(answer["error"].as_str().unwrap().contains("does not run the Posthouse image"), "{request}: {answer}");
    }
    let answer = ask(&up, &upgrade(json!({"ask": "check"})));
    assert!(answer["error"].as_str().unwrap().contains("no source of upgrades is set"), "{answer}");
    let answer = ask(&up, &upgrade(json!({"ask": "install", "version": "latest"})));
    assert!(answer["error"].as_str().unwrap().contains("is no version"), "{answer}");
    assert!(ask(&up, &upgrade(json!({"ask": "destroy"})))["error"].is_string());
    for words in [&["upgrade", "install"][..], &["upgrade", "check"], &["upgrade", "status"], &["upgrade", "rollback"]]
    {
        assert!(one_line(&up.posthouse(words)).contains("does not run the Posthouse image"), "{words:?}");
    }
}
