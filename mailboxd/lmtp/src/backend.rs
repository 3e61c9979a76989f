// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a session needs of the world. One implementation is the store and the directory; the other is the fake in the
//! session's tests, which can fail on demand.

use crate::filter::Rules;
use crate::reply::Reply;
use directory::Account;
use mailbox::Remembered;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

/// Where mail for an address goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolved {
    Local(Local),
    /// A distribution list, opened.
    List(Vec<Recipient>),
    /// A local domain without such a user.
    Unknown,
    Remote,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Local {
    /// Id in the directory.
    pub account: String,
    pub quota_bytes: u64,
    /// Of user+detail@: names a folder, if there is one.
    pub detail: Option<String>,
    /// The script that answers for somebody who is out of office.
    pub away: Option<Arc<str>>,
    /// What the directory has of filters.
    pub rules: Option<Arc<Rules>>,
    /// Noted by the record that delivers: mail that was fetched from elsewhere comes once.
    pub remember: Option<Remembered>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub address: String,
    /// None: through the relay, or a list.
    pub local: Option<Local>,
    /// Of a list: everybody in it. None: no list.
    pub members: Option<Vec<Recipient>>,
}

impl Recipient {
    pub fn local(address: String, local: Local) -> Recipient {
        Recipient { address, local: Some(local), members: None }
    }

    pub fn remote(address: String) -> Recipient {
        Recipient { address, local: None, members: None }
    }

    pub fn list(address: String, members: Vec<Recipient>) -> Recipient {
        Recipient { address, local: None, members: Some(members) }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub from: String,
    pub recipients: Vec<Recipient>,
}

pub(crate) trait Backend: Clone + Send + Sync + 'static {
    /// A body being taken in.
    type Body: Send + 'static;

    fn resolve(&self, address: &str) -> Result<Resolved, Reply>;
    fn has_relay(&self) -> bool;
    fn may_send_as(&self, account: &Account, address: &str) -> Result<bool, Reply>;
    fn authenticate(
        &self,
        name: String,
        password: String,
        peer: Option<IpAddr>,
    ) -> impl Future<Output = Result<Account, Reply>> + Send;
    /// For SMTP, which has no answer per recipient after the body.
    fn has_room(&self, local: &Local) -> impl Future<Output = Result<(), Reply>> + Send;
    /// Appends to a body, or starts one.
    fn write(&self, body: Option<Self::Body>, chunk: Vec<u8>)
    -> impl Future<Output = Result<Self::Body, Reply>> + Send;
    /// `tail` ends the body. An answer per recipient, in order; Ok only when the message is durable.
    fn accept(
        &self,
        body: Option<Self::Body>,
        tail: Vec<u8>,
        envelope: Envelope,
    ) -> impl Future<Output = Vec<Result<(), Reply>>> + Send;
}
