// SPDX-License-Identifier: AGPL-3.0-or-later
//! `urn:zimbraAdmin`. [`access`] is the table of all requests: who may send each, and what answers it.

pub mod access;
mod account;
mod alias;
mod audit;
mod backup;
mod backups;
mod change;
mod check;
mod config;
mod cos;
mod delegate_auth;
mod deleted;
mod dns;
mod domain;
mod element;
mod filter_rules;
mod find;
mod gal;
mod hsm;
mod list;
mod logs;
mod mail_queue;
mod mailbox;
mod membership;
mod object;
mod quarantine;
mod quota;
mod resource;
mod retention;
mod rights;
mod search;
mod search_multi_mailbox;
mod server;
mod service_status;
mod statistics;
mod system;
mod volume;
mod wait_set;

pub use change::read_attrs;
pub use element::Sight;
pub use find::{find_account, find_cos, find_domain, find_list, find_server};
