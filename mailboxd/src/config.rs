// SPDX-License-Identifier: AGPL-3.0-or-later
//! The daemon's configuration, a TOML file that the supervisor renders (`settings/mailboxd.toml`). An unknown key is an error.

use crate::mistake;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {message}")]
    Parse { path: PathBuf, message: String },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The name that this server gives itself in greetings, headers and its certificate.
    pub hostname: String,
    pub listen: Listen,
    #[serde(default)]
    pub tls: Tls,
    /// Where mail for other people's domains goes; without it such mail is refused.
    pub relay: Option<Relay>,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub store: Store,
    #[serde(default)]
    pub metadata: Metadata,
    /// Absent: the local backend, `directory/local.sqlite`.
    pub directory: Option<DirectoryAt>,
    /// Where other daemons (Postfix) ask whether a login is right; without it nowhere.
    pub sasl: Option<Sasl>,
    #[serde(default)]
    pub delivery: Delivery,
    /// Who is asked of OAuth tokens; without it logins are by password.
    pub oauth: Option<Oauth>,
    /// Where backups go; without it nowhere.
    pub backup: Option<Backup>,
}

/// What is left out has the store's own default.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    pub target: PathBuf,
    /// Public keys of age, to which backups are encrypted.
    #[serde(default)]
    pub encrypt_to: Vec<String>,
    pub bytes_per_second: Option<u64>,
    /// The journal waits for a target that is away until it is so large.
    pub hold_bytes_max: Option<u64>,
    pub keep_days: Option<u32>,
    pub keep_weekly: Option<u32>,
    pub keep_monthly: Option<u32>,
}

impl Backup {
    fn of_store(&self, hostname: &str) -> mailbox::Backup {
        let mut backup = mailbox::Backup::new(&self.target);
        backup.recipients.clone_from(&self.encrypt_to);
        backup.bytes_per_second = self.bytes_per_second;
        backup.hold_bytes_max = self.hold_bytes_max.unwrap_or(backup.hold_bytes_max);
        backup.keep.days = self.keep_days.unwrap_or(backup.keep.days);
        backup.keep.weekly = self.keep_weekly.unwrap_or(backup.keep.weekly);
        backup.keep.monthly = self.keep_monthly.unwrap_or(backup.keep.monthly);
        hostname.clone_into(&mut backup.hostname);
        backup
    }
}

/// What holds only where every message passed a scanner before it came here.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// What came by LMTP with `X-Spam-Flag: YES` goes to Junk.
    pub spam_header: bool,
    /// What people move to Junk, or out of it, waits for the scanner to learn from it.
    pub train: bool,
}

/// The socket's directory is there already, and lets in only those who may ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sasl {
    pub socket: PathBuf,
}

/// A directory that other programs use as well. The password is in a file, so that this one may be shown to anybody.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "backend", rename_all = "lowercase", deny_unknown_fields)]
pub enum DirectoryAt {
    Ldap {
        /// ldap://, ldaps:// or ldapi://%2Fpath%2Fof%2Fsocket
        url: String,
        bind_dn: String,
        password_file: PathBuf,
        /// What every DN ends in.
        #[serde(default)]
        base: String,
    },
}

impl DirectoryAt {
    /// Reads the password.
    pub fn ldap(&self) -> Result<directory::Ldap, Error> {
        let DirectoryAt::Ldap { url, bind_dn, password_file: path, base } = self;
        let read = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let password = read.trim_end_matches(['\r', '\n']).to_owned();
        Ok(directory::Ldap { url: url.clone(), bind_dn: bind_dn.clone(), password, base: base.clone() })
    }
}

/// The server that gives people OAuth tokens. Its secret is in a file, so that this one may be shown to anybody.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oauth {
    /// RFC 7662: https, or http on this machine.
    pub introspection_url: String,
    pub client_id: String,
    pub client_secret_file: PathBuf,
    /// The claim that holds the account's name.
    #[serde(default = "username")]
    pub account_claim: String,
    /// A token must have it.
    pub scope: Option<String>,
    /// How long an answer counts; a token that is taken back is good for as long.
    pub cache_seconds: Option<u64>,
    /// PEM; without it the system's certificates.
    pub ca_file: Option<PathBuf>,
    /// Told to clients whose token is not valid.
    pub openid_configuration: Option<String>,
}

fn username() -> String {
    "username".to_owned()
}

