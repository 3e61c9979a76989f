// SPDX-License-Identifier: AGPL-3.0-or-later
//! Makes a lock: apt decides, in a directory of its own, over a system that has nothing installed yet. What it believes is signed
//! by Debian's keys.

use crate::command::run;
use crate::error::{Error, Result, writing};
use crate::packages::lock::{Lock, Origin, Package, list_digest, wanted};
use crate::packages::mirror::Mirrors;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

pub const SUITE: &str = "trixie";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// `base`: with what every Debian system has.
pub fn resolve(list: &str, base: bool, mirrors: &Mirrors, work: &Path, epoch: u64) -> Result<Lock> {
    let config = prepare(mirrors, work)?;
    let apt = |program: &str| {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", &config).env("LC_ALL", "C.UTF-8");
        command
    };
    run(apt("apt-get").args(["update", "-q"]))?;
    let mut install = apt("apt-get");
    install.args(["install", "--print-uris", "-qq", "-y"]).args(wanted(list));
    if base {
        install.args(["?essential", "apt"]);
    }
    let files = uris(&run(&mut install)?);
    let mut show = apt("apt-cache");
    show.arg("show").args(files.iter().map(|file| format!("{}={}", file.name, file.version)));
    let packages = packages(&files, &run(&mut show)?, mirrors)?;
    Ok(Lock { epoch, list_sha256: list_digest(list), packages })
}

/// A place for apt: sources, and an empty list of what is installed.
fn prepare(mirrors: &Mirrors, work: &Path) -> Result<std::path::PathBuf> {
    for dir in [
        "etc/apt/apt.conf.d",
        "etc/apt/preferences.d",
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
        "var/lib/dpkg",
    ] {
        let dir = work.join(dir);
        std::fs::create_dir_all(&dir).map_err(writing(&dir))?;
    }
    let line = |base: &str, suite: &str| format!("deb [signed-by={KEYRING}] {base} {suite} main\n");
    let sources = line(&mirrors.main, SUITE)
        + &line(&mirrors.main, &format!("{SUITE}-updates"))
        + &line(&mirrors.security, &format!("{SUITE}-security"));
    let config = format!(
        "Dir \"{0}\";\nDir::State::status \"{0}/var/lib/dpkg/status\";\nAPT::Architecture \"amd64\";\n\
         APT::Architectures {{ \"amd64\"; }};\nAPT::Install-Recommends \"false\";\nAcquire::Languages \"none\";\n",
        work.display()
    );
    let path = work.join("apt.conf");
    for (path, text) in [
        (&work.join("etc/apt/sources.list"), sources),
        (&work.join("var/lib/dpkg/status"), String::new()),
        (&path, config),
    ] {
        std::fs::write(path, text).map_err(writing(path))?;
    }
    Ok(path)
}

struct Uri {
    url: String,
    name: String,
    version: String,
    architecture: String,
}

/// Lines of `'URL' NAME_VERSION_ARCH.deb BYTES …`.
fn uris(said: &str) -> Vec<Uri> {
    let parse = |line: &str| {
        let mut words = line.split(' ');
        let url = words.next()?.trim_matches('\'').to_owned();
        let file = words.next()?.strip_suffix(".deb")?;
        let mut parts = file.split('_');
        let (name, version, architecture) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Uri { url, name: name.into(), version: version.replace("%3a", ":"), architecture: architecture.into() })
    };
    said.lines().filter_map(parse).collect()
}

fn packages(files: &[Uri], said: &str, mirrors: &Mirrors) -> Result<Vec<Package>> {
    let records: BTreeMap<(String, String), &str> = said
        .split("\n\n")
        .filter_map(|record| {
            Some(((field(record, "Package")?.to_owned(), field(record, "Version")?.to_owned()), record))
        })
        .collect();
    let mut packages: Vec<Package> = files
        .iter()
        .map(|file| {
            let unknown = || Error::LockStale { why: format!("apt says too little about {}", file.name) };
            let record = records.get(&(file.name.clone(), file.version.clone())).ok_or_else(unknown)?;
            let is_security = file.url.starts_with(mirrors.base(Origin::Security).trim_end_matches('/'));
            Ok(Package {
                name: file.name.clone(),
                version: file.version.clone(),
                architecture: file.architecture.clone(),
                sha256: field(record, "SHA256").ok_or_else(unknown)?.to_owned(),
                bytes: field(record, "Size").and_then(|size| size.parse().ok()).ok_or_else(unknown)?,
                origin: if is_security { Origin::Security } else { Origin::Main },
                path: field(record, "Filename").ok_or_else(unknown)?.to_owned(),
            })
        })
        .collect::<Result<_>>()?;
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

fn field<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    record.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_apt_says_becomes_a_lock() {
        let mirrors = Mirrors { main: "http://m/debian/".into(), security: "http://m/debian-security".into() };
        let files = uris(
            "'http://m/debian-security/pool/k/b_1%3a2_amd64.deb' b_1%3a2_amd64.deb 7 \n\
             'http://m/debian/pool/a/a_3_all.deb' a_3_all.deb 5 MD5Sum:00\n",
        );
        let said = "Package: a\nVersion: 3\nFilename: pool/a/a_3_all.deb\nSize: 5\nSHA256: aa\n\n\
                    Package: b\nVersion: 1:2\nFilename: pool/k/b_1%3a2_amd64.deb\nSize: 7\nSHA256: bb\n";
        let packages = super::packages(&files, said, &mirrors).unwrap();
        let lines: Vec<_> = packages.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.origin, p.bytes)).collect();
        assert_eq!(lines, [("a", "3", Origin::Main, 5), ("b", "1:2", Origin::Security, 7)]);
        assert!(super::packages(&files, "", &mirrors).is_err());
    }
}
