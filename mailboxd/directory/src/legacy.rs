// SPDX-License-Identifier: AGPL-3.0-or-later
//! Passwords of accounts that came from elsewhere: their hashes are verified, never made. The first right login replaces one
//! by an argon2 hash.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha_crypt::{PasswordHash, PasswordVerifier, ShaCrypt};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// RFC 2307 §5.3 and its relatives. `{CRYPT}` is glibc's $5$ and $6$.
const SCHEMES: [&str; 8] = ["SSHA", "SHA", "SSHA256", "SHA256", "SSHA512", "SHA512", "CRYPT", "ARGON2"];

/// Of {CRYPT}; more would be a way to keep the processor busy.
const ROUNDS_MAX: u32 = 500_000;

/// Scheme in upper case, and what follows it.
pub fn split(stored: &str) -> Option<(String, &str)> {
    let (scheme, rest) = stored.strip_prefix('{')?.split_once('}')?;
    let scheme = scheme.to_ascii_uppercase();
    SCHEMES.contains(&scheme.as_str()).then_some((scheme, rest))
}

pub fn verify(scheme: &str, hash: &str, password: &[u8]) -> bool {
    match scheme {
        "SSHA" | "SHA" => digest::<Sha1>(hash, password),
        "SSHA256" | "SHA256" => digest::<Sha256>(hash, password),
        "SSHA512" | "SHA512" => digest::<Sha512>(hash, password),
        "CRYPT" => crypt(hash, password),
        _ => false,
    }
}

/// base64(digest(password salt) salt); the salt may be empty.
fn digest<D: Digest>(hash: &str, password: &[u8]) -> bool {
    let Ok(bytes) = STANDARD.decode(hash) else { return false };
    let Some((expected, salt)) = bytes.split_at_checked(<D as Digest>::output_size()) else { return false };
    let found = D::new().chain_update(password).chain_update(salt).finalize();
    // In constant time.
    found.iter().zip(expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn crypt(hash: &str, password: &[u8]) -> bool {
    let rounds = hash.split('$').find_map(|field| field.strip_prefix("rounds=")?.parse::<u32>().ok());
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    rounds.is_none_or(|rounds| rounds <= ROUNDS_MAX) && ShaCrypt::default().verify_password(password, &hash).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    /// Made by openssl and Python's hashlib of "sesame".
    #[test]
    fn hashes_of_others_verify() {
        for stored in [
            "{SSHA}IdfzURG1vYyQ1FyGVPK2qgo4BTpzYWx0",
            "{ssha512}EtPuv2ys6r0tKwdH1IWVxVaDyxNX1EYQ009kRdJG/I8DQDH+MBEPw1M6mMGxRD7prFQE3yB4WWi8rWVy3JMAnHBlcHBlcg==",
            "{CRYPT}$6$abcdefgh$Bk2D4uYVcw0FbFPsWa0iJZ1DNfy8v6OjKcRcuBfMkWD1KdADPVnmQf5cr0O8HfAYpq1XrrjdgIRINkwgSKJ8/1",
            "{crypt}$5$abcdefgh$4PbtPZdUc33o7LmNsM4HTsjYbIhyCeh4aCe.rEbHkq1",
        ] {
            let (scheme, hash) = split(stored).unwrap();
            assert!(verify(&scheme, hash, b"sesame"), "{stored}");
            assert!(!verify(&scheme, hash, b"Sesame"), "{stored}");
        }
        for bad in ["{SSHA}", "{SSHA}AAAA", "{CRYPT}x", "{CRYPT}$6$rounds=999999999$a$b", "{SHA512}%", "{CRYPT}$1$a$b"]
        {
            let (scheme, hash) = split(bad).unwrap();
            assert!(!verify(&scheme, hash, b""), "{bad}");
        }
        assert_eq!(split("{MD4}x"), None);
        assert_eq!(split("sesame"), None);
    }
}
