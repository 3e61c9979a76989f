// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a machine that runs to one that people log in to: questions, a check of all answers before anything is written, and
//! steps that may be cut off anywhere and done again.
//!
//!     browser --HTTPS--> posthouse installer --run/setup.sock--> supervisor <--run/posthouse.sock-- posthouse setup
//!                        (no rights, no secrets)                  |
//!                                                                 +-- gate: the set-up code, sessions
//!                                                                 +-- check, plan: pure
//!                                                                 +-- run: the steps; record in setup/
//!
//! Invariants: no step removes anything that somebody made; a machine that is set up is set up again only when asked to in
//! so many words, and never over the network; whoever talks to the network decides nothing.

mod answers;
mod certificate;
mod check;
mod directory;
mod disk;
pub mod dns;
mod facts;
mod gate;
pub mod http;
mod plan;
mod progress;
mod run;
mod service;
mod settings;
mod socket;
mod store;
mod system;
mod unattended;

pub use answers::{Administrator, Answers, Certificate, Language, Protection, Relay};
pub use plan::Step;
pub use progress::{Outcome, Progress, State};
pub use service::{Request, Setup};
pub use socket::{FILE as SOCKET, serve};
pub use store::Store;
pub use system::Applier;
