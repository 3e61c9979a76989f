// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who asks, for whose mailbox, and what a handler may reach.

use crate::fault::{Fault, Result};
use crate::http::Peer;
use crate::state::{State, now_ms};
use axum::http::HeaderMap;
use directory::Account;
use directory::rights::{Need, Powers, TargetType};
use directory::token::{self, Claims};
use mailbox::{Actor, Handle};
use parking_lot::Mutex;
use std::sync::Arc;

/// A verified token.
#[derive(Debug, Clone)]
pub struct Auth {
    pub account: Account,
    pub claims: Claims,
}

impl Auth {
    pub fn verify(state: &State, token: &str) -> Result<Auth> {
        let (account, claims) = token::authenticate(&state.directory, token, now_ms())?;
        Ok(Auth { account, claims })
    }

    pub fn is_administrator(&self) -> bool {
        self.claims.admin && (self.account.is_admin || self.account.is_delegated_admin())
    }

    /// An administrator whom a right lets use the mailbox of somebody else.
    pub fn may_log_in_as(&self, state: &State, account: &Account) -> Result<bool> {
        if !self.is_administrator() {
            return Ok(false);
        }
        let on = state.directory.on(TargetType::Account, &account.id)?;
        let right = if on.target == TargetType::CalResource { "adminLoginCalendarResourceAs" } else { "adminLoginAs" };
        Ok(state.directory.powers(&self.account)?.may(&on, &Need::Do(right))?)
    }

    /// May use any mailbox only as an administrator of everything.
    pub fn actor(&self) -> Actor {
        Actor { account: self.account.id.clone(), is_admin: self.claims.admin && self.account.is_admin }
    }
}

/// One request: a batch shares it among its parts.
pub struct Context {
    pub state: State,
    pub peer: Peer,
    /// The admin endpoint.
    pub admin: bool,
    pub auth: Option<Auth>,
    /// Why there is none, if a token was shown.
    pub auth_fault: Option<Fault>,
    /// The cookie's token, if a script of our own pages sent it.
    pub resumable: Option<String>,
    /// The account that is acted on; the one that authenticated if none was named.
    pub target: Option<Account>,
    pub notify: crate::engine::NotifyWish,
    pub session: Mutex<Option<Arc<crate::session::Session>>>,
    pub cookies: Mutex<Vec<String>>,
    handle: Mutex<Option<Handle>>,
}

impl Context {
    pub fn new(state: State, peer: Peer, admin: bool) -> Context {
        Context {
            state,
            peer,
            admin,
            auth: None,
            auth_fault: None,
            resumable: None,
            target: None,
            notify: crate::engine::NotifyWish::default(),
            session: Mutex::default(),
            cookies: Mutex::default(),
            handle: Mutex::default(),
        }
    }

    pub fn auth(&self) -> Result<&Auth> {
        self.auth.as_ref().ok_or_else(|| self.auth_fault.clone().unwrap_or_else(Fault::auth_required))
    }

    pub fn target(&self) -> Result<&Account> {
        self.auth()?;
        self.target.as_ref().ok_or_else(Fault::auth_required)
    }

    /// An administrator, of everything or with rights, by a token for administrators.
    pub fn need_admin(&self) -> Result<()> {
        if self.auth()?.is_administrator() { Ok(()) } else { Err(Fault::denied()) }
    }

    /// What the sender may do by the admin API; nothing without a token for administrators.
    pub fn powers(&self) -> Result<Powers> {
        self.need_admin()?;
        Ok(self.state.directory.powers(&self.auth()?.account)?)
    }

    /// For work on a mailbox that an administrator has ordered, and had the right to.
    pub fn system(&self) -> Result<Actor> {
        self.need_admin()?;
        Ok(Actor { account: self.auth()?.account.id.clone(), is_admin: true })
    }

    /// The mailbox that is acted on. The store checks that this actor may.
    pub async fn open(&self) -> Result<Handle> {
        if let Some(handle) = self.handle.lock().clone() {
            return Ok(handle);
        }
        let (mut actor, target) = (self.auth()?.actor(), self.target()?.clone());
        actor.is_admin =
            actor.is_admin || (target.id != actor.account && self.auth()?.may_log_in_as(&self.state, &target)?);
        let handle =
            self.state.store.run(move |store| store.open_mailbox(&actor, &target.id, target.quota())).await??;
        *self.handle.lock() = Some(handle.clone());
        Ok(handle)
    }

    /// Names this mailbox owner is known by.
    pub fn own_addresses(&self) -> Result<Vec<String>> {
        let account = self.target()?;
        Ok(std::iter::once(account.name.clone()).chain(account.aliases.iter().cloned()).collect())
    }

    pub fn set_cookie(&self, admin: bool, value: &str, life_s: Option<u64>) {
        let name = cookie_name(admin);
        let secure = if self.peer.tls { "; Secure" } else { "" };
        let age = life_s.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
        self.cookies.lock().push(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"));
    }
}

pub fn cookie_name(admin: bool) -> &'static str {
    if admin { "ZM_ADMIN_AUTH_TOKEN" } else { "ZM_AUTH_TOKEN" }
}

/// RFC 6265 §4.2.1
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.trim_matches('"'))
}
