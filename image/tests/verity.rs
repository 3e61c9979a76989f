// SPDX-License-Identifier: AGPL-3.0-or-later
//! Our dm-verity tree beside cryptsetup's: every byte, and its own verdict.

#![allow(clippy::expect_used, reason = "a test that fails may panic")]

use posthouse_image::disk::plan::{uuid, uuid_text};
use posthouse_image::disk::verity::{BLOCK, append};
use posthouse_image::hex;
use std::path::Path;
use std::process::{Command, Output};

const SALT: [u8; 32] = [0x5a; 32];

fn veritysetup(words: &[&str], files: &[&Path]) -> Output {
    Command::new("/sbin/veritysetup").args(words).args(files).output().expect("apt install cryptsetup-bin")
}

/// Bytes that repeat nowhere.
fn data(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

#[test]
fn the_tree_is_the_one_that_cryptsetup_makes() {
    let dir = tempfile::tempdir().unwrap();
    // One block, one level and a little, three levels, and an end that is no whole block.
    for bytes in [BLOCK, 129 * BLOCK, 16_500 * BLOCK + 77] {
        let (ours, theirs) = (dir.path().join("ours"), dir.path().join("theirs"));
        std::fs::write(&ours, data(bytes)).unwrap();
        let id = uuid("a test");
        let verity = append(&ours, &SALT, &id).unwrap();

        let mut padded = data(bytes);
        padded.resize(bytes.next_multiple_of(BLOCK), 0);
        std::fs::write(&theirs, padded).unwrap();
        let (salt, id) = (format!("--salt={}", hex(&SALT)), format!("--uuid={}", uuid_text(&id)));
        let offset = format!("--hash-offset={}", verity.hash_offset);
        let formatted = veritysetup(&["format", &salt, &id, &offset], &[&theirs, &theirs]);
        let said = String::from_utf8_lossy(&formatted.stdout);
        assert!(formatted.status.success(), "{said}{}", String::from_utf8_lossy(&formatted.stderr));
        assert!(said.contains(&verity.root_hash), "{said}");
        assert!(std::fs::read(&ours).unwrap() == std::fs::read(&theirs).unwrap(), "{bytes} bytes");
    }
}

#[test]
fn cryptsetup_accepts_the_tree_and_notices_a_changed_bit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image");
    std::fs::write(&path, data(200 * BLOCK)).unwrap();
    let verity = append(&path, &SALT, &uuid("a test")).unwrap();
    let offset = format!("--hash-offset={}", verity.hash_offset);
    let verify = || {
        let mut command = Command::new("/sbin/veritysetup");
        command.args(["verify", &offset]).args([&path, &path]).arg(&verity.root_hash);
        command.output().unwrap().status.success()
    };
    assert!(verify());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[77 * BLOCK + 5] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(!verify());
}
