// SPDX-License-Identifier: AGPL-3.0-or-later
//! A backend in memory, for the session's tests and its fuzz target.

use crate::backend::{Backend, Envelope, Local, Resolved};
use crate::reply::{self, Reply};
use directory::Account;
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::Arc;

/// Users of local.test: "full" is over quota (from the first octet), "down" can't be asked; "late" fails at delivery.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    pub taken: Vec<Taken>,
    /// Answer of the next accept or write.
    pub failure: Option<Reply>,
    pub writes: usize,
}

#[derive(Debug, Clone)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

impl Fake {
    pub fn state(&self) -> parking_lot::MutexGuard<'_, State> {
        self.0.lock()
    }

    pub fn only(&self) -> Taken {
        let state = self.state();
        assert_eq!(state.taken.len(), 1);
        state.taken[0].clone()
    }
}

impl Backend for Fake {
    type Body = Vec<u8>;

    fn resolve(&self, address: &str) -> Result<Resolved, Reply> {
        let (user, domain) = address.rsplit_once('@').unwrap_or((address, "local.test"));
        if domain != "local.test" {
            return Ok(Resolved::Remote);
        }
        let (user, detail) = user.split_once('+').map_or((user, None), |(u, d)| (u, Some(d.to_string())));
        match user {
            "down" => Err(reply::UNAVAILABLE),
            "alice" | "bob" | "full" | "late" => Ok(Resolved::Local(Local {
                account: user.into(),
                quota_bytes: 0,
                detail,
                away: None,
                rules: None,
                remember: None,
            })),
            _ => Ok(Resolved::Unknown),
        }
    }

    fn has_relay(&self) -> bool {
        false
    }

    fn may_send_as(&self, account: &Account, address: &str) -> Result<bool, Reply> {
        Ok(account.name == address)
    }

    async fn authenticate(&self, name: String, password: String, _peer: Option<IpAddr>) -> Result<Account, Reply> {
        if password != "geheim" {
            return Err(reply::of_directory(&directory::Error::AuthFailed));
        }
        let name = format!("{name}@local.test");
        Ok(Account { id: name.clone(), name, ..Account::default() })
    }

    async fn has_room(&self, local: &Local) -> Result<(), Reply> {
        if local.account == "full" { Err(reply::OVER_QUOTA) } else { Ok(()) }
    }

    async fn write(&self, body: Option<Vec<u8>>, chunk: Vec<u8>) -> Result<Vec<u8>, Reply> {
        let mut state = self.state();
        if let Some(failure) = state.failure.take() {
            return Err(failure);
        }
        state.writes += 1;
        let mut body = body.unwrap_or_default();
        body.extend_from_slice(&chunk);
        Ok(body)
    }

    async fn accept(&self, body: Option<Vec<u8>>, tail: Vec<u8>, envelope: Envelope) -> Vec<Result<(), Reply>> {
        let mut state = self.state();
        if let Some(failure) = state.failure.take() {
            return vec![Err(failure); envelope.recipients.len()];
        }
        let mut bytes = body.unwrap_or_default();
        bytes.extend_from_slice(&tail);
        let answer = |account: &str| match account {
            "full" => Err(reply::OVER_QUOTA),
            "late" => Err(reply::UNAVAILABLE),
            _ => Ok(()),
        };
        let account = |r: &crate::backend::Recipient| r.local.as_ref().map(|l| l.account.clone()).unwrap_or_default();
        let answers = envelope.recipients.iter().map(|r| answer(&account(r))).collect();
        let to = envelope.recipients.into_iter().map(|r| r.address).collect();
        state.taken.push(Taken { from: envelope.from, to, bytes });
        answers
    }
}
