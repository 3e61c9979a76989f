// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a source offers: one list a channel (`stable.json`), with the signatures of its very bytes beside it (`stable.json.sig`), by
//! the keys that sign the bundles. A list and a bundle's manifest have other fields, so neither passes for the other.

use crate::upgrade::bundle::PRODUCT;
use crate::upgrade::error::{Error, Result};
use crate::upgrade::keys;
use crate::upgrade::version::Version;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

const FORMAT: u32 = 1;
/// With the notes of many releases.
pub const BYTES_MAX: usize = 1 << 20;
pub const SIGNATURE_BYTES_MAX: usize = 4096;
/// Slots have 2,304 MiB.
const BUNDLE_BYTES_MAX: u64 = 3 << 30;
const NAME_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    format: u32,
    product: String,
    pub channel: String,
    /// Grows with each list of a channel: an old one, replayed, would hide newer releases.
    pub serial: u64,
    pub releases: Vec<Offer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    pub version: Version,
    /// The oldest version that can be upgraded to it in one step.
    pub min_version: Version,
    /// Beside the list.
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
    #[serde(default)]
    pub notes: String,
}

/// `serial_min`: of the newest list that was seen.
pub fn read(bytes: &[u8], signatures: &str, keys: &[VerifyingKey], channel: &str, serial_min: u64) -> Result<Index> {
    keys::verify(keys, bytes, signatures)?;
    let bad = |what: String| Error::Index(what);
    let index: Index = serde_json::from_slice(bytes).map_err(|e| bad(e.to_string()))?;
    if index.format != FORMAT {
        return Err(bad(format!("its format is {}, this version knows {FORMAT}", index.format)));
    }
    if index.product != PRODUCT {
        return Err(Error::OtherProduct { found: index.product, wanted: PRODUCT });
    }
    if index.channel != channel {
        return Err(bad(format!("it is the list of the channel {:?}", index.channel)));
    }
    if index.serial < serial_min {
        return Err(Error::IndexReplayed);
    }
    if let Some(offer) = index.releases.iter().find(|offer| !is_sound(offer)) {
        return Err(bad(format!("version {} has an impossible file", offer.version)));
    }
    Ok(index)
}

fn is_sound(offer: &Offer) -> bool {
    let is_fine = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let name = &offer.file;
    let is_name = !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('.') && name.bytes().all(is_fine);
    is_name && offer.bytes > 0 && offer.bytes <= BUNDLE_BYTES_MAX && offer.sha256.len() == 64
}

impl Index {
    /// The newest one that can be installed over what runs. One that needs a version between waits for its turn.
    pub fn best(&self, running: Version, failed: &[Version]) -> Option<&Offer> {
        let is_possible = |offer: &&Offer| {
            offer.version > running && offer.min_version <= running && !failed.contains(&offer.version)
        };
        self.releases.iter().filter(is_possible).max_by_key(|offer| offer.version)
    }

