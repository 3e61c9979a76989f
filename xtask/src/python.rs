// SPDX-License-Identifier: AGPL-3.0-or-later
//! Programs from PyPI that tests run: clients that others wrote. Pinned by digest, kept beside the build.

use crate::run::{root, step, target_dir};
use anyhow::{Context, Result};
use std::process::Command;

/// Clients of Zimbra's API, into `target/python-clients`: made once for each list of them.
pub fn install_clients() -> Result<()> {
    let list = root().join("tests/tests/soap_clients/requirements.txt");
    let home = target_dir().join("python-clients");
    let wanted = std::fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let installed = home.join("requirements.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--root-user-action=ignore",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]);
    step(pip.arg("--target").arg(&home).arg("--requirement").arg(&list))?;
    // last: what is half there is made again
    std::fs::write(&installed, wanted)?;
    Ok(())
}
