// SPDX-License-Identifier: AGPL-3.0-or-later
//! What set-up asks, as one document. The installer's page makes it as JSON, `posthouse setup --answers` reads it as TOML.
//!
//! A section that is left out means what its fields say as default, so that a draft is a document too; what may not be left
//! out is for `check` to say.

use crate::mistake;
use crate::state::write_private;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {message}")]
    Parse { path: PathBuf, message: String },
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    pub language: Language,
    /// The name that the server has on the Internet.
    pub hostname: String,
    pub system: System,
    pub domain: String,
    pub administrator: Administrator,
    pub certificate: Certificate,
    pub protection: Protection,
    pub relay: Option<Relay>,
    /// Who is told when something is wrong; nobody named: the administrator.
    pub alerts: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    En,
    De,
}

/// What belongs to the machine: done where the machine is our image, and its owner's elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct System {
    pub time_zone: Option<String>,
    pub keyboard: Option<String>,
    /// An empty disk, such as /dev/vdb, on which message files shall lie instead of the system's own.
    pub store_disk: Option<String>,
    pub network: Option<Network>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase", deny_unknown_fields)]
pub enum Network {
    Dhcp {
        interface: String,
    },
    Static {
        interface: String,
        /// With the length of the prefix: 192.0.2.10/24.
        address: String,
        gateway: String,
        dns: Vec<String>,
    },
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Administrator {
    /// Before the @ of the domain.
    pub name: String,
    pub display_name: String,
    pub password: String,
    /// In a file of answers only: the first line of this file is the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Certificate {
    #[default]
    SelfSigned,
    /// From an authority, and renewed by itself (RFC 8555).
    Acme {
        /// An address at which the authority reaches somebody; may be empty.
        #[serde(default)]
        contact: String,
        /// To the authority's terms.
        #[serde(default)]
        agreed: bool,
        /// Another authority than Let's Encrypt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
        /// Of an authority that the system does not know; in a file of answers only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca_file: Option<PathBuf>,
    },
    /// Texts in PEM; the server's own comes first in the chain.
    Own {
        #[serde(default)]
        chain: String,
        #[serde(default)]
        key: String,
        /// In a file of answers only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chain_file: Option<PathBuf>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_file: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protection {
    pub antispam: bool,
    pub antivirus: bool,
}

impl Default for Protection {
    fn default() -> Protection {
        Protection { antispam: true, antivirus: true }
    }
}

/// The host that everything leaves by.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    pub host: String,
    #[serde(default = "submission")]
    pub port: u16,
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    #[serde(default = "yes")]
    pub require_tls: bool,
}

fn submission() -> u16 {
    587
}

fn yes() -> bool {
    true
}

impl Certificate {
    pub fn name(&self) -> &'static str {
        match self {
            Certificate::SelfSigned => "self-signed",
            Certificate::Acme { .. } => "acme",
            Certificate::Own { .. } => "own",
        }
    }
}

impl Answers {
    /// Reads a file of answers and the files that it names, whose paths begin where it is.
    pub fn load(path: &Path) -> Result<Answers, Error> {
        let text = read(path)?;
        let parsed: Result<Answers, _> = toml::from_str(&text);
        let mut answers =
            parsed.map_err(|error| Error::Parse { path: path.to_owned(), message: mistake::of(&text, &error) })?;
        let base = path.parent().unwrap_or(Path::new("."));
        let fetch = |file: &mut Option<PathBuf>, into: &mut String, is_line: bool| -> Result<(), Error> {
            let Some(file) = file.take() else { return Ok(()) };
            let text = read(&base.join(file))?;
            *into = if is_line { text.lines().next().unwrap_or_default().to_owned() } else { text };
            Ok(())
        };
        let administrator = &mut answers.administrator;
        fetch(&mut administrator.password_file, &mut administrator.password, true)?;
        if let Some(relay) = &mut answers.relay {
            fetch(&mut relay.password_file, &mut relay.password, true)?;
        }
        match &mut answers.certificate {
            Certificate::Own { chain, key, chain_file, key_file } => {
                fetch(chain_file, chain, false)?;
                fetch(key_file, key, false)?;
            }
            Certificate::Acme { ca_file: Some(file), .. } => {
                let path = base.join(&*file);
                *file = std::path::absolute(&path).map_err(|source| Error::Read { path, source })?;
            }
            _ => {}
        }
        Ok(answers)
    }

    /// Whether it names files: whoever is not on the machine may not have us read any.
    pub fn names_files(&self) -> bool {
        self.is_to_be_loaded() || self.ca_file().is_some()
    }

