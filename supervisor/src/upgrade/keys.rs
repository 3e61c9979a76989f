// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whose upgrades are taken: the public keys in the read-only root. A release brings the keys for the releases after it, so a key is
//! changed by one release that is signed with the old one and has the new one in it; a bundle may carry signatures of both.

use crate::upgrade::error::{Error, Result};
use ed25519_dalek::{Signature, VerifyingKey};
use std::path::Path;

/// One file a key: 64 hexadecimal digits.
pub const DIR: &str = "/usr/share/posthouse/upgrade-keys";
/// A bundle's signatures, a line each.
pub const SIGNATURES_MAX: usize = 8;

pub fn load(dir: &Path) -> Result<Vec<VerifyingKey>> {
    let read = |source| Error::Read { path: dir.to_owned(), source };
    let mut keys = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let key = unhex::<32>(text.trim()).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        keys.push(key.ok_or(Error::Key { path })?);
    }
    Ok(keys)
}

/// Whether one of the signatures is one of the keys'. RFC 8032 §5.1.7, in its strict reading: no key and no signature that
/// would fit more than one message.
pub fn verify(keys: &[VerifyingKey], message: &[u8], signatures: &str) -> Result<()> {
    let fits = |signature: &Signature| keys.iter().any(|key| key.verify_strict(message, signature).is_ok());
    let lines: Vec<&str> = signatures.lines().take(SIGNATURES_MAX + 1).collect();
    if lines.len() > SIGNATURES_MAX {
        return Err(Error::BundleDamaged("it has too many signatures"));
    }
    let signatures: Option<Vec<_>> = lines.iter().map(|line| unhex::<64>(line)).collect();
    let signatures = signatures.ok_or(Error::BundleDamaged("a signature is none"))?;
    if signatures.iter().map(Signature::from_bytes).any(|signature| fits(&signature)) {
        return Ok(());
    }
    Err(Error::Unsigned)
}

/// Lower case only: one way to write each.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    #[test]
    fn one_known_key_of_several_signatures_is_enough() {
        let [old, new, foreign] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let sign = |key: &SigningKey| hex(&key.sign(b"message").to_bytes());
        let known = [old.verifying_key()];
        verify(&known, b"message", &sign(&old)).unwrap();
        verify(&known, b"message", &format!("{}\n{}\n", sign(&new), sign(&old))).unwrap();
        for (message, signatures) in [
            (&b"message"[..], sign(&foreign)),
            (b"massage", sign(&old)),
            (b"message", String::new()),
            (b"message", sign(&old).to_uppercase()),
            (b"message", format!("{}0", sign(&old))),
            (b"message", vec![sign(&old); 9].join("\n")),
        ] {
            assert!(verify(&known, message, &signatures).is_err(), "{signatures}");
        }
        assert!(verify(&[], b"message", &sign(&old)).is_err());
    }

    /// RFC 8032 §7.1, test 2.
    #[test]
    fn the_signature_is_the_one_of_the_standard() {
        let key = unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
        let key = VerifyingKey::from_bytes(&key).unwrap();
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        verify(&[key], &[0x72], signature).unwrap();
        assert!(verify(&[key], &[0x73], signature).is_err());
    }
}
