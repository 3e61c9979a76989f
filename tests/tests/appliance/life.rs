// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can't work is said in one line, and told to people; and what everything together costs.

use nix::sys::signal::Signal;
use posthouse_tests::appliance::mails::Mail;
use posthouse_tests::appliance::net::FRIEND;
use posthouse_tests::appliance::{ARRIVAL_MAX, Appliance, Setup, address};
use posthouse_tests::wait::until;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Output;
use std::sync::mpsc::{Receiver, channel};

/// Idle, without ClamAV; the promise is the release build's, and a debug build is larger.
const MEMORY_MAX: u64 = 512 << 20;

fn one_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.trim_end().lines().count() == 1, "{text}");
    text
}

#[test]
fn what_can_not_work_is_said_in_one_line() {
    // What is put off would be tried again long after this test.
    let postfix = "queue_run_delay = 900s\nminimal_backoff_time = 900s\nmaximal_backoff_time = 900s\n";
    let mut appliance = Appliance::prepare(&Setup { antivirus: false, postfix, ..Setup::default() }).unwrap();
    let port = appliance.at(25).port();
    let up = ["up", "--profile", "appliance", "--port-offset", "20000"];
    let taken = appliance.net.inside(|| Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?)).unwrap();
    let said = one_line(&appliance.posthouse(&up).unwrap());
    assert!(said.contains(&format!("port {port} (smtp)")), "{said}");
    assert!(said.contains(&format!("(process {})", std::process::id())), "{said}");
    drop(taken);

    let mut other = appliance.net.command("setpriv");
    other.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"]);
    other.arg(appliance.binary().unwrap()).args(up).arg("--state").arg("/nowhere");
    assert!(one_line(&other.output().unwrap()).contains("root"));

    // The whole machine, without one program.
    let mut bare = appliance.net.command("unshare");
    let script = "mount --bind /dev/null /usr/sbin/slapd && exec \"$@\"";
    bare.args(["--mount", "sh", "-c", script, "sh"]).arg(appliance.binary().unwrap()).args(up);
    let said = one_line(&bare.arg("--state").arg(&appliance.state).output().unwrap());
    assert!(said.contains("slapd") && said.contains("apt-get install"), "{said}");

    appliance.up().unwrap();
    appliance.populate(false).unwrap();
    assert!(one_line(&appliance.posthouse(&up).unwrap()).contains("posthouse stop"));
    memory(&appliance);
    caught_up(&appliance);
    stopped(&mut appliance);
    broken_lines(&mut appliance);
    appliance.finish().unwrap();
}

/// Mail that met a filter that was away is handed over as soon as it is back, not when the queue's turn comes.
fn caught_up(appliance: &Appliance) {
    for turn in 0..5 {
        let mut smtp = appliance.smtp(FRIEND).unwrap();
        let name = format!("put-off-{turn}");
        let message = Mail::plain(&name).bytes();
        appliance.signal("amavisd", Signal::SIGKILL).unwrap();
        assert!(smtp.send("friend@example.net", &[&address("alice")], &message).unwrap().is_taken());
        appliance.arrives("alice", "INBOX", &format!("{name}@example.net")).unwrap();
        if appliance.log("postfix").contains("status=deferred") {
            return;
        }
    }
    panic!("the filter was never away");
}

/// The rows are in MariaDB, which does not run either.
fn stopped(appliance: &mut Appliance) {
    appliance.stop().unwrap();
    let report = appliance.ok(&["store", "verify", "--json"]).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert!(report["mailboxes"].as_u64() >= Some(1) && report["problem_count"] == 0, "{report}");
}

/// One broken line of the administrator's does not keep mail away after a start of everything, and is told to people, without
/// the queue's help.
fn broken_lines(appliance: &mut Appliance) {
    let lines = appliance.state.join("settings/postfix-main.cf");
    let before = std::fs::read_to_string(&lines).unwrap();
    std::fs::write(&lines, format!("{before}no line at all\n")).unwrap();
    let (hook, told) = appliance.net.inside(receiver).unwrap();
    let settings = appliance.state.join("settings/posthouse.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let alerts = format!("mail = [\"{}\"]\nwebhook = \"http://{hook}/hook\"\n", address("bob"));
    std::fs::write(&settings, text + &alerts).unwrap();
    appliance.up().unwrap();
    // That it does not stay up may be told first, before the third try without the lines.
    let told = loop {
        let said = told.recv_timeout(ARRIVAL_MAX).unwrap();
        if said.contains("your lines") || !said.contains("does not stay up") {
            break said;
        }
    };
    let mut imap = appliance.imap("bob").unwrap();
    imap.select("INBOX").unwrap();
    until("the alert in a mailbox", ARRIVAL_MAX, || {
        imap.ok("NOOP")?;
        Ok(!imap.search("SUBJECT \"[Posthouse]\"")?.is_empty())
    })
    .unwrap();
    for said in [told, appliance.alerts().unwrap()] {
        assert!(said.contains("postfix does not start with your lines") && said.contains("no line at all"), "{said}");
    }
    let message = Mail::plain("without-the-lines").bytes();
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    assert!(smtp.send("friend@example.net", &[&address("alice")], &message).unwrap().is_taken());
    appliance.arrives("alice", "INBOX", "without-the-lines@example.net").unwrap();

    std::fs::write(&lines, before).unwrap();
    appliance.ok(&["apply"]).unwrap();
    assert!(!appliance.alerts().unwrap().contains("your lines"));
    let rendered = std::fs::read_to_string(appliance.state.join("postfix/conf/main.cf")).unwrap();
    assert!(rendered.contains("queue_run_delay = 900s"), "the lines are back");
}

/// Takes what a webhook is sent: the first body.
fn receiver() -> anyhow::Result<(SocketAddr, Receiver<String>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut request, mut chunk) = (Vec::new(), [0; 4_096]);
            // The body is an object.
            while let Ok(n @ 1..) = stream.read(&mut chunk) {
                request.extend_from_slice(&chunk[..n]);
                if request.ends_with(b"}") {
                    break;
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
        }
    });
    Ok((address, receiver))
}

fn memory(appliance: &Appliance) {
    let status = appliance.status().unwrap();
    let bytes = status["memory_bytes"].as_u64().unwrap();
    for one in status["components"].as_array().unwrap() {
        println!("{}: {} MiB", one["name"], one["memory_bytes"].as_u64().unwrap() >> 20);
    }
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    println!("all: {} MiB ({build} build)", bytes >> 20);
    assert!(bytes < MEMORY_MAX, "idle without ClamAV: {} MiB ({build} build)", bytes >> 20);
}
