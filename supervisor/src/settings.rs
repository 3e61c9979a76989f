// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the administrator sets (`settings/posthouse.toml`) and what the daemon reads (`settings/mailboxd.toml`, rendered at
//! each start, never edited).

mod mailboxd;
mod sections;

pub use mailboxd::{Backends, render};
pub use sections::{Acme, Alerts, Backup, Mta, Relay, Scan, Upgrade};

use crate::mistake;
use crate::ports::{Filter, Shape};
use crate::state::{StateDir, write_private};
use anyhow::{Context, Result};
use sections::{Limits, Store, Tls};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Comments only: every setting with its default.
pub const TEMPLATE: &str = include_str!("../templates/posthouse.toml");

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Of this file: see migrations.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<u32>,
    pub hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<Tls>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acme: Option<Acme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay: Option<Relay>,
    mta: Mta,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Limits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<Store>,
    scan: Scan,
    pub alerts: Alerts,
    backup: Backup,
    pub upgrade: Upgrade,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<toml::Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<toml::Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oauth: Option<toml::Table>,
}

/// Reads the settings; where there are none, leaves a file to begin with.
pub fn read(state: &StateDir) -> Result<Settings> {
    let path = state.settings().join("posthouse.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => mistake::parse(&text).with_context(|| path.display().to_string()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            write_private(&path, TEMPLATE)?;
            Ok(Settings::default())
        }
        Err(e) => Err(e).with_context(|| path.display().to_string()),
    }
}

impl Settings {
    pub fn backup(&self) -> &Backup {
        &self.backup
    }

    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    pub fn mta(&self) -> &Mta {
        &self.mta
    }

    /// What listens in the appliance.
    pub fn shape(&self) -> Shape {
        let is_scanned = self.scan.antivirus || self.scan.antispam;
        let filter = match (&self.scan.host, is_scanned) {
            _ if !self.mta.enabled => Filter::None,
            (Some(_), _) => Filter::Elsewhere,
            (None, true) => Filter::Own,
            (None, false) => Filter::None,
        };
        Shape { mta: self.mta.enabled, filter }
    }

    pub fn has_own_certificate(&self) -> bool {
        self.tls.is_some()
    }

    pub fn relay(&self) -> Option<&Relay> {
        self.relay.as_ref()
    }

    /// The certificate and the key that mailboxd uses; `state` as the reader sees it.
    pub fn tls_files(&self, state: &Path) -> (PathBuf, PathBuf) {
        match &self.tls {
            Some(tls) => (tls.certificate.clone(), tls.key.clone()),
            None => (state.join("settings/tls/server.crt"), state.join("settings/tls/server.key")),
        }
    }

    pub fn hostname(&self) -> String {
        let own = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_lowercase();
        let name = self.hostname.clone().unwrap_or_else(own);
        // It goes into greetings and a certificate: a machine's name may be anything, ours must be a host name.
        let fine = !name.is_empty()
            && name.len() <= 253
            && name.split('.').all(|label| {
                !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if fine { name } else { "localhost".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_valid_with_and_without_its_comment_signs() {
        let plain: Settings = toml::from_str(TEMPLATE).unwrap();
        assert!(plain.relay.is_none());
        let lines = TEMPLATE.lines().skip(2).map(|line| line.strip_prefix("# ").unwrap_or(line));
        let full: Settings = toml::from_str(&lines.collect::<Vec<_>>().join("\n")).unwrap();
        assert_eq!(full.hostname(), "mail.example.com");
        assert!(full.tls.is_some() && full.relay.is_some() && full.limits.is_some() && full.store.is_some());
        assert!(full.metadata.is_some() && full.directory.is_some());
    }
}