    /// Whether it names files as only [`Answers::load`] understands them: relative to the file that it stands in.
    pub fn is_to_be_loaded(&self) -> bool {
        let of_certificate = match &self.certificate {
            Certificate::Own { chain_file, key_file, .. } => chain_file.is_some() || key_file.is_some(),
            _ => self.ca_file().is_some_and(|path| !path.is_absolute()),
        };
        let of_relay = self.relay.as_ref().is_some_and(|relay| relay.password_file.is_some());
        self.administrator.password_file.is_some() || of_relay || of_certificate
    }

    /// Not read when it is loaded, but each time that it is used.
    pub fn ca_file(&self) -> Option<&Path> {
        match &self.certificate {
            Certificate::Acme { ca_file, .. } => ca_file.as_deref(),
            _ => None,
        }
    }

    /// What may be kept for longer than it is needed.
    pub fn without_secrets(&self) -> Answers {
        let mut answers = self.clone();
        answers.administrator.password.clear();
        if let Some(relay) = &mut answers.relay {
            relay.password.clear();
        }
        if let Certificate::Own { key, .. } = &mut answers.certificate {
            key.clear();
        }
        answers
    }

    /// The administrator's address.
    pub fn address(&self) -> String {
        format!("{}@{}", self.administrator.name, self.domain)
    }

    /// For us alone, whole or not at all: a password may be in it.
    pub fn keep(&self, path: &Path) -> anyhow::Result<()> {
        write_private(path, &serde_json::to_string(self)?)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

impl std::fmt::Debug for Administrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Administrator({})", self.name)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay({}:{})", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_answers_brings_its_secrets_from_files_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("answers.toml");
        std::fs::write(dir.path().join("password"), "sesame open\nsecond line\n").unwrap();
        std::fs::write(dir.path().join("key.pem"), "KEY").unwrap();
        std::fs::write(dir.path().join("chain.pem"), "CHAIN").unwrap();
        let text = "hostname = 'mail.a.test'\ndomain = 'a.test'\n[administrator]\nname = 'ann'\npassword_file = 'password'\n\
            [certificate]\nkind = 'own'\nchain_file = 'chain.pem'\nkey_file = 'key.pem'\n\
            [relay]\nhost = 'r.test'\npassword = 'quiet'\n";
        std::fs::write(&path, text).unwrap();
        let answers = Answers::load(&path).unwrap();
        assert_eq!(
            (answers.administrator.password.as_str(), answers.address().as_str()),
            ("sesame open", "ann@a.test")
        );
        assert!(
            matches!(&answers.certificate, Certificate::Own { chain, key, .. } if chain == "CHAIN" && key == "KEY")
        );
        assert!(!answers.names_files());
        let relay = answers.relay.clone().unwrap();
        assert_eq!((relay.port, relay.require_tls), (587, true));

        let shown = format!("{answers:?}") + &serde_json::to_string(&answers.without_secrets()).unwrap();
        assert!(!["sesame", "quiet", "KEY"].iter().any(|secret| shown.contains(secret)), "{shown}");
        let back: Answers = serde_json::from_str(&serde_json::to_string(&answers).unwrap()).unwrap();
        assert_eq!(back, answers);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("answers.toml");
        for text in ["colour = 'red'", "[administrator]\npasword = 'x'", "[system.network]\nmode = 'token-ring'"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Answers::load(&path), Err(Error::Parse { .. })), "{text}");
        }
        std::fs::write(&path, "[administrator]\npassword_file = 'nowhere'").unwrap();
        assert!(Answers::load(&path).unwrap_err().to_string().contains("nowhere"));
        for named in ["[administrator]\npassword_file = '/etc/shadow'", "[relay]\nhost = 'r'\npassword_file = '/x'"] {
            let named: Answers = toml::from_str(named).unwrap();
            assert!(named.names_files() && named.is_to_be_loaded());
        }
    }

    #[test]
    fn an_authority_of_ones_own_is_named_on_the_machine_only() {
        let with = |file: &str| format!("[certificate]\nkind = 'acme'\nagreed = true\nca_file = '{file}'\n");
        let parsed = |file: &str| toml::from_str::<Answers>(&with(file)).unwrap();
        assert!(parsed("ca.pem").names_files() && parsed("ca.pem").is_to_be_loaded());
        assert!(parsed("/etc/ca.pem").names_files() && !parsed("/etc/ca.pem").is_to_be_loaded());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("answers.toml");
        std::fs::write(&path, with("ca.pem")).unwrap();
        let loaded = Answers::load(&path).unwrap();
        assert_eq!(loaded.ca_file(), Some(dir.path().join("ca.pem").as_path()));
        assert!(!loaded.is_to_be_loaded());
    }
}
