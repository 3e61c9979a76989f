// SPDX-License-Identifier: AGPL-3.0-or-later
//! One file a command. Each is a function from the session and its arguments to an outcome; answers that come before the
//! tagged one are written on the way.

mod acl;
pub mod append;
mod authenticate;
pub mod capability;
pub mod close;
mod compress;
mod copy;
mod create;
mod delete;
mod enable;
mod expunge;
pub mod fetch;
mod id;
mod idle;
mod list;
mod login;
mod logout;
mod lsub;
mod metadata;
mod r#move;
mod namespace;
mod notify;
mod quota;
mod rename;
mod replace;
mod search;
pub mod select;
mod sort;
mod starttls;
mod status;
mod store;
mod subscribe;
mod thread;

use crate::session::{Done, Outcome, Session};
use crate::wire::Body;

/// A thousand clients may wait in IDLE, whose future is as large as the largest here: so the others are in boxes.
pub async fn dispatch(session: &mut Session, body: Body) -> Outcome {
    match body {
        Body::Capability => capability::run(session),
        // The news that they are for is told after every command.
        Body::Noop => Ok(Done::text("NOOP completed")),
        Body::Check => session.selected().map(|_| Done::text("CHECK completed")),
        Body::Logout => logout::run(session),
        Body::Id => id::run(session),
        Body::StartTls => Box::pin(starttls::run(session)).await,
        Body::Compress { algorithm } => compress::run(session, &algorithm),
        Body::Authenticate { mechanism, initial } => Box::pin(authenticate::run(session, &mechanism, initial)).await,
        Body::Login { user, password } => Box::pin(login::run(session, user, password)).await,
        Body::Enable(names) => enable::run(session, &names),
        Body::Select(args) => Box::pin(select::run(session, args, false)).await,
        Body::Examine(args) => Box::pin(select::run(session, args, true)).await,
        Body::Create { mailbox, uses } => Box::pin(create::run(session, mailbox, uses)).await,
        Body::Delete { mailbox } => Box::pin(delete::run(session, mailbox)).await,
        Body::Rename { from, to } => Box::pin(rename::run(session, from, to)).await,
        Body::Subscribe { mailbox } => Box::pin(subscribe::run(session, mailbox, true)).await,
        Body::Unsubscribe { mailbox } => Box::pin(subscribe::run(session, mailbox, false)).await,
        Body::List(args) => Box::pin(list::run(session, args)).await,
        Body::Lsub { reference, pattern } => Box::pin(lsub::run(session, reference, pattern)).await,
        Body::Namespace => namespace::run(session),
        Body::Status { mailbox, items } => Box::pin(status::run(session, mailbox, items)).await,
        Body::GetQuota { root } => Box::pin(quota::root(session, &root)).await,
        Body::GetQuotaRoot { mailbox } => Box::pin(quota::of_mailbox(session, mailbox)).await,
        Body::SetQuota => quota::set(session),
        Body::GetMetadata(args) => Box::pin(metadata::get(session, args)).await,
        Body::SetMetadata(args) => Box::pin(metadata::set(session, args)).await,
        Body::SetAcl { mailbox, identifier, change } => Box::pin(acl::set(session, mailbox, identifier, change)).await,
        Body::DeleteAcl { mailbox, identifier } => Box::pin(acl::delete(session, mailbox, identifier)).await,
        Body::GetAcl { mailbox } => Box::pin(acl::get(session, mailbox)).await,
        Body::ListRights { mailbox, identifier } => Box::pin(acl::list_rights(session, mailbox, identifier)).await,
        Body::MyRights { mailbox } => Box::pin(acl::my_rights(session, mailbox)).await,
        Body::Notify(args) => Box::pin(notify::run(session, args)).await,
        Body::Idle => idle::run(session).await,
        Body::Close => Box::pin(close::run(session)).await,
        Body::Unselect => close::unselect(session),
        Body::Expunge(set) => Box::pin(expunge::run(session, set)).await,
        Body::Search { uid, search } => Box::pin(search::run(session, uid, search)).await,
        Body::Sort { uid, sort } => Box::pin(sort::run(session, uid, sort)).await,
        Body::Thread { uid, thread } => Box::pin(thread::run(session, uid, thread)).await,
        Body::Fetch { uid, fetch } => Box::pin(fetch::run(session, uid, fetch)).await,
        Body::Store { uid, store } => Box::pin(store::run(session, uid, store)).await,
        Body::Copy { uid, set, mailbox } => Box::pin(copy::run(session, uid, &set, mailbox)).await,
        Body::Move { uid, set, mailbox } => Box::pin(r#move::run(session, uid, &set, mailbox)).await,
    }
}

/// What may be told before a command's tagged answer: nothing, or news with (`true`) or without EXPUNGE.
pub fn telling(body: &Body) -> Option<bool> {
    match body {
        // RFC 3501 §7.4.1: no EXPUNGE while the client uses sequence numbers.
        Body::Fetch { uid: false, .. }
        | Body::Store { uid: false, .. }
        | Body::Search { uid: false, .. }
        // RFC 5256 §3
        | Body::Sort { uid: false, .. }
        | Body::Thread { uid: false, .. } => Some(false),
        // These change the state: what is selected afterwards was told just now, or nothing is.
        Body::Logout | Body::StartTls | Body::Select(_) | Body::Examine(_) | Body::Close | Body::Unselect => None,
        _ => Some(true),
    }
}
