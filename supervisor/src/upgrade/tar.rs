// SPDX-License-Identifier: AGPL-3.0-or-later
//! Reads the tar of a bundle: regular files of ustar, one after the other, as our own writer makes them (image/src/formats/tar.rs).
//! Whatever else a tar could hold is damage.

use crate::upgrade::error::{Error, Result};
use std::io::{ErrorKind, Read};

const BLOCK: usize = 512;

pub struct Reader<R> {
    from: R,
    /// Of the member that is being read, and of its filling.
    left: u64,
    padding: u64,
}

impl<R: Read> Reader<R> {
    pub fn new(from: R) -> Reader<R> {
        Reader { from, left: 0, padding: 0 }
    }

    /// Its size, if it has the name that comes next.
    pub fn member(&mut self, name: &str) -> Result<u64> {
        self.skip_padding()?;
        let mut block = [0; BLOCK];
        self.exact(&mut block)?;
        let bytes = parse(&block, name)?;
        (self.left, self.padding) = (bytes, bytes.next_multiple_of(BLOCK as u64) - bytes);
        Ok(bytes)
    }

    /// The next bytes of the member, as many as fit; none at its end.
    pub fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let want = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let into = into.get_mut(..want).unwrap_or_default();
        self.exact(into)?;
        self.left -= want as u64;
        Ok(want)
    }

    /// Nothing may follow.
    pub fn end(&mut self) -> Result<()> {
        self.skip_padding()?;
        let mut blocks = [0; 2 * BLOCK];
        self.exact(&mut blocks)?;
        if blocks.iter().any(|byte| *byte != 0) {
            return Err(Error::BundleDamaged("something follows its last file"));
        }
        match self.from.read(&mut blocks).map_err(Error::BundleRead)? {
            0 => Ok(()),
            _ => Err(Error::BundleDamaged("something follows its end")),
        }
    }

    fn skip_padding(&mut self) -> Result<()> {
        let mut padding = vec![0; usize::try_from(self.padding).unwrap_or_default()];
        self.exact(&mut padding)?;
        self.padding = 0;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Error::BundleDamaged("something lies between its files"));
        }
        Ok(())
    }

    fn exact(&mut self, into: &mut [u8]) -> Result<()> {
        self.from.read_exact(into).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => Error::BundleTruncated,
            _ => Error::BundleRead(e),
        })
    }
}

/// POSIX.1-2017, pax, "ustar Interchange Format".
fn parse(block: &[u8; BLOCK], name: &str) -> Result<u64> {
    let field = |at: usize, bytes: usize| block.get(at..at + bytes).unwrap_or_default();
    let of_sum = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) };
    let sum: u64 = block.iter().enumerate().map(of_sum).sum();
    if field(148, 8) != format!("{sum:06o}\0 ").as_bytes() {
        return Err(Error::BundleDamaged("a file's header has a wrong sum"));
    }
    if text(field(0, 100)) != name.as_bytes() || field(156, 1) != b"0" || field(257, 8) != b"ustar\x0000" {
        return Err(Error::BundleDamaged("it has other files than a bundle"));
    }
    octal(field(124, 12)).ok_or(Error::BundleDamaged("a file has no size"))
}

fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text(field)).ok()?.trim_end();
    u64::from_str_radix(digits, 8).ok()
}
