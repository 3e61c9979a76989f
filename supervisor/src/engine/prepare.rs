// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a component must find before it starts: its programs, directories and files; and how its commands are run.

use crate::engine::component::{Component, ConfigFile, Directory, RunAs};
use crate::engine::drop_ins::DropIns;
use crate::engine::settings::Snapshot;
use crate::state::write_mode;
use anyhow::{Context, Result, bail};
use nix::unistd::{Gid, Group, Uid, User};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const LINE_CHARS_MAX: usize = 300;
const COMMAND_MAX: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(10);
const OUTPUT_BYTES_MAX: u64 = 16 << 20;
/// Half way from the least to the most likely victim.
const EXPENDABLE: i32 = 500;

/// Blocks. `kept`: files to start with, whatever would be rendered now. Answers its files.
pub fn prepare(
    component: &Component,
    settings: &Snapshot,
    drop_ins: DropIns,
    kept: Option<Vec<ConfigFile>>,
) -> Result<Vec<ConfigFile>> {
    if !component.program.is_file() {
        let packages = component.packages.join(" ");
        bail!("{} is missing: apt install {packages}", component.program.display());
    }
    for directory in &component.directories {
        make(directory)?;
    }
    let files = kept.map_or_else(|| (component.files)(settings, drop_ins), Ok)?;
    write_files(&files)?;
    component.initialise.as_ref().map_or(Ok(()), |initialise| initialise())?;
    Ok(files)
}

/// Answers whether any is new.
pub fn write_files(files: &[ConfigFile]) -> Result<bool> {
    let mut is_new = false;
    for file in files {
        is_new |= write_file(file)?;
    }
    Ok(is_new)
}

pub fn make(directory: &Directory) -> Result<()> {
    make_and_open(directory).map(drop)
}

/// The same; answers the directory itself, whatever its name may lead to later.
pub fn make_and_open(directory: &Directory) -> Result<File> {
    let path = &directory.path;
    let text = || format!("can't make the directory {}", path.display());
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(e).with_context(text),
        _ => {}
    }
    // Never through a link: whoever owns the parent could point us anywhere, at any moment.
    let flags = nix::libc::O_DIRECTORY | nix::libc::O_NOFOLLOW;
    let opened = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let Ok(opened) = opened else { bail!("{} is not a directory; move it away", path.display()) };
    let found = opened.metadata().with_context(text)?;
    if let Some((user, group)) = directory.owner {
        let (uid, gid) = user_ids(user, group)?;
        if (found.uid(), found.gid()) != (uid.as_raw(), gid.as_raw()) {
            std::os::unix::fs::fchown(&opened, Some(uid.as_raw()), Some(gid.as_raw())).with_context(text)?;
        }
    }
    if found.permissions().mode() & 0o7777 != directory.mode {
        opened.set_permissions(PermissionsExt::from_mode(directory.mode)).with_context(text)?;
    }
    Ok(opened)
}

/// Whole or not at all; answers whether anything is new.
pub fn write_file(file: &ConfigFile) -> Result<bool> {
    if std::fs::read_to_string(&file.path).is_ok_and(|old| old == file.text) {
        return Ok(false);
    }
    let mode = if file.group.is_some() { 0o640 } else { 0o600 };
    let gid = file.group.map(group_id).transpose()?;
    write_mode(&file.path, &file.text, mode, gid.map(Gid::as_raw))?;
    Ok(true)
}

pub fn user_ids(user: &str, group: &str) -> Result<(Uid, Gid)> {
    let Some(found) = User::from_name(user)? else { bail!("this machine has no user {user}") };
    Ok((found.uid, group_id(group)?))
}

fn group_id(group: &str) -> Result<Gid> {
    let Some(found) = Group::from_name(group)? else { bail!("this machine has no group {group}") };
    Ok(found.gid)
}

/// The words that run a component with its limits.
pub fn words_of(component: &Component) -> Vec<OsString> {
    let mut all = words(&component.program, &component.arguments, component.run_as.as_ref());
    if component.is_expendable {
        all.splice(0..0, ["choom".into(), format!("--adjust={EXPENDABLE}").into(), "--".into()]);
    }
    if let Some(files_max) = component.files_max {
        all.splice(0..0, ["prlimit".into(), format!("--nofile={files_max}:{files_max}").into(), "--".into()]);
    }
    all
}

