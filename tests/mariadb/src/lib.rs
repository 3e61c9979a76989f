// SPDX-License-Identifier: AGPL-3.0-or-later
//! A real MariaDB server for tests: its own directory, its own socket, no network, its flush relaxed as far as it goes, so that
//! killing it loses commits. `mariadb-install-db` runs once a machine; a server starts on a copy of what it made.
//!
//! A server ends with the process that started it, however that ends: a shell between the two waits for the end of its
//! input, then kills the server and removes the directory.

mod template;

use anyhow::{Context, Result, bail};
use mysql::prelude::Queryable;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

const START_MAX: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// `$DIR` is the server's directory, `$@` the server. Without a terminal a background process has no input of its own.
const KEEPER: &str = r#""$@" & pid=$!; read line; kill -9 $pid; wait $pid; rm -rf "$DIR""#;

pub struct Server {
    dir: PathBuf,
    settings: Vec<String>,
    /// Keeps the keepers waiting: one a start.
    keepers: Mutex<Vec<ChildStdin>>,
    databases: AtomicU32,
}

/// A database of its own for a test.
#[derive(Debug, Clone)]
pub struct Database {
    pub socket: PathBuf,
    pub name: String,
    /// Ourselves: the server asks the kernel who is at the other end of the socket.
    pub user: String,
}

/// One server a process, for tests that only need a database.
pub fn shared() -> Result<&'static Server> {
    static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SHARED.get_or_init(|| Server::start().map_err(|error| format!("{error:#}")));
    server.as_ref().map_err(|text| anyhow::anyhow!("{text}"))
}

impl Server {
    pub fn start() -> Result<Server> {
        Server::start_with(&[])
    }

    /// With settings of its own beside the usual ones.
    pub fn start_with(settings: &[&str]) -> Result<Server> {
        let settings = settings.iter().map(|&one| one.to_owned()).collect();
        let dir = tempfile::Builder::new().prefix("posthouse-mariadb-").tempdir()?.keep();
        template::copy(&dir.join("data"))?;
        std::fs::create_dir(dir.join("tmp"))?;
        let server = Server { dir, settings, keepers: Mutex::default(), databases: AtomicU32::new(0) };
        server.start_again()?;
        Ok(server)
    }

    /// After [`Server::kill`]: on what the last one left. Ready when this returns.
    pub fn start_again(&self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.dir.join("log"))?;
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh", "mariadbd", "--no-defaults"])
            .arg(option("--datadir", &self.dir.join("data")))
            .arg(option("--socket", &self.socket()))
            .arg(option("--pid-file", &self.dir.join("pid")))
            // a server that starts removes the temporary tables that it finds, whosever they are
            .arg(option("--tmpdir", &self.dir.join("tmp")))
            .args(template::OPTIONS)
            .args(template::user())
            .args(SETTINGS)
            .args(&self.settings)
            .env("DIR", &self.dir)
            .env("PATH", template::path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("sh")?;
        let stdin = keeper.stdin.take().context("a keeper without input")?;
        if let Ok(mut keepers) = self.keepers.lock() {
            keepers.push(stdin);
        }
        // reaps it, whenever it ends
        std::thread::spawn(move || keeper.wait());
        self.wait_until_ready()
    }

    fn wait_until_ready(&self) -> Result<()> {
        let begun = Instant::now();
        loop {
            match self.connect() {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > START_MAX => bail!("mariadbd does not start: {error}\n{}", self.log()),
                Err(_) => std::thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// SIGKILL. Gone when this returns.
    pub fn kill(&self) -> Result<()> {
        let pid = nix::unistd::Pid::from_raw(self.pid()?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL)?;
        let begun = Instant::now();
        // the keeper has not reaped it while it waits for its input, so it stays as a zombie
        while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
            if begun.elapsed() > START_MAX {
                bail!("mariadbd survives SIGKILL");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        std::fs::remove_file(self.dir.join("pid"))?;
        Ok(())
    }

    pub fn pid(&self) -> Result<i32> {
        Ok(std::fs::read_to_string(self.dir.join("pid")).context("mariadbd does not run")?.trim().parse()?)
    }

    /// A new database, empty.
    pub fn database(&self) -> Result<Database> {
        let name = format!("test{}", self.databases.fetch_add(1, Relaxed));
        self.connect()?.query_drop(format!("CREATE DATABASE {name}"))?;
        Ok(Database { socket: self.socket(), name, user: template::own_name() })
    }

    /// As an administrator.
    pub fn run(&self, sql: &str) -> Result<()> {
        Ok(self.connect()?.query_drop(sql)?)
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.join("socket")
    }

    /// Its files.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    fn connect(&self) -> Result<mysql::Conn> {
        let socket = self.socket().to_str().context("socket")?.to_owned();
        let options = mysql::OptsBuilder::new().socket(Some(socket)).user(Some(template::own_name()));
        Ok(mysql::Conn::new(options.prefer_socket(false))?)
    }
}

/// Small, and nothing is durable by itself: what survives is what the store made sure of.
const SETTINGS: &[&str] = &[
    "--skip-networking",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=24M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-log-at-timeout=2700",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    // many servers at once would use up what the kernel has (fs.aio-max-nr)
    "--innodb-use-native-aio=OFF",
];

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(name);
    option.push("=");
    option.push(path);
    option
}
