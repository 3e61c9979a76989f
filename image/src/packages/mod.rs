// SPDX-License-Identifier: AGPL-3.0-or-later
//! Debian's packages: a list of what we want, a lock of what we got (name, version, digest), a cache of the files. A build takes
//! from the cache what the lock names, and asks no mirror which version is current.

pub mod cache;
pub mod lock;
pub mod mirror;
pub mod resolve;
