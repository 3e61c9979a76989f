// SPDX-License-Identifier: AGPL-3.0-or-later
//! The list of a channel's releases, as machines read it (supervisor/src/upgrade/source/index.rs): what is said of each is taken from
//! its bundle, whose signature must be of one of the keys that sign the list.

use crate::error::{Error, Result, reading, writing};
use crate::formats::digest;
use crate::release::{PRODUCT, read_key};
use ed25519_dalek::{Signature, Signer, SigningKey};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

const FORMAT: u32 = 1;
const BLOCK: usize = 512;
/// Of a manifest or signatures.
const MEMBER_BYTES_MAX: usize = 1 << 20;
const EXTENSION: &str = "upgrade";

pub fn write(dir: &Path, channel: &str, keys: &[PathBuf]) -> Result<()> {
    let keys: Vec<SigningKey> = keys.iter().map(|path| read_key(path)).collect::<Result<_>>()?;
    let mut bundles: Vec<PathBuf> =
        std::fs::read_dir(dir).map_err(reading(dir))?.flatten().map(|entry| entry.path()).collect();
    bundles.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    bundles.sort();
    let releases: Vec<Value> = bundles.iter().map(|path| offer(path, &keys)).collect::<Result<_>>()?;
    // Machines refuse a list that is older than the one they know.
    let serial = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let count = releases.len();
    let list =
        json!({"format": FORMAT, "product": PRODUCT, "channel": channel, "serial": serial, "releases": releases});
    let list = format!("{list:#}\n");
    let signatures: String = keys.iter().map(|key| crate::hex(&key.sign(list.as_bytes()).to_bytes()) + "\n").collect();
    for (name, text) in [(format!("{channel}.json"), &list), (format!("{channel}.json.sig"), &signatures)] {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(writing(&path))?;
    }
    println!("{channel}.json: {count} releases");
    Ok(())
}

fn offer(path: &Path, keys: &[SigningKey]) -> Result<Value> {
    let bad = |what: &str| Error::Lock { path: path.to_owned(), line: 0, what: what.to_owned() };
    let mut file = File::open(path).map_err(reading(path))?;
    let manifest = member(&mut file, path, "manifest.json")?;
    let signatures = member(&mut file, path, "manifest.sig")?;
    let is_ours = String::from_utf8_lossy(&signatures).lines().any(|line| {
        let signature = signature(line);
        signature.is_some_and(|it| keys.iter().any(|key| key.verifying_key().verify_strict(&manifest, &it).is_ok()))
    });
    if !is_ours {
        return Err(bad("none of these keys signed it"));
    }
    let said: Value = serde_json::from_slice(&manifest).map_err(|e| bad(&e.to_string()))?;
    Ok(json!({
        "version": said["version"],
        "min_version": said["min_version"],
        "file": path.file_name().map(|name| name.to_string_lossy()),
        "bytes": path.metadata().map_err(reading(path))?.len(),
        "sha256": digest(path)?,
        "notes": said["notes"],
    }))
}

fn signature(line: &str) -> Option<Signature> {
    let byte = |at: usize| u8::from_str_radix(line.get(at..at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..128).step_by(2).map(byte).collect::<Option<_>>()?;
    Signature::from_slice(&bytes).ok()
}

/// The next one, which must have this name.
fn member(file: &mut File, path: &Path, name: &str) -> Result<Vec<u8>> {
    let bad = |what: &str| Error::Lock { path: path.to_owned(), line: 0, what: what.to_owned() };
    let mut block = [0; BLOCK];
    file.read_exact(&mut block).map_err(reading(path))?;
    let text = |field: &[u8]| String::from_utf8_lossy(field).trim_end_matches('\0').to_owned();
    let bytes = usize::from_str_radix(text(&block[124..136]).trim(), 8).ok();
    let bytes = bytes.filter(|bytes| *bytes <= MEMBER_BYTES_MAX && text(&block[..100]) == name);
    let bytes = bytes.ok_or_else(|| bad("it is no bundle"))?;
    let mut content = vec![0; bytes.next_multiple_of(BLOCK)];
    file.read_exact(&mut content).map_err(reading(path))?;
    content.truncate(bytes);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::slot::Slot;
    use crate::disk::verity::Verity;
    use crate::paths::Paths;
    use crate::release::{load, make_key};

    #[test]
    fn a_directory_of_bundles_gets_a_list_that_is_true_and_signed_by_all_keys() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["old", "new"] {
            make_key(&at(name)).unwrap();
            assert!(make_key(&at(name)).is_err(), "never written over");
        }
        std::fs::write(at("b"), [1; 600]).unwrap();
        std::fs::write(at("r"), [2; 70_000]).unwrap();
        std::fs::write(at("notes"), "What is new.\n").unwrap();
        let paths = Paths { out: at("out"), work: at("work"), ..Paths::find() };
        let served = at("served");
        std::fs::create_dir(&served).unwrap();
        for (version, key) in [("0.2.0", "old"), ("0.10.0", "new")] {
            let release = load(&paths, version, Some(&at(key)), &[at("new.pub")], Some(&at("notes"))).unwrap();
            let verity = Verity { root_hash: String::new(), hash_offset: 0 };
            let slot = Slot { boot: at("b"), root: at("r"), verity };
            release.write_bundle(&slot, 1, &served.join(format!("posthouse-{version}.upgrade"))).unwrap();
        }
        assert!(write(&served, "stable", &[at("new")]).is_err(), "one is signed by the other key only");
        write(&served, "stable", &[at("old"), at("new")]).unwrap();
        let text = std::fs::read(served.join("stable.json")).unwrap();
        let list: Value = serde_json::from_slice(&text).unwrap();
        let first = &list["releases"][0];
        let bundle = served.join("posthouse-0.10.0.upgrade");
        assert_eq!((first["version"].as_str(), first["notes"].as_str()), (Some("0.10.0"), Some("What is new.\n")));
        assert_eq!(first["sha256"], digest(&bundle).unwrap());
        assert_eq!(first["bytes"], bundle.metadata().unwrap().len());
        let signatures = std::fs::read_to_string(served.join("stable.json.sig")).unwrap();
        for (line, name) in signatures.lines().zip(["old", "new"]) {
            let key = read_key(&at(name)).unwrap().verifying_key();
            key.verify_strict(&text, &signature(line).unwrap()).unwrap();
        }
        std::fs::write(served.join("x.upgrade"), [0; 2000]).unwrap();
        assert!(write(&served, "stable", &[at("old"), at("new")]).is_err());
    }
}
