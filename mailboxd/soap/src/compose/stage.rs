// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bytes or a file into the store's intake. Blocking.

use mailbox::{Error, Staged, Staging};
use std::io::Read;
use std::path::Path;

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Store(format!("taking in a message: {error}"))
}

pub fn bytes(mut staging: Staging, bytes: &[u8]) -> mailbox::Result<Staged> {
    staging.write(bytes)?;
    Ok(staging.finish()?)
}

pub fn file(mut staging: Staging, path: &Path) -> mailbox::Result<Staged> {
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(staging.finish()?),
            read => staging.write(&buffer[..read])?,
        }
    }
}
