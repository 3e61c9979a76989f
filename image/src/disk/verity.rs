// SPDX-License-Identifier: AGPL-3.0-or-later
//! The tree of digests that the kernel checks a root by while it reads it: dm-verity, as cryptsetup writes it.
//!
//! The superblock (cryptsetup, lib/verity/verity.c), then the levels, the highest first. A block of a level is up to 128 digests
//! of blocks of the level below, filled with zeros; a digest is SHA-256 over salt and block. The digest of the one block of
//! the highest level is the root hash, which the kernel's command line carries.

use crate::error::{Result, reading, writing};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

pub const BLOCK: usize = 4096;
const DIGEST: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verity {
    pub root_hash: String,
    /// Where the superblock begins.
    pub hash_offset: u64,
}

/// Fills the file up to a whole block and appends the tree.
pub fn append(path: &Path, salt: &[u8; 32], uuid: &[u8; 16]) -> Result<Verity> {
    let mut file = File::options().read(true).write(true).open(path).map_err(reading(path))?;
    let bytes = file.metadata().map_err(reading(path))?.len();
    let hash_offset = bytes.next_multiple_of(BLOCK as u64);
    file.set_len(hash_offset).map_err(writing(path))?;
    let (levels, root) = levels(&mut file, salt).map_err(reading(path))?;
    let root_hash = crate::hex(&root);
    let write = |file: &mut File| {
        file.seek(SeekFrom::Start(hash_offset))?;
        file.write_all(&superblock(hash_offset / BLOCK as u64, salt, uuid))?;
        for level in levels.iter().rev() {
            file.write_all(level)?;
        }
        file.flush()
    };
    write(&mut file).map_err(writing(path))?;
    Ok(Verity { root_hash, hash_offset })
}

/// From the digests of the data up to the block whose digest is the root's; and that one. One block of data needs no tree.
fn levels(data: &mut File, salt: &[u8; 32]) -> std::io::Result<(Vec<Vec<u8>>, Vec<u8>)> {
    data.seek(SeekFrom::Start(0))?;
    let mut reader = std::io::BufReader::with_capacity(1 << 20, data);
    let mut block = vec![0; BLOCK];
    let mut level = Vec::new();
    loop {
        match reader.read_exact(&mut block) {
            Ok(()) => level.extend_from_slice(&digest(salt, &block)),
            // The file ends at a whole block.
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(e) => return Err(e),
        }
    }
    let mut levels = Vec::new();
    while level.len() > DIGEST {
        level.resize(level.len().next_multiple_of(BLOCK), 0);
        let above: Vec<u8> = level.chunks(BLOCK).flat_map(|block| digest(salt, block)).collect();
        levels.push(std::mem::replace(&mut level, above));
    }
    Ok((levels, level))
}

fn digest(salt: &[u8; 32], block: &[u8]) -> [u8; DIGEST] {
    Sha256::new().chain_update(salt).chain_update(block).finalize().into()
}

fn superblock(data_blocks: u64, salt: &[u8; 32], uuid: &[u8; 16]) -> Vec<u8> {
    let mut block = b"verity\0\0".to_vec();
    // Version 1, type 1: the salt goes before the block.
    block.extend(1u32.to_le_bytes());
    block.extend(1u32.to_le_bytes());
    block.extend(uuid);
    block.extend(b"sha256");
    block.resize(64, 0);
    block.extend((BLOCK as u32).to_le_bytes());
    block.extend((BLOCK as u32).to_le_bytes());
    block.extend(data_blocks.to_le_bytes());
    block.extend((salt.len() as u16).to_le_bytes());
    block.extend([0; 6]);
    block.extend(salt);
    block.resize(BLOCK, 0);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes around the edges: one block, one full level, one more, three levels.
    #[test]
    fn every_block_counts_and_the_tree_has_its_size() {
        let dir = tempfile::tempdir().unwrap();
        for (bytes, tree_blocks) in [(1, 0), (BLOCK, 0), (128 * BLOCK, 1), (128 * BLOCK + 1, 3), (16_385 * BLOCK, 132)]
        {
            let path = dir.path().join(bytes.to_string());
            std::fs::write(&path, vec![7; bytes]).unwrap();
            let verity = append(&path, &[1; 32], &[2; 16]).unwrap();
            assert_eq!(verity.hash_offset, bytes.next_multiple_of(BLOCK) as u64);
            let blocks = (path.metadata().unwrap().len() - verity.hash_offset) / BLOCK as u64;
            assert_eq!(blocks, 1 + tree_blocks, "{bytes} bytes");
            let mut other = vec![7; bytes];
            other[bytes - 1] = 8;
            std::fs::write(&path, other).unwrap();
            assert_ne!(append(&path, &[1; 32], &[2; 16]).unwrap().root_hash, verity.root_hash);
        }
    }
}
