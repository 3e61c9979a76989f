// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the protocols of mail clients have in common below their words: a socket that is plain or TLS and costs nothing while
//! it is idle ([`Socket`]), compression of it, lines of a bounded length, the accept loop with its caps ([`serve`]), and the check of a password
//! or an OAuth token ([`Logins`]).

mod accept;
mod deflate;
mod line;
mod login;
pub mod oauth;
mod rate;
mod seat;
mod socket;

pub use accept::{Counts, Gate, Metrics, Place, serve, stopped};
pub use line::Line;
pub use login::{Logins, NotPlain, Plain, Refusal};
pub use rate::Rates;
pub use seat::{Seat, Seats};
pub use socket::{Socket, TLS_HANDSHAKE_TIMEOUT};
