// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where things are: the source tree, what is built, what is downloaded.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub struct Paths {
    pub source: PathBuf,
    /// Results.
    pub out: PathBuf,
    /// What lies between; may be removed at any time.
    pub work: PathBuf,
    /// This program, for mmdebstrap's hooks.
    pub tool: PathBuf,
    /// Packages: not below target/, since old ones leave the mirrors.
    pub cache: PathBuf,
}

impl Paths {
    pub fn find() -> Paths {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let source = own.parent().unwrap_or(own).to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| source.join("target"), |dir| source.join(dir));
        let tool = std::env::current_exe().unwrap_or_else(|_| "posthouse-image".into());
        let out = target.join("image");
        let home = std::env::var_os("HOME").map_or_else(|| target.clone(), PathBuf::from);
        let caches = std::env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
        Paths { work: out.join("work"), out, tool, cache: caches.join("posthouse/packages"), source }
    }

    pub fn lists(&self) -> PathBuf {
        self.source.join("image/packages")
    }

    pub fn disk(&self) -> PathBuf {
        self.work.join("disk.raw")
    }

    /// Whether `cargo xtask image` has ended well before.
    pub fn built(&self) -> Result<()> {
        let path = self.disk();
        if path.is_file() { Ok(()) } else { Err(Error::NotBuilt { path }) }
    }
}
