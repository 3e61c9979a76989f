// SPDX-License-Identifier: AGPL-3.0-or-later
//! `mailboxd serve`: lock, open, bind, serve, stop.
//!
//! Order matters. The lock comes first, so that nobody else has the store open. Every port is bound before any service
//! starts, so that a port in use is an error at the start and not half a server. At the end the services stop before the
//! store is closed, so that whatever a client was told is in the checkpoint; what does not stop in time is cut off, which
//! is a crash to the store and costs a replay.

use crate::config::{self, Config};
use crate::http::health::Ready;
use crate::metrics::Metrics;
use crate::statistics::Statistics;
use crate::{control, extraction, lock, restore, services, tls};
use anyhow::{Context, Result, anyhow};
use directory::Directory;
use mailbox::Store;
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// From the signal to the end, the checkpoint not counted.
const DRAIN_MAX: Duration = Duration::from_secs(8);
/// For a directory server that starts beside us.
const DIRECTORY_WAIT: Duration = Duration::from_secs(60);
/// Threads for what blocks (directory, files of the development build); the store has its own limit on top.
const BLOCKING_THREADS_MAX: usize = 96;

/// What the services share.
#[derive(Clone)]
pub struct System {
    pub config: Arc<Config>,
    pub state: PathBuf,
    pub store: Store,
    pub directory: Directory,
    pub metrics: Arc<Metrics>,
    pub ready: Arc<Ready>,
    /// For IMAP, POP3, LMTP, SMTP.
    pub tls_mail: Arc<ServerConfig>,
    pub tls_http: Arc<ServerConfig>,
    pub started: Instant,
    /// Runs what people filter their mail by.
    pub filters: lmtp::Filters,
    /// For the scanner.
    pub lists: Arc<control::Lists>,
    /// Once the services have started.
    pub soap: Arc<OnceLock<soap::State>>,
    /// The same.
    pub rest: Arc<OnceLock<rest::State>>,
    /// None: there is no room for them.
    pub statistics: Option<Arc<Statistics>>,
}

pub fn run(state: &Path, config_file: &Path) -> Result<ExitCode> {
    let config = config::read(config_file)?;
    let lock = lock::take(state)?;
    restore::refuse_incomplete(state)?;
    let begun = Instant::now();
    let directory = match &config.directory {
        Some(at) => Directory::ldap(&at.ldap()?)?,
        None => Directory::open(&state.join("directory"))?,
    };
    import_directory(state, &directory)?;
    let settings = mailbox::Config { extraction: Some(extraction::extraction(&directory)?), ..config.store(state) };
    let store = Store::open(settings).map_err(|e| anyhow!("store: {e}"))?;
    tracing::info!(ms = begun.elapsed().as_millis(), "store is open");
    let system = System {
        state: state.to_owned(),
        tls_mail: tls::server_config(state, &config.tls, &config.hostname, &[])?,
        tls_http: tls::server_config(state, &config.tls, &config.hostname, &[b"http/1.1"])?,
        filters: lmtp::Filters::new(&config.hostname),
        config: Arc::new(config),
        store: store.clone(),
        directory,
        metrics: Arc::default(),
        ready: Arc::default(),
        started: begun,
        lists: Arc::default(),
        soap: Arc::default(),
        rest: Arc::default(),
        statistics: match Statistics::open(state) {
            Ok(statistics) => Some(Arc::new(statistics)),
            Err(error) => {
                tracing::warn!(%error, "statistics/: figures over time are not kept");
                None
            }
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("mailboxd")
        .build()?;
    let served = runtime.block_on(serve(system, &lock.run));
    // Sessions that did not end in time end here, before the store is closed.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served?;
    store.shutdown().map_err(|e| anyhow!("store did not close cleanly: {e}"))?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Nobody may ask a directory that is still to be filled.
fn import_directory(state: &Path, directory: &Directory) -> Result<()> {
    let begun = Instant::now();
    loop {
        match control::import_directory(state, directory) {
            Err(error) if begun.elapsed() < DIRECTORY_WAIT => {
                tracing::warn!("{error:#}: trying again");
                std::thread::sleep(Duration::from_secs(1));
            }
            other => return other,
        }
    }
}

async fn serve(system: System, run: &Path) -> Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let finish = services::start(&system, &stopping, &mut tasks).await?;
    let control = control::bind(run)?;
    tasks.spawn(control::serve(control, system.clone(), stopping.clone()));
    if system.config.backup.is_some() {
        tasks.spawn(control::follow_directory(system.clone(), stopping.clone()));
    }
    system.ready.set(true);
    tracing::info!(ms = system.started.elapsed().as_millis(), "ready");
    let why = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
        ended = tasks.join_next() => {
            tracing::error!(?ended, "a service ended by itself");
            "a service ended"
        }
    };
    tracing::info!(why, "stopping");
    system.ready.set(false);
    // Nobody listens any more only when every task is gone already.
    let _ = stop.send(true);
    finish();
    let drained = tokio::time::timeout(DRAIN_MAX, async { while tasks.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(open = tasks.len(), "services did not end in time, cut off");
        tasks.abort_all();
    }
    if why == "a service ended" { Err(anyhow!("a service ended by itself")) } else { Ok(()) }
}

/// All addresses of one service, or an error that names the one in use.
pub async fn bind(service: &str, addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("{service}: can't listen on {address}"))?;
        tracing::info!(service, %address, "listening");
        listeners.push(listener);
    }
    Ok(listeners)
}
