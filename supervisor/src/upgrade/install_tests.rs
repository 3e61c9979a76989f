// SPDX-License-Identifier: AGPL-3.0-or-later
//! An installation that is stopped at each of its writes, on files instead of partitions.

use super::*;
use crate::upgrade::bundle::tests::{key, signed};
use crate::upgrade::medium::Files;
use crate::upgrade::slotstate;
use std::path::Path;

const BOOT: usize = 3000;
const ROOT: usize = 5000;

/// Stops at the n-th write: nothing of it, its first half, or a sector of nonsense gets there. After that nothing does.
struct Dying<'a> {
    files: &'a mut Files,
    writes_left: usize,
    torn: Torn,
    is_dead: bool,
}

#[derive(Debug, Clone, Copy)]
enum Torn {
    Nothing,
    FirstSector,
    Nonsense,
}

fn dead() -> Error {
    Error::Write { path: "disk".into(), source: std::io::Error::other("the machine is off") }
}

impl Medium for Dying<'_> {
    fn bytes(&self, part: Part) -> Result<u64> {
        self.files.bytes(part)
    }

    fn read(&self, part: Part, at: u64, into: &mut [u8]) -> Result<()> {
        self.files.read(part, at, into)
    }

    fn write(&mut self, part: Part, at: u64, bytes: &[u8]) -> Result<()> {
        if self.writes_left > 0 {
            self.writes_left -= 1;
            return self.files.write(part, at, bytes);
        }
        if !std::mem::replace(&mut self.is_dead, true) {
            let sector = &bytes[..bytes.len().min(512)];
            match self.torn {
                Torn::Nothing => {}
                Torn::FirstSector => self.files.write(part, at, sector)?,
                Torn::Nonsense => self.files.write(part, at, &vec![0x5a; sector.len()])?,
            }
        }
        Err(dead())
    }

    fn sync(&mut self, part: Part) -> Result<()> {
        if self.is_dead { Err(dead()) } else { self.files.sync(part) }
    }
}

/// As a machine that runs slot A, with room for somewhat more than the images.
pub fn files(dir: &Path) -> Files {
    let file = |name: &str, bytes: usize| {
        let path = dir.join(name);
        std::fs::write(&path, vec![0; bytes]).unwrap();
        path
    };
    let mut files = Files {
        states: [file("state0", 1024), file("state1", 1024)],
        tries: file("tries", 1024),
        boot: [file("boot-a", 4096), file("boot-b", 4096)],
        root: [file("root-a", 8192), file("root-b", 8192)],
    };
    write_state(&mut files, State { primary: Slot::A, is_good: [true, false] }).unwrap();
    write_tries(&mut files, [0, 3]).unwrap();
    files
}

pub fn bundle() -> Vec<u8> {
    signed("0.2.0", &[1; BOOT], &[2; ROOT])
}

fn is_whole(files: &Files) -> bool {
    let starts = |path: &Path, byte: u8, bytes: usize| std::fs::read(path).unwrap()[..bytes].iter().all(|b| *b == byte);
    starts(&files.boot[1], 1, BOOT) && starts(&files.root[1], 2, ROOT)
}

fn try_install(medium: &mut impl Medium, bytes: &[u8]) -> Result<Slot> {
    let mut bundle = Bundle::open(bytes, &[key().verifying_key()])?;
    install(medium, Slot::A, &mut bundle, |_, _| Ok(()), |_| {})
}

#[test]
fn an_upgrade_is_the_next_to_boot() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = files(dir.path());
    assert_eq!(try_install(&mut files, &bundle()).unwrap(), Slot::B);
    assert!(is_whole(&files));
    assert_eq!(read_state(&files).unwrap(), State { primary: Slot::B, is_good: [true, true] });
    assert_eq!(read_tries(&files).unwrap(), [0, 0]);
    assert!(std::fs::read(&files.boot[0]).unwrap().iter().all(|byte| *byte == 0), "slot A is not touched");
}

#[test]
fn a_machine_that_stops_at_any_write_boots_what_it_had_or_the_whole_upgrade() {
    let bundle = bundle();
    for torn in [Torn::Nothing, Torn::FirstSector, Torn::Nonsense] {
        let mut was_committed = false;
        for writes_left in 0.. {
            let dir = tempfile::tempdir().unwrap();
            let mut files = files(dir.path());
            let mut dying = Dying { files: &mut files, writes_left, torn, is_dead: false };
            let done = try_install(&mut dying, &bundle).is_ok();
            let state = read_state(&files).unwrap();
            let boots = if state.is_good[state.primary.index()] { state.primary } else { state.primary.other() };
            match boots {
                Slot::A => assert!(state.is_good[0] && !was_committed, "{torn:?} at write {writes_left}: {state:?}"),
                Slot::B => {
                    was_committed = true;
                    assert!(is_whole(&files), "{torn:?} at write {writes_left}");
                    assert_eq!(read_tries(&files).unwrap()[1], 0);
                }
            }
            // A half-written slot is never one that the selector would fall back to.
            assert!(!state.is_good[1] || is_whole(&files), "{torn:?} at write {writes_left}: {state:?}");
            // Tried again it works, whatever was left.
            try_install(&mut files, &bundle).unwrap();
            assert!(is_whole(&files));
            if done {
                assert!(writes_left >= 7, "only {writes_left} writes were seen");
                break;
            }
        }
        assert!(was_committed);
    }
}