impl Oauth {
    /// Reads the secret.
    pub fn settings(&self) -> Result<net::oauth::Config, Error> {
        let path = &self.client_secret_file;
        let read = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.clone(), source })?;
        Ok(net::oauth::Config {
            introspection_url: self.introspection_url.clone(),
            client_id: self.client_id.clone(),
            client_secret: read.trim_end_matches(['\r', '\n']).to_owned(),
            account_claim: self.account_claim.clone(),
            scope: self.scope.clone(),
            cache: self.cache_seconds.map_or(OAUTH_CACHE, Duration::from_secs).min(net::oauth::CACHE_MAX),
            ca_file: self.ca_file.clone(),
            openid_configuration: self.openid_configuration.clone(),
        })
    }
}

/// Addresses a service; an empty list leaves it off.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    pub lmtp: Vec<SocketAddr>,
    pub smtp: Vec<SocketAddr>,
    pub submission: Vec<SocketAddr>,
    pub imap: Vec<SocketAddr>,
    pub imaps: Vec<SocketAddr>,
    pub pop3: Vec<SocketAddr>,
    pub pop3s: Vec<SocketAddr>,
    pub managesieve: Vec<SocketAddr>,
    pub http: Vec<SocketAddr>,
    pub https: Vec<SocketAddr>,
    pub admin: Vec<SocketAddr>,
    pub metrics: Vec<SocketAddr>,
}

/// PEM files. When none is named, a self-signed pair is made in `settings/tls`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<String>,
    /// False: plain SMTP even if the host offers no TLS. Only for a host on the same machine or network.
    #[serde(default = "yes")]
    pub require_tls: bool,
    /// It gets what goes to our own people as well, and hands it back by LMTP.
    #[serde(default)]
    pub takes_all: bool,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay({}:{})", self.host, self.port)
    }
}

fn yes() -> bool {
    true
}

/// What is left out has the store's own default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    pub message_bytes_max: Option<u64>,
    /// Connections a service.
    pub connections_max: Option<usize>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub compress: bool,
    /// Bodies up to this size travel in the journal.
    pub inline_bytes_max: Option<usize>,
    /// Changes are refused while a disk has less free.
    pub reserve_bytes: Option<u64>,
}

/// What holds the mailboxes' rows. With a socket, mailboxes may live in MariaDB; the driver says where new ones go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metadata {
    pub driver: Driver,
    pub socket: Option<PathBuf>,
    pub database: Option<String>,
    pub user: Option<String>,
    /// Without it the server knows us by our system user (plugin unix_socket).
    pub password_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    #[default]
    Sqlite,
    Mysql,
}

const DATABASE: &str = "posthouse";
const CONNECTIONS_MAX: usize = 10_000;
const MESSAGE_BYTES_MAX: u64 = 50 << 20;
const OAUTH_CACHE: Duration = Duration::from_secs(60);

pub fn read(path: &Path) -> Result<Config, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let parse = |message: String| Error::Parse { path: path.to_owned(), message };
    let config: Config = toml::from_str(&text).map_err(|e| parse(mistake::of(&text, &e)))?;
    if config.metadata.driver == Driver::Mysql && config.metadata.socket.is_none() {
        return Err(parse("[metadata]: driver \"mysql\" needs the socket of the server".into()));
    }
    if let Some(backup) = &config.backup {
        mailbox::Recipients::parse(&backup.encrypt_to).map_err(|e| parse(format!("[backup] encrypt_to: {e}")))?;
    }
    Ok(config)
}

impl Metadata {
    fn engines(&self) -> mailbox::Engines {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| DATABASE.into());
        let mysql = self.socket.as_ref().map(|socket| mailbox::Server {
            socket: socket.clone(),
            database: text(&self.database),
            user: text(&self.user),
            password_file: self.password_file.clone(),
        });
        mailbox::Engines { new: self.driver.engine(), mysql }
    }
}

impl Driver {
    pub fn engine(self) -> mailbox::Engine {
        match self {
            Driver::Sqlite => mailbox::Engine::Sqlite,
            Driver::Mysql => mailbox::Engine::Mysql,
        }
    }
}

impl Config {
    pub fn store(&self, state: &Path) -> mailbox::Config {
        let mut store = mailbox::Config::new(state);
        store.engines = self.metadata.engines();
        store.train = self.delivery.train;
        store.compress = self.store.compress;
        store.message_bytes_max = self.message_bytes_max();
        store.inline_max = self.store.inline_bytes_max.unwrap_or(store.inline_max);
        store.reserve_bytes = self.store.reserve_bytes.unwrap_or(store.reserve_bytes);
        store.backup = self.backup.as_ref().map(|backup| backup.of_store(&self.hostname));
        store
    }

    pub fn message_bytes_max(&self) -> u64 {
        self.limits.message_bytes_max.unwrap_or(MESSAGE_BYTES_MAX)
    }

