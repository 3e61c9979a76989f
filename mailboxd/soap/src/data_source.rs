// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts elsewhere, by POP3 or IMAP, whose mail comes into a mailbox here. A source is a note of the mailbox; its password is in
//! there sealed with a secret of the directory, and comes out only on its way to the server.

mod imap;
mod pop3;
mod queue;
mod seal;

pub use queue::serve_data_sources;
pub(crate) use queue::{Queue, try_out};

use crate::fault::{Fault, Result};
use crate::state::{State, duration};
use directory::Account;
use fetch::{Limits, Place, Security};
use mailbox::{ItemId, SourceNote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// One message, whatever the server takes otherwise: it is held in memory.
const MESSAGE_BYTES_MAX: u64 = 50 << 20;
/// Where the class of service says nothing.
const INTERVAL_MIN: Duration = Duration::from_secs(60);
/// Hosts that an administrator vouches for, though they are in this machine or its network.
const TRUSTED: &str = "posthouseDataSourceTrustedHost";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Pop3,
    Imap,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Pop3, Kind::Imap];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Pop3 => "pop3",
            Kind::Imap => "imap",
        }
    }

    /// Whether the account may have such.
    pub fn is_allowed(self, account: &Account) -> bool {
        let feature = match self {
            Kind::Pop3 => "zimbraFeaturePop3DataSourceEnabled",
            Kind::Imap => "zimbraFeatureImapDataSourceEnabled",
        };
        account.attr(feature) != Some("FALSE")
    }

    fn interval_of_account(self) -> [&'static str; 2] {
        match self {
            Kind::Pop3 => ["zimbraDataSourcePop3PollingInterval", "zimbraDataSourcePollingInterval"],
            Kind::Imap => ["zimbraDataSourceImapPollingInterval", "zimbraDataSourcePollingInterval"],
        }
    }
}

/// As it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct Source {
    pub kind: Kind,
    pub name: String,
    pub folder: u32,
    pub enabled: bool,
    pub host: String,
    pub port: u16,
    /// `connectionType`: one of [`SECURITIES`].
    pub security: String,
    pub user: String,
    /// Sealed ([`seal`]).
    pub password: String,
    /// As it was given: "1d", "30m"; none: the account's.
    #[serde(default)]
    pub interval: Option<String>,
    /// POP3.
    #[serde(default)]
    pub leave_on_server: bool,
    /// What clients keep with it: how they write as this address.
    #[serde(default)]
    pub more: BTreeMap<String, String>,
}

pub const SECURITIES: [(&str, Security); 4] = [
    ("cleartext", Security::Cleartext),
    ("ssl", Security::Ssl),
    ("tls", Security::StartTls),
    ("tls_if_available", Security::StartTlsIfAvailable),
];

/// Attributes that are kept for clients, and mean nothing here.
pub const MORE: [&str; 9] = [
    "importOnly",
    "emailAddress",
    "useAddressForForwardReply",
    "defaultSignature",
    "forwardReplySignature",
    "fromDisplay",
    "replyToAddress",
    "replyToDisplay",
    "importClass",
];

impl Source {
    /// `None`: not of this release.
    pub fn read(note: &[u8]) -> Option<Source> {
        serde_json::from_slice(note).ok()
    }

    pub fn write(&self) -> mailbox::Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| mailbox::Error::Store(error.to_string()))
    }

    pub fn folder(&self) -> ItemId {
        ItemId(self.folder)
    }

    /// How often it is looked at; `None`: only when somebody asks for it.
    pub fn interval(&self, account: &Account) -> Option<Duration> {
        let own = self.interval.as_deref();
        let of_account = || self.kind.interval_of_account().into_iter().find_map(|name| account.attr(name));
        let interval = own.or_else(of_account).and_then(duration)?;
        (!interval.is_zero()).then(|| interval.max(interval_min(account)))
    }

    pub async fn place(&self, state: &State) -> Result<Place> {
        let directory = state.directory.clone();
        let config = state.store.run(move |_| directory.config()).await??;
        let trusted = config.attrs.get(TRUSTED).into_iter().flatten();
        let is_trusted = trusted.into_iter().any(|host| host.trim().eq_ignore_ascii_case(&self.host));
        let security = SECURITIES.iter().find(|(name, _)| *name == self.security).map(|(_, security)| *security);
        let security = security.ok_or_else(|| Fault::invalid("unknown connectionType"))?;
        Ok(Place { host: self.host.clone(), port: self.port, security, is_trusted })
    }

    /// Of the account and source that it was sealed for.
    pub async fn open_password(&self, state: &State, account: &str, id: &str) -> Result<String> {
        let (directory, sealed, to) = (state.directory.clone(), self.password.clone(), seal::bound(account, id));
        state.store.run(move |_| seal::open(&directory, &to, &sealed)).await?
    }

    pub async fn seal_password(&mut self, state: &State, account: &str, id: &str, password: String) -> Result<()> {
        let (directory, to) = (state.directory.clone(), seal::bound(account, id));
        self.password = state.store.run(move |_| seal::seal(&directory, &to, &password)).await??;
        Ok(())
    }
}

pub fn interval_min(account: &Account) -> Duration {
    account.attr("zimbraDataSourceMinPollingInterval").and_then(duration).unwrap_or(INTERVAL_MIN)
}

pub fn limits(state: &State) -> Limits {
    let max = state.config.message_bytes_max.min(MESSAGE_BYTES_MAX);
    Limits::new(usize::try_from(max).unwrap_or(usize::MAX))
}

/// Those of this release, with their ids.
pub fn sources(notes: &[SourceNote]) -> impl Iterator<Item = (&str, Source)> {
    notes.iter().filter_map(|(id, note)| Some((id.as_str(), Source::read(note)?)))
}

/// Short name of something of a source, for a note: names of servers are long, and may hold anything.
fn digest(name: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(name)[..16].iter().map(|b| format!("{b:02x}")).collect()
}
