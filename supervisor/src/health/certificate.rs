// SPDX-License-Identifier: AGPL-3.0-or-later
//! The certificate that every protocol shows: until when it is valid (RFC 5280 §4.1.2.5), as the openssl program reads it.

use super::{Item, Scene};
use crate::engine::command;
use crate::settings::Settings;
use std::path::Path;

const NAME: &str = "certificate";
const OPENSSL: &str = "/usr/bin/openssl";

pub fn look(scene: &Scene, settings: &Settings) -> Vec<Item> {
    let (certificate, _) = settings.tls_files(&scene.state.path);
    let is_made_later = !certificate.exists() && !settings.has_own_certificate();
    // mailboxd makes one when it starts for the first time. The embedded profile asks for no other program.
    if is_made_later || !Path::new(OPENSSL).exists() {
        return Vec::new();
    }
    vec![item(&certificate, settings.alerts.certificate_days_min)]
}

fn item(certificate: &Path, days_min: u64) -> Item {
    let path = certificate.display().to_string();
    let ask = |words: &[&str]| {
        let words = [&["x509", "-noout", "-in", &path], words].concat();
        command(OPENSSL, &words, None, None)
    };
    let end = match ask(&["-enddate"]) {
        Ok(said) => String::from_utf8_lossy(&said).trim().trim_start_matches("notAfter=").to_owned(),
        Err(error) => return Item::new(NAME, false, format!("{path} can't be read: {error:#}")),
    };
    let is_valid_for = |seconds: u64| ask(&["-checkend", &seconds.to_string()]).is_ok();
    if !is_valid_for(0) {
        return Item::new(NAME, false, format!("ended {end}: clients refuse to connect; put a new one into {path}"));
    }
    if !is_valid_for(days_min * 86_400) {
        return Item::new(NAME, false, format!("ends {end}: put a new one into {path}, then `posthouse restart`"));
    }
    Item::new(NAME, true, format!("valid until {end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(dir: &Path, days: &str) -> std::path::PathBuf {
        let (key, certificate) = (dir.join("k"), dir.join("c"));
        let words =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x"];
        let files = ["-keyout", key.to_str().unwrap(), "-out", certificate.to_str().unwrap(), "-days", days];
        command("openssl", &[&words[..], &files].concat(), None, None).unwrap();
        certificate
    }

    #[test]
    fn an_end_that_is_near_or_past_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = make(dir.path(), "10");
        let far = item(&certificate, 5);
        assert!(far.is_well && far.text.contains("valid until"), "{far:?}");
        let near = item(&certificate, 14);
        assert!(!near.is_well && near.text.contains("ends"), "{near:?}");
        std::fs::write(&certificate, "rubbish").unwrap();
        assert!(item(&certificate, 14).text.contains("can't be read"));
    }
}
