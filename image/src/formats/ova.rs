// SPDX-License-Identifier: AGPL-3.0-or-later
//! OVA: a tar of description, manifest and disk (DMTF DSP0243 2.1, §5): the description must come first.

use super::{ovf, tar};
use crate::error::{Result, reading};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::Path;

pub fn write(path: &Path, vmdk: &Path, name: &str, capacity: u64, epoch: u64) -> Result<()> {
    let (disk_name, ovf_name) = (format!("{name}-disk1.vmdk"), format!("{name}.ovf"));
    let bytes = vmdk.metadata().map_err(reading(vmdk))?.len();
    let ovf = ovf::render(&ovf::Disk { name: &disk_name, bytes, capacity });
    let manifest = [(&ovf_name, crate::hex(&Sha256::digest(&ovf))), (&disk_name, digest(vmdk)?)]
        .map(|(name, digest)| format!("SHA256({name})= {digest}\n"))
        .concat();
    let mut writer = tar::Writer::create(path, epoch)?;
    writer.bytes(&ovf_name, ovf.as_bytes())?;
    writer.bytes(&format!("{name}.mf"), manifest.as_bytes())?;
    writer.file(&disk_name, vmdk)?;
    writer.finish()
}

/// SHA-256 of a file.
pub fn digest(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(reading(path))?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 20];
    loop {
        match std::io::Read::read(&mut file, &mut chunk).map_err(reading(path))? {
            0 => return Ok(crate::hex(&hasher.finalize())),
            read => hasher.update(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_description_is_first_and_the_manifest_is_true() {
        let dir = tempfile::tempdir().unwrap();
        let (path, vmdk) = (dir.path().join("x.ova"), dir.path().join("disk.vmdk"));
        std::fs::write(&vmdk, b"a disk").unwrap();
        write(&path, &vmdk, "posthouse-1.0", 1 << 34, 1).unwrap();
        let tar = |words: &[&str]| {
            let output =
                Command::new("tar").args(words).arg("-C").arg(dir.path()).arg("-f").arg(&path).output().unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(tar(&["-t"]), "posthouse-1.0.ovf\nposthouse-1.0.mf\nposthouse-1.0-disk1.vmdk\n");
        tar(&["-x"]);
        // sha256sum reads this form of line with --tag's spelling only.
        let manifest = std::fs::read_to_string(dir.path().join("posthouse-1.0.mf")).unwrap();
        let tagged = manifest.replace("SHA256(", "SHA256 (").replace(")= ", ") = ");
        std::fs::write(dir.path().join("sums"), tagged).unwrap();
        let check = Command::new("sha256sum").args(["-c", "sums"]).current_dir(dir.path()).output().unwrap();
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    }
}
