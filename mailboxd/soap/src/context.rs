// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who asks, for whose mailbox, and what a handler may reach.

use crate::fault::{Fault, Result};
use crate::http::Peer;
use crate::state::{State, now_ms};
use axum::http::HeaderMap;
use directory::rights::{Need, Powers, TargetType};
use directory::token::{self, Claims};
use directory::{Account, Attachments};
use mailbox::{Actor, Handle, Visitor};
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
    /// Ids of another's mailbox are wanted without its account.
    pub unqualified: bool,
    pub notify: crate::engine::NotifyWish,
    pub session: Mutex<Option<Arc<crate::session::Session>>>,
    pub cookies: Mutex<Vec<String>>,
    handle: Mutex<Option<Handle>>,
    visitor: Mutex<Option<Arc<Visitor>>>,
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
            unqualified: false,
            notify: crate::engine::NotifyWish::default(),
            session: Mutex::default(),
            cookies: Mutex::default(),
            handle: Mutex::default(),
            visitor: Mutex::default(),
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
        match self.auth()?.is_administrator() {
            true => Ok(()),
            false => Err(Fault::new("service.PERM_DENIED", "permission denied: need adequate admin token")),
        }
    }

    /// What the sender may do by the admin API; nothing without a token for administrators.
    pub fn powers(&self) -> Result<Powers> {
        self.need_admin()?;
        Ok(self.state.directory.powers(&self.auth()?.account)?)
    }

    /// The mailbox that is acted on: the whole of it if it is the actor's own (or anybody's, for an administrator), else
    /// what of it is shared with the actor. The store checks that.
    pub async fn open(&self) -> Result<Handle> {
        if let Some(handle) = self.handle.lock().clone() {
            return Ok(handle);
        }
        let (mut actor, target) = (self.auth()?.actor(), self.target()?.clone());
        let handle = if self.owns_target()? {
            if target.id != actor.account {
                actor.is_admin = true;
                let by = &self.auth()?.account.name;
                tracing::info!(target: "audit", account = %target.name, %by, "an administrator acts in a mailbox");
            }
            self.state.store.run(move |store| store.open_mailbox(&actor, &target.id, target.quota())).await??
        } else {
            let visitor = self.visitor().await?;
            self.state.store.run(move |store| store.visit(&visitor, &target.id, target.quota())).await??
        };
        *self.handle.lock() = Some(handle.clone());
        Ok(handle)
    }

    /// Whether files are kept back from the actor, or of this mailbox, or from everybody.
    pub async fn keeps_files_back(&self) -> Result<bool> {
        let (directory, accounts) =
            (self.state.directory.clone(), [self.auth()?.account.clone(), self.target()?.clone()]);
        let run = self.state.store.run(move |_| directory.attachments(&accounts.iter().collect::<Vec<_>>()));
        Ok(run.await?? != Attachments::Allowed)
    }

    /// A file may be taken out of a message.
    pub async fn may_take_files(&self) -> Result<()> {
        if self.keeps_files_back().await? {
            Err(Fault::new("service.PERM_DENIED", "attachments are blocked"))
        } else {
            Ok(())
        }
    }

    /// Whether the actor may do with the account that is acted on what its owner may: the owner, or an administrator with the
    /// right to.
    pub fn owns_target(&self) -> Result<bool> {
        let (auth, target) = (self.auth()?, self.target()?);
        Ok(auth.account.id == target.id || auth.actor().is_admin || auth.may_log_in_as(&self.state, target)?)
    }

    /// For what concerns an account and not what is shared of it.
    pub fn need_own(&self) -> Result<()> {
        if self.owns_target()? { Ok(()) } else { Err(Fault::denied()) }
    }

    /// Whose ids are in the answer: those of another's mailbox are written with its account.
    pub fn is_elsewhere(&self) -> bool {
        matches!((&self.auth, &self.target), (Some(auth), Some(target)) if auth.account.id != target.id)
    }

    /// The actor as somebody who looks into mailboxes of others.
    pub async fn visitor(&self) -> Result<Arc<Visitor>> {
        if let Some(visitor) = self.visitor.lock().clone() {
            return Ok(visitor);
        }
        let (directory, account) = (self.state.directory.clone(), self.auth()?.account.clone());
        let id = account.id.clone();
        let of = self.state.store.run(move |_| directory.memberships(&account)).await??;
        let visitor = Arc::new(Visitor::new(id, of.lists, of.domain, of.cos));
        *self.visitor.lock() = Some(visitor.clone());
        Ok(visitor)
    }

    /// The same request for another account's mailbox. It has no session: notifications are of one's own.
    pub fn toward(&self, target: Account) -> Context {
        let mut other = Context::new(self.state.clone(), self.peer, self.admin);
        other.auth.clone_from(&self.auth);
        other.unqualified = self.unqualified;
        other.target = Some(target);
        *other.visitor.lock() = self.visitor.lock().clone();
        other
    }

    /// [`Context::toward`] an account by its id; a stranger is told the same whether it exists or not.
    pub async fn toward_id(&self, id: &str) -> Result<Context> {
        let (directory, asked) = (self.state.directory.clone(), id.to_owned());
        let found = self.state.store.run(move |_| directory.account_by_id(&asked)).await??;
        Ok(self.toward(found.ok_or_else(Fault::denied)?))
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
