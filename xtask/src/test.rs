// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask test`: everything that must hold before a change is merged. Linters count as one test each; what can't be
//! built ends the run at once.

use crate::run::{cargo, is_installed, npm, root, step, target_dir};
use crate::tally::Tally;
use crate::{package, packages, python, web};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Ports of the server that the browser drives: away from what a developer may have running.
const PORT_OFFSET_FIRST: u16 = 21_000;
const PORT_OFFSETS: u16 = 20;
/// Cargo's lock is free again once the tests run.
const LINT_AFTER: Duration = Duration::from_secs(20);

pub fn run(words: &[String]) -> Result<ExitCode> {
    let long = words.iter().any(|word| word == "--long");
    if let Some(unknown) = words.iter().find(|word| *word != "--long") {
        bail!("what is {unknown}? `cargo xtask test` knows --long");
    }
    let begun = Instant::now();
    let mut tally = Tally::default();
    // Packages come over the network meanwhile.
    let building = std::thread::spawn(|| step(&mut cargo(&["build", "--workspace", "--all-targets"])));
    packages::install(packages::FOR_TESTS)?;
    python::install_clients()?;
    web::install()?;
    tally.check(step(&mut cargo(&["fmt", "--all", "--check"])));
    tally.check(step(&mut npm(&["run", "check"])));
    tally.run(&mut npm(&["run", "test"]))?;
    step(&mut npm(&["run", "build"]))?;
    tally.check(step(&mut npm(&["run", "budget", "--if-present"])));
    building.join().unwrap_or_else(|_| bail!("the builder's thread ended"))?;
    let linting = std::thread::spawn(lint);
    tally.run(rust_tests().env("POSTHOUSE_LONG", if long { "1" } else { "" }))?;
    tally.run(&mut cargo(&["test", "--workspace", "--doc"]))?;
    if long {
        let binaries = target_dir().join("debug").display().to_string();
        let words = ["test", "--binaries", &binaries].map(str::to_owned);
        tally.check(package::run(&words).map(drop));
        boots(&mut tally)?;
    }
    browser(&mut tally)?;
    tally.check(linting.join().unwrap_or_else(|_| bail!("the linter's thread ended")));
    println!("\n{} passed, {} failed ({} s)", tally.passed, tally.failed, begun.elapsed().as_secs());
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Beside the tests, with what they leave of the processors: tests of the whole appliance wait much.
fn lint() -> Result<()> {
    std::thread::sleep(LINT_AFTER);
    let clippy = cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    let mut nice = Command::new("nice");
    nice.args(["-n", "19"]).arg(clippy.get_program()).args(clippy.get_args()).current_dir(root());
    step(&mut nice)
}

fn rust_tests() -> Command {
    if is_installed("cargo-nextest") {
        let mut nextest = cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]);
        // One more than there are processors: of the appliance's tests one runs at a time, and waits much.
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get() + 1);
        nextest.env("NEXTEST_TEST_THREADS", threads.to_string());
        nextest
    } else {
        cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"])
    }
}

/// The image, built and booted. In one process, since all of them share one image.
fn boots(tally: &mut Tally) -> Result<()> {
    packages::install(packages::FOR_IMAGE)?;
    packages::install(packages::FOR_BOOT)?;
    let lints = ["--features", "posthouse-image/boot-tests", "--test", "boot", "--", "--deny", "warnings"];
    tally.check(step(cargo(&["clippy", "--quiet", "--package", "posthouse-image"]).args(lints)));
    let tests = ["--features", "boot-tests", "--test", "boot", "--", "--test-threads=1", "--nocapture"];
    tally.run(cargo(&["test", "--package", "posthouse-image"]).args(tests))
}

/// The web client's flows, in a real browser against a real server with demo data.
fn browser(tally: &mut Tally) -> Result<()> {
    let server = Server::start()?;
    // The installer's page is tried on machines of its own.
    let posthouse = target_dir().join("debug/posthouse");
    let mut e2e = npm(&["run", "e2e"]);
    e2e.env("POSTHOUSE_URL", &server.url).env("POSTHOUSE_STATE", &server.state).env("POSTHOUSE_BIN", posthouse);
    tally.run(&mut e2e)
}

struct Server {
    child: Child,
    url: String,
    state: PathBuf,
}

impl Server {
    /// A fresh state directory, ready when it says so.
    fn start() -> Result<Server> {
        let state = target_dir().join("browser test");
        if state.exists() {
            std::fs::remove_dir_all(&state).with_context(|| state.display().to_string())?;
        }
        std::fs::create_dir_all(&state)?;
        let offset = free_offset()?;
        let log = std::fs::File::create(state.with_extension("log"))?;
        let mut child = Command::new(target_dir().join("debug/posthouse"))
            .args(["up", "--demo", "--port-offset", &offset.to_string(), "--state"])
            .arg(&state)
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let server = Server { child, url: format!("http://127.0.0.1:{}", 80 + offset), state };
        if line.trim() != "posthouse: ready" {
            bail!("the server for the browser did not start; see {}", server.state.with_extension("log").display());
        }
        Ok(server)
    }
}

impl Drop for Server {
    /// Its components die with it.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_offset() -> Result<u16> {
    const PORTS: [u16; 12] = [25, 587, 143, 993, 110, 995, 4190, 80, 443, 7071, 7025, 9464];
    (0..PORT_OFFSETS)
        .map(|n| PORT_OFFSET_FIRST + n * 100)
        .find(|offset| PORTS.iter().all(|port| TcpListener::bind(("127.0.0.1", port + offset)).is_ok()))
        .context("no free ports for the server that the browser drives")
}
