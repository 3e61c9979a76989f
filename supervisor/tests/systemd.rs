// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a service manager gives and is told: notifications, the watchdog, control groups.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use nix::sys::signal::Signal;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[test]
fn systemd_hears_that_it_is_ready_lives_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut heard: Vec<String> = Vec::new();
    // How often it was said; in what order is systemd's business.
    let mut until = |wanted: &str, times: usize| {
        let begun = Instant::now();
        while heard.iter().filter(|line| line.starts_with(wanted)).count() < times {
            assert!(begun.elapsed() < PATIENCE, "{times} times {wanted} in {heard:?}");
            let mut datagram = [0; 4_096];
            let n = socket.recv(&mut datagram).unwrap_or_else(|e| panic!("no {wanted} after {heard:?}: {e}"));
            heard.extend(String::from_utf8_lossy(&datagram[..n]).lines().map(str::to_owned));
        }
    };
    let up = Up::start_with(&dir.path().join("state"), &|command| {
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "900000").env_remove("WATCHDOG_PID")
    });
    until("READY=1", 1);
    until("STATUS=1 of 1 components run", 1);
    // Again and again: it is what shows that it lives.
    until("WATCHDOG=1", 4);
    up.signal(Signal::SIGTERM);
    until("STOPPING=1", 1);
}

/// A group as systemd delegates one. Needs root and cgroup v2; without root there is nothing to delegate.
struct Group(PathBuf);

impl Group {
    fn new() -> Option<Group> {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        let mount = mounts.lines().find(|line| line.split(' ').nth(2) == Some("cgroup2"))?.split(' ').nth(1)?;
        let path = Path::new(mount).join(format!("posthouse-test-{}", std::process::id()));
        std::fs::create_dir(&path).ok()?;
        Some(Group(path))
    }

    fn processes(&self, below: &str) -> usize {
        std::fs::read_to_string(self.0.join(below).join("cgroup.procs")).map_or(0, |text| text.lines().count())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::write(self.0.join("cgroup.kill"), "1");
        for below in ["mailboxd", "supervisor", ""] {
            // The last process may need a moment to be gone.
            while matches!(std::fs::remove_dir(self.0.join(below)), Err(e) if e.raw_os_error() == Some(nix::libc::EBUSY))
            {
                std::thread::yield_now();
            }
        }
    }
}

#[test]
fn each_component_has_a_control_group_where_one_is_delegated() {
    let Some(group) = Group::new() else {
        assert!(!nix::unistd::Uid::effective().is_root(), "root without cgroup v2: mount it to run this test");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let procs = group.0.join("cgroup.procs");
    let up = Up::start_with(dir.path(), &|command| {
        let procs = procs.clone();
        // SAFETY: between fork and exec, in a child of its own; a failure is an error of spawn.
        #[expect(unsafe_code, reason = "a process enters a group by itself, before it runs")]
        unsafe {
            command.pre_exec(move || std::fs::write(&procs, "0"))
        }
    });
    // And perhaps a helper of a moment.
    assert!(group.processes("supervisor") >= 1);
    assert!(group.processes("mailboxd") >= 2, "the guard and the daemon");
    // Both at once, so that nobody is left to clean up: the next life finds the group and empties it.
    let main = up.mailboxd().unwrap();
    let mut beside = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    std::fs::write(group.0.join("mailboxd/cgroup.procs"), beside.id().to_string()).unwrap();
    up.signal(Signal::SIGKILL);
    up.until("the end of mailboxd", || !is_alive(main));
    assert!(is_alive(beside.id().cast_signed()), "it is nobody's child");
    drop(up);
    let up = Up::start_with(dir.path(), &|command| {
        let procs = procs.clone();
        // SAFETY: as above.
        #[expect(unsafe_code, reason = "a process enters a group by itself, before it runs")]
        unsafe {
            command.pre_exec(move || std::fs::write(&procs, "0"))
        }
    });
    assert!(!beside.wait().unwrap().success(), "it was killed");
    drop(up);
}
