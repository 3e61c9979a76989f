// SPDX-License-Identifier: AGPL-3.0-or-later
//! Programs that others wrote for Zimbra's API, unmodified, against the real daemon. `cargo xtask test` installs them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

struct World {
    daemon: Daemon,
    site: Site,
    key: String,
    _dir: tempfile::TempDir,
}

impl World {
    fn start() -> World {
        let dir = tempfile::tempdir().unwrap();
        let site = Site::new(&dir.path().join("state"), "[store]\nreserve_bytes = 0").unwrap();
        let daemon = site.start().unwrap();
        site.provision(&daemon, &["alice", "bob"]).unwrap();
        let admin = json!({"zimbraIsAdminAccount": ["TRUE"]});
        daemon.prov("createAccount", json!({"name": address("admin"), "password": PASSWORD, "attrs": admin})).unwrap();
        let made = daemon.prov("generateDomainPreAuthKey", json!({"name": "example.test"})).unwrap();
        let key = made["attrs"]["preAuthKey"][0].as_str().unwrap().to_owned();
        World { daemon, site, key, _dir: dir }
    }

    fn run(&self, script: &str, arguments: &[&str]) {
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/soap_clients").join(script);
        let output = Command::new("python3").env("PYTHONPATH", clients()).arg(source).args(arguments).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && out.trim() == "done", "{script}: {out}\n{err}\n{}", self.daemon.log());
    }

    fn end(self) {
        self.daemon.verify().unwrap();
        self.daemon.stop().unwrap();
        self.site.verify_stopped().unwrap();
    }
}

/// Beside the build: this program is in `target/debug/deps`.
fn clients() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let found =
        own.ancestors().map(|dir| dir.join("python-clients")).find(|dir| dir.join("requirements.txt").is_file());
    found.expect("target/python-clients is not there: `cargo xtask test` installs it")
}

#[test]
fn zimbra_client() {
    let world = World::start();
    let url = format!("http://{}", world.site.http);
    world.run("with_zimbra_client.py", &[&url, &address("alice"), PASSWORD, &address("bob")]);
    world.end();
}

#[test]
fn python_zimbra() {
    let world = World::start();
    let (url, admin_url) = (format!("http://{}", world.site.http), format!("https://{}", world.site.admin));
    let people = [address("alice"), address("bob"), address("admin")];
    world.run("with_python_zimbra.py", &[&url, &admin_url, &people[0], PASSWORD, &people[1], &people[2], &world.key]);
    world.end();
}
