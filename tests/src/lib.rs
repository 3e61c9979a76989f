// SPDX-License-Identifier: AGPL-3.0-or-later
//! Tests of the whole system from outside: the real daemon, started on ports of its own, driven over the wire by small
//! clients that are ours, so that they also do what no proper client would.

pub mod appliance;
pub mod daemon;
pub mod disk;
pub mod http;
pub mod imap;
pub mod ledger;
pub mod lmtp;
pub mod managesieve;
pub mod pop3;
pub mod rows;
pub mod run;
pub mod smtp;
pub mod stream;
pub mod victim;
pub mod wait;
pub mod worker;
