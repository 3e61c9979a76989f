// SPDX-License-Identifier: AGPL-3.0-or-later
//! Opening a directory, and what one is made of.

use crate::backend::Backend;
use crate::backend::ldap::{self, Settings};
use crate::backend::local::Local;
use crate::cache::Cache;
use crate::foreign::Foreign;
use crate::lockout::Lockout;
use crate::{Directory, Error, Kind, Result, auth, backoff, password, system};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The class of service of accounts that name none, in domains that name none.
pub(crate) const DEFAULT_COS: &str = "default";
/// Changes of one entry wait for each other, since the later one would only find that it read too early.
const STRIPES: usize = 32;

pub struct Inner {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) cache: Cache,
    pub(crate) changing: [Mutex<()>; STRIPES],
    pub(crate) secrets: Mutex<HashMap<String, [u8; 32]>>,
    pub(crate) verified: password::Verified,
    pub(crate) hasher: password::Hasher,
    pub(crate) backoff: backoff::Backoff,
    pub(crate) lockout: Lockout,
    pub(crate) foreign: Foreign,
    pub(crate) logins: auth::Logins,
    pub(crate) openings: system::Openings,
}

/// Where an LDAP directory is, and as whom we speak to it.
#[derive(Clone)]
pub struct Ldap {
    /// ldap://, ldaps:// or ldapi:// with the socket's path percent-encoded as host.
    pub url: String,
    pub bind_dn: String,
    pub password: String,
    /// What every DN ends in; may be empty.
    pub base: String,
}

impl std::fmt::Debug for Ldap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ldap({} as {})", self.url, self.bind_dn)
    }
}

impl Directory {
    /// The local backend. `dir` is made when it is missing (0700), as is the file in it (0600).
    pub fn open(dir: &Path) -> Result<Directory> {
        Directory::over(Box::new(Local::open(dir)?))
    }

    /// The LDAP backend. A server that does not answer is no error here: it may come later.
    pub fn ldap(at: &Ldap) -> Result<Directory> {
        let settings = Settings { url: at.url.clone(), bind_dn: at.bind_dn.clone(), password: at.password.clone() };
        Directory::over(Box::new(ldap::Ldap::new(settings, &at.base)?))
    }

    fn over(backend: Box<dyn Backend>) -> Result<Directory> {
        let directory = Directory(Arc::new(Inner {
            cache: Cache::new(backend.is_shared()),
            backend,
            changing: Default::default(),
            secrets: Mutex::default(),
            verified: password::Verified::new()?,
            hasher: password::Hasher::new()?,
            backoff: backoff::Backoff::default(),
            lockout: Lockout::default(),
            foreign: Foreign::default(),
            logins: auth::Logins::default(),
            openings: system::Openings::new()?,
        }));
        match directory.create(Kind::Cos, DEFAULT_COS, Default::default()) {
            Ok(_) | Err(Error::Exists(..)) => Ok(directory),
            Err(Error::Unavailable(why)) if directory.0.backend.is_shared() => {
                tracing::warn!(%why, "directory is not available yet");
                Ok(directory)
            }
            Err(error) => Err(error),
        }
    }

    /// Goes up with every change of ours; may go up without one.
    pub fn generation(&self) -> u64 {
        self.0.cache.generation()
    }

    /// Asks for everything again from now on. Our own changes do it by themselves; for when it was changed from outside.
    /// What is remembered still serves deliveries while the directory is away.
    pub fn flush_cache(&self) {
        self.0.cache.expire();
        self.0.secrets.lock().clear();
        self.0.verified.flush();
    }
}
