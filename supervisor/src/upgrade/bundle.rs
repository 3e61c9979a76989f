// SPDX-License-Identifier: AGPL-3.0-or-later
//! An upgrade as one file: a tar of manifest.json, manifest.sig, boot.img, root.img, in this order, so that it is checked while it
//! comes in. The signature is over the manifest's bytes, which have size and SHA-256 of both images: nothing is believed, and
//! nothing written, before it fits.

use crate::upgrade::error::{Error, Result};
use crate::upgrade::keys;
use crate::upgrade::record::Release;
use crate::upgrade::tar;
use crate::upgrade::version::Version;
use ed25519_dalek::VerifyingKey;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::Read;

pub const PRODUCT: &str = "posthouse x86_64";
const FORMAT: u32 = 1;
/// Of the manifest, with release notes.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;
const SIGNATURE_BYTES_MAX: u64 = 4096;
const CHUNK: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    product: String,
    pub version: Version,
    /// The oldest version that can read the data once this one has written to it.
    pub min_rollback_version: Version,
    /// The oldest version that can be upgraded to this one in one step.
    pub min_version: Version,
    /// Schema of its settings.
    pub settings: usize,
    #[serde(default)]
    pub notes: String,
    boot: Image,
    root: Image,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    pub bytes: u64,
    pub sha256: String,
}

/// Of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Boot,
    Root,
}

impl Part {
    pub fn name(self) -> &'static str {
        match self {
            Part::Boot => "boot.img",
            Part::Root => "root.img",
        }
    }
}

impl Manifest {
    pub fn release(&self) -> Release {
        let Manifest { version, min_rollback_version, settings, .. } = *self;
        Release { version, min_rollback_version, settings }
    }

    pub fn image(&self, part: Part) -> &Image {
        match part {
            Part::Boot => &self.boot,
            Part::Root => &self.root,
        }
    }
}

pub struct Bundle<R> {
    reader: tar::Reader<R>,
    pub manifest: Manifest,
}

impl<R: Read> Bundle<R> {
    /// Reads up to the images, and believes them from here on.
    pub fn open(from: R, keys: &[VerifyingKey]) -> Result<Bundle<R>> {
        let mut reader = tar::Reader::new(from);
        let manifest = small(&mut reader, "manifest.json", MANIFEST_BYTES_MAX)?;
        let signatures = small(&mut reader, "manifest.sig", SIGNATURE_BYTES_MAX)?;
        let signatures = std::str::from_utf8(&signatures).map_err(|_| Error::BundleDamaged("a signature is none"))?;
        keys::verify(keys, &manifest, signatures)?;
        let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|e| Error::Manifest(e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(Error::Manifest(format!("its format is {}, this version knows {FORMAT}", manifest.format)));
        }
        if manifest.product != PRODUCT {
            return Err(Error::OtherProduct { found: manifest.product, wanted: PRODUCT });
        }
        Ok(Bundle { reader, manifest })
    }

    /// The next image: boot, then root. `take` gets every chunk with its place, in order; an error comes at the latest after the last.
    pub fn image(&mut self, part: Part, mut take: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let wanted = self.manifest.image(part).clone();
        if self.reader.member(part.name())? != wanted.bytes {
            return Err(Error::BundleDamaged("an image has another size than its manifest says"));
        }
        let (mut hasher, mut chunk, mut at) = (Sha256::new(), vec![0; CHUNK], 0);
        loop {
            let read = self.reader.read(&mut chunk)?;
            let bytes = chunk.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            hasher.update(bytes);
            take(at, bytes)?;
            at += read as u64;
        }
        if keys::hex(&hasher.finalize()) == wanted.sha256 {
            return Ok(());
        }
        Err(Error::BundleDamaged("an image has another SHA-256 than its manifest says"))
    }

    pub fn end(&mut self) -> Result<()> {
        self.reader.end()
    }
}

fn small<R: Read>(reader: &mut tar::Reader<R>, name: &str, bytes_max: u64) -> Result<Vec<u8>> {
    let bytes = reader.member(name)?;
    if bytes > bytes_max {
        return Err(Error::BundleDamaged("its manifest or signature is too large"));
    }
    let mut content = vec![0; usize::try_from(bytes).unwrap_or_default()];
    reader.read(&mut content)?;
    Ok(content)
}

/// Whether it may be installed over what runs.
pub fn admit(manifest: &Manifest, running: Version, failed: &[Version], is_forced: bool) -> Result<()> {
    let found = manifest.version;
    if is_forced {
        return Ok(());
    }
    if found < running {
        return Err(Error::Downgrade { found: found.to_string(), running: running.to_string() });
    }
    if found == running {
        return Err(Error::RunsAlready(found.to_string()));
    }
    if failed.contains(&found) {
        return Err(Error::FailedBefore(found.to_string()));
    }
    if running < manifest.min_version {
        let (running, wanted) = (running.to_string(), manifest.min_version.to_string());
        return Err(Error::NeedsAnother { found: found.to_string(), running, wanted });
    }
    Ok(())
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
pub mod tests;
