// SPDX-License-Identifier: AGPL-3.0-or-later
//! The life of everything: start, say when it is ready, stop on request. One thread, so that the parent-death signal of the
//! components is bound to something that lives as long as we do.

use crate::component::{Component, Order, Phase, Reports, Status, keep_running};
use crate::control::{self, Shared};
use crate::ports::Endpoint;
use crate::settings;
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::stat::{Mode, umask};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;

const ORDERS_MAX: usize = 8;

/// Runs until it is told to stop. `on_ready` is called once, when every probe was answered for the first time; it may block.
pub fn run(
    state: StateDir,
    endpoints: Vec<Endpoint>,
    on_ready: impl FnOnce() -> Result<()> + Send + 'static,
) -> Result<()> {
    raise_file_limit();
    // Whatever a component makes is ours alone.
    umask(Mode::from_bits_truncate(0o077));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, supervise(state, endpoints, on_ready))
}

async fn supervise(
    state: StateDir,
    endpoints: Vec<Endpoint>,
    on_ready: impl FnOnce() -> Result<()> + Send + 'static,
) -> Result<()> {
    let (orders, inbox) = mpsc::channel(ORDERS_MAX);
    let (phase, mut phases) = watch::channel(Phase::Starting);
    let status = Status { name: "mailboxd", phase: Phase::Starting, pid: None, restarts: 0, last_exit: None };
    let status = Rc::new(RefCell::new(status));
    let shared = Shared {
        status: Rc::clone(&status),
        phase: phases.clone(),
        orders: orders.clone(),
        endpoints: Rc::new(endpoints.clone()),
        started: Instant::now(),
    };
    tokio::task::spawn_local(control::serve(&state, shared)?);
    tokio::task::spawn_local(stop_on_signals(orders)?);
    let mailboxd = mailboxd(state, endpoints)?;
    let mut running = std::pin::pin!(keep_running(mailboxd, inbox, Reports { status, phase }));
    tokio::select! {
        ended = &mut running => return ended,
        _ = phases.wait_for(|phase| *phase == Phase::Running) => {}
    }
    let mut greeting = tokio::task::spawn_blocking(on_ready);
    tokio::select! {
        ended = &mut running => return ended,
        greeted = &mut greeting => greeted??,
    }
    // Nobody listens where there is no systemd.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    running.await
}

fn mailboxd(state: StateDir, endpoints: Vec<Endpoint>) -> Result<Component> {
    let text = |path: PathBuf| match path.into_os_string().into_string() {
        Ok(text) => Ok(text),
        Err(path) => bail!("the path {} is not UTF-8", path.display()),
    };
    let config = state.settings().join("mailboxd.toml");
    let arguments = vec!["serve".into(), "--state".into(), text(state.path.clone())?, "--config".into(), text(config)?];
    let listen = endpoints.clone();
    Ok(Component {
        name: "mailboxd",
        program: sibling("mailboxd")?,
        arguments,
        endpoints,
        log: state.logs().join("mailboxd.log"),
        prepare: Box::new(move || settings::render(&state, &settings::read(&state)?, &listen).map(drop)),
    })
}

/// A program beside our own.
pub fn sibling(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("where am I?")?;
    let program = own.with_file_name(name);
    if !program.is_file() {
        bail!(
            "{} is missing: build it with `cargo build -p {name}` (add --release if posthouse is)",
            program.display()
        );
    }
    Ok(program)
}

fn stop_on_signals(orders: mpsc::Sender<Order>) -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            eprintln!("posthouse: stopping (once more: at once)");
            if orders.send(Order::Stop).await.is_err() {
                return;
            }
        }
    })
}

/// A session is a file descriptor, and so are a message and an index segment; the default of 1,024 is a relic of select(2).
fn raise_file_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Not allowed to: then the soft limit stays, and the daemon refuses what is too much.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
