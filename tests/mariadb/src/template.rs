// SPDX-License-Identifier: AGPL-3.0-or-later
//! A data directory made once a machine (it takes seconds) and copied for each server (it takes milliseconds).

use anyhow::{Context, Result, bail};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a data directory is made with, and has to be used with.
pub const OPTIONS: &[&str] = &["--innodb-log-file-size=8M", "--innodb-undo-tablespaces=0"];

pub fn copy(to: &Path) -> Result<()> {
    let template = template()?;
    run(Command::new("cp").arg("-r").arg(template).arg(to))
}

fn template() -> Result<PathBuf> {
    let home = std::env::temp_dir().join(format!("posthouse-mariadb-template-{}", nix::unistd::getuid()));
    std::fs::create_dir_all(&home)?;
    // whoever comes first makes it, the others wait
    let lock = File::options().create(true).append(true).open(home.join("lock"))?;
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, errno)| errno)?;
    let whole = home.join(version()?);
    if !whole.exists() {
        let partial = home.join("partial");
        if partial.exists() {
            std::fs::remove_dir_all(&partial)?;
        }
        let socket_user = format!("--auth-root-socket-user={}", own_name());
        let mut command = Command::new("mariadb-install-db");
        command.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=socket"]);
        command.env("PATH", path()).arg(socket_user).args(OPTIONS).args(user());
        run(command.arg(crate::option("--datadir", &partial)))?;
        std::fs::rename(&partial, &whole)?;
    }
    Ok(whole)
}

/// With the directory of daemons, which is not in everybody's path.
pub fn path() -> String {
    std::env::var("PATH").unwrap_or_default() + ":/usr/sbin"
}

/// A later server finds nothing that an earlier one has made.
fn version() -> Result<String> {
    let output = Command::new("mariadbd")
        .arg("--version")
        .env("PATH", path())
        .output()
        .context("mariadbd: install mariadb-server")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect())
}

/// The server refuses to run as root unless it is told to.
pub fn user() -> Option<&'static str> {
    nix::unistd::getuid().is_root().then_some("--user=root")
}

pub fn own_name() -> String {
    let own = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten();
    own.map_or_else(|| "root".into(), |user| user.name)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
