// SPDX-License-Identifier: AGPL-3.0-or-later
//! The programs that make the images (mksquashfs, mke2fs, mtools, grub-mkimage, qemu-img): Debian 13's, from the lock, in a tree
//! of their own. The build host's would make other bytes, and change when the host does. They run by their tree's own
//! dynamic loader, without a chroot.

use std::path::{Path, PathBuf};
use std::process::Command;

pub const LOADER: &str = "ld-linux-x86-64.so.2";

#[derive(Debug, Clone)]
pub struct Tools {
    tree: PathBuf,
    epoch: u64,
}

impl Tools {
    /// `epoch`: the time in all that they write (SOURCE_DATE_EPOCH).
    pub fn new(tree: &Path, epoch: u64) -> Tools {
        Tools { tree: tree.to_owned(), epoch }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.tree.join(path)
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    pub fn command(&self, program: &str) -> Command {
        let libraries = self.tree.join("usr/lib/x86_64-linux-gnu");
        let mut command = Command::new(self.tree.join("usr/lib64").join(LOADER));
        let program = self.tree.join(program);
        command.arg("--argv0").arg(program.file_name().unwrap_or(program.as_os_str()));
        command.arg("--library-path").arg(libraries).arg(&program);
        command
            .env("SOURCE_DATE_EPOCH", self.epoch.to_string())
            .env("MKE2FS_CONFIG", self.tree.join("etc/mke2fs.conf"))
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8");
        command
    }
}
