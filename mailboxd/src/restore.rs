// SPDX-License-Identifier: AGPL-3.0-or-later
//! `mailboxd restore`: a whole system into an empty state directory, from a backup target alone. Interrupted, it leaves a mark,
//! and the next attempt starts over. The directory's entries are left for the first start, since what keeps them may not run
//! yet.

use crate::control::{leave_directory, write_private};
use crate::lock;
use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use mailbox::{Extra, Identities, RestoreSystem, Store};
use soap::{DIRECTORY, SYSTEM, SystemFile};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

const MARK: &str = "restore-incomplete";
/// What a restore makes.
const MADE: [&str; 7] = ["journal", "store", "metadata", "index", "restore", "directory", "backup"];

pub struct Options {
    pub state: PathBuf,
    pub from: PathBuf,
    /// Of age.
    pub identity: Option<PathBuf>,
    pub to_ms: Option<i64>,
    pub is_dry_run: bool,
}

/// A state directory whose restore was interrupted is none.
pub fn refuse_incomplete(state: &Path) -> Result<()> {
    if state.join(MARK).exists() {
        bail!("a restore into {} was interrupted: run it again, it starts over", state.display());
    }
    Ok(())
}

pub fn run(options: &Options) -> Result<ExitCode> {
    let Options { state, from, .. } = options;
    let _lock = lock::take(state)?;
    let mark = state.join(MARK);
    if mark.exists() {
        for name in MADE {
            let dir = state.join(name);
            // the target may be in there: it was not made by us
            if dir.exists() && !from.starts_with(&dir) {
                empty(&dir, &is_mount_point).with_context(|| dir.display().to_string())?;
            }
        }
    } else if state.join("journal").exists() {
        bail!("{} holds a mail store: a system is restored into an empty directory", state.display());
    }
    let place = if options.is_dry_run { state.join("restore-dry-run") } else { state.clone() };
    if options.is_dry_run && place.exists() {
        fs::remove_dir_all(&place)?;
    }
    if !options.is_dry_run {
        fs::write(&mark, "")
            .and_then(|()| fs::File::open(state)?.sync_all())
            .with_context(|| mark.display().to_string())?;
    }
    let outcome = restore(options, &place);
    if options.is_dry_run {
        let _ = fs::remove_dir_all(&place);
    }
    let restored = outcome?;
    if !options.is_dry_run {
        fs::remove_file(&mark)
            .and_then(|()| fs::File::open(state)?.sync_all())
            .with_context(|| mark.display().to_string())?;
    }
    println!("{restored}");
    Ok(ExitCode::SUCCESS)
}

/// What a volume has from whoever made and mounted it.
const OF_VOLUME: [&str; 2] = ["lost+found", ".moved"];

/// Takes the directory away with all that is in it. A volume that is mounted in it stays where it is, and gets empty.
fn empty(dir: &Path, is_mount: &dyn Fn(&Path) -> std::io::Result<bool>) -> std::io::Result<()> {
    let stays = is_mount(dir)?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if stays && OF_VOLUME.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            empty(&entry.path(), is_mount)?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    if stays {
        return Ok(());
    }
    match fs::remove_dir(dir) {
        // A volume is mounted below.
        Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => Ok(()),
        done => done,
    }
}

fn is_mount_point(dir: &Path) -> std::io::Result<bool> {
    let Some(above) = dir.parent() else { return Ok(true) };
    Ok(fs::metadata(dir)?.dev() != fs::metadata(above)?.dev())
}

fn restore(options: &Options, place: &Path) -> Result<String> {
    let read = |path: &PathBuf| fs::read_to_string(path).with_context(|| path.display().to_string());
    let identities =
        options.identity.as_ref().map(read).transpose()?.map(|text| Identities::parse(&text)).transpose()?;
    let target = mailbox::open_target(&options.from, identities).map_err(|e| anyhow!("{e}"))?;
    let store = Store::open(mailbox::Config::new(place)).map_err(|e| anyhow!("store: {e}"))?;
    let request = RestoreSystem { to_ms: options.to_ms, is_dry_run: options.is_dry_run };
    let outcome = store.restore_system(&target, &request, &mut |line| eprintln!("{line}"));
    let closed = store.shutdown();
    let (mut restored, extras) = outcome.map_err(|e| anyhow!("{e}"))?;
    closed.map_err(|e| anyhow!("store: {e}"))?;
    if !options.is_dry_run {
        leave_directory(place, &extras, &mut restored.problems)?;
        for extra in &extras {
            match extra.name.as_str() {
                DIRECTORY | mailbox::DIRECTORY_COPY => {}
                SYSTEM => system_files(place, extra, &mut restored.problems)?,
                other => restored.problems.push(format!("{other}: not known to this version")),
            }
        }
    }
    Ok(serde_json::to_string(&restored)?)
}

fn system_files(state: &Path, extra: &Extra, problems: &mut Vec<String>) -> Result<()> {
    for (_, body) in &extra.records {
        let file: SystemFile = match serde_json::from_slice(body) {
            Ok(file) => file,
            Err(error) => {
                problems.push(format!("a file of the settings: {error}"));
                continue;
            }
        };
        if let Err(error) = system_file(state, &file, problems) {
            problems.push(format!("{}: {error:#}", file.path));
        }
    }
    Ok(())
}

fn system_file(state: &Path, file: &SystemFile, problems: &mut Vec<String>) -> Result<()> {
    let named = Path::new(&file.path);
    if named.components().any(|part| matches!(part, Component::ParentDir | Component::CurDir)) {
        bail!("not a plain path");
    }
    let path = match named.strip_prefix("/") {
        // of elsewhere: its owner puts it there
        Ok(below) => {
            let beside = state.join("restored").join(below);
            problems.push(format!("{}: put it back where it was; it is in {}", file.path, beside.display()));
            beside
        }
        Err(_) => state.join(named),
    };
    let data = base64::engine::general_purpose::STANDARD.decode(&file.data)?;
    Ok(write_private(state, &path, &data, file.mode)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restore_that_starts_over_leaves_volumes_mounted() {
        let dir = tempfile::tempdir().unwrap();
        let (store, elsewhere) = (dir.path().join("store"), dir.path().join("elsewhere"));
        let volume = store.join("main");
        for below in ["blobs/ab", "lost+found", "other/lost+found"] {
            fs::create_dir_all(volume.join(below)).unwrap();
        }
        fs::create_dir_all(store.join("plain/below")).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        for file in
            [volume.join("blobs/ab/1"), volume.join(".moved"), store.join("plain/.moved"), elsewhere.join("mine")]
        {
            fs::write(file, "").unwrap();
        }
        std::os::unix::fs::symlink(&elsewhere, store.join("link")).unwrap();
        empty(&store, &|path| Ok(path == volume)).unwrap();
        let names = |dir: &Path| {
            let mut all: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            all.sort();
            all
        };
        assert_eq!(names(&store), ["main"]);
        assert_eq!(names(&volume), [".moved", "lost+found"]);
        assert_eq!(names(&elsewhere), ["mine"], "never through a link");
        empty(&store, &|_| Ok(false)).unwrap();
        assert!(!store.exists());
        assert!(is_mount_point(Path::new("/proc")).unwrap() && !is_mount_point(&elsewhere).unwrap());
    }
}
