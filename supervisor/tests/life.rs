// SPDX-License-Identifier: AGPL-3.0-or-later
//! Real `posthouse` and real `mailboxd`: start, die in every way, come back, stop. The binary of mailboxd must have been
//! built beside ours (`cargo build --workspace`; `cargo xtask test` does).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Instant;

#[test]
fn a_whole_life_in_a_directory_with_spaces() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir
        .path()
        .join("a state directory with a name that is longer than the path of a socket may ever be, 108 bytes");
    let up = Up::start(&state);
    assert_eq!(up.status()["ok"], true);
    assert!(up.posthouse(&["prov", "cd", "example.org"]).status.success());
    let mut create = Command::new(POSTHOUSE)
        .args(["prov", "ca", "ann@example.org", "-", "displayName", "Ann", "--state"])
        .arg(&state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    create.stdin.take().unwrap().write_all(b"sesame\n").unwrap();
    let id = String::from_utf8(create.wait_with_output().unwrap().stdout).unwrap();
    let shown = String::from_utf8(up.posthouse(&["prov", "ga", "ann@example.org"]).stdout).unwrap();
    assert!(shown.contains(&format!("zimbraId: {}", id.trim())) && shown.contains("displayName: Ann"), "{shown}");
    assert!(one_line(&up.posthouse(&["prov", "ca", "ann@example.org", "x"])).contains("already exists"));
    assert!(one_line(&run(&["up"], &state)).contains("posthouse stop"));

    // The daemon dies: it comes back by itself, with everything.
    let first = up.mailboxd().unwrap();
    kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
    up.until("a new daemon", || up.mailboxd().is_some_and(|pid| pid != first) && up.status()["ok"] == true);
    assert_eq!(up.status()["components"][0]["restarts"], 1);

    // On request it is another process too, and ready when the command returns.
    let second = up.mailboxd().unwrap();
    assert!(up.posthouse(&["restart"]).status.success());
    assert_eq!(up.status()["ok"], true);
    assert_ne!(up.mailboxd().unwrap(), second);
    assert!(up.posthouse(&["store", "verify"]).status.success());

    let third = up.mailboxd().unwrap();
    assert!(up.posthouse(&["stop"]).status.success());
    assert!(!is_alive(third));
    assert!(one_line(&up.posthouse(&["status"])).contains("posthouse up"));
    assert!(up.posthouse(&["store", "verify"]).status.success());
    let log = String::from_utf8(up.posthouse(&["logs", "-n", "1000"]).stdout).unwrap();
    assert!(log.contains("stopping") && !log.contains("sesame"), "{log}");
}

#[test]
fn no_orphan_when_the_supervisor_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut up = Up::start(dir.path());
    assert!(up.posthouse(&["prov", "cd", "example.org"]).status.success());
    let mailboxd = up.mailboxd().unwrap();
    up.signal(Signal::SIGKILL);
    up.child.wait().unwrap();
    let begun = Instant::now();
    while is_alive(mailboxd) {
        assert!(begun.elapsed() < PATIENCE, "mailboxd outlives its supervisor");
        std::thread::yield_now();
    }
    let again = Up::start(dir.path());
    assert_eq!(again.posthouse(&["prov", "gad"]).stdout, b"example.org\n");
}

#[test]
fn ctrl_c_stops_everything_cleanly() {
    let dir = tempfile::tempdir().unwrap();
    let mut up = Up::start(dir.path());
    let mailboxd = up.mailboxd().unwrap();
    // An open session is told and does not hold it up.
    let mut imap = BufReader::new(TcpStream::connect(("127.0.0.1", 143 + up.offset)).unwrap());
    let mut said = String::new();
    imap.read_line(&mut said).unwrap();
    assert!(said.starts_with("* OK"), "{said}");
    up.signal(Signal::SIGINT);
    assert!(up.child.wait().unwrap().success());
    assert!(!is_alive(mailboxd));
    imap.read_to_string(&mut said).unwrap();
    assert!(said.contains("* BYE"), "{said}");
}

#[test]
fn what_can_not_work_is_said_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("settings")).unwrap();
    std::fs::write(dir.path().join("settings/posthouse.toml"), "colour = 'red'\n").unwrap();
    assert!(one_line(&run(&["up"], dir.path())).contains("posthouse.toml"));

    let fresh = dir.path().join("fresh");
    // Low enough for the highest of our ports to exist at that offset.
    let taken = (30_000..50_000).find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = one_line(&run(&["up", "--port-offset", &(port - 25).to_string()], &fresh));
    assert!(said.contains(&port.to_string()) && said.contains(&std::process::id().to_string()), "{said}");
    assert!(one_line(&run(&["up", "--port-offset", "65000"], &fresh)).contains("too large"));
    assert!(one_line(&run(&["prov", "gaa"], &fresh)).contains("not running"));
    assert!(one_line(&run(&["prov", "nonsense"], &fresh)).contains("prov help"));
    assert!(one_line(&run(&["store", "verify"], &fresh)).contains("no mail store"));
    assert!(one_line(&run(&["logs", "postfix"], &fresh)).contains("postfix"));
}
