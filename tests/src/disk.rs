// SPDX-License-Identifier: AGPL-3.0-or-later
//! A real ext4 in a file, whose power can be cut.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounted while it lives.
pub struct Ext4 {
    dir: tempfile::TempDir,
    is_mounted: bool,
}

impl Ext4 {
    pub fn new(mebibytes: u64) -> Result<Ext4> {
        let dir = tempfile::tempdir()?;
        let image = dir.path().join("image");
        File::create(&image)?.set_len(mebibytes << 20)?;
        // root's reserve would keep space from nobody here: the daemon runs as root
        run(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image))?;
        std::fs::create_dir(dir.path().join("mount"))?;
        // Whoever makes a mount namespace meanwhile (`ip netns exec` does) gets a copy of our mount, and as long as that is
        // there the file system is in use. Below a shared mount ours goes there as well.
        run(Command::new("mount").args(["--bind", "--make-shared"]).args([dir.path(), dir.path()]))?;
        let mut disk = Ext4 { dir, is_mounted: false };
        disk.mount()?;
        Ok(disk)
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("mount")
    }

    /// Everything that is not on the device is lost, the file system's own log included; from now on all I/O fails.
    pub fn cut_power(&self) -> Result<()> {
        shut_down(&File::open(self.path())?).context("EXT4_IOC_SHUTDOWN")
    }

    /// As the machine does when the power is back: the log of the file system is replayed. Nobody may use the disk.
    pub fn boot(&mut self) -> Result<()> {
        self.unmount()?;
        self.mount()
    }

    fn mount(&mut self) -> Result<()> {
        run(Command::new("mount").args(["-o", "loop"]).arg(self.dir.path().join("image")).arg(self.path()))?;
        self.is_mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<()> {
        run(Command::new("umount").arg(self.path()))?;
        self.is_mounted = false;
        Ok(())
    }
}

impl Drop for Ext4 {
    fn drop(&mut self) {
        if self.is_mounted {
            // lazily: a test that failed may have left files open
            let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        }
        let _ = Command::new("umount").arg("-l").arg(self.dir.path()).status();
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Bytes free on the file system of a path.
pub fn available(path: &Path) -> Result<u64> {
    let stat = nix::sys::statvfs::statvfs(path)?;
    Ok(stat.blocks_available() * stat.fragment_size())
}

/// EXT4_GOING_FLAGS_NOLOGFLUSH: not even the log is flushed.
const NO_LOG_FLUSH: u32 = 2;

mod ioctl {
    // fs/ext4/ext4.h: #define EXT4_IOC_SHUTDOWN _IOR('X', 125, __u32)
    nix::ioctl_read!(ext4_shutdown, b'X', 125, u32);
}

#[expect(unsafe_code, reason = "an ioctl that no crate wraps")]
fn shut_down(directory: &File) -> nix::Result<()> {
    let mut flags = NO_LOG_FLUSH;
    // SAFETY: the descriptor is open, and the kernel reads one u32 at the pointer, which outlives the call
    unsafe { ioctl::ext4_shutdown(directory.as_raw_fd(), &raw mut flags) }.map(drop)
}
