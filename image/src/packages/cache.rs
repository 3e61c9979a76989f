// SPDX-License-Identifier: AGPL-3.0-or-later
//! The cache of packages, outlives their stay on the mirrors. What is in it was compared with the lock; a build sees a
//! repository that has what its lock names, in one version each, and nothing else.

use crate::command::run;
use crate::error::{Error, Result, reading, writing};
use crate::packages::lock::{Lock, Package};
use crate::packages::mirror::Mirrors;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Downloads what is missing; every file is compared, the old ones too.
pub fn fill(lock: &Lock, mirrors: impl FnOnce() -> Result<Mirrors>, cache: &Path) -> Result<()> {
    std::fs::create_dir_all(cache).map_err(writing(cache))?;
    let missing: Vec<&Package> = lock.packages.iter().filter(|package| !cache.join(package.file()).is_file()).collect();
    if !missing.is_empty() {
        download(&missing, &mirrors()?, cache)?;
    }
    for package in &lock.packages {
        check(package, cache)?;
    }
    Ok(())
}

fn download(missing: &[&Package], mirrors: &Mirrors, cache: &Path) -> Result<()> {
    let mut words = Vec::new();
    for package in missing {
        words.push(mirrors.url(package.origin, &package.path));
        words.push(part(package, cache).display().to_string());
        words.push(format!("SHA256:{}", package.sha256));
    }
    let mut helper = Command::new("/usr/lib/apt/apt-helper");
    // Else it warns that the user _apt can't write there, and does it as root anyway.
    let fetched = run(helper.args(["-o", "APT::Sandbox::User=root", "download-file"]).args(words));
    for package in missing {
        let (from, to) = (part(package, cache), cache.join(package.file()));
        if !from.is_file() {
            // apt's own error says less than which package it is.
            return Err(Error::PackageGone { file: package.file(), cache: cache.to_owned() });
        }
        std::fs::rename(&from, &to).map_err(writing(&to))?;
    }
    fetched.map(drop)
}

fn part(package: &Package, cache: &Path) -> PathBuf {
    cache.join(package.file() + ".part")
}

fn check(package: &Package, cache: &Path) -> Result<()> {
    let path = cache.join(package.file());
    let bytes = std::fs::read(&path).map_err(reading(&path))?;
    let found = crate::hex(&Sha256::digest(&bytes));
    if found == package.sha256 {
        return Ok(());
    }
    // It would be wrong the next time as well.
    std::fs::remove_file(&path).map_err(writing(&path))?;
    Err(Error::PackageDigest { file: package.file(), found, wanted: package.sha256.clone() })
}

/// A directory that apt takes for a repository ("flat", sources.list(5)): links and an index. Answers it.
pub fn repository(lock: &Lock, cache: &Path, dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(writing(dir))?;
    }
    std::fs::create_dir_all(dir).map_err(writing(dir))?;
    let mut index = String::new();
    for package in &lock.packages {
        // apt decodes the name of the file; a percent sign in it would be something else then.
        let (from, name) = (cache.join(package.file()), package.file().replace("%3a", "_"));
        let to = dir.join(&name);
        std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(drop)).map_err(writing(&to))?;
        let control = run(Command::new("dpkg-deb").arg("--field").arg(&from))?;
        index += control.trim_end();
        index += &format!("\nFilename: ./{name}\nSize: {}\nSHA256: {}\n\n", package.bytes, package.sha256);
    }
    let path = dir.join("Packages");
    std::fs::write(&path, index).map_err(writing(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::lock::tests::sample;

    #[test]
    fn a_changed_file_is_noticed_and_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let mut lock = sample();
        lock.packages.truncate(1);
        let path = dir.path().join(lock.packages[0].file());
        std::fs::write(&path, "what it was").unwrap();
        lock.packages[0].sha256 = crate::hex(&Sha256::digest("what it was"));
        fill(&lock, || panic!("nothing is missing"), dir.path()).unwrap();
        std::fs::write(&path, "what it is not").unwrap();
        let error = fill(&lock, || panic!("nothing is missing"), dir.path()).unwrap_err();
        assert!(matches!(error, Error::PackageDigest { .. }), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn a_package_that_is_gone_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = || Ok(Mirrors { main: "file:///nonexistent".into(), security: "file:///nonexistent".into() });
        let error = fill(&sample(), nowhere, dir.path()).unwrap_err().to_string();
        assert!(error.contains("a_1%3a2.0~rc1-1+b1_amd64.deb") && error.contains("image lock"), "{error}");
    }
}
