// SPDX-License-Identifier: AGPL-3.0-or-later
//! Zimbra's SOAP, in XML and JSON: `urn:zimbraAccount`, `urn:zimbraMail` and `urn:zimbraAdmin`, and the upload servlet.
//!
//! A request goes through [`http`] (who, limits), `envelope` (decode), `engine` (context, batch, session), one file of
//! `handler/`, and back through `notify` and `envelope`. All access to mail goes through [`mailbox::Store::open_mailbox`].

mod args;
mod backup;
mod compose;
mod context;
mod daemon;
mod data_source;
mod delegate;
mod deletion;
mod dispatch;
pub mod element;
mod engine;
mod envelope;
mod fault;
mod filter;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod handler;
mod hsm;
mod http;
mod notify;
mod order;
mod outbound;
mod preauth;
mod purge;
mod recent;
mod reindexing;
mod render;
mod schedule;
mod schema;
mod session;
mod state;
mod supervisor;
mod upload;
mod wait_set;

pub use backup::{
    DIRECTORY, Error as BackupError, RestoreOrder, SYSTEM, SystemFile, directory_entries, make_backup, note_backup,
    restore_mailbox,
};
pub use daemon::Daemon;
pub use data_source::serve_data_sources;
pub use deletion::{delete_account, expire_deleted, settle_deletions};
pub use handler::admin::access::{Access, AdminRequest, REQUESTS as ADMIN_REQUESTS, What};
pub use hsm::hsm_run;
pub use http::{Tls, admin_router, router};
pub use order::{Refusal, order};
pub use outbound::{Intake, Outbound, Refused, SendError};
pub use purge::purge;
pub use schedule::serve_schedule;
pub use schema::{Kind, Member, Request, TABLES as SCHEMA};
pub use state::{Config, State};
