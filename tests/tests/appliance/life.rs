// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can't work is said in one line; and what everything together costs.

use posthouse_tests::appliance::{Appliance, Setup};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Output;

/// Idle, without ClamAV; the promise is the release build's, and a debug build is larger.
const MEMORY_MAX: u64 = 512 << 20;

fn one_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.trim_end().lines().count() == 1, "{text}");
    text
}

#[test]
fn what_can_not_work_is_said_in_one_line() {
    let mut appliance = Appliance::prepare(&Setup { antivirus: false, ..Setup::default() }).unwrap();
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
    appliance.finish().unwrap();
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
