// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the web client sends goes the way of submission: recipients of ours directly, as one delivery, the others through
//! the relay host. The protocol crates don't know each other; their words are matched here.

use directory::Directory;
use lmtp::Relay;
use mailbox::Store;
use soap::{Outbound, Refused, SendError};

pub fn outbound(store: Store, directory: Directory, relay: Relay) -> Outbound {
    Outbound::new(move |sender, recipients, message| {
        let (store, directory, relay) = (store.clone(), directory.clone(), relay.clone());
        async move {
            lmtp::send(&store, &directory, &relay, &sender, &recipients, message).await.map_err(|error| match error {
                lmtp::SendError::Aborted { refused } => SendError::Aborted { refused: translate(refused) },
                lmtp::SendError::Partial { refused } => SendError::Partial { refused: translate(refused) },
                other => SendError::Failed(other.to_string()),
            })
        }
    })
}

fn translate(refused: Vec<lmtp::Refused>) -> Vec<Refused> {
    refused.into_iter().map(|one| Refused { address: one.address, why: one.why, permanent: one.permanent }).collect()
}
