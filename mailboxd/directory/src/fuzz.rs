// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets taken for an address. Built for the fuzz target `names` and for the tests, which run its seeds.

use crate::name;

/// A name that was accepted is in the form in which it is stored: taking it again changes nothing.
pub fn address(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    if let Some((local, domain)) = name::address(&text) {
        assert_eq!(name::address(&format!("{local}@{domain}")), Some((local.clone(), domain)));
        if let Some((user, detail)) = name::split_detail(&local) {
            assert!(user.len() + detail.len() < local.len());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    #[test]
    fn seeds() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/names")).unwrap() {
            super::address(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
}
