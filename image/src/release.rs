// SPDX-License-Identifier: AGPL-3.0-or-later
//! What makes an image a release: its version, the keys that it trusts, and the bundle that brings it to machines which run an
//! older one. How a bundle is read, and what is believed of it: supervisor/src/upgrade/bundle.rs.

use crate::disk::slot::Slot;
use crate::error::{Error, Result, reading, writing};
use crate::formats::tar;
use crate::paths::Paths;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub const PRODUCT: &str = "posthouse x86_64";
const FORMAT: u32 = 1;

pub struct Release {
    pub version: String,
    pub min_rollback_version: String,
    pub min_version: String,
    /// Schema of its settings (supervisor/src/migrations.rs).
    pub settings: i64,
    /// Where machines look for the next version, unless they are told otherwise.
    pub source: Option<String>,
    pub notes: String,
    pub key: SigningKey,
    /// Public keys, as hexadecimal digits: whose upgrades this image takes.
    pub trusted: Vec<String>,
}

/// `key`: 64 hexadecimal digits in a file, the secret half. None: one of this build directory, made when it is missing, so that
/// a developer's image takes the same developer's upgrades and nobody else does.
pub fn load(
    paths: &Paths,
    version: &str,
    key: Option<&Path>,
    trust: &[PathBuf],
    notes: Option<&Path>,
) -> Result<Release> {
    let path = paths.source.join("image/release.toml");
    let text = read(&path)?;
    let bad = |what: String| Error::Lock { path: path.clone(), line: 0, what };
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| bad(e.to_string()))?;
    let text = |name: &str| {
        let value = table.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        value.ok_or_else(|| bad(format!("no {name}")))
    };
    let settings = table.get("settings").and_then(toml::Value::as_integer);
    let key = match key {
        Some(path) => read_key(path)?,
        None => own_key(&paths.out.join("signing.key"))?,
    };
    let mut trusted = vec![crate::hex(key.verifying_key().as_bytes())];
    for path in trust {
        trusted.push(crate::hex(&unhex(path)?));
    }
    Ok(Release {
        version: version.to_owned(),
        min_rollback_version: text("min_rollback_version")?,
        min_version: text("min_version")?,
        settings: settings.ok_or_else(|| bad("no settings".to_owned()))?,
        source: None,
        notes: notes.map(read).transpose()?.unwrap_or_default(),
        key,
        trusted,
    })
}

impl Release {
    /// Into the root: what it is, and whom it trusts.
    pub fn write_into(&self, about: &Path) -> Result<()> {
        let text = json!({
            "version": self.version,
            "min_rollback_version": self.min_rollback_version,
            "settings": self.settings,
            "source": self.source,
        });
        let path = about.join("release.json");
        std::fs::write(&path, format!("{text}\n")).map_err(writing(&path))?;
        let keys = about.join("upgrade-keys");
        std::fs::create_dir_all(&keys).map_err(writing(&keys))?;
        for key in &self.trusted {
            let path = keys.join(format!("{}.pub", key.get(..16).unwrap_or(key)));
            std::fs::write(&path, format!("{key}\n")).map_err(writing(&path))?;
        }
        Ok(())
    }

    /// The bundle: manifest, signature, both images.
    pub fn write_bundle(&self, slot: &Slot, epoch: u64, path: &Path) -> Result<()> {
        let image = |path: &Path| {
            let bytes = path.metadata().map_err(reading(path))?.len();
            Ok(json!({"bytes": bytes, "sha256": crate::formats::digest(path)?}))
        };
        let manifest = json!({
            "format": FORMAT,
            "product": PRODUCT,
            "version": self.version,
            "min_rollback_version": self.min_rollback_version,
            "min_version": self.min_version,
            "settings": self.settings,
            "notes": self.notes,
            "boot": image(&slot.boot)?,
            "root": image(&slot.root)?,
        });
        let manifest = format!("{manifest:#}\n");
        let signature = crate::hex(&self.key.sign(manifest.as_bytes()).to_bytes());
        let part = path.with_extension("part");
        let mut writer = tar::Writer::create(&part, epoch)?;
        writer.bytes("manifest.json", manifest.as_bytes())?;
        writer.bytes("manifest.sig", format!("{signature}\n").as_bytes())?;
        writer.file("boot.img", &slot.boot)?;
        writer.file("root.img", &slot.root)?;
        writer.finish()?;
        std::fs::rename(&part, path).map_err(writing(path))
    }
}