    pub fn connections_max(&self) -> usize {
        self.limits.connections_max.unwrap_or(CONNECTIONS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_defaults_and_unknown_keys_are_errors() {
        let config: Config =
            toml::from_str("hostname = 'mail.test'\n[listen]\nimap = ['127.0.0.1:143', '[::1]:143']").unwrap();
        assert_eq!((config.listen.imap.len(), config.listen.smtp.len()), (2, 0));
        assert!(config.relay.is_none());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bad.toml");
        std::fs::write(&path, "hostname = 'mail.test'\nlisten = {}\ncolour = 'red'\n").unwrap();
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("bad.toml") && message.contains("colour") && !message.contains('\n'), "{message}");
        for line in ["client_secret = 'sesame'", "client_id = ['sesame']", "client_id = 'sesame", "issuer = 12345678"] {
            std::fs::write(&path, format!("hostname = 'mail.test'\nlisten = {{}}\n[oauth]\n{line}\n")).unwrap();
            let message = read(&path).unwrap_err().to_string();
            assert!(message.contains("line 4: "), "{message}");
            assert!(!message.contains("sesame") && !message.contains("12345678"), "{message}");
        }
    }

    #[test]
    fn metadata_is_in_sqlite_unless_a_server_is_named() {
        let of = |text: &str| toml::from_str::<Metadata>(text).unwrap().engines();
        assert_eq!(of("").mysql, None);
        let engines = of("driver = 'mysql'\nsocket = '/run/mysql.sock'\nuser = 'mail'");
        let server = engines.mysql.unwrap();
        assert_eq!((engines.new, &*server.database, &*server.user), (mailbox::Engine::Mysql, "posthouse", "mail"));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bad.toml");
        std::fs::write(&path, "hostname = 'mail.test'\nlisten = {}\nmetadata = { driver = 'mysql' }").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("socket"));
    }

    #[test]
    fn the_directory_is_told_with_its_password_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "geheim\n").unwrap();
        let text = format!(
            "hostname = 'm'\n[listen]\n[directory]\nbackend = 'ldap'\nurl = 'ldap://127.0.0.1:389'\nbind_dn = 'cn=x'\n\
             password_file = '{}'",
            path.display()
        );
        let config: Config = toml::from_str(&text).unwrap();
        let at = config.directory.unwrap().ldap().unwrap();
        assert_eq!((at.password.as_str(), at.base.as_str()), ("geheim", ""));
        assert!(!format!("{at:?}").contains("geheim"));
        assert!(toml::from_str::<Config>(&text.replace("bind_dn", "bind")).is_err());
    }

    #[test]
    fn tokens_need_a_server_to_ask_and_its_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "geheim\n").unwrap();
        let of = |text: &str| toml::from_str::<Config>(&format!("hostname = 'm'\n[listen]\n{text}"));
        let text = format!(
            "[oauth]\nintrospection_url = 'https://id.test/introspect'\nclient_id = 'mail'\nclient_secret_file = '{}'",
            path.display()
        );
        let settings = of(&text).unwrap().oauth.unwrap().settings().unwrap();
        assert_eq!((settings.client_secret.as_str(), settings.account_claim.as_str()), ("geheim", "username"));
        assert_eq!(settings.cache, OAUTH_CACHE);
        let long = of(&format!("{text}\ncache_seconds = 86400")).unwrap().oauth.unwrap().settings().unwrap();
        assert_eq!(long.cache, net::oauth::CACHE_MAX, "a token that is taken back must not stay good for a day");
        assert!(of("[oauth]").is_err() && of(&format!("{text}\ncolour = 'red'")).is_err());
        assert!(of("").unwrap().oauth.is_none());
    }

    #[test]
    fn logins_of_other_daemons_need_a_socket() {
        let of = |text: &str| toml::from_str::<Config>(&format!("hostname = 'm'\n[listen]\n{text}"));
        assert!(of("").unwrap().sasl.is_none());
        let socket = of("[sasl]\nsocket = '/run/sasl/auth'").unwrap().sasl.unwrap().socket;
        assert_eq!(socket, Path::new("/run/sasl/auth"));
        assert!(of("[sasl]").is_err());
    }

    #[test]
    fn a_mark_of_spam_is_believed_only_when_that_was_said() {
        let of = |text: &str| toml::from_str::<Config>(&format!("hostname = 'm'\n[listen]\n{text}"));
        assert!(!of("").unwrap().delivery.spam_header);
        let delivery = of("[delivery]\nspam_header = true").unwrap().delivery;
        assert!(delivery.spam_header && !delivery.train);
        assert!(of("[delivery]\nspam = true").is_err());
    }

    #[test]
    fn the_relay_password_is_not_printed() {
        let relay: Relay = toml::from_str("host = 'r'\nport = 587\nuser = 'u'\npassword = 'geheim'").unwrap();
        assert!(!format!("{relay:?}").contains("geheim"));
    }
}
