// SPDX-License-Identifier: AGPL-3.0-or-later
//! What keeps the entries: one file (`local`) or LDAP servers (`ldap`). All rules are above this line; a backend promises only
//!
//! - that what `apply` answered with Ok is durable;
//! - that a name is taken once in its space (see [`Entry::name`]), whoever else writes at the same time;
//! - that an entry which was changed since it was read is not overwritten (`Conflict`);
//! - that an address lies in a domain which exists, and a domain goes only when no address is in it.

pub mod ldap;
pub mod local;
pub mod local_schema;

use crate::Error;
use crate::entry::{Entry, Kind};

pub trait Backend: Send + Sync {
    /// More than `limit` entries are an error, never a cut list.
    fn search(&self, search: &Search<'_>) -> Result<Vec<Entry>, Failure>;

    /// In order. The local backend does all or nothing. LDAP may be cut off between two: the order is such that what is done
    /// by then harms nobody and the same call again completes it.
    fn apply(&self, writes: &[Write]) -> Result<(), Failure>;

    /// Whether entries may change without our doing, so that what is remembered must be asked for again now and then.
    fn is_shared(&self) -> bool;
}

pub struct Search<'a> {
    pub kinds: &'a [Kind],
    pub within: Within<'a>,
    pub filter: Filter<'a>,
    pub limit: usize,
}

#[derive(Clone, Copy)]
pub enum Within<'a> {
    Everything,
    /// Addresses of this domain.
    Domain(&'a str),
    /// Identities and signatures of the entry at this place.
    Parent(&'a str),
}

pub enum Filter<'a> {
    All,
    /// One of these indexed attributes has this value, in any case.
    Equal(&'a [&'a str], &'a str),
    /// One of these attributes contains this text, in any case; entries with zimbraHideInGal TRUE are left out.
    Listed(&'a [&'a str], &'a str),
    /// One of these attributes, which the table knows, is set. Not indexed: every entry is looked at.
    Present(&'a [&'a str]),
}

pub enum Write {
    Create(Entry),
    /// From what was read to what shall be; the name may differ.
    Update {
        old: Entry,
        new: Entry,
    },
    Delete(Entry),
}

#[derive(Debug)]
pub enum Failure {
    /// The name is taken.
    Exists,
    /// Gone, or changed since it was read.
    Conflict,
    /// The domain of an address, or the owner of an identity.
    NoParent,
    /// Addresses are in the domain.
    NotEmpty,
    TooMany(usize),
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Other(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Other(error) => error,
            Failure::TooMany(limit) => Error::Invalid { what: "search (too many entries)", value: limit.to_string() },
            Failure::Exists => Error::Unavailable("the name is taken".into()),
            Failure::Conflict => Error::Unavailable("somebody else changes the same entry; try again".into()),
            Failure::NoParent => Error::Unavailable("the entry above is gone".into()),
            Failure::NotEmpty => Error::Unavailable("other entries are below".into()),
        }
    }
}

/// The text of a value under which it is found: LDAP's caseIgnoreMatch (RFC 4517 §4.2.11) as far as it matters here.
pub(crate) fn folded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
