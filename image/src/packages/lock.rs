// SPDX-License-Identifier: AGPL-3.0-or-later
//! The lock: every package of a tree, one a line, and when it was locked. That time is the one in all images built from it.

use crate::error::{Error, Result, reading};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Which mirror a file is on; where that mirror is, is the build host's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Main,
    Security,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub architecture: String,
    pub sha256: String,
    pub bytes: u64,
    pub origin: Origin,
    /// Below the mirror's root.
    pub path: String,
}

impl Package {
    /// As apt calls it in its archive: a colon of the version's epoch would be a port in a URL.
    pub fn file(&self) -> String {
        format!("{}_{}_{}.deb", self.name, self.version.replace(':', "%3a"), self.architecture)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Seconds since 1970.
    pub epoch: u64,
    /// Of the list that it was made from.
    pub list_sha256: String,
    pub packages: Vec<Package>,
}

/// The names of a list.
pub fn wanted(list: &str) -> Vec<&str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// A comment may change without a new lock.
pub fn list_digest(list: &str) -> String {
    crate::hex(&Sha256::digest(wanted(list).join("\n")))
}

/// Reads `NAME.list` and `NAME.lock`, which must belong to each other.
pub fn read(dir: &Path, name: &str) -> Result<(String, Lock)> {
    let (list_path, lock_path) = (dir.join(name).with_extension("list"), dir.join(name).with_extension("lock"));
    let list = std::fs::read_to_string(&list_path).map_err(reading(&list_path))?;
    let text = std::fs::read_to_string(&lock_path).map_err(reading(&lock_path))?;
    let lock = parse(&lock_path, &text)?;
    if lock.list_sha256 != list_digest(&list) {
        return Err(Error::LockStale { why: format!("{name}.list has changed") });
    }
    Ok((list, lock))
}

pub fn parse(path: &Path, text: &str) -> Result<Lock> {
    let mut lock = Lock { epoch: 0, list_sha256: String::new(), packages: Vec::new() };
    for (number, line) in (1..).zip(text.lines()) {
        let bad = |what: &str| Error::Lock { path: path.to_owned(), line: number, what: what.to_owned() };
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["" | "#", ..] => {}
            ["epoch", seconds] => lock.epoch = seconds.parse().map_err(|_| bad("no number"))?,
            ["list", digest] => lock.list_sha256 = (*digest).to_owned(),
            [name, version, architecture, sha256, bytes, origin, path] => lock.packages.push(Package {
                name: plain(name).ok_or_else(|| bad("no name of a package"))?,
                version: plain(version).ok_or_else(|| bad("no version"))?,
                architecture: plain(architecture).ok_or_else(|| bad("no architecture"))?,
                sha256: (sha256.len() == 64).then(|| (*sha256).to_owned()).ok_or_else(|| bad("no SHA-256"))?,
                bytes: bytes.parse().map_err(|_| bad("no size"))?,
                origin: match *origin {
                    "main" => Origin::Main,
                    "security" => Origin::Security,
                    _ => return Err(bad("the origin is main or security")),
                },
                path: (*path).to_owned(),
            }),
            _ => return Err(bad("not understood")),
        }
    }
    if lock.epoch == 0 || lock.packages.is_empty() {
        return Err(Error::Lock { path: path.to_owned(), line: 0, what: "no time or no packages".to_owned() });
    }
    Ok(lock)
}

/// It becomes a file name (Debian policy §5.6.1, §5.6.12).
fn plain(word: &str) -> Option<String> {
    let is_plain = !word.is_empty() && word.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.:~_".contains(&c));
    is_plain.then(|| word.to_owned())
}

pub fn render(lock: &Lock) -> String {
    let mut text = format!(
        "# Written by `cargo xtask image lock`: name, version, architecture, SHA-256, bytes, origin, path on the mirror.\n\
         epoch {}\nlist {}\n",
        lock.epoch, lock.list_sha256
    );
    for p in &lock.packages {
        let origin = if p.origin == Origin::Main { "main" } else { "security" };
        text += &format!("{} {} {} {} {} {origin} {}\n", p.name, p.version, p.architecture, p.sha256, p.bytes, p.path);
    }
    text
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn sample() -> Lock {
        let package = |name: &str, version: &str, origin| Package {
            name: name.into(),
            version: version.into(),
            architecture: "amd64".into(),
            sha256: "0a".repeat(32),
            bytes: 12,
            origin,
            path: format!("pool/main/{name}.deb"),
        };
        Lock {
            epoch: 1_790_000_000,
            list_sha256: list_digest("a\nb"),
            packages: vec![package("a", "1:2.0~rc1-1+b1", Origin::Main), package("b", "3", Origin::Security)],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let lock = sample();
        assert_eq!(parse(Path::new("x"), &render(&lock)).unwrap(), lock);
        assert_eq!(lock.packages[0].file(), "a_1%3a2.0~rc1-1+b1_amd64.deb");
    }

    #[test]
    fn a_damaged_lock_is_refused_with_its_line() {
        let text = render(&sample());
        for (from, to) in [
            ("epoch 1790000000", "epoch x"),
            (" 12 ", " many "),
            ("security", "elsewhere"),
            ("a 1:2", "../a 1:2"),
            ("0a0a", "0a"),
        ] {
            let error = parse(Path::new("x.lock"), &text.replace(from, to)).unwrap_err().to_string();
            assert!(error.starts_with("x.lock, line "), "{error}");
        }
        assert!(parse(Path::new("x"), "").is_err());
    }

    #[test]
    fn a_comment_makes_no_lock_stale_and_a_name_does() {
        assert_eq!(list_digest("a\nb\n"), list_digest("# c\na\n\n b\n"));
        assert_ne!(list_digest("a\nb\n"), list_digest("a\nc\n"));
    }

    /// Of the tree: somebody who adds a package must lock it.
    #[test]
    fn the_locks_in_the_tree_belong_to_their_lists() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("packages");
        for name in ["root", "tools"] {
            let (list, lock) = read(&dir, name).unwrap();
            for wanted in wanted(&list) {
                assert!(lock.packages.iter().any(|package| package.name == wanted), "{wanted} is not locked");
            }
        }
    }
}
