// SPDX-License-Identifier: AGPL-3.0-or-later
//! A certificate from a real ACME server, Debian's pebble, whose authority asks our own port for the challenge.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const NAME: &str = "mail.acme.test";

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Authority {
    children: Vec<Child>,
    directory: String,
    ca: PathBuf,
}

impl Authority {
    /// `http`: where it asks for challenges. Every name is 127.0.0.1 to it.
    fn start(dir: &Path, http: u16) -> Authority {
        let (port, management, dns, control) = (free_port(), free_port(), free_port(), free_port());
        let at = |name: &str| dir.join(name).display().to_string();
        let words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"];
        let mut openssl = Command::new("openssl");
        openssl.args(words).args(["-subj", "/CN=pebble", "-addext", "subjectAltName=DNS:localhost"]);
        // What rustls takes for one that signs is no server's.
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        openssl.args(["-keyout", &at("pebble.key"), "-out", &at("pebble.crt")]);
        assert!(openssl.output().expect("Debian package openssl").status.success());
        let config = serde_json::json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": at("pebble.crt"), "privateKey": at("pebble.key"),
            "httpPort": http, "tlsPort": free_port(), "ocspResponderURL": "",
        }});
        std::fs::write(dir.join("pebble.json"), config.to_string()).unwrap();
        let quiet = |command: &mut Command| {
            let log = std::fs::File::create(dir.join("authority.log")).unwrap();
            command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null()).spawn()
        };
        let names = Command::new("pebble-challtestsrv")
            .args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""])
            .args(["-dns01", &format!("127.0.0.1:{dns}"), "-management", &format!("127.0.0.1:{control}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian package pebble");
        let pebble = quiet(
            Command::new("pebble")
                .args(["-config", &at("pebble.json"), "-dnsserver", &format!("127.0.0.1:{dns}")])
                .envs([("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "20")]),
        )
        .expect("Debian package pebble");
        let authority = Authority {
            children: vec![names, pebble],
            directory: format!("https://localhost:{port}/dir"),
            ca: dir.join("pebble.crt"),
        };
        let begun = std::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{}", std::fs::read_to_string(dir.join("authority.log")).unwrap());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        authority
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Who signed what the server shows.
fn issuer(port: u16) -> String {
    let script = format!(
        "openssl s_client -connect 127.0.0.1:{port} -servername {NAME} </dev/null 2>/dev/null | \
         openssl x509 -noout -issuer -ext subjectAltName"
    );
    let said = Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(said.stdout).unwrap()
}

fn configure(state: &Path, directory: &str, ca: &Path) {
    let text = format!(
        "hostname = '{NAME}'\n[acme]\ncontact = 'it@acme.test'\ndirectory = '{directory}'\nca_file = '{}'\n",
        ca.display()
    );
    std::fs::create_dir_all(state.join("settings")).unwrap();
    std::fs::write(state.join("settings/posthouse.toml"), text).unwrap();
}

#[test]
fn a_certificate_is_issued_shown_and_kept_across_starts() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let up = Up::start(&state);
    let authority = Authority::start(dir.path(), 80 + up.offset);
    let (imaps, https) = (993 + up.offset, 443 + up.offset);
    assert!(!issuer(https).contains("Pebble"), "self-signed at first: {}", issuer(https));
    configure(&state, &authority.directory, &authority.ca);
    up.until("a certificate by ACME", || issuer(https).contains("Pebble") && issuer(imaps).contains("Pebble"));
    assert!(issuer(https).contains(NAME), "{}", issuer(https));
    assert!(!up.status()["alerts"].to_string().contains("ACME"), "{}", up.status()["alerts"]);
    assert_eq!(std::fs::read_dir(state.join("run/acme")).unwrap().count(), 0, "answers go when they were asked for");
    let file = state.join("settings/tls/server.crt");
    let first = std::fs::read(&file).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &state.join("settings/tls/server.key").metadata().unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    drop(up);
    // The next start asks nobody.
    let up = Up::start(&state);
    up.until("the first look", || up.status()["up_seconds"].as_u64() > Some(3));
    assert_eq!(std::fs::read(&file).unwrap(), first);
    assert!(issuer(443 + up.offset).contains("Pebble"));
}

#[test]
fn an_authority_that_can_not_reach_us_is_an_alert_and_the_old_certificate_stays() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let authority = Authority::start(dir.path(), free_port());
    configure(&state, &authority.directory, &authority.ca);
    let up = Up::start(&state);
    up.until("an alert", || up.status()["alerts"].to_string().contains("no certificate by ACME"));
    let alerts = up.status()["alerts"].to_string();
    assert!(alerts.contains("refused") || alerts.contains("Connection"), "it says what the authority saw: {alerts}");
    assert!(!issuer(443 + up.offset).contains("Pebble"));
    let memory: serde_json::Value =
        serde_json::from_slice(&std::fs::read(state.join("acme/state.json")).unwrap()).unwrap();
    assert!(memory["again"].as_u64() > Some(1_700_000_000), "not again at once: {memory}");
}
