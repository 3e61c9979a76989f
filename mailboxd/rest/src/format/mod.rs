// SPDX-License-Identifier: AGPL-3.0-or-later
//! Items in the formats of other programs.

pub mod contacts;
pub mod feed;
pub mod list;
pub mod mobileconfig;
pub mod page;
pub mod sync;
