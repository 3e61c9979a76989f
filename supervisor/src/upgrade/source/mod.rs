// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where new versions come from: a directory on a web server with a signed list for each channel and the bundles in it. Anybody
//! can mirror it: nothing there is believed that a known key has not signed.

pub mod index;
pub mod remote;

use crate::state::write_mode;
use crate::upgrade::error::{Error, Result};
use crate::upgrade::version::Version;
use ed25519_dalek::VerifyingKey;
use index::{Index, Offer};
use remote::Remote;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Below the state directory: what was seen last, and a bundle that is being fetched.
pub const DIR: &str = "system/upgrade";
const SEEN: &str = "seen.json";

/// What was seen at the last look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// Seconds since 1970.
    pub at: u64,
    pub channel: String,
    /// Of the newest list of each channel: a change of the channel, and back, must not let an older one in.
    pub serials: BTreeMap<String, u64>,
    /// As it was kept before: of `channel` only.
    #[serde(skip_serializing)]
    pub serial: u64,
    /// The version to take next.
    pub offer: Option<Offer>,
    /// Why the last look failed.
    pub error: Option<String>,
}

pub fn seen(state: &Path) -> Seen {
    let text = std::fs::read(state.join(DIR).join(SEEN)).unwrap_or_default();
    let mut seen: Seen = serde_json::from_slice(&text).unwrap_or_default();
    let alone = std::mem::take(&mut seen.serial);
    if alone > 0 {
        seen.serials.entry(seen.channel.clone()).or_insert(alone);
    }
    seen
}

fn keep(state: &Path, seen: &Seen) -> anyhow::Result<()> {
    std::fs::create_dir_all(state.join(DIR))?;
    write_mode(&state.join(DIR).join(SEEN), &format!("{}\n", serde_json::to_string_pretty(seen)?), 0o644, None)
}

/// What runs, and whom it believes.
pub struct Own<'a> {
    pub keys: &'a [VerifyingKey],
    pub running: Version,
    pub failed: &'a [Version],
}

/// Looks, and remembers what was found, or why nothing.
pub fn look(state: &Path, source: &str, channel: &str, own: &Own, now: u64) -> anyhow::Result<Index> {
    let before = seen(state);
    let serial = before.serials.get(channel).copied().unwrap_or_default();
    match fetch_index(source, channel, own.keys, serial) {
        Ok(index) => {
            let offer = index.best(own.running, own.failed).cloned();
            let mut serials = before.serials;
            serials.insert(channel.to_owned(), index.serial);
            keep(state, &Seen { at: now, channel: channel.to_owned(), serials, offer, ..Seen::default() })?;
            Ok(index)
        }
        Err(error) => {
            keep(state, &Seen { at: now, error: Some(error.to_string()), ..before })?;
            Err(error.into())
        }
    }
}

fn fetch_index(source: &str, channel: &str, keys: &[VerifyingKey], serial: u64) -> Result<Index> {
    let remote = Remote::new(source)?;
    let name = format!("{channel}.json");
    let bytes = remote.small(&name, index::BYTES_MAX)?;
    let signatures = remote.small(&format!("{name}.sig"), index::SIGNATURE_BYTES_MAX)?;
    let signatures = String::from_utf8(signatures).map_err(|_| Error::BundleDamaged("a signature is none"))?;
    index::read(&bytes, &signatures, keys, channel, serial)
}

/// Fetches the bundle; answers where it is. One at a time: what else lies there goes.
pub fn fetch(state: &Path, source: &str, offer: &Offer, progress: &mut dyn FnMut(u64)) -> Result<PathBuf> {
    let dir = state.join(DIR);
    let path = dir.join(format!("{}.part", offer.file));
    clear(&dir, Some(&path));
    Remote::new(source)?.download(offer, &path, progress)?;
    Ok(path)
}

