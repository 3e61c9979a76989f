// SPDX-License-Identifier: AGPL-3.0-or-later
//! Before a version is booted its own program is asked whether it can take over this machine's settings: out of the slot that was just
//! written (and read back: its digest is the signed one), on a copy, without anything of it reaching the system.

use crate::engine::command;
use crate::state::StateDir;
use crate::upgrade::error::{Error, Result};
use std::path::{Path, PathBuf};

const DIR: &str = "/run/posthouse-trial";
/// In the new root, where the copy is put.
const STATE: &str = "srv/posthouse";

/// `root`: the partition with the new root.
pub fn settings(state: &StateDir, root: &Path) -> Result<()> {
    let failed = |error: anyhow::Error| Error::TryOut(format!("{error:#}"));
    let trial = Trial::new(Path::new(DIR)).map_err(failed)?;
    trial.prepare(state, root).map_err(failed)?;
    let root = trial.root.to_string_lossy().into_owned();
    let words = [&root, "/usr/bin/posthouse", "upgrade", "try-settings", "--state", "/srv/posthouse"];
    command("chroot", &words, None, None).map(drop).map_err(failed)
}

struct Trial {
    dir: PathBuf,
    root: PathBuf,
    copy: PathBuf,
}

impl Trial {
    fn new(dir: &Path) -> anyhow::Result<Trial> {
        let trial = Trial { dir: dir.to_owned(), root: dir.join("root"), copy: dir.join("state") };
        // Of a trial that was killed.
        trial.clean();
        std::fs::create_dir_all(&trial.root)?;
        std::fs::create_dir_all(trial.copy.join("settings"))?;
        Ok(trial)
    }

    fn prepare(&self, state: &StateDir, root: &Path) -> anyhow::Result<()> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let from = text(&state.settings()) + "/.";
        command("cp", &["-a", "--", &from, &text(&self.copy.join("settings"))], None, None)?;
        let words = ["-t", "squashfs", "-o", "ro,nodev,nosuid", "--", &text(root), &text(&self.root)];
        command("mount", &words, None, None)?;
        command("mount", &["--bind", "--", &text(&self.copy), &text(&self.root.join(STATE))], None, None)?;
        Ok(())
    }

    fn clean(&self) {
        for path in [self.root.join(STATE), self.root.clone()] {
            let _ = command("umount", &["--", &path.to_string_lossy()], None, None);
        }
        // Never through a mount that is still there.
        let _ = std::fs::remove_dir(&self.root);
        if !self.root.exists() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.clean();
    }
}
