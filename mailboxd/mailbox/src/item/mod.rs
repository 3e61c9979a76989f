// SPDX-License-Identifier: AGPL-3.0-or-later
//! Operations on messages; those on flags, places and ends of items serve contacts and documents, too.

pub(crate) mod add;
mod copy;
mod delete;
mod deliver;
mod draft;
mod dumpster;
mod flags;
mod message;
mod moves;
mod parcel;
mod purge;
mod replace;
pub(crate) mod thread;
mod train;
mod transfer;

pub use add::{AddMessage, saved_ms};
pub use deliver::Delivery;
pub use flags::{FlagChange, FlagResult};
pub use parcel::{Parcel, ParcelCopy, Remembered};
pub use purge::{Lifetime, Since};
