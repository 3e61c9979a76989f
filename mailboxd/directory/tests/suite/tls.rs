// SPDX-License-Identifier: AGPL-3.0-or-later
//! A domain's own LDAP server over TLS: only one whose certificate is vouched for hears a password.

use crate::common::slapd::PASSWORD;
use crate::common::{Slapd, World, attrs};
use crate::foreign::{ADMIN, ENTRIES};
use ph_directory::Error;
use std::path::Path;
use std::process::Command;

/// The LDAP server of a test that runs itself again.
const URLS: &str = "POSTHOUSE_TEST_LDAP_URLS";
const STRANGER: &str = "POSTHOUSE_TEST_LDAP_STRANGER";

fn openssl(dir: &Path, words: &str) {
    let done = Command::new("openssl").args(words.split(' ')).current_dir(dir).output().expect("openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// An authority, and a certificate of it for 127.0.0.1.
fn authority(dir: &Path, name: &str) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(dir, &format!("req -x509 {key} -days 2 -subj /CN={name} -keyout {name}-ca.key -out {name}-ca.pem"));
    openssl(dir, &format!("req {key} -subj /CN=ad.corp.test -keyout {name}.key -out {name}.csr"));
    std::fs::write(dir.join("san"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    let by = format!("-CA {name}-ca.pem -CAkey {name}-ca.key -CAcreateserial -extfile san");
    openssl(dir, &format!("x509 -req -in {name}.csr {by} -days 2 -out {name}.pem"));
}

fn corp(dir: &Path, name: &str) -> Slapd {
    let path = |end: &str| dir.join(format!("{name}.{end}"));
    let slapd = Slapd::with_tls(include_str!("common/ad.conf"), &path("pem"), &path("key"));
    slapd.add(ENTRIES, ADMIN);
    slapd
}

/// Which authorities this machine trusts is read once a process, so it is another one that asks.
#[test]
fn passwords_go_only_to_a_server_that_is_vouched_for() {
    if std::env::var_os(URLS).is_some() {
        return ask_both();
    }
    let dir = tempfile::tempdir().unwrap();
    authority(dir.path(), "corp");
    authority(dir.path(), "stranger");
    let (known, stranger) = (corp(dir.path(), "corp"), corp(dir.path(), "stranger"));
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["tls::passwords_go_only_to_a_server_that_is_vouched_for", "--exact"])
        .env("SSL_CERT_FILE", dir.path().join("corp-ca.pem"))
        .env(URLS, known.tcp_urls().join(" "))
        .env(STRANGER, stranger.tcp_urls().join(" "))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
}

fn ask_both() {
    let world = World::local();
    world.alice();
    let urls = |name: &str| std::env::var(name).unwrap().split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (known, stranger) = (urls(URLS), urls(STRANGER));
    let ask = |url: &str, start_tls: &str| {
        let domain = attrs(&[
            ("zimbraAuthMech", "ad"),
            ("zimbraAuthLdapURL", url),
            ("zimbraAuthLdapStartTlsEnabled", start_tls),
            ("zimbraAuthLdapSearchBase", "cn=Users,dc=corp,dc=test"),
            ("zimbraAuthLdapSearchFilter", "(sAMAccountName=%u)"),
            ("zimbraAuthLdapSearchBindDn", ADMIN),
            ("zimbraAuthLdapSearchBindPassword", PASSWORD),
        ]);
        world.modify_domain("example.test", domain).unwrap();
        world.authenticate("alice", "windows")
    };
    ask(&known[0], "TRUE").unwrap();
    ask(&known[1], "FALSE").unwrap();
    assert!(matches!(ask(&stranger[0], "TRUE"), Err(Error::Unavailable(_))), "StartTLS");
    assert!(matches!(ask(&stranger[1], "FALSE"), Err(Error::Unavailable(_))), "LDAPS");
    // The right name is part of it.
    let other = known[1].replace("127.0.0.1", "localhost");
    assert!(matches!(ask(&other, "FALSE"), Err(Error::Unavailable(_))), "another name");
}
