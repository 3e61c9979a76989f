// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the web client sends: to recipients of ours directly, as one delivery; everybody else is refused, by name.

use bytes::Bytes;
use directory::Directory;
use mailbox::{Delivery, Flags, ItemId, Store};
use soap::{Outbound, Refused, SendError};

pub fn local(store: Store, directory: Directory) -> Outbound {
    Outbound::new(move |sender, recipients, message| {
        let (store, directory) = (store.clone(), directory.clone());
        async move {
            let sent = store.run(move |store| send(store, &directory, &sender, recipients, &message)).await;
            sent.unwrap_or_else(|error| Err(SendError::Failed(error.to_string())))
        }
    })
}

fn send(
    store: &Store,
    directory: &Directory,
    sender: &str,
    recipients: Vec<String>,
    message: &Bytes,
) -> Result<(), SendError> {
    let failed = |error: &dyn std::fmt::Display| SendError::Failed(error.to_string());
    let mut refused = Vec::new();
    let mut refuse =
        |address: &str, why: String, permanent| refused.push(Refused { address: address.into(), why, permanent });
    let mut deliveries = Vec::new();
    for address in &recipients {
        match directory.resolve(address) {
            Ok(Some((account, _))) => deliveries.push(Delivery {
                quota_bytes: account.quota(),
                account: account.id,
                folder: ItemId::INBOX,
                flags: Flags::UNREAD,
                envelope_from: sender.to_owned(),
                envelope_to: address.clone(),
            }),
            Ok(None) => refuse(address, "not one of ours, and no relay host is set".to_owned(), true),
            Err(error) => refuse(address, error.to_string(), false),
        }
    }
    if !deliveries.is_empty() {
        let mut staging = store.stage();
        staging.write(message).map_err(|e| failed(&e))?;
        let staged = staging.finish().map_err(|e| failed(&e))?;
        for (delivery, answer) in deliveries.iter().zip(store.deliver(&staged, &deliveries)) {
            if let Err(error) = answer {
                refuse(&delivery.envelope_to, error.to_string(), matches!(error, mailbox::Error::OverQuota));
            }
        }
    }
    match (refused.len(), recipients.len()) {
        (0, _) => Ok(()),
        (some, all) if some < all => Err(SendError::Partial { refused }),
        _ => Err(SendError::Aborted { refused }),
    }
}
