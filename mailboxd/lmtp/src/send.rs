// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail that our own clients send (SOAP, JSON): checked as a whole, then relayed and delivered as submission does.

use crate::backend::{Backend, Envelope, Local, Recipient, Resolved};
use crate::deliver::Posthouse;
use crate::filter::Filters;
use crate::relay::Relay;
use crate::reply::{self, Reply};
use bytes::Bytes;
use directory::{Account, Directory};
use mailbox::{Remembered, Store};

/// One recipient that was not accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub address: String,
    pub why: String,
    /// A syntax or "no such user" answer, not a temporary one.
    pub permanent: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nobody got it.
    #[error("no recipient was accepted")]
    Aborted { refused: Vec<Refused> },
    /// The others got it.
    #[error("some recipients were not accepted")]
    Partial { refused: Vec<Refused> },
    /// Nobody got it, and no recipient is to blame.
    #[error("{0}")]
    Failed(String),
}

/// Local recipients get it at once, the others through the relay, unless the relay takes all. Any address that is refused beforehand stops it for all.
/// The caller has checked that the sender may use its address.
pub async fn send(
    store: &Store,
    directory: &Directory,
    relay: &Relay,
    filters: &Filters,
    sender: &str,
    recipients: &[String],
    message: Bytes,
) -> Result<(), SendError> {
    let backend = Posthouse {
        store: store.clone(),
        directory: directory.clone(),
        relay: relay.clone(),
        // What is delivered from here was seen by no scanner.
        trusts_spam_flag: false,
        filters: filters.clone(),
        has_one_answer: false,
        tells_refusals: true,
    };
    dispatch(&backend, sender, recipients, message).await
}

/// Mail that was fetched from elsewhere for an account: filtered as any that comes, and noted by the same record, so that it
/// comes once. It has the null sender: nobody is answered, or sent a refusal, after who knows how long.
pub async fn take_in(
    store: &Store,
    directory: &Directory,
    relay: &Relay,
    filters: &Filters,
    account: &Account,
    message: Bytes,
    remember: Remembered,
) -> Result<(), SendError> {
    let backend = Posthouse {
        store: store.clone(),
        directory: directory.clone(),
        relay: relay.clone(),
        trusts_spam_flag: false,
        filters: filters.clone(),
        has_one_answer: false,
        tells_refusals: false,
    };
    let address = account.name.clone();
    let refused = |reply: &Reply| SendError::Aborted { refused: vec![refusal(&address, reply)] };
    let local = backend.local(account.clone(), None).map_err(|reply| refused(&reply))?;
    let local = Local { away: None, remember: Some(remember), ..local };
    let envelope = Envelope { from: String::new(), recipients: vec![Recipient::local(address.clone(), local)] };
    match backend.accept(None, message.into(), envelope).await.into_iter().next() {
        Some(Ok(())) => Ok(()),
        Some(Err(reply)) => Err(refused(&reply)),
        None => Err(SendError::Failed("nobody was answered".into())),
    }
}

/// [`send`] for what scripts send.
pub(crate) async fn dispatch(
    backend: &Posthouse,
    sender: &str,
    recipients: &[String],
    message: Bytes,
) -> Result<(), SendError> {
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for address in recipients {
        match check(backend, address).await {
            Ok(recipient) => accepted.push(recipient),
            Err(reply) => refused.push(refusal(address, &reply)),
        }
    }
    if !refused.is_empty() {
        return Err(SendError::Aborted { refused });
    }
    if accepted.is_empty() {
        return Err(SendError::Failed("there is no recipient".into()));
    }
    if backend.relay.takes_all() {
        accepted = accepted.into_iter().map(|recipient| Recipient::remote(recipient.address)).collect();
    }
    let envelope = Envelope { from: sender.to_string(), recipients: accepted };
    let answers = backend.accept(None, message.into(), envelope).await;
    let refused: Vec<Refused> = recipients
        .iter()
        .zip(&answers)
        .filter_map(|(address, answer)| answer.as_ref().err().map(|reply| refusal(address, reply)))
        .collect();
    match refused.len() {
        0 => Ok(()),
        all if all == recipients.len() => Err(SendError::Aborted { refused }),
        _ => Err(SendError::Partial { refused }),
    }
}

async fn check(backend: &Posthouse, address: &str) -> Result<Recipient, Reply> {
    let malformed = |_| Reply::new(501, "5.1.3", "Malformed address");
    let address = crate::address::mailbox(address).map_err(malformed)?;
    match backend.resolve(&address)? {
        Resolved::Local(local) => {
            backend.has_room(&local).await?;
            Ok(Recipient::local(address, local))
        }
        Resolved::List(members) => Ok(Recipient::list(address, members)),
        Resolved::Unknown => Err(reply::NO_SUCH_USER),
        Resolved::Remote if backend.has_relay() => Ok(Recipient::remote(address)),
        Resolved::Remote => {
            Err(Reply::new(550, "5.7.1", "No relay host is configured: this server delivers to its own domains only"))
        }
    }
}

fn refusal(address: &str, reply: &Reply) -> Refused {
    Refused { address: address.to_string(), why: reply.text.to_string(), permanent: reply.is_permanent() }
}
