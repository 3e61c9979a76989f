// SPDX-License-Identifier: AGPL-3.0-or-later
//! What people check a download with: SHA256SUMS as sha256sum(1) reads it, an Ed25519 signature of it (RFC 8032), and the public key in the
//! form that openssl reads (RFC 8410 §4).

use crate::error::{Result, reading, writing};
use crate::formats::digest;
use crate::release::read_key;
use ed25519_dalek::{Signer, SigningKey};
use std::path::Path;

const SUMS: &str = "SHA256SUMS";
const SIGNATURE: &str = "SHA256SUMS.sig";
const KEY: &str = "release-key.pem";
/// SubjectPublicKeyInfo of Ed25519, up to the 32 bytes of the key.
const SPKI_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Of every file in the directory.
pub fn write(dir: &Path, key: &Path) -> Result<()> {
    let key = read_key(key)?;
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map_err(reading(dir))?
        .flatten()
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| ![SUMS, SIGNATURE, KEY].contains(&name.as_str()))
        .collect();
    names.sort_unstable();
    let mut sums = String::new();
    for name in &names {
        sums += &format!("{}  {name}\n", digest(&dir.join(name))?);
    }
    let signature = key.sign(sums.as_bytes()).to_bytes();
    for (name, bytes) in [(SUMS, sums.as_bytes()), (SIGNATURE, &signature), (KEY, pem(&key).as_bytes())] {
        let path = dir.join(name);
        std::fs::write(&path, bytes).map_err(writing(&path))?;
    }
    println!("{SUMS}: {} files", names.len());
    Ok(())
}

fn pem(key: &SigningKey) -> String {
    let der = [&SPKI_HEAD[..], key.verifying_key().as_bytes()].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", base64(&der))
}

/// RFC 4648 §4; 44 bytes need a filling of one.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|chunk| {
        let bits = chunk.iter().fold(0, |bits: u32, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..4).map(move |at| match at <= chunk.len() {
            true => char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]),
            false => '=',
        })
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::make_key;
    use std::process::Command;

    #[test]
    fn usual_tools_agree_and_notice_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let served = dir.path().join("release");
        std::fs::create_dir(&served).unwrap();
        std::fs::write(served.join("a file.deb"), "content").unwrap();
        std::fs::write(served.join("image.qcow2"), [0; 5000]).unwrap();
        let key = dir.path().join("key");
        make_key(&key).unwrap();
        write(&served, &key).unwrap();
        // Once more: its own files are not counted.
        write(&served, &key).unwrap();
        let run = |program: &str, words: &[&str]| {
            Command::new(program).args(words).current_dir(&served).output().unwrap().status.success()
        };
        let verify = ["pkeyutl", "-verify", "-pubin", "-inkey", KEY, "-rawin", "-in", SUMS, "-sigfile", SIGNATURE];
        assert!(run("sha256sum", &["--check", "--strict", SUMS]) && run("openssl", &verify));
        let sums = std::fs::read_to_string(served.join(SUMS)).unwrap();
        assert_eq!(sums.lines().count(), 2);
        std::fs::write(served.join(SUMS), sums.replace("image.qcow2", "image.qcow3")).unwrap();
        assert!(!run("openssl", &verify));
    }
}
