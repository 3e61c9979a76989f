// SPDX-License-Identifier: AGPL-3.0-or-later
//! The way out for mail to other people's domains: one configured host.

use crate::reply::Reply;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{Address, AsyncTransport, Tokio1Executor};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
pub struct RelayConfig {
    pub host: String,
    /// 465 speaks TLS from the start.
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<String>,
    /// False: plain SMTP if the host offers no TLS. Only for a host on the same machine or network.
    pub require_tls: bool,
    /// It gets what goes to our own people as well: an MTA that scans and hands it back.
    pub takes_all: bool,
    /// As this server greets.
    pub hostname: String,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Relay {
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    takes_all: bool,
}

const SUBMISSIONS_PORT: u16 = 465;
const UNDELIVERABLE_ADDRESS: Reply = Reply::new(553, "5.1.3", "The relay host can't be asked for this address");

impl Relay {
    pub fn none() -> Relay {
        Relay { transport: None, takes_all: false }
    }

    /// An error here is one of the configuration.
    pub fn new(config: &RelayConfig) -> Result<Relay, Error> {
        let parameters = TlsParameters::new(config.host.clone());
        let tls = match (config.port, config.require_tls) {
            (SUBMISSIONS_PORT, _) => Tls::Wrapper(parameters?),
            (_, true) => Tls::Required(parameters?),
            (_, false) => Tls::Opportunistic(parameters?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.clone())
            .port(config.port)
            .tls(tls)
            .hello_name(ClientId::Domain(config.hostname.clone()))
            .timeout(Some(TIMEOUT));
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Relay { transport: Some(builder.build()), takes_all: config.takes_all })
    }

    pub fn is_configured(&self) -> bool {
        self.transport.is_some()
    }

    pub(crate) fn takes_all(&self) -> bool {
        self.takes_all
    }

    /// All recipients or none.
    pub(crate) async fn send(&self, from: &str, to: &[&str], message: &[u8]) -> Result<(), Reply> {
        let Some(transport) = &self.transport else {
            return Err(Reply::new(550, "5.7.1", "No relay host is configured"));
        };
        let parse = |address: &str| address.parse::<Address>().map_err(|_| UNDELIVERABLE_ADDRESS);
        let from = if from.is_empty() { None } else { Some(parse(from)?) };
        let to = to.iter().map(|address| parse(address)).collect::<Result<Vec<_>, _>>()?;
        let envelope = Envelope::new(from, to).map_err(|_| UNDELIVERABLE_ADDRESS)?;
        // The transport ends every message with a CRLF of its own.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        match transport.send_raw(&envelope, message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(refusal(&error)),
        }
    }
}

/// The host's own refusal is the sender's to know; that it can't be reached is temporary.
fn refusal(error: &Error) -> Reply {
    tracing::warn!(%error, "relay host did not take the message");
    if error.is_permanent() {
        Reply::of(550, "5.0.0", format!("Relay host refused: {error}"))
    } else if error.is_transient() {
        Reply::of(451, "4.0.0", format!("Relay host deferred: {error}"))
    } else {
        // RFC 3463 X.4.1
        Reply::new(451, "4.4.1", "Relay host can't be reached")
    }
}
