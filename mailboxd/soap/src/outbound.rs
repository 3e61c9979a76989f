// SPDX-License-Identifier: AGPL-3.0-or-later
//! The way out for mail, and the way in for what was fetched, handed in by the daemon: local delivery, filters and the relay
//! live in another protocol's crate.

use bytes::Bytes;
use directory::Account;
use mailbox::Remembered;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Sending = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send>>;
type Send_ = dyn Fn(String, Vec<String>, Bytes) -> Sending + Send + Sync;

/// Sends an RFC 5322 message: envelope sender, recipients, bytes.
#[derive(Clone)]
pub struct Outbound(Arc<Send_>);

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

impl Outbound {
    pub fn new<F>(send: impl Fn(String, Vec<String>, Bytes) -> F + Send + Sync + 'static) -> Outbound
    where
        F: Future<Output = Result<(), SendError>> + Send + 'static,
    {
        Outbound(Arc::new(move |sender, recipients, bytes| Box::pin(send(sender, recipients, bytes))))
    }

    pub async fn send(&self, sender: String, recipients: Vec<String>, bytes: Bytes) -> Result<(), SendError> {
        (self.0)(sender, recipients, bytes).await
    }
}

type Take = dyn Fn(Account, Bytes, Remembered) -> Sending + Send + Sync;

/// Stores a message that was fetched from elsewhere for an account, filtered as any that comes, and notes in the same record
/// that it has come.
#[derive(Clone)]
pub struct Intake {
    tls: fetch::Tls,
    take: Arc<Take>,
}

impl Intake {
    /// `tls`: which servers elsewhere are believed.
    pub fn new<F>(tls: fetch::Tls, take: impl Fn(Account, Bytes, Remembered) -> F + Send + Sync + 'static) -> Intake
    where
        F: Future<Output = Result<(), SendError>> + Send + 'static,
    {
        Intake { tls, take: Arc::new(move |account, bytes, remember| Box::pin(take(account, bytes, remember))) }
    }

    pub fn tls(&self) -> &fetch::Tls {
        &self.tls
    }

    pub async fn take(&self, account: Account, bytes: Bytes, remember: Remembered) -> Result<(), SendError> {
        (self.take)(account, bytes, remember).await
    }
}
