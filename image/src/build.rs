// SPDX-License-Identifier: AGPL-3.0-or-later
//! The whole way from packages and our two programs to the files that people get. What each step took is said.

use crate::disk::plan::Plan;
use crate::disk::slot::{self, Slot};
use crate::disk::{assemble, plan};
use crate::error::{Error, Result, reading, writing};
use crate::formats::{self, Format};
use crate::packages::mirror::Mirrors;
use crate::paths::Paths;
use crate::release::{self, Release};
use crate::tools::Tools;
use crate::tree::{self, Kind};
use crate::{root, sbom};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub struct Options {
    pub binaries: PathBuf,
    pub version: String,
    /// Secret half of the key that signs the bundle (release.rs).
    pub signing_key: Option<PathBuf>,
    /// Other keys whose upgrades the image takes.
    pub trust: Vec<PathBuf>,
    /// Release notes.
    pub notes: Option<PathBuf>,
    /// Where machines look for the next version.
    pub source: Option<String>,
    /// Of zstd in the root.
    pub level: u32,
    pub formats: Vec<Format>,
    pub mirror: Option<String>,
    pub security_mirror: Option<String>,
}

pub fn run(paths: &Paths, options: &Options) -> Result<()> {
    let slot = images(paths, options)?;
    bundle(paths, options, &slot)?;
    let plan = Plan::new(&format!("posthouse {}", options.version));
    let tools = tools(paths, options)?;
    let disk = step("disk", || assemble::assemble(&tools, &plan, &slot, &paths.work))?;
    let name = paths.out.join(format!("posthouse-{}", options.version));
    for format in &options.formats {
        let path = step(format.extension(), || formats::write(&tools, *format, &disk, &paths.work, &name))?;
        say_size(&path)?;
    }
    println!("verity root hash {}", slot.verity.root_hash);
    Ok(())
}

/// What brings these images to machines that run older ones.
pub fn bundle(paths: &Paths, options: &Options, slot: &Slot) -> Result<PathBuf> {
    let epoch = tools(paths, options)?.epoch();
    let path = paths.out.join(format!("posthouse-{}.upgrade", options.version));
    let release = release(paths, options)?;
    step("upgrade bundle", || release.write_bundle(slot, epoch, &path))?;
    say_size(&path)?;
    Ok(path)
}

fn release(paths: &Paths, options: &Options) -> Result<Release> {
    let (key, notes) = (options.signing_key.as_deref(), options.notes.as_deref());
    let release = release::load(paths, &options.version, key, &options.trust, notes)?;
    Ok(Release { source: options.source.clone(), ..release })
}

/// The two images of a slot.
pub fn images(paths: &Paths, options: &Options) -> Result<Slot> {
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) != 0) {
        return Err(Error::NotRoot { what: "building an image" });
    }
    std::fs::create_dir_all(&paths.work).map_err(writing(&paths.work))?;
    let tools = tools(paths, options)?;
    let base = step("tree of packages", || tree::ensure(Kind::Root, paths, || mirrors(options)))?;
    let sbom = sbom::render(&base.lock, &paths.source, &options.version)?;
    let sbom_path = paths.out.join(format!("posthouse-{}.spdx.json", options.version));
    std::fs::write(&sbom_path, &sbom).map_err(writing(&sbom_path))?;
    let release = release(paths, options)?;
    let root = step("root, initrd", || root::build(&base.path, &base.lock, &options.binaries, &release, &sbom, paths))?;
    let slot = step("slot images", || {
        slot::build(&tools, &root.tree, &root.kernel, &options.version, options.level, &paths.work)
    })?;
    // It is in the image now, and takes most of a gigabyte.
    std::fs::remove_dir_all(&root.tree).map_err(writing(&root.tree))?;
    for path in [&root.kernel.vmlinuz, &root.kernel.initrd, &slot.boot, &slot.root] {
        say_size(path)?;
    }
    let layout = Plan::new("");
    for (path, name) in [(&slot.boot, plan::BOOT_A), (&slot.root, plan::ROOT_A)] {
        let (need, room) = (path.metadata().map_err(reading(path))?.len(), layout.partition(name).size_bytes);
        if need > room {
            return Err(Error::SlotTooSmall { name, what: path.clone(), need, room });
        }
    }
    Ok(slot)
}

pub fn tools(paths: &Paths, options: &Options) -> Result<Tools> {
    std::fs::create_dir_all(&paths.work).map_err(writing(&paths.work))?;
    let tree = step("tree of tools", || tree::ensure(Kind::Tools, paths, || mirrors(options)))?;
    Ok(Tools::new(&tree.path, tree.lock.epoch))
}

fn mirrors(options: &Options) -> Result<Mirrors> {
    Mirrors::of_this_host(options.mirror.clone(), options.security_mirror.clone())
}

fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let done = work()?;
    println!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
    Ok(done)
}

fn say_size(path: &Path) -> Result<()> {
    let bytes = path.metadata().map_err(reading(path))?.len();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    println!("  {name}: {:.1} MiB", bytes as f64 / f64::from(1 << 20));
    Ok(())
}
