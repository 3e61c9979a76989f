// SPDX-License-Identifier: AGPL-3.0-or-later
//! IMAP4rev1 server.
mod content;
pub mod wire;
