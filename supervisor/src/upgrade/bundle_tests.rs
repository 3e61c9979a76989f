// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bundles, good and bad.

use super::*;
use ed25519_dalek::{Signer, SigningKey};

pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub fn version(text: &str) -> Version {
    Version::try_from(text.to_owned()).unwrap()
}

/// As image/src/formats/tar.rs writes them.
fn member(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    block[136..148].copy_from_slice(b"00000000000\0");
    block[148..156].fill(b' ');
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block.extend(bytes);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

pub fn manifest(version: &str, boot: &[u8], root: &[u8]) -> String {
    let image =
        |bytes: &[u8]| format!(r#"{{"bytes":{},"sha256":"{}"}}"#, bytes.len(), keys::hex(&Sha256::digest(bytes)));
    format!(
        r#"{{"format":1,"product":"{PRODUCT}","version":"{version}","min_rollback_version":"0.1.0","min_version":"0.1.5","settings":1,"notes":"What is new.","boot":{},"root":{}}}"#,
        image(boot),
        image(root)
    )
}

pub fn tar_of(manifest: &str, signature: &str, boot: &[u8], root: &[u8]) -> Vec<u8> {
    let mut all = member("manifest.json", manifest.as_bytes());
    for (name, bytes) in [("manifest.sig", signature.as_bytes()), ("boot.img", boot), ("root.img", root)] {
        all.extend(member(name, bytes));
    }
    all.extend([0; 1024]);
    all
}

pub fn signed(version: &str, boot: &[u8], root: &[u8]) -> Vec<u8> {
    let manifest = manifest(version, boot, root);
    let signature = keys::hex(&key().sign(manifest.as_bytes()).to_bytes());
    tar_of(&manifest, &format!("{signature}\n"), boot, root)
}

fn read_all(bytes: &[u8]) -> Result<(Manifest, Vec<u8>, Vec<u8>)> {
    let mut bundle = Bundle::open(bytes, &[key().verifying_key()])?;
    let (mut boot, mut root) = (Vec::new(), Vec::new());
    for (part, to) in [(Part::Boot, &mut boot), (Part::Root, &mut root)] {
        bundle.image(part, |at, bytes| {
            assert_eq!(at, to.len() as u64);
            to.extend_from_slice(bytes);
            Ok(())
        })?;
    }
    bundle.end()?;
    Ok((bundle.manifest, boot, root))
}

#[test]
fn a_bundle_comes_out_as_it_went_in() {
    let (boot, root) = (vec![1; 700], vec![2; 3 << 20]);
    let (manifest, boot_read, root_read) = read_all(&signed("0.2.0", &boot, &root)).unwrap();
    assert_eq!((manifest.version, manifest.notes.as_str()), (version("0.2.0"), "What is new."));
    assert!(boot_read == boot && root_read == root);
}

/// Whatever is changed anywhere, or cut off: never a bundle.
#[test]
fn every_changed_byte_is_noticed_and_every_cut() {
    let bundle = signed("0.2.0", &[1; 600], &[2; 1000]);
    // Of a header only these fields mean something to us; the sum covers the others.
    for at in 0..bundle.len() {
        for change in [1, 0x80] {
            let mut changed = bundle.clone();
            changed[at] ^= change;
            assert!(read_all(&changed).is_err(), "byte {at} ^ {change}");
        }
    }
    for bytes in 0..bundle.len() {
        assert!(read_all(&bundle[..bytes]).is_err(), "{bytes} bytes");
    }
    assert!(matches!(read_all(&bundle[..bundle.len() - 512]), Err(Error::BundleTruncated)));
    assert!(read_all(&[&bundle[..], b"x"].concat()).is_err());
}

#[test]
fn what_others_signed_is_refused_before_anything_is_read() {
    let manifest = manifest("9.0.0", b"boot", b"root");
    let foreign = SigningKey::from_bytes(&[8; 32]);
    let signature = keys::hex(&foreign.sign(manifest.as_bytes()).to_bytes());
    let bundle = tar_of(&manifest, &signature, b"boot", b"root");
    assert!(matches!(read_all(&bundle), Err(Error::Unsigned)));
    // The manifest is one that its own key signed: of another bundle.
    let other = super::tests::manifest("9.0.1", b"boot", b"root");
    let signature = keys::hex(&key().sign(other.as_bytes()).to_bytes());
    assert!(matches!(read_all(&tar_of(&manifest, &signature, b"boot", b"root")), Err(Error::Unsigned)));
}

#[test]
fn a_signed_manifest_for_something_else_is_refused() {
    let good = manifest("9.0.0", b"boot", b"root");
    for (from, to) in [
        ("\"format\":1", "\"format\":2"),
        ("x86_64", "aarch64"),
        ("9.0.0", "9.0"),
        ("\"notes\"", "\"must_understand\""),
    ] {
        let manifest = good.replace(from, to);
        let signature = keys::hex(&key().sign(manifest.as_bytes()).to_bytes());
        let bundle = tar_of(&manifest, &signature, b"boot", b"root");
        let error = read_all(&bundle).unwrap_err();
        assert!(matches!(error, Error::Manifest(_) | Error::OtherProduct { .. }), "{error}");
    }
}

#[test]
fn older_versions_and_those_that_failed_need_force() {
    let manifest = |text| Manifest { version: version(text), ..read_all(&signed("0.2.0", b"b", b"r")).unwrap().0 };
    let running = version("0.2.0");
    admit(&manifest("0.2.1"), running, &[], false).unwrap();
    for (text, failed) in [("0.1.9", vec![]), ("0.2.0", vec![]), ("0.3.0", vec![version("0.3.0")])] {
        assert!(admit(&manifest(text), running, &failed, false).is_err(), "{text}");
        admit(&manifest(text), running, &failed, true).unwrap();
    }
    // From before the version that it needs.
    let error = admit(&manifest("0.2.1"), version("0.1.4"), &[], false).unwrap_err();
    assert!(matches!(error, Error::NeedsAnother { .. }), "{error}");
    admit(&manifest("0.2.1"), version("0.1.4"), &[], true).unwrap();
}