    pub fn find(&self, version: Version) -> Option<&Offer> {
        self.releases.iter().find(|offer| offer.version == version)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::upgrade::bundle::tests::{key, version};
    use ed25519_dalek::{Signer, SigningKey};
    use serde_json::{Value, json};

    pub fn sign(key: &SigningKey, bytes: &[u8]) -> String {
        format!("{}\n", keys::hex(&key.sign(bytes).to_bytes()))
    }

    pub fn offer(version: &str, min: &str, bundle: &[u8]) -> Value {
        use sha2::{Digest, Sha256};
        json!({
            "version": version, "min_version": min, "file": format!("posthouse-{version}.upgrade"),
            "bytes": bundle.len(), "sha256": keys::hex(&Sha256::digest(bundle)), "notes": "What is new.",
        })
    }

    pub fn index(serial: u64, releases: Vec<Value>) -> String {
        json!({"format": 1, "product": PRODUCT, "channel": "stable", "serial": serial, "releases": releases})
            .to_string()
    }

    fn try_read(text: &str, serial_min: u64) -> Result<Index> {
        read(text.as_bytes(), &sign(&key(), text.as_bytes()), &[key().verifying_key()], "stable", serial_min)
    }

    #[test]
    fn the_newest_that_can_be_installed_is_chosen() {
        let all = [("0.2.0", "0.1.0"), ("0.3.0", "0.1.0"), ("0.4.0", "0.3.0"), ("0.1.0", "0.0.1")];
        let text = index(3, all.iter().map(|(version, min)| offer(version, min, b"x")).collect());
        let index = try_read(&text, 3).unwrap();
        let best = |running: &str, failed: &[&str]| {
            let failed: Vec<Version> = failed.iter().map(|text| version(text)).collect();
            index.best(version(running), &failed).map(|offer| offer.version.to_string())
        };
        assert_eq!(best("0.1.0", &[]).as_deref(), Some("0.3.0"), "0.4.0 needs 0.3.0 first");
        assert_eq!(best("0.3.0", &[]).as_deref(), Some("0.4.0"));
        assert_eq!(best("0.1.0", &["0.3.0"]).as_deref(), Some("0.2.0"));
        assert_eq!(best("0.4.0", &[]), None);
        assert_eq!(best("0.0.1", &[]).as_deref(), Some("0.1.0"));
    }

    #[test]
    fn a_list_that_is_not_ours_not_for_us_or_old_is_refused() {
        let good = index(3, vec![offer("0.2.0", "0.1.0", b"x")]);
        try_read(&good, 2).unwrap();
        assert!(matches!(try_read(&good, 4), Err(Error::IndexReplayed)));
        for (from, to) in [
            ("\"format\":1", "\"format\":2"),
            ("x86_64", "aarch64"),
            ("stable", "beta"),
            ("posthouse-0.2.0.upgrade", "../etc/passwd"),
            ("posthouse-0.2.0.upgrade", ".hidden"),
            ("\"bytes\":1", "\"bytes\":0"),
            ("\"bytes\":1", "\"bytes\":99999999999"),
            ("0.2.0\"", "0.2\""),
            ("\"notes\"", "\"must_understand\""),
        ] {
            assert!(good.contains(from), "{from}");
            assert!(try_read(&good.replace(from, to), 0).is_err(), "{to}");
        }
        let foreign = SigningKey::from_bytes(&[8; 32]);
        let keys = [key().verifying_key()];
        let signature = sign(&foreign, good.as_bytes());
        assert!(matches!(read(good.as_bytes(), &signature, &keys, "stable", 0), Err(Error::Unsigned)));
        for at in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[at] ^= 1;
            let signature = sign(&key(), good.as_bytes());
            assert!(matches!(read(&changed, &signature, &keys, "stable", 0), Err(Error::Unsigned)), "byte {at}");
        }
    }

    /// Both are signed with the same keys.
    #[test]
    fn a_bundles_manifest_is_no_list() {
        let manifest = crate::upgrade::bundle::tests::manifest("9.0.0", b"boot", b"root");
        assert!(matches!(try_read(&manifest, 0), Err(Error::Index(_))));
    }

    /// A key is changed by a release that is signed with the old one and brings the new one.
    #[test]
    fn lists_with_two_signatures_are_read_before_and_after_a_change_of_keys() {
        let next = SigningKey::from_bytes(&[9; 32]);
        let text = index(1, vec![]);
        let both = sign(&key(), text.as_bytes()) + &sign(&next, text.as_bytes());
        for known in [vec![key()], vec![key(), next.clone()], vec![next.clone()]] {
            let known: Vec<_> = known.iter().map(SigningKey::verifying_key).collect();
            read(text.as_bytes(), &both, &known, "stable", 0).unwrap();
        }
        let old = sign(&key(), text.as_bytes());
        assert!(read(text.as_bytes(), &old, &[next.verifying_key()], "stable", 0).is_err());
    }
}
