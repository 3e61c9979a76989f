// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the administrator sets (`settings/posthouse.toml`) and what the daemon reads (`settings/mailboxd.toml`, rendered at
//! each start, never edited).

use crate::engine::ConfigFile;
use crate::mistake;
use crate::ports::{Endpoint, Filter, Shape};
use crate::state::{StateDir, write_private};
use crate::upgrade::window::Window;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Comments only: every setting with its default.
pub const TEMPLATE: &str = "\
# Settings of Posthouse. What is commented out shows the default. A new start makes a change effective;
# `posthouse apply` does where no component comes or goes.

# hostname = \"mail.example.com\"       # default: this machine's name

# [tls]                               # default: a self-signed certificate in settings/tls
# certificate = \"/etc/ssl/mail.crt\"
# key = \"/etc/ssl/mail.key\"

# [acme]                              # instead of [tls]: one that renews itself; docs/admin/certificates.md
# contact = \"it@example.com\"
# names = []                          # beside the hostname
# directory = \"https://acme-v02.api.letsencrypt.org/directory\"

# [relay]                             # default: none, mail for other domains is refused
# host = \"smtp.example.net\"
# port = 587
# user = \"me\"
# password = \"secret\"
# require_tls = true

# [limits]
# message_bytes_max = 52428800
# connections_max = 10000             # a service

# [store]
# compress = false                    # zstd for message files

# [mta]                               # in the appliance; docs/admin/filters.md
# enabled = true                      # false: another MTA does the work of Postfix
# upstream = [\"192.0.2.0/24\"]         # default: everybody may deliver; else only these

# [scan]                              # in the appliance; antivirus = false saves more than a gigabyte of memory
# antispam = true
# antivirus = true
# update = true                       # fetch virus signatures and spam rules
# host = \"filter.example.com:10024\"  # default: ours; an amavis-style filter elsewhere
# returns = [\"192.0.2.7/32\"]          # where that one gives mail back from

# [alerts]                            # docs/admin/alerts.md
# mail = [\"it@example.com\"]           # default: every administrator
# webhook = \"https://chat.example.com/hooks/abc\"
# disk_free_percent_min = 10
# queue_messages_max = 500
# certificate_days_min = 14
# signature_days_max = 7
# backup_days_max = 2                 # default: not watched

# [backup]                            # docs/admin/backup.md
# enabled = true
# target = \"/mnt/backup\"             # default: backup/ in the state directory, on the same disk
# at = \"02:30\"                       # each day
# keep_days = 7
# keep_weekly = 4
# keep_monthly = 0
# encrypt_to = [\"age1...\"]           # default: not encrypted
# bytes_per_second = 20000000         # default: as fast as it goes
# hold_bytes_max = 2147483648         # of journal, for a target that is away
# verify_days = 7                     # between two restore drills; 0: none
# [upgrade]                           # of the image; docs/admin/upgrades.md
# source = \"https://upgrades.example.com/posthouse/\"
# channel = \"stable\"                 # or \"beta\"
# check_hours = 24                    # 0: never by itself
# automatic = false                   # true: installed, and the machine restarted, within the window
# window = \"02:00-05:00\"             # local time; or \"Sat,Sun 22:00-04:00\"

# [metadata]                          # default: SQLite; docs/admin/mariadb.md
# driver = \"mysql\"
# socket = \"/run/mysqld/mysqld.sock\"

# [directory]                         # default: a local file; docs/admin/directory.md
# backend = \"ldap\"
# url = \"ldap://127.0.0.1\"
# bind_dn = \"uid=zimbra,cn=admins,cn=zimbra\"
# password_file = \"/etc/posthouse/ldap.password\"

# [oauth]                             # logins to IMAP and POP3 by token; docs/admin/oauth.md
# introspection_url = \"https://id.example.com/oauth2/introspect\"
# client_id = \"posthouse\"
# client_secret_file = \"/etc/posthouse/oauth.secret\"
";

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

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    certificate: PathBuf,
    key: PathBuf,
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

pub fn lets_encrypt() -> String {
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
struct Limits {
    message_bytes_max: Option<u64>,
    connections_max: Option<usize>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Store {
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
