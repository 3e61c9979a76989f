// SPDX-License-Identifier: AGPL-3.0-or-later
//! MariaDB: the rows of mailboxes. Over its socket only; its users are system users (plugin unix_socket), there is no password.

use crate::components::{Place, mailboxd, text};
use crate::engine::{Component, ConfigFile, Directory, RunAs, command};
use crate::probe::Probe;
use crate::render;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub const NAME: &str = "mariadb";
const USER: &str = "mysql";
const DATABASE: &str = "posthouse";
const CONFIG: &str = include_str!("../../templates/mariadb/my.cnf");

pub fn component(place: &Place) -> Result<Component> {
    let home = place.path("mysql");
    let config = home.join("my.cnf");
    let mut component = Component::new(NAME, "/usr/sbin/mariadbd".into());
    component.packages = &["mariadb-server"];
    component.arguments = vec![format!("--defaults-file={}", text(&config)?)];
    component.run_as = Some(RunAs { user: USER, group: USER, low_ports: false });
    let owned = |path: PathBuf, mode| Directory { path, owner: Some((USER, USER)), mode };
    component.directories = vec![
        owned(home.clone(), 0o700),
        owned(home.join("tmp"), 0o700),
        // Whoever connects is asked for who they are by the kernel.
        owned(place.path("run/mysql"), 0o755),
    ];
    let (socket, drop_in) = (socket(place), place.state.settings().join("mariadb.cnf"));
    let values = minijinja::context! {
        home => text(&home)?,
        socket => text(&socket)?,
        buffer_pool_bytes => buffer_pool_bytes(),
        drop_in => text(&home.join("drop-in.cnf"))?,
    };
    component.files = Arc::new({
        let home = home.clone();
        move |_, drop_ins| {
            let own = ConfigFile {
                path: home.join("drop-in.cnf"),
                text: drop_ins.read(&drop_in)?,
                group: Some(USER),
                is_secret: false,
            };
            let text = render::text("my.cnf", CONFIG, values.clone())?;
            Ok(vec![own, ConfigFile { path: config.clone(), text, group: Some(USER), is_secret: false }])
        }
    });
    component.initialise = Some(Arc::new(move || install(&home)));
    let client = ["mariadb", "--no-defaults", "--socket", &text(&socket)?, "--batch", "--execute"].map(str::to_owned);
    let query = |sql: &str| [&client[..], &[sql.to_owned()]].concat();
    component.probes = vec![Probe::Command { what: "a query", words: query("SELECT 1") }];
    let grant = query(&grants());
    component.settle = Some(Arc::new(move || {
        let words: Vec<&str> = grant.iter().skip(1).map(String::as_str).collect();
        command("mariadb", &words, None, None).map(drop)
    }));
    // Recovery and a flush of the whole buffer pool take as long as the disk needs.
    component.start_max = Duration::from_secs(600);
    component.stop_max = Duration::from_secs(120);
    component.version = ["/usr/sbin/mariadbd", "--version"].map(str::to_owned).to_vec();
    Ok(component)
}

/// What mailboxd is told.
pub fn for_mailboxd(place: &Place) -> Result<toml::Table> {
    let mut table = toml::Table::new();
    table.insert("driver".into(), "mysql".into());
    table.insert("socket".into(), text(&socket(place))?.into());
    table.insert("database".into(), DATABASE.into());
    table.insert("user".into(), mailboxd::USER.into());
    Ok(table)
}

fn socket(place: &Place) -> PathBuf {
    place.path("run/mysql/mysqld.sock")
}

/// SUPER: mailboxd's checkpoints ask for a flush (docs/admin/mariadb.md).
fn grants() -> String {
    let user = format!("'{}'@'localhost'", mailboxd::USER);
    format!(
        "CREATE DATABASE IF NOT EXISTS {DATABASE}; CREATE USER IF NOT EXISTS {user} IDENTIFIED VIA unix_socket; \
         GRANT ALL PRIVILEGES ON {DATABASE}.* TO {user}; GRANT SUPER ON *.* TO {user};"
    )
}

/// Makes the system tables, beside and then by one rename, so that a half-made directory is never taken for a database.
fn install(home: &Path) -> Result<()> {
    let data = home.join("data");
    if data.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(home)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with("data-") {
            std::fs::remove_dir_all(entry.path()).with_context(|| entry.path().display().to_string())?;
        }
    }
    let fresh = home.join(format!("data-{}", std::process::id()));
    let fresh_text = text(&fresh)?;
    let arguments = [
        "--no-defaults",
        &format!("--datadir={fresh_text}"),
        &format!("--tmpdir={}", text(&home.join("tmp"))?),
        "--auth-root-authentication-method=socket",
        "--auth-root-socket-user=root",
        "--skip-test-db",
    ];
    let run_as = RunAs { user: USER, group: USER, low_ports: false };
    command("mariadb-install-db", &arguments, None, Some(&run_as))?;
    std::fs::File::open(&fresh)?.sync_all()?;
    std::fs::rename(&fresh, &data).with_context(|| data.display().to_string())
}

/// A sixteenth of the machine's memory: lists are fast when their rows are in it, and the rest is for the page cache.
fn buffer_pool_bytes() -> u64 {
    const MIN: u64 = 32 << 20;
    const MAX: u64 = 4 << 30;
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or_default();
    let kib: u64 = line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0);
    ((kib << 10) / 16).clamp(MIN, MAX) >> 20 << 20
}
