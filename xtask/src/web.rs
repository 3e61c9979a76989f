// SPDX-License-Identifier: AGPL-3.0-or-later
//! Builds the web client, the installer's page and the administrators' console: `npm ci` when the installed packages are not those of the lock file, `npm run build` when a
//! source is newer than the result.

use crate::run::{is_installed, npm, root, step};
use anyhow::{Result, bail};
use std::path::Path;
use std::time::SystemTime;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    Stale,
}

const SOURCES: &[&str] = &[
    "client",
    "setup",
    "admin",
    "kit",
    "package-lock.json",
    "vite.config.ts",
    "vite.setup.config.ts",
    "vite.admin.config.ts",
    "svelte.config.js",
    "tsconfig.json",
];

pub fn build(when: When) -> Result<()> {
    let web = root().join("web");
    // The console is built last.
    let pages = ["dist", "dist-setup", "dist-admin"].map(|dist| modified(&web.join(dist).join("index.html")));
    let built = pages[0].and(pages[1]).and(pages[2]);
    let newest = SOURCES.iter().filter_map(|source| newest(&web.join(source))).max();
    if when == When::Stale && built.is_some() && built >= newest {
        return Ok(());
    }
    install()?;
    step(&mut npm(&["run", "build"]))
}

/// The packages of the lock file, if they are not there already.
pub fn install() -> Result<()> {
    if !is_installed("npm") {
        bail!("npm is not installed: the web client needs Node 20 or newer");
    }
    let web = root().join("web");
    // npm writes this file last.
    let installed = modified(&web.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&web.join("package-lock.json")) {
        return Ok(());
    }
    step(&mut npm(&["ci", "--no-audit", "--no-fund"]))
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|m| m.modified()).ok()
}

/// Of the file, or of anything below the folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let below = std::fs::read_dir(path).into_iter().flatten().flatten();
    below.filter_map(|entry| newest(&entry.path())).chain(modified(path)).max()
}
