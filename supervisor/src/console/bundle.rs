// SPDX-License-Identifier: AGPL-3.0-or-later
//! A file for whoever is asked for help: what the machine says about itself. Logs hold no passwords and no mail, and settings
//! with secrets are not taken.

use crate::control::{Daemon, call};
use crate::state::{StateDir, write_private};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

/// What is asked, and the file that gets the answer.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("journal.txt", &["journalctl", "--boot", "--lines=5000", "--no-pager"]),
    ("units.txt", &["systemctl", "--no-pager", "list-units", "--all"]),
    ("network.txt", &["ip", "address"]),
    ("routes.txt", &["ip", "route"]),
    ("disks.txt", &["df", "-h"]),
    ("memory.txt", &["free", "-m"]),
];

/// Answers where it is.
pub fn write(state: &StateDir) -> Result<PathBuf> {
    let support = state.path.join("support");
    let name = format!("posthouse-{}", chrono::Utc::now().format("%Y%m%d-%H%M%S"));
    let dir = support.join(&name);
    std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let status = match call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {}) {
        Ok(mut status) => {
            // It opens the machine, and a bundle is sent to others.
            status.as_object_mut().map(|status| status.remove("setup_code"));
            format!("{status:#}")
        }
        Err(error) => format!("{error:#}"),
    };
    write_private(&dir.join("status.json"), &status)?;
    for (file, words) in QUESTIONS {
        let Some((program, arguments)) = words.split_first() else { continue };
        let said = match Command::new(program).args(arguments).output() {
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Err(error) => error.to_string(),
        };
        write_private(&dir.join(file), &said)?;
    }
    let path = support.join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    tar.arg("--create").arg("--gzip").arg("--file").arg(&path).arg("--directory").arg(&support).arg(&name);
    let status = tar.arg("--directory").arg(&state.path).arg("log").status().context("can't run tar")?;
    std::fs::remove_dir_all(&dir).with_context(|| dir.display().to_string())?;
    // 1: a log grew while it was read (tar(1)).
    if !matches!(status.code(), Some(0 | 1)) {
        bail!("tar failed ({status})");
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_and_answers_are_in_it_and_settings_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        std::fs::write(state.logs().join("postfix.log"), "a line\n").unwrap();
        std::fs::write(state.settings().join("ldap.password"), "secret").unwrap();
        let path = write(&state).unwrap();
        let list = Command::new("tar").arg("-tzf").arg(&path).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        for wanted in ["log/postfix.log", "/status.json", "/disks.txt"] {
            assert!(list.contains(wanted), "{list}");
        }
        assert!(!list.contains("settings") && !list.contains("password"), "{list}");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