fn own_key(path: &Path) -> Result<SigningKey> {
    if path.is_file() {
        return read_key(path);
    }
    let mut secret = [0; 32];
    let source = Path::new("/dev/urandom");
    std::fs::File::open(source).and_then(|mut file| file.read_exact(&mut secret)).map_err(reading(source))?;
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(writing(dir))?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(writing(path))?;
    std::io::Write::write_all(&mut file, format!("{}\n", crate::hex(&secret)).as_bytes()).map_err(writing(path))?;
    println!("made a signing key: {}", path.display());
    Ok(SigningKey::from_bytes(&secret))
}

/// A new pair: FILE is the secret half, FILE.pub the other one.
pub fn make_key(path: &Path) -> Result<()> {
    if path.exists() {
        return Err(writing(path)(std::io::ErrorKind::AlreadyExists.into()));
    }
    let key = own_key(path)?;
    let public = path.with_added_extension("pub");
    std::fs::write(&public, format!("{}\n", crate::hex(key.verifying_key().as_bytes()))).map_err(writing(&public))
}

pub fn read_key(path: &Path) -> Result<SigningKey> {
    Ok(SigningKey::from_bytes(&unhex(path)?))
}

fn unhex(path: &Path) -> Result<[u8; 32]> {
    let text = read(path)?;
    let text = text.trim();
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(byte).collect();
    let bytes = bytes.filter(|_| text.len() == 64).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Error::Lock {
        path: path.to_owned(),
        line: 1,
        what: "no key of 64 hexadecimal digits".to_owned(),
    })
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(reading(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::verity::Verity;
    use ed25519_dalek::Signature;
    use std::process::Command;

    fn paths(dir: &Path) -> Paths {
        Paths { out: dir.join("out"), work: dir.join("work"), ..Paths::find() }
    }

    #[test]
    fn a_bundle_is_a_tar_whose_signature_and_digests_are_true() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("notes"), "What is \"new\".\n").unwrap();
        std::fs::write(at("b"), [1; 600]).unwrap();
        std::fs::write(at("r"), [2; 70_000]).unwrap();
        let release = load(&paths(dir.path()), "1.2.3", None, &[], Some(&at("notes"))).unwrap();
        let verity = Verity { root_hash: String::new(), hash_offset: 0 };
        let slot = Slot { boot: at("b"), root: at("r"), verity };
        release.write_bundle(&slot, 1, &at("x.upgrade")).unwrap();
        let tar = |words: &[&str]| Command::new("tar").args(words).arg("-f").arg(at("x.upgrade")).output().unwrap();
        let list = String::from_utf8(tar(&["-t"]).stdout).unwrap();
        assert_eq!(list, "manifest.json\nmanifest.sig\nboot.img\nroot.img\n");
        let member =
            |name: &str| Command::new("tar").arg("-xOf").arg(at("x.upgrade")).arg(name).output().unwrap().stdout;
        let manifest = member("manifest.json");
        let said: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        assert_eq!((&said["version"], &said["notes"]), (&json!("1.2.3"), &json!("What is \"new\".\n")));
        assert_eq!(said["root"], json!({"bytes": 70_000, "sha256": crate::formats::digest(&at("r")).unwrap()}));
        let text = String::from_utf8(member("manifest.sig")).unwrap();
        let hex = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..128).step_by(2).map(hex).collect();
        let signature = Signature::from_slice(&bytes).unwrap();
        release.key.verifying_key().verify_strict(&manifest, &signature).unwrap();
        assert!(member("root.img") == [2; 70_000]);
    }

    #[test]
    fn a_developers_key_is_made_once_and_a_release_trusts_whom_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let one = load(&paths(dir.path()), "1.0.0", None, &[], None).unwrap();
        let other = dir.path().join("next.pub");
        std::fs::write(&other, "ab".repeat(32)).unwrap();
        let two = load(&paths(dir.path()), "1.0.1", None, std::slice::from_ref(&other), None).unwrap();
        assert_eq!(one.trusted, two.trusted[..1]);
        two.write_into(dir.path()).unwrap();
        let keys = dir.path().join("upgrade-keys");
        assert_eq!(std::fs::read_to_string(keys.join("abababababababab.pub")).unwrap(), "ab".repeat(32) + "\n");
        assert_eq!(std::fs::read_dir(keys).unwrap().count(), 2);
        std::fs::write(&other, "ab").unwrap();
        assert!(load(&paths(dir.path()), "1.0.1", None, &[other], None).is_err());
    }
}