#[test]
fn what_is_damaged_or_too_large_leaves_the_running_slot_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = files(dir.path());
    let whole = bundle();
    let mut flipped = whole.clone();
    let at = whole.len() - 1024 - 512;
    flipped[at] ^= 1;
    for bad in [&whole[..whole.len() - 2000], &flipped, &signed("0.2.0", &[1; 5000], &[2; ROOT])] {
        try_install(&mut files, bad).unwrap_err();
        let state = read_state(&files).unwrap();
        assert_eq!((state.primary, state.is_good), (Slot::A, [true, false]));
    }
    // A manifest that nobody signed: not one byte is written.
    let before = [0, 1].map(|copy| std::fs::read(&files.states[copy]).unwrap());
    let foreign = [ed25519_dalek::SigningKey::from_bytes(&[9; 32]).verifying_key()];
    assert!(matches!(Bundle::open(&whole[..], &foreign), Err(Error::Unsigned)));
    assert_eq!([0, 1].map(|copy| std::fs::read(&files.states[copy]).unwrap()), before);
}

/// What can't take over the settings is noticed before anything would boot it.
#[test]
fn a_version_that_does_not_stand_its_trial_is_never_booted() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = files(dir.path());
    let bytes = bundle();
    let mut bundle = Bundle::open(&bytes[..], &[key().verifying_key()]).unwrap();
    let refuse = |files: &Files, slot: Slot| {
        assert!(slot == Slot::B && is_whole(files), "the whole version is there to be tried");
        Err(Error::TryOut("no such setting".to_owned()))
    };
    let error = install(&mut files, Slot::A, &mut bundle, refuse, |_| {}).unwrap_err();
    assert!(error.to_string().contains("no such setting"), "{error}");
    assert_eq!(read_state(&files).unwrap(), State { primary: Slot::A, is_good: [true, false] });
}

/// One release signed with the old key brings the new one; from then on releases are signed with the new one alone.
#[test]
fn a_key_is_changed_by_a_release_that_the_old_one_signed() {
    use crate::upgrade::bundle::tests::{manifest, tar_of};
    use crate::upgrade::keys;
    use ed25519_dalek::{Signer, SigningKey};
    let (old, new) = (key(), SigningKey::from_bytes(&[9; 32]));
    let write = |name: &str, all: &[&SigningKey]| {
        let dir = tempfile::Builder::new().prefix(name).tempdir().unwrap();
        for (number, key) in all.iter().enumerate() {
            let text = format!("{}\n", keys::hex(key.verifying_key().as_bytes()));
            std::fs::write(dir.path().join(format!("{number}.pub")), text).unwrap();
        }
        (keys::load(dir.path()).unwrap(), dir)
    };
    let bundle = |version: &str, key: &SigningKey| {
        let manifest = manifest(version, &[1; BOOT], &[2; ROOT]);
        tar_of(&manifest, &keys::hex(&key.sign(manifest.as_bytes()).to_bytes()), &[1; BOOT], &[2; ROOT])
    };
    // In the images 0.1.0, 0.2.0 (which changes it) and 0.3.0.
    let (first, _a) = write("first", &[&old]);
    let (second, _b) = write("second", &[&old, &new]);
    let (third, _c) = write("third", &[&new]);
    let takes = |keys: &[_], bytes: &[u8]| Bundle::open(bytes, keys).is_ok();
    assert!(takes(&first, &bundle("0.2.0", &old)) && !takes(&first, &bundle("0.3.0", &new)));
    assert!(takes(&second, &bundle("0.3.0", &new)));
    assert!(takes(&third, &bundle("0.4.0", &new)) && !takes(&third, &bundle("0.4.0", &old)));
}

#[test]
fn the_fallback_of_a_version_on_trial_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = files(dir.path());
    let state = State { primary: Slot::A, is_good: [true, true] };
    write_state(&mut files, state).unwrap();
    write_tries(&mut files, [1, 0]).unwrap();
    assert!(matches!(try_install(&mut files, &bundle()), Err(Error::NotConfirmed)));
    assert_eq!(read_state(&files).unwrap(), state);
}

/// A disk that takes writes and forgets them.
#[test]
fn what_does_not_read_back_is_not_booted() {
    struct Forgetful(Files);
    impl Medium for Forgetful {
        fn bytes(&self, part: Part) -> Result<u64> {
            self.0.bytes(part)
        }
        fn read(&self, part: Part, at: u64, into: &mut [u8]) -> Result<()> {
            self.0.read(part, at, into)
        }
        fn write(&mut self, part: Part, at: u64, bytes: &[u8]) -> Result<()> {
            if matches!(part, Part::Image(_, Image::Root)) { Ok(()) } else { self.0.write(part, at, bytes) }
        }
        fn sync(&mut self, part: Part) -> Result<()> {
            self.0.sync(part)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let mut disk = Forgetful(files(dir.path()));
    let error = try_install(&mut disk, &bundle()).unwrap_err();
    assert!(matches!(error, Error::ReadBack { part: "root.img" }), "{error}");
    assert_eq!(slotstate::State { primary: Slot::A, is_good: [true, false] }, read_state(&disk).unwrap());
}