/// Takes downloads away, but for this one.
pub fn clear(dir: &Path, but: Option<&Path>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "part") && Some(path.as_path()) != but {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::index::tests::{index, offer, sign};
    use super::remote::tests::{Does, serve};
    use super::*;
    use crate::upgrade::bundle::tests::{key, signed, version};

    fn files(serial: u64, bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
        let list = index(serial, vec![offer("0.2.0", "0.1.0", bundle)]);
        vec![
            ("stable.json.sig".into(), sign(&key(), list.as_bytes()).into_bytes()),
            ("stable.json".into(), list.into_bytes()),
            ("posthouse-0.2.0.upgrade".into(), bundle.to_vec()),
        ]
    }

    #[test]
    fn a_look_is_remembered_and_an_old_list_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let keys = [key().verifying_key()];
        let own = Own { keys: &keys, running: version("0.1.0"), failed: &[] };
        let bundle = signed("0.2.0", &[1; 100], &[2; 100]);
        let server = serve(files(7, &bundle), vec![Does::Serve]);
        let found = look(dir.path(), &server.url, "stable", &own, 1000).unwrap();
        let offer = found.best(own.running, &[]).unwrap().clone();
        assert_eq!(seen(dir.path()).offer.as_ref(), Some(&offer));
        let path = fetch(dir.path(), &server.url, &offer, &mut |_| {}).unwrap();
        assert!(std::fs::read(&path).unwrap() == bundle);

        // A list from before: the server was taken back, or somebody hides what is new.
        let stale = serve(files(6, &bundle), vec![Does::Serve]);
        let error = look(dir.path(), &stale.url, "stable", &own, 2000).unwrap_err().to_string();
        assert!(error.contains("older"), "{error}");
        let after = seen(dir.path());
        assert_eq!((after.at, after.serials["stable"], after.offer.is_some()), (2000, 7, true));
        assert!(after.error.unwrap().contains("older"));
        let error = look(dir.path(), &server.url, "beta", &own, 3000).unwrap_err().to_string();
        assert!(error.contains("beta.json"), "{error}");
        // What runs and what failed is no offer.
        let failed = [version("0.2.0")];
        look(dir.path(), &server.url, "stable", &Own { failed: &failed, ..own }, 4000).unwrap();
        assert_eq!(seen(dir.path()).offer, None);
    }

    #[test]
    fn an_old_list_is_refused_also_after_a_change_of_the_channel() {
        let dir = tempfile::tempdir().unwrap();
        let keys = [key().verifying_key()];
        let own = Own { keys: &keys, running: version("0.1.0"), failed: &[] };
        let bundle = signed("0.2.0", &[1; 100], &[2; 100]);
        let with_beta = |stable: u64, beta: u64| {
            let list = index(beta, Vec::new()).replace("\"stable\"", "\"beta\"");
            let mut all = files(stable, &bundle);
            all.push(("beta.json.sig".into(), sign(&key(), list.as_bytes()).into_bytes()));
            all.push(("beta.json".into(), list.into_bytes()));
            serve(all, vec![Does::Serve])
        };
        // As it was kept before there was one for each channel.
        std::fs::create_dir_all(dir.path().join(DIR)).unwrap();
        std::fs::write(dir.path().join(DIR).join(SEEN), r#"{"at":1,"channel":"stable","serial":7}"#).unwrap();
        let new = with_beta(7, 3);
        look(dir.path(), &new.url, "beta", &own, 1000).unwrap();
        let old = with_beta(6, 2);
        for (channel, at) in [("stable", 2000), ("beta", 3000)] {
            let error = look(dir.path(), &old.url, channel, &own, at).unwrap_err().to_string();
            assert!(error.contains("older"), "{channel}: {error}");
        }
        look(dir.path(), &new.url, "stable", &own, 4000).unwrap();
        assert_eq!(seen(dir.path()).serials, [("beta".to_owned(), 3), ("stable".to_owned(), 7)].into());
    }

    #[test]
    fn one_download_at_a_time_lies_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join(DIR);
        std::fs::create_dir_all(&below).unwrap();
        for name in ["posthouse-0.1.9.upgrade.part", "seen.json"] {
            std::fs::write(below.join(name), "x").unwrap();
        }
        let bundle = signed("0.2.0", &[1; 100], &[2; 100]);
        let server = serve(files(7, &bundle), vec![Does::Serve]);
        let offer = serde_json::from_value(offer("0.2.0", "0.1.0", &bundle)).unwrap();
        fetch(dir.path(), &server.url, &offer, &mut |_| {}).unwrap();
        let mut names: Vec<_> = std::fs::read_dir(&below).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["posthouse-0.2.0.upgrade.part", "seen.json"]);
    }
}
