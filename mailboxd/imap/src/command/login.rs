// SPDX-License-Identifier: AGPL-3.0-or-later
//! LOGIN (RFC 3501 §6.2.3), and what it shares with AUTHENTICATE: the check of a name and password.

use crate::limits;
use crate::place::Visits;
use crate::session::failure::{Failure, internal};
use crate::session::{Done, Outcome, Session, State, User};
use crate::wire::command::Secret;
use directory::Account;
use mailbox::Actor;
use net::Refusal;
use std::sync::Arc;

pub async fn run(session: &mut Session, user: Vec<u8>, password: Secret) -> Outcome {
    must_be_new(session)?;
    log_in(session, user, password).await
}

/// Refuses a second login, and any in the clear over a network.
pub fn must_be_new(session: &Session) -> Result<(), Failure> {
    if !matches!(session.state, State::NotAuthenticated { .. }) {
        return Err(Failure::bad("already logged in"));
    }
    if !session.connection.is_private() {
        // RFC 5530 §3
        return Err(Failure::no("PRIVACYREQUIRED", "use TLS first"));
    }
    Ok(())
}

pub async fn log_in(session: &mut Session, name: Vec<u8>, password: Secret) -> Outcome {
    let peer = session.connection.peer.ip();
    match session.shared.logins.check(&name, password.0, peer).await {
        Ok(account) => enter(session, account).await,
        Err(Refusal::Wrong) => failed(session, &String::from_utf8_lossy(&name)).await,
        Err(refusal) => Err(refused(refusal)),
    }
}

/// Of any mechanism. What is wrong is to be counted by [`failed`].
pub fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Wrong => Failure::no("AUTHENTICATIONFAILED", "wrong name or password"),
        Refusal::Inactive => Failure::no("AUTHORIZATIONFAILED", "this account can't log in now"),
        Refusal::Away => Failure::no("UNAVAILABLE", "try again later"),
        Refusal::Internal(error) => internal(&error),
    }
}

/// The account has shown who it is.
pub async fn enter(session: &mut Session, account: Account) -> Outcome {
    if account.attr("zimbraImapEnabled") == Some("FALSE") {
        return Err(Failure::no("AUTHORIZATIONFAILED", "IMAP is not enabled for this account"));
    }
    let visits = session.shared.logins.directory().clone();
    let visits = Arc::new(Visits::new(session.shared.store.clone(), visits, &account));
    // Phones that lose their network come back sooner than their old connections end.
    let most = session.shared.config.connections_per_account_max;
    let Some(seat) = session.shared.seats.take(&account.id, most) else {
        return Err(Failure::no("LIMIT", "too many connections of this account: close some of your programs"));
    };
    let shows_searches = account.attr("zimbraPrefImapSearchFoldersEnabled") != Some("FALSE");
    let addresses = std::iter::once(account.name.clone()).chain(account.aliases.iter().cloned()).collect();
    let quota = account.quota();
    let id = account.id.clone();
    // The store's rights follow the account; an administrator reads nobody's mail over IMAP.
    let actor = Actor { account: account.id, is_admin: false };
    let handle = session.shared.store.run(move |store| store.open_mailbox(&actor, &id, quota)).await??;
    let (peer, tls) = (session.connection.peer, session.connection.is_tls());
    tracing::info!(target: "audit", protocol = "imap", account = %account.name, %peer, tls, "login");
    session.connection.keep_deflate();
    session.state = State::Authenticated(User { handle, visits, _seat: Arc::new(seat), addresses, shows_searches });
    let capabilities = format!("CAPABILITY {}", super::capability::list(session));
    Ok(Done::code(capabilities, "Logged in"))
}

/// The wait grows with each failure; the connection ends after some.
pub async fn failed(session: &mut Session, name: &str) -> Outcome {
    let State::NotAuthenticated { failures } = &mut session.state else {
        return Err(Failure::bad("already logged in"));
    };
    *failures += 1;
    let failures = *failures;
    tracing::info!(account = name, peer = %session.connection.peer, failures, "imap login failed");
    tokio::time::sleep(session.shared.config.login_failure_delay * failures).await;
    if failures >= limits::LOGIN_FAILURES_MAX {
        return Err(Failure::Bye("Too many failed logins"));
    }
    Err(refused(Refusal::Wrong))
}
