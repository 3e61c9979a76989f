// SPDX-License-Identifier: AGPL-3.0-or-later
//! Set-up of a whole appliance on a plain Debian, in a network namespace of its own; as root, as `cargo xtask test` runs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A dozen daemons start on a machine that does other things.
const START_MAX: Duration = Duration::from_secs(240);

struct Appliance(Child);

impl Drop for Appliance {
    fn drop(&mut self) {
        let pid = Pid::from_raw(self.0.id().cast_signed());
        // Its components end before it does.
        let _ = kill(pid, Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

/// Addresses that others than this machine reach.
fn open_ports(pid: u32) -> Vec<u16> {
    let target = pid.to_string();
    let words = ["-t", &target, "-n", "ss", "-ltnH"];
    let listed = Command::new("nsenter").args(words).output().expect("Debian packages util-linux and iproute2");
    let text = String::from_utf8(listed.stdout).unwrap();
    let local = text.lines().filter_map(|line| line.split_whitespace().nth(3));
    let open = local.filter(|address| !address.starts_with("127.") && !address.starts_with("[::1]"));
    let mut ports: Vec<u16> = open.filter_map(|address| address.rsplit(':').next()?.parse().ok()).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn until(what: &str, state: &Path, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        let status = || String::from_utf8_lossy(&run(&["status"], state).stdout).into_owned();
        assert!(begun.elapsed() < START_MAX, "{what} did not happen: {}", status());
        std::thread::yield_now();
    }
}

#[test]
fn nothing_but_the_installer_is_open_until_the_appliance_is_set_up() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let script = "ip link set lo up && exec \"$0\" up --profile appliance --setup --state \"$1\"";
    let child = Command::new("unshare")
        .args(["-n", "sh", "-c", script, POSTHOUSE])
        .arg(&state)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let appliance = Appliance(child);
    let pid = appliance.0.id();
    until("the installer", &state, || open_ports(pid) == [80, 443]);

    // At once, although the daemons are still starting: the steps wait for them.
    let answers = dir.path().join("answers.toml");
    let text = "hostname = 'mail.setup.test'\ndomain = 'setup.test'\n[administrator]\nname = 'ann'\n\
        password = 'correct horse battery'\n[protection]\nantivirus = false\n";
    std::fs::write(&answers, text).unwrap();
    until("the supervisor", &state, || state.join("run/posthouse.sock").exists());
    let done = run(&["setup", "--answers", answers.to_str().unwrap()], &state);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));

    let status: serde_json::Value = serde_json::from_slice(&run(&["status", "--json"], &state).stdout).unwrap();
    let components = status["components"].as_array().unwrap();
    let names: Vec<&str> = components.iter().map(|component| component["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["openldap", "mariadb", "mailboxd", "amavisd", "postfix"], "no scanner that nobody wanted");
    assert!(components.iter().all(|component| component["phase"] == "running"), "{status}");
    assert_eq!(open_ports(pid), [25, 80, 110, 143, 443, 465, 587, 993, 995, 4190, 7071]);
    assert_eq!(run(&["prov", "ga", "ann@setup.test"], &state).status.code(), Some(0));
    let dns = String::from_utf8(run(&["dns", "setup.test"], &state).stdout).unwrap();
    assert!(dns.contains("mail.setup.test.") && dns.contains("_domainkey"), "{dns}");
    // With a name server of its own, in the same namespace: half of what is needed is published.
    let zone = ["--host-record=mail.setup.test,192.0.2.1", "--mx-host=setup.test,mail.setup.test,10"];
    let fixed =
        ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--local=/#/", "--user=root"];
    let target = pid.to_string();
    let inside = |words: &[&str]| {
        let mut command = Command::new("nsenter");
        command.args(["-t", &target, "-n"]).args(words);
        command
    };
    let mut dnsmasq = inside(&["dnsmasq", "--listen-address=127.0.0.1", "--pid-file="]);
    let mut dnsmasq = Appliance(dnsmasq.args(fixed).args(zone).stderr(Stdio::null()).spawn().expect("dnsmasq-base"));
    let resolv = dir.path().join("resolv.conf");
    std::fs::write(&resolv, "nameserver 127.0.0.1\n").unwrap();
    let script = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";
    let check = || {
        let mut command = inside(&["unshare", "-m", "sh", "-c", script]);
        command.arg(&resolv).args([POSTHOUSE, "dns", "setup.test", "--check", "--state"]).arg(&state);
        command.output().unwrap()
    };
    until("an answer of dnsmasq", &state, || {
        String::from_utf8_lossy(&check().stdout).contains("mail.setup.test  A: good")
    });
    let checked = check();
    let said = String::from_utf8(checked.stdout).unwrap();
    for line in ["setup.test  MX: good", "1.2.0.192.in-addr.arpa  PTR: good", "_dmarc.setup.test  TXT: MISSING"] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(checked.status.code(), Some(1));
    dnsmasq.0.kill().unwrap();

    assert!(run(&["stop"], &state).status.success());
}
