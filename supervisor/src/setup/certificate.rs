// SPDX-License-Identifier: AGPL-3.0-or-later
//! The certificate that every protocol shows: what an uploaded one must be like, and where it goes.

use super::answers::Certificate;
use super::check::{Problem, problem};
use crate::engine::{ConfigFile, command, write_file};
use crate::state::StateDir;
use anyhow::{Context, Result};
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};

const CHAIN: &str = "certificate.chain";
const KEY: &str = "certificate.key";
const OPENSSL: &str = "/usr/bin/openssl";

/// What rustls would refuse when the server starts, and a name that clients would.
pub fn problems(chain: &str, key: &str, hostname: &str) -> Vec<Problem> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
    let certificates = certificates.unwrap_or_default();
    let Some(first) = certificates.first() else {
        return vec![problem(CHAIN, "not-pem", "paste the certificate in PEM, from -----BEGIN CERTIFICATE----- on")];
    };
    let Ok(parsed) = ParsedCertificate::try_from(first) else {
        return vec![problem(CHAIN, "not-pem", "this is no certificate of a server that can be read")];
    };
    let mut found = Vec::new();
    let name = ServerName::try_from(hostname.to_owned());
    if name.is_ok_and(|name| verify_server_name(&parsed, &name).is_err()) {
        let text = format!("this certificate is not for {hostname}: take one that names it, or change the host name");
        found.push(problem(CHAIN, "other-name", text));
    }
    let Ok(key) = PrivateKeyDer::from_pem_slice(key.as_bytes()) else {
        found.push(problem(KEY, "not-pem", "paste the private key in PEM, without a passphrase"));
        return found;
    };
    if CertifiedKey::from_der(certificates, key, &aws_lc_rs::default_provider()).is_err() {
        found.push(problem(KEY, "other-key", "this key does not belong to the certificate"));
    }
    found
}

/// Whether it is over already, where there is a program that reads dates. Runs one.
pub fn is_over(chain: &str) -> bool {
    let ask = |words: &[&str]| command(OPENSSL, &[&["x509", "-noout"], words].concat(), Some(chain), None).is_ok();
    Path::new(OPENSSL).exists() && ask(&["-subject"]) && !ask(&["-checkend", "0"])
}

pub fn over() -> Problem {
    problem(CHAIN, "over", "this certificate is not valid any more: take a new one")
}

/// Files of an own certificate.
pub fn files(state: &StateDir) -> (PathBuf, PathBuf) {
    let dir = state.settings().join("tls");
    (dir.join("own.crt"), dir.join("own.key"))
}

/// Answers what was done. `group`: who reads it beside us.
pub fn install(state: &StateDir, wanted: &Certificate, hostname: &str, group: Option<&'static str>) -> Result<String> {
    match wanted {
        Certificate::Own { chain, key, .. } => {
            let (certificate, private) = files(state);
            // The key first: a certificate without its key would be asked for by a start in between.
            let write = |path: &Path, text: &str| {
                let text = format!("{}\n", text.trim());
                write_file(&ConfigFile { path: path.to_owned(), text, group, is_secret: true })
            };
            let is_new = write(&private, key)? | write(&certificate, chain)?;
            Ok(if is_new { "certificate and key are in place" } else { "they are in place already" }.to_owned())
        }
        Certificate::SelfSigned => renew_self_signed(state, hostname),
        // It can be asked for once mailboxd answers on port 80 for everybody.
        Certificate::Acme { .. } => {
            let first = renew_self_signed(state, hostname)?;
            Ok(format!("asked for once everything runs; until then {first}"))
        }
    }
}

/// One that was made for another name goes aside: the server makes one for its name when it starts.
fn renew_self_signed(state: &StateDir, hostname: &str) -> Result<String> {
    let dir = state.settings().join("tls");
    let (certificate, key) = (dir.join("server.crt"), dir.join("server.key"));
    let first = match CertificateDer::from_pem_file(&certificate) {
        Ok(first) => first,
        Err(_) if !certificate.exists() => return Ok("the server makes one when it starts".to_owned()),
        Err(error) => return Err(error).with_context(|| certificate.display().to_string()),
    };
    let name = ServerName::try_from(hostname.to_owned()).with_context(|| hostname.to_owned())?;
    let is_for_name =
        ParsedCertificate::try_from(&first).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok());
    if is_for_name {
        return Ok(format!("there is one for {hostname} already"));
    }
    for path in [&key, &certificate] {
        let aside = path.with_extension(format!("{}.before", path.extension().unwrap_or_default().display()));
        std::fs::rename(path, &aside).with_context(|| path.display().to_string())?;
    }
    Ok(format!("the server makes one for {hostname} when it starts"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::http::tls::self_signed;

    fn codes(chain: &str, key: &str, name: &str) -> Vec<String> {
        problems(chain, key, name).iter().map(|p| format!("{} {}", p.field, p.code)).collect()
    }

    #[test]
    fn a_certificate_must_be_one_with_its_key_and_for_the_name() {
        let (chain, key) = self_signed(&["mail.a.test".to_owned()]).unwrap();
        let (_, other) = self_signed(&["mail.a.test".to_owned()]).unwrap();
        assert!(codes(&chain, &key, "mail.a.test").is_empty());
        assert_eq!(codes(&chain, &key, "www.a.test"), ["certificate.chain other-name"]);
        assert_eq!(codes(&chain, &other, "mail.a.test"), ["certificate.key other-key"]);
        assert_eq!(codes(&chain, "rubbish", "mail.a.test"), ["certificate.key not-pem"]);
        assert_eq!(codes("rubbish", &key, "mail.a.test"), ["certificate.chain not-pem"]);
        assert_eq!(codes(&chain.replace('A', "B"), &key, "mail.a.test"), ["certificate.chain not-pem"]);
        assert!(!is_over(&chain));
    }

    #[test]
    fn installing_twice_is_installing_once_and_loses_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        let tls = state.settings().join("tls");
        std::fs::create_dir_all(&tls).unwrap();
        let (chain, key) = self_signed(&["old.a.test".to_owned()]).unwrap();
        std::fs::write(tls.join("server.crt"), &chain).unwrap();
        std::fs::write(tls.join("server.key"), &key).unwrap();
        let own = Certificate::Own { chain: chain.clone(), key: key.clone(), chain_file: None, key_file: None };
        assert!(install(&state, &own, "old.a.test", None).unwrap().contains("in place"));
        assert!(install(&state, &own, "old.a.test", None).unwrap().contains("already"));
        let mode = std::os::unix::fs::PermissionsExt::mode(&tls.join("own.key").metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);

        assert!(install(&state, &Certificate::SelfSigned, "old.a.test", None).unwrap().contains("already"));
        assert!(install(&state, &Certificate::SelfSigned, "new.a.test", None).unwrap().contains("new.a.test"));
        assert_eq!(std::fs::read_to_string(tls.join("server.key.before")).unwrap(), key);
        assert!(!tls.join("server.crt").exists());
        // Killed between the two, or asked again.
        assert!(install(&state, &Certificate::SelfSigned, "new.a.test", None).is_ok());
    }
}
