// SPDX-License-Identifier: AGPL-3.0-or-later
//! Login for other daemons: the server's side of the Dovecot authentication protocol 1.2, as Postfix speaks it
//! (`smtpd_sasl_type = dovecot`), over a Unix socket. <https://doc.dovecot.org/developer_manual/design/auth_protocol/>
//!
//! Lines ([`request`]) start exchanges of a mechanism ([`mechanism`]), whose end is a name and a password for the directory
//! ([`session`]). Whoever can open the socket may try passwords in anybody's name: its directory lets in the two parties only.

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod mechanism;
mod reply;
mod request;
mod serve;
mod session;
mod socket;

pub use serve::{Config, Metrics, serve};
pub use socket::{Error, bind};
