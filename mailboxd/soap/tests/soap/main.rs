// SPDX-License-Identifier: AGPL-3.0-or-later
//! Requests against a real store and directory, through the routers, each in XML and in JSON.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod across;
mod admin;
mod auth;
mod backup;
mod batch;
mod contacts;
mod deleted;
mod documents;
mod dovecot;
mod dumpster;
mod entries;
mod filters;
mod folders;
mod hostile;
mod identities;
mod later;
mod mail;
mod metadata;
mod preauth;
mod prefs;
mod receipts;
mod rights;
mod search;
mod send;
mod sessions;
mod shared;
mod sorting;
mod sources;
mod spelling;
mod support;
mod sync;
mod system_pages;
mod tags;
mod upload;
mod volumes;
mod walk;
