// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts by address and by id, in memory. A reader that was slow never puts back what a change has made old: it hands in
//! the generation it started from, and each flush begins a new one.

use crate::Account;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Entries (an account counts once for every address under which it was asked for). At the limit the cache starts anew.
pub const ACCOUNTS_MAX: usize = 20_000;

pub struct Accounts {
    state: Mutex<State>,
    max: usize,
}

#[derive(Default)]
struct State {
    generation: u64,
    by_key: HashMap<String, Arc<Account>>,
}

impl Accounts {
    pub fn new(max: usize) -> Accounts {
        Accounts { state: Mutex::default(), max }
    }

    /// Keys are canonical addresses (`local@domain`) and ids (no `@`).
    pub fn get(&self, key: &str) -> std::result::Result<Arc<Account>, u64> {
        let state = self.state.lock();
        state.by_key.get(key).cloned().ok_or(state.generation)
    }

    pub fn insert(&self, generation: u64, key: &str, account: &Arc<Account>) {
        let mut state = self.state.lock();
        if state.generation != generation {
            return;
        }
        if state.by_key.len() >= self.max {
            state.by_key.clear();
        }
        state.by_key.insert(key.to_owned(), Arc::clone(account));
    }

    pub fn flush(&self) {
        let mut state = self.state.lock();
        state.generation += 1;
        state.by_key.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_puts_nothing_old_back_and_the_size_is_bounded() {
        let cache = Accounts::new(2);
        let account = Arc::new(Account {
            id: "1".into(),
            name: "a@b".into(),
            aliases: vec![],
            is_admin: false,
            attrs: Default::default(),
        });
        let old = cache.get("a@b").unwrap_err();
        cache.flush();
        cache.insert(old, "a@b", &account);
        let now = cache.get("a@b").unwrap_err();
        for key in ["a@b", "c@b", "d@b"] {
            cache.insert(now, key, &account);
        }
        assert!(cache.get("d@b").is_ok());
        assert!(cache.get("a@b").is_err());
    }
}
