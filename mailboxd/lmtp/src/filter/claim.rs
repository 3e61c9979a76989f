// SPDX-License-Identifier: AGPL-3.0-or-later
//! Two messages of one sender may be filtered at the same time: neither knows of the other's answer yet, so the second finds
//! the sender claimed, and does not answer.

use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::Arc;

/// Account, and the id of what is to be remembered.
type Key = (String, String);

#[derive(Debug, Clone, Default)]
pub(super) struct Claims(Arc<Mutex<HashSet<Key>>>);

/// Given back once the record is durable, or the delivery has failed.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Claims,
    key: Key,
}

impl Claims {
    /// Look at what is remembered after this, not before: who held the claim may have just remembered it.
    pub fn take(&self, account: &str, id: &str) -> Option<Claim> {
        let key = (account.to_owned(), id.to_owned());
        self.0.lock().insert(key.clone()).then(|| Claim { claims: self.clone(), key })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.0.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let claims = Claims::default();
        let first = claims.take("ann", "x");
        assert!(first.is_some() && claims.take("ann", "x").is_none() && claims.take("bob", "x").is_some());
        drop(first);
        assert!(claims.take("ann", "x").is_some());
    }
}
