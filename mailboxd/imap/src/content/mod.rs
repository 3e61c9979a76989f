// SPDX-License-Identifier: AGPL-3.0-or-later
//! What IMAP says of a message's octets: header fields, ENVELOPE, BODYSTRUCTURE, where a section lies.

pub mod address;
pub mod cache;
pub mod decode;
pub mod envelope;
pub mod header;
pub mod section;
pub mod structure;
pub mod subject;
