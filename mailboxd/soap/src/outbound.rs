// SPDX-License-Identifier: AGPL-3.0-or-later
//! The way out for mail, handed in by the daemon: local delivery and the relay live in another protocol's crate.

use bytes::Bytes;
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
