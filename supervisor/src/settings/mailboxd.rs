// SPDX-License-Identifier: AGPL-3.0-or-later
//! `mailboxd.toml`: what the administrator sets, and what the profile says, as mailboxd reads it.

use super::Settings;
use super::sections::{Backup, Limits, Relay, Store, Tls};
use crate::engine::ConfigFile;
use crate::ports::Endpoint;
use crate::state::StateDir;
use anyhow::{Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the profile says instead of the administrator.
#[derive(Debug, Clone, Default)]
pub struct Backends {
    /// May read the file; None: only we.
    pub group: Option<&'static str>,
    pub relay: Option<Relay>,
    /// At least so much is taken by LMTP.
    pub message_bytes: Option<u64>,
    pub metadata: Option<toml::Table>,
    pub directory: Option<toml::Table>,
    /// Where logins of other daemons are answered.
    pub sasl: Option<toml::Table>,
    /// What follows from mail having passed the scanners.
    pub delivery: Option<toml::Table>,
}

#[derive(Serialize)]
struct Rendered<'a> {
    hostname: &'a str,
    listen: BTreeMap<&'a str, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: &'a Option<Tls>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay: Option<&'a Relay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: &'a Option<Limits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: &'a Option<Store>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a toml::Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<&'a toml::Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sasl: Option<&'a toml::Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<&'a toml::Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oauth: Option<&'a toml::Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<RenderedBackup<'a>>,
}

#[derive(Serialize)]
struct RenderedBackup<'a> {
    target: PathBuf,
    encrypt_to: &'a [String],
    keep_days: u32,
    keep_weekly: u32,
    keep_monthly: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_second: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_bytes_max: Option<u64>,
}

/// The daemon's configuration.
pub fn render(
    state: &StateDir,
    settings: &Settings,
    endpoints: &[Endpoint],
    backends: &Backends,
) -> Result<ConfigFile> {
    let mut limits = settings.limits.clone();
    if let Some(bytes) = backends.message_bytes {
        let limits = limits.get_or_insert(Limits { message_bytes_max: None, connections_max: None });
        limits.message_bytes_max = Some(bytes.max(limits.message_bytes_max.unwrap_or(0)));
    }

    let path = state.settings().join("mailboxd.toml");
    let mut listen: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for endpoint in endpoints {
        listen.entry(endpoint.service).or_default().push(endpoint.address.to_string());
    }
    let hostname = settings.hostname();
    let Settings { tls, store, .. } = settings;
    let limits = &limits;
    // A smarthost that is set is Postfix's, where there is one.
    let relay = backends.relay.as_ref().or(settings.relay.as_ref());
    let directory = one_of("directory", &settings.directory, &backends.directory)?;
    let (sasl, delivery) = (backends.sasl.as_ref(), backends.delivery.as_ref());
    let metadata = one_of("metadata", &settings.metadata, &backends.metadata)?;
    let oauth = settings.oauth.as_ref();
    let backup = settings.backup.enabled.then(|| rendered_backup(state, &settings.backup)).transpose()?;
    let rendered = Rendered {
        hostname: &hostname,
        listen,
        tls,
        relay,
        limits,
        store,
        metadata,
        directory,
        sasl,
        delivery,
        oauth,
        backup,
    };
    let text = toml::to_string(&rendered)?;
    let text = format!("# Rendered by posthouse at each start: change posthouse.toml instead.\n{text}");
    // The relay's password is in it.
    Ok(ConfigFile { path, text, group: backends.group, is_secret: true })
}

fn rendered_backup<'a>(state: &StateDir, backup: &'a Backup) -> Result<RenderedBackup<'a>> {
    let target = backup.target.clone().unwrap_or_else(|| state.path.join("backup"));
    if !target.is_absolute() {
        bail!("posthouse.toml: [backup] target must be an absolute path");
    }
    Ok(RenderedBackup {
        target,
        encrypt_to: &backup.encrypt_to,
        keep_days: backup.keep_days,
        keep_weekly: backup.keep_weekly,
        keep_monthly: backup.keep_monthly,
        bytes_per_second: backup.bytes_per_second,
        hold_bytes_max: backup.hold_bytes_max,
    })
}

fn one_of<'a>(
    section: &str,
    set: &'a Option<toml::Table>,
    profile: &'a Option<toml::Table>,
) -> Result<Option<&'a toml::Table>> {
    if set.is_some() && profile.is_some() {
        bail!("posthouse.toml: the appliance profile has its own [{section}]; take the section away");
    }
    Ok(set.as_ref().or(profile.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::ports::Shape;

    #[test]
    fn what_is_rendered_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        let mut settings = read(&state).unwrap();
        settings.relay = toml::from_str("host = 'r'\nport = 25\npassword = 'quo\"te'").ok();
        settings.oauth = toml::from_str("client_id = 'mail'").ok();
        settings.metadata = toml::from_str("driver = 'mysql'\nsocket = '/run/my sql.sock'").ok();
        let endpoints = crate::ports::endpoints(
            crate::components::Profile::Embedded,
            Shape::default(),
            "127.0.0.1".parse().unwrap(),
            1,
        )
        .unwrap();
        let text = render(&state, &settings, &endpoints, &Backends::default()).unwrap().text;
        let back: toml::Table = text.parse().unwrap();
        assert_eq!(back["listen"]["imap"][0].as_str(), Some("127.0.0.1:144"));
        assert_eq!(back["oauth"]["client_id"].as_str(), Some("mail"));
        assert_eq!(back["relay"]["password"].as_str(), Some("quo\"te"));
        assert_eq!(back["metadata"]["socket"].as_str(), Some("/run/my sql.sock"));
        assert!(!back.contains_key("directory") && !back.contains_key("delivery"));
        let both = Backends { metadata: settings.metadata.clone(), ..Backends::default() };
        assert!(render(&state, &settings, &endpoints, &both).unwrap_err().to_string().contains("[metadata]"));
        assert!(!format!("{settings:?}").contains("quo"));
    }
}
