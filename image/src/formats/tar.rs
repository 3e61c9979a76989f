// SPDX-License-Identifier: AGPL-3.0-or-later
//! Writes ustar archives (POSIX.1-2017, pax, "ustar Interchange Format"): regular files, one time, nobody's.

use crate::error::{Result, reading, writing};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

const BLOCK: usize = 512;

pub struct Writer<'a> {
    path: &'a Path,
    file: File,
    epoch: u64,
}

impl<'a> Writer<'a> {
    pub fn create(path: &'a Path, epoch: u64) -> Result<Writer<'a>> {
        Ok(Writer { path, file: File::create(path).map_err(writing(path))?, epoch })
    }

    pub fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.member(name, bytes.len() as u64, &mut &bytes[..], Path::new(name))
    }

    pub fn file(&mut self, name: &str, from: &Path) -> Result<()> {
        let mut file = File::open(from).map_err(reading(from))?;
        let bytes = file.metadata().map_err(reading(from))?.len();
        self.member(name, bytes, &mut file, from)
    }

    fn member(&mut self, name: &str, bytes: u64, from: &mut dyn Read, source: &Path) -> Result<()> {
        let write = |e| writing(self.path)(e);
        self.file.write_all(&header(name, bytes, self.epoch)).map_err(write)?;
        let copied = std::io::copy(&mut from.take(bytes), &mut self.file).map_err(reading(source))?;
        let short = bytes - copied;
        if short > 0 {
            return Err(reading(source)(std::io::ErrorKind::UnexpectedEof.into()));
        }
        let padding = bytes.next_multiple_of(BLOCK as u64) - bytes;
        self.file.write_all(&vec![0; padding as usize]).map_err(write)
    }

    /// Two empty blocks.
    pub fn finish(mut self) -> Result<()> {
        self.file.write_all(&[0; 2 * BLOCK]).and_then(|()| self.file.sync_all()).map_err(writing(self.path))
    }
}

fn header(name: &str, bytes: u64, epoch: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    // Eleven digits of eight: 8 GiB, above which the first bit says that it is binary (GNU tar, and everybody since).
    if bytes < 1 << 33 {
        put(124, format!("{bytes:011o}\0").as_bytes());
    } else {
        let mut field = [0; 12];
        field[4..].copy_from_slice(&bytes.to_be_bytes());
        field[0] = 0x80;
        put(124, &field);
    }
    put(136, format!("{epoch:011o}\0").as_bytes());
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn tar_reads_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let (path, large) = (dir.path().join("x.tar"), dir.path().join("large"));
        std::fs::write(&large, vec![7; 100_000]).unwrap();
        let mut writer = Writer::create(&path, 1_790_000_000).unwrap();
        writer.bytes("first", b"one").unwrap();
        writer.file("second", &large).unwrap();
        writer.bytes("third", &[1; 512]).unwrap();
        writer.finish().unwrap();
        let list = Command::new("tar").args(["--utc", "-tvf"]).arg(&path).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let lines: Vec<&str> = list.lines().collect();
        assert_eq!(lines.len(), 3, "{list}");
        assert!(lines[0].starts_with("-rw-r--r-- 0/0") && lines[0].contains(" 3 2026-09-21 "), "{list}");
        let second = Command::new("tar").args(["-xOf"]).arg(&path).arg("second").output().unwrap();
        assert_eq!(second.stdout, vec![7; 100_000]);
    }

    #[test]
    fn what_is_larger_than_eight_gigabytes_has_its_size_in_binary() {
        assert_eq!(header("x", (1 << 33) + 5, 0)[124..136], [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 5]);
        assert_eq!(&header("x", (1 << 33) - 1, 0)[124..136], b"77777777777\0");
    }
}
