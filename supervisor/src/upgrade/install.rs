// SPDX-License-Identifier: AGPL-3.0-or-later
//! Puts a bundle into the slot that does not run. Before the first byte of an image the slot is no longer good; it becomes good,
//! and the first to boot, by the last write. In between, whatever happens, the running slot boots.

use crate::upgrade::bundle::{Bundle, Manifest, Part as Image};
use crate::upgrade::error::{Error, Result};
use crate::upgrade::keys::hex;
use crate::upgrade::medium::{Medium, Part, read_state, read_tries, write_state, write_tries};
use crate::upgrade::slotstate::{Slot, State};
use sha2::{Digest, Sha256};
use std::io::Read;

const CHUNK: usize = 1 << 20;
const IMAGES: [Image; 2] = [Image::Boot, Image::Root];

/// `try_out`: the last thing before it counts, with the whole upgrade in its slot. `progress`: what is done, for people.
pub fn install<R: Read, M: Medium>(
    medium: &mut M,
    running: Slot,
    bundle: &mut Bundle<R>,
    try_out: impl FnOnce(&M, Slot) -> Result<()>,
    mut progress: impl FnMut(&str),
) -> Result<Slot> {
    check(medium, running, &bundle.manifest)?;
    let target = running.other();
    let mut state = read_state(medium)?;
    state.is_good[target.index()] = false;
    state.primary = running;
    write_state(medium, state)?;
    for image in IMAGES {
        progress(&format!("writing {} into slot {}", image.name(), target.letter()));
        let part = Part::Image(target, image);
        bundle.image(image, |at, bytes| medium.write(part, at, bytes))?;
        medium.sync(part)?;
    }
    bundle.end()?;
    for image in IMAGES {
        progress(&format!("reading {} back", image.name()));
        let wanted = bundle.manifest.image(image);
        if digest(medium, Part::Image(target, image), wanted.bytes)? != wanted.sha256 {
            return Err(Error::ReadBack { part: image.name() });
        }
    }
    progress("trying this machine's settings with it");
    try_out(medium, target)?;
    let mut tries = read_tries(medium)?;
    tries[target.index()] = 0;
    write_tries(medium, tries)?;
    let is_good = [true, true];
    write_state(medium, State { primary: target, is_good })?;
    Ok(target)
}

/// Whether it may begin. Writes nothing.
pub fn check(medium: &impl Medium, running: Slot, manifest: &Manifest) -> Result<()> {
    for image in IMAGES {
        let (need, room) = (manifest.image(image).bytes, medium.bytes(Part::Image(running.other(), image))?);
        if need > room {
            return Err(Error::TooLarge { part: image.name(), need, room });
        }
    }
    // The other slot may be the only one that works.
    if read_tries(medium)?[running.index()] > 0 {
        return Err(Error::NotConfirmed);
    }
    Ok(())
}

fn digest(medium: &impl Medium, part: Part, bytes: u64) -> Result<String> {
    let (mut hasher, mut chunk, mut at) = (Sha256::new(), vec![0; CHUNK], 0);
    while at < bytes {
        let want = usize::try_from(bytes - at).unwrap_or(CHUNK).min(CHUNK);
        let into = chunk.get_mut(..want).unwrap_or_default();
        medium.read(part, at, into)?;
        hasher.update(&*into);
        at += want as u64;
    }
    Ok(hex(&hasher.finalize()))
}

#[cfg(test)]
#[path = "install_tests.rs"]
pub mod tests;
