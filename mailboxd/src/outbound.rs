// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the web client sends goes the way of submission: local recipients at once, others through the relay host. soap and
//! lmtp don't know each other, so their words for a refusal are translated here.

use anyhow::{Context, Result};
use directory::Directory;
use lmtp::{Filters, Relay};
use mailbox::Store;
use soap::{Intake, Outbound, Refused, SendError};

pub fn relay(config: &crate::config::Config) -> Result<Relay> {
    let Some(relay) = &config.relay else { return Ok(Relay::none()) };
    let settings = lmtp::RelayConfig {
        host: relay.host.clone(),
        port: relay.port,
        user: relay.user.clone(),
        password: relay.password.clone(),
        require_tls: relay.require_tls,
        takes_all: relay.takes_all,
        hostname: config.hostname.clone(),
    };
    Relay::new(&settings).with_context(|| format!("relay host {}", relay.host))
}

pub fn outbound(store: Store, directory: Directory, relay: Relay, filters: Filters) -> Outbound {
    Outbound::new(move |sender, recipients, message| {
        let (store, directory, relay, filters) = (store.clone(), directory.clone(), relay.clone(), filters.clone());
        async move {
            let sent = lmtp::send(&store, &directory, &relay, &filters, &sender, &recipients, message).await;
            sent.map_err(said)
        }
    })
}

/// Mail that was fetched from elsewhere goes the way of a delivery.
pub fn intake(store: Store, directory: Directory, relay: Relay, filters: Filters) -> Intake {
    Intake::new(fetch::Tls::system(), move |account, message, remember| {
        let (store, directory, relay, filters) = (store.clone(), directory.clone(), relay.clone(), filters.clone());
        async move {
            let taken = lmtp::take_in(&store, &directory, &relay, &filters, &account, message, remember).await;
            taken.map_err(said)
        }
    })
}

fn said(error: lmtp::SendError) -> SendError {
    match error {
        lmtp::SendError::Aborted { refused } => SendError::Aborted { refused: translate(refused) },
        lmtp::SendError::Partial { refused } => SendError::Partial { refused: translate(refused) },
        lmtp::SendError::Failed(why) => SendError::Failed(why),
    }
}

fn translate(refused: Vec<lmtp::Refused>) -> Vec<Refused> {
    let one = |lmtp::Refused { address, why, permanent }| Refused { address, why, permanent };
    refused.into_iter().map(one).collect()
}
