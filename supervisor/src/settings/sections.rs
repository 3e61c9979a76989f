// SPDX-License-Identifier: AGPL-3.0-or-later
//! The sections of `posthouse.toml`, with their defaults.

use crate::upgrade::window::Window;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A certificate that renews itself (RFC 8555). Whoever sets this agrees to the authority's terms.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Acme {
    #[serde(default)]
    pub contact: String,
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default = "lets_encrypt")]
    pub directory: String,
    /// PEM of an authority that the system does not know: one of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

fn lets_encrypt() -> String {
    "https://acme-v02.api.letsencrypt.org/directory".to_owned()
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<String>,
    require_tls: Option<bool>,
    #[serde(skip_deserializing, skip_serializing_if = "std::ops::Not::not")]
    takes_all: bool,
}

impl Relay {
    pub fn requires_tls(&self) -> bool {
        self.require_tls != Some(false)
    }

    /// Our own Postfix, which gets everything that the web client sends.
    pub fn own(address: std::net::SocketAddr) -> Relay {
        let host = address.ip().to_string();
        Relay { host, port: address.port(), user: None, password: None, require_tls: Some(false), takes_all: true }
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay({}:{})", self.host, self.port)
    }
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub message_bytes_max: Option<u64>,
    pub connections_max: Option<usize>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    compress: Option<bool>,
    inline_bytes_max: Option<usize>,
    reserve_bytes: Option<u64>,
}

/// Postfix, or somebody else's MTA.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mta {
    /// False: another MTA hands mail over by LMTP and takes it from people.
    pub enabled: bool,
    /// Networks from which mail comes, if it does not come from everywhere: a filtering service, or an MTA in front.
    pub upstream: Vec<String>,
}

impl Default for Mta {
    fn default() -> Mta {
        Mta { enabled: true, upstream: Vec::new() }
    }
}

/// What the appliance does with mail on its way.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    pub antispam: bool,
    pub antivirus: bool,
    /// Fetches signatures from ClamAV's servers.
    pub update: bool,
    /// `HOST:PORT` of an amavis-style filter elsewhere, instead of ours.
    pub host: Option<String>,
    /// Networks from which that one gives mail back.
    pub returns: Vec<String>,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan { antispam: true, antivirus: true, update: true, host: None, returns: Vec::new() }
    }
}

/// Where backups go, and when they are made.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    pub enabled: bool,
    /// None: below the state directory.
    pub target: Option<PathBuf>,
    /// Time of the day, HH:MM.
    pub at: String,
    pub keep_days: u32,
    pub keep_weekly: u32,
    pub keep_monthly: u32,
    pub encrypt_to: Vec<String>,
    pub bytes_per_second: Option<u64>,
    pub hold_bytes_max: Option<u64>,
    /// Between two restore drills; 0: none.
    pub verify_days: u64,
}

impl Default for Backup {
    fn default() -> Backup {
        Backup {
            enabled: true,
            target: None,
            at: "02:30".to_owned(),
            keep_days: 7,
            keep_weekly: 4,
            keep_monthly: 0,
            encrypt_to: Vec::new(),
            bytes_per_second: None,
            hold_bytes_max: None,
            verify_days: 7,
        }
    }
}

/// Whom to tell what is wrong, and from where on it is.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// None: all administrators; nobody at all if it is empty.
    pub mail: Option<Vec<String>>,
    pub webhook: Option<String>,
    pub disk_free_percent_min: u64,
    pub queue_messages_max: u64,
    pub certificate_days_min: u64,
    pub signature_days_max: u64,
    /// None: backups are not watched.
    pub backup_days_max: Option<u64>,
}

impl Default for Alerts {
    fn default() -> Alerts {
        Alerts {
            mail: None,
            webhook: None,
            disk_free_percent_min: 10,
            queue_messages_max: 500,
            certificate_days_min: 14,
            signature_days_max: 7,
            backup_days_max: None,
        }
    }
}

/// Where the image gets new versions from, and when.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Upgrade {
    /// None: the one that the image was built with, if any.
    pub source: Option<String>,
    pub channel: Channel,
    pub check_hours: u64,
    /// Without being told to.
    pub automatic: bool,
    pub window: Window,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    #[default]
    Stable,
    Beta,
}

impl Channel {
    pub fn name(self) -> &'static str {
        match self {
            Channel::Stable => "stable",
            Channel::Beta => "beta",
        }
    }
}

impl Default for Upgrade {
    fn default() -> Upgrade {
        let (channel, window) = (Channel::default(), Window::default());
        Upgrade { source: None, channel, check_hours: 24, automatic: false, window }
    }
}

impl std::fmt::Debug for Alerts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL of a webhook is a secret as a rule.
        write!(f, "Alerts(mail: {:?}, webhook: {})", self.mail, self.webhook.is_some())
    }
}