/// The words that run a program with a user's rights and no way back to more.
pub fn words(program: &Path, arguments: &[String], run_as: Option<&RunAs>) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    if let Some(RunAs { user, group, low_ports }) = run_as {
        words.extend(
            ["setpriv", "--reuid", user, "--regid", group, "--init-groups", "--no-new-privs", "--pdeathsig", "KILL"]
                .map(OsString::from),
        );
        if *low_ports {
            words
                .extend(["--inh-caps", "+net_bind_service", "--ambient-caps", "+net_bind_service"].map(OsString::from));
        }
        words.push("--".into());
    }
    words.push(program.into());
    words.extend(arguments.iter().map(OsString::from));
    words
}

/// A short-lived helper of a component: runs to its end, dies with us. An error has its last words.
pub fn command(program: &str, arguments: &[&str], input: Option<&str>, run_as: Option<&RunAs>) -> Result<Vec<u8>> {
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    let mut all = words(Path::new(program), &arguments, run_as);
    if run_as.is_none() {
        all.splice(0..0, ["setpriv", "--pdeathsig", "KILL", "--"].map(OsString::from));
    }
    let (first, rest) = all.split_first().context("nothing to run")?;
    let mut child = Command::new(first)
        .args(rest)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("can't run {program}"))?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        std::io::Write::write_all(&mut stdin, input.as_bytes()).with_context(|| program.to_owned())?;
    }
    let output = wait(child).with_context(|| program.to_owned())?;
    if !output.status.success() {
        let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
        bail!("{program} failed ({}): {}", output.status, one_line_of(said));
    }
    Ok(output.stdout)
}

/// One that never ends would keep whoever waits for it, and us from stopping.
fn wait(mut child: Child) -> Result<Output> {
    let (stdout, stderr) = (gather(child.stdout.take()), gather(child.stderr.take()));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > COMMAND_MAX {
            child.kill()?;
            child.wait()?;
            bail!("took longer than {} s", COMMAND_MAX.as_secs());
        }
        std::thread::sleep(PAUSE);
    };
    let of = |gathered: JoinHandle<Vec<u8>>| gathered.join().unwrap_or_default();
    Ok(Output { status, stdout: of(stdout), stderr: of(stderr) })
}

fn gather(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            // What was read before an error is still worth something.
            let _ = stream.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes);
        }
        bytes
    })
}

/// The last line that says something, cut to a length that people read.
pub fn one_line_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    line.trim().chars().take(LINE_CHARS_MAX).collect()
}

/// The first word like 1.2 that the command says.
pub fn version_of(words: &[String]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    version_in(&String::from_utf8_lossy(&said))
}

fn version_in(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c| !is_part(c)).map(|word| word.trim_matches('.')).find(|word| word.contains('.')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found() {
        for (said, version) in [
            ("/usr/sbin/mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian", "10.11.19"),
            ("@(#) $OpenLDAP: slapd 2.5.13+dfsg-5 (Feb  8 2023 01:56:12) $", "2.5.13"),
            ("ClamAV 1.4.6/27400/Mon", "1.4.6"),
            ("3.7.11\n", "3.7.11"),
        ] {
            assert_eq!(version_in(said).as_deref(), Some(version));
        }
        assert_eq!(version_in("no. such thing ..."), None);
    }

    #[test]
    fn a_command_that_fails_tells_its_last_words() {
        let error =
            command("sh", &["-c", "echo first >&2; echo last >&2; exit 3"], None, None).unwrap_err().to_string();
        assert!(error.contains("last") && error.contains('3') && !error.contains("first"), "{error}");
        assert_eq!(command("cat", &[], Some("in"), None).unwrap(), b"in");
    }

    #[test]
    fn a_directory_is_never_made_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("d");
        make(&Directory { path: path.clone(), owner: None, mode: 0o711 }).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o711);
        let link = dir.path().join("l");
        std::os::unix::fs::symlink("/tmp", &link).unwrap();
        assert!(make(&Directory { path: link, owner: None, mode: 0o700 }).is_err());
    }
}
