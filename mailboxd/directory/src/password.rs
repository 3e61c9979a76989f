// SPDX-License-Identifier: AGPL-3.0-or-later
//! Passwords: argon2id hashes, and a memory of those that were right a moment ago (docs/decisions/0004).
//!
//! Invariants: a password is never kept, only a keyed hash of it; a remembered one counts only together with the stored
//! hash that it was checked against, so a changed password is forgotten by itself; an unknown name costs what a known one does.

use crate::legacy;
use crate::secret::random;
use crate::{Attrs, Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use parking_lot::{Condvar, Mutex};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Each running hash holds `MEMORY_KIB`; more than these wait, so that a storm of logins can't eat the memory.
const HASHES_AT_ONCE_MAX: usize = 4;
pub const PASSWORD_BYTES_MAX: usize = 1_024;
const ARGON2: &str = "{ARGON2}";
const REMEMBER: Duration = Duration::from_secs(300);
const REMEMBERED_MAX: usize = 20_000;

pub struct Hasher {
    argon2: Argon2<'static>,
    running: Mutex<usize>,
    done: Condvar,
    /// Hash of a random password: what an unknown name is checked against.
    nobody: String,
}

impl Hasher {
    pub fn new() -> Result<Hasher> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(unavailable)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hasher = Hasher { argon2, running: Mutex::new(0), done: Condvar::new(), nobody: String::new() };
        hasher.nobody = hasher.hash_bytes(&random::<32>()?)?;
        Ok(hasher)
    }

    /// As userPassword keeps it: a PHC string behind the name that OpenLDAP's argon2 module gave it, so that slapd could check
    /// it as well. Empty or overlong passwords are invalid.
    pub fn hash(&self, password: &str) -> Result<String> {
        if password.is_empty() || password.len() > PASSWORD_BYTES_MAX || password.contains('\0') {
            return Err(Error::Invalid { what: "password", value: format!("{} bytes", password.len()) });
        }
        Ok(format!("{ARGON2}{}", self.hash_bytes(password.as_bytes())?))
    }

    fn hash_bytes(&self, password: &[u8]) -> Result<String> {
        let _slot = self.slot();
        Ok(self.argon2.hash_password(password).map_err(unavailable)?.to_string())
    }

    /// `stored` None (no such account, or one without a password) takes as long and is always wrong. Hashes of migrated
    /// accounts are looked at, too.
    pub fn verify(&self, password: &str, stored: Option<&str>) -> bool {
        let fits = password.len() <= PASSWORD_BYTES_MAX;
        let input = if fits { password.as_bytes() } else { &[] };
        let _slot = self.slot();
        if let Some((scheme, hash)) = stored.and_then(legacy::split).filter(|(scheme, _)| scheme != "ARGON2") {
            return fits && legacy::verify(&scheme, hash, input);
        }
        let phc = stored.map_or(self.nobody.as_str(), |stored| stored.strip_prefix(ARGON2).unwrap_or(stored));
        let Ok(hash) = PasswordHash::new(phc) else { return false };
        // Compared in constant time by password-hash.
        let right = self.argon2.verify_password(input, &hash).is_ok();
        right && fits && stored.is_some()
    }

    fn slot(&self) -> Slot<'_> {
        let mut running = self.running.lock();
        while *running >= HASHES_AT_ONCE_MAX {
            self.done.wait(&mut running);
        }
        *running += 1;
        Slot(self)
    }
}

/// True for a hash that is to be replaced when the password is known.
pub fn is_old(stored: &str) -> bool {
    !stored.starts_with(ARGON2)
}

/// Takes userPassword out of `changes`: a hash of a known scheme, for accounts that come from elsewhere.
pub fn take_migrated(changes: &mut Attrs) -> Result<Option<String>> {
    let Some(key) = changes.keys().find(|key| key.eq_ignore_ascii_case("userPassword")).cloned() else {
        return Ok(None);
    };
    match changes.remove(&key).unwrap_or_default().as_slice() {
        [hash] if legacy::split(hash).is_some() && hash.len() <= PASSWORD_BYTES_MAX => Ok(Some(hash.clone())),
        _ => Err(Error::Invalid { what: "attribute (a hash of a known scheme, or use setPassword)", value: key }),
    }
}

struct Slot<'a>(&'a Hasher);
impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.running.lock() -= 1;
        self.0.done.notify_one();
    }
}

fn unavailable(e: impl std::fmt::Display) -> Error {
    Error::Unavailable(format!("password hash: {e}"))
}

/// Keyed, and no two lists of parts have the same.
pub fn hash_of_parts(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(key);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Passwords that were right in the last minutes, so that a client that logs in for every poll costs no argon2 round.
pub struct Verified {
    /// Of this process only: the remembered hashes are worth nothing outside it.
    key: [u8; 32],
    until: Mutex<HashMap<[u8; 32], Instant>>,
}

impl Verified {
    pub fn new() -> Result<Verified> {
        Ok(Verified { key: random()?, until: Mutex::default() })
    }

    /// Keyed hash of account, stored hash and password: a lookup by it reveals nothing by its timing.
    fn digest(&self, account: &str, stored: &str, password: &str) -> [u8; 32] {
        hash_of_parts(&self.key, &[account, stored, password])
    }

    pub fn contains(&self, account: &str, stored: &str, password: &str) -> bool {
        let digest = self.digest(account, stored, password);
        self.until.lock().get(&digest).is_some_and(|until| *until > Instant::now())
    }

    pub fn insert(&self, account: &str, stored: &str, password: &str) {
        let digest = self.digest(account, stored, password);
        let now = Instant::now();
        let mut until = self.until.lock();
        if until.len() >= REMEMBERED_MAX {
            until.retain(|_, t| *t > now);
        }
        if until.len() >= REMEMBERED_MAX {
            until.clear();
        }
        until.insert(digest, now + REMEMBER);
    }

    pub fn flush(&self) {
        self.until.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_verify() {
        let hasher = Hasher::new().unwrap();
        let stored = hasher.hash("sesame").unwrap();
        assert!(stored.starts_with("{ARGON2}$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hasher.verify("sesame", Some(&stored)));
        assert!(!hasher.verify("Sesame", Some(&stored)));
        assert!(!hasher.verify("", Some(&stored)));
        assert!(!hasher.verify("sesame", None));
        assert!(!hasher.verify("sesame", Some("garbage")));
        assert!(hasher.hash("").is_err());
        assert!(hasher.hash(&"x".repeat(PASSWORD_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn what_is_remembered_is_bound_to_the_stored_hash() {
        let verified = Verified::new().unwrap();
        verified.insert("id", "hash one", "sesame");
        assert!(verified.contains("id", "hash one", "sesame"));
        assert!(!verified.contains("id", "hash two", "sesame"));
        assert!(!verified.contains("di", "hash one", "sesame"));
        assert!(!verified.contains("id", "hash one", "sesam"));
        verified.flush();
        assert!(!verified.contains("id", "hash one", "sesame"));
    }
}
