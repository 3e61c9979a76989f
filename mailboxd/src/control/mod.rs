// SPDX-License-Identifier: AGPL-3.0-or-later
//! The control socket, `run/control.sock` (0600, and only our own user or root): how `posthouse` talks to the daemon.
//!
//! One JSON object a line. A request is `{"verb": …}`; it is answered by any number of `{"progress": "…"}` lines and then by
//! one `{"ok": …}` or `{"error": "…"}`. Requests on one connection are answered in turn.

mod backup;
mod dns;
mod lists;
mod prov;
mod quarantine;
mod request;
mod settings;
mod training;
mod volume;

use crate::serve::System;
use anyhow::{Context, Result};
pub use backup::{follow_directory, import_directory, leave_directory, write_private};
pub use lists::Lists;
use serde_json::{Value, json};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

const FILE: &str = "control.sock";
const REQUEST_BYTES_MAX: u64 = 4 << 20;
const CONNECTIONS_MAX: usize = 32;
/// Lines of progress that wait for a slow reader; the work waits when it is full.
const PROGRESS_LINES_MAX: usize = 64;

/// The name goes through /proc, because a socket's path may have 108 bytes at most (unix(7)) and a state directory more.
pub fn bind(run: &Path) -> Result<UnixListener> {
    let path = run.join(FILE);
    let text = || path.display().to_string();
    match std::fs::remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e).with_context(text),
        // The lock is ours: whoever made that socket is dead.
        _ => {}
    }
    let dir = File::open(run).with_context(text)?;
    let listener = UnixListener::bind(format!("/proc/self/fd/{}/{FILE}", dir.as_raw_fd())).with_context(text)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).with_context(text)?;
    Ok(listener)
}

pub async fn serve(listener: UnixListener, system: System, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, system.clone()));
                }
                Err(error) => tracing::warn!(%error, "control socket"),
            },
        }
    }
    // A request that runs (a verification, say) is cut off: it changes nothing that the journal does not hold.
    connections.shutdown().await;
}

async fn converse(mut stream: UnixStream, system: System) {
    let own = std::fs::metadata("/proc/self").map(|m| std::os::unix::fs::MetadataExt::uid(&m)).ok();
    let peer = stream.peer_cred().map(|c| c.uid()).ok();
    if peer != Some(0) && (peer.is_none() || peer != own) {
        tracing::warn!(?peer, "control socket: refused");
        return;
    }
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut lines).take(REQUEST_BYTES_MAX).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if line.last() != Some(&b'\n') {
            let _ = write.write_all(b"{\"error\":\"request too long or cut off\"}\n").await;
            return;
        }
        if answer(&line, &system, &mut write).await.is_err() {
            return;
        }
    }
}

async fn answer(line: &[u8], system: &System, write: &mut (impl AsyncWriteExt + Unpin)) -> std::io::Result<()> {
    let request = match serde_json::from_slice::<request::Request>(line) {
        Ok(request) => request,
        Err(error) => return send(write, json!({"error": format!("request: {error}")})).await,
    };
    let (progress, mut lines) = mpsc::channel::<String>(PROGRESS_LINES_MAX);
    let mut work = tokio::task::spawn_blocking({
        let system = system.clone();
        move || request::run(request, &system, &mut |line| drop(progress.blocking_send(line.to_owned())))
    });
    let outcome = loop {
        tokio::select! {
            Some(line) = lines.recv() => send(write, json!({"progress": line})).await?,
            outcome = &mut work => break outcome,
        }
    };
    while let Ok(line) = lines.try_recv() {
        send(write, json!({"progress": line})).await?;
    }
    let last = match outcome {
        Ok(Ok(value)) => json!({"ok": value}),
        Ok(Err(error)) => json!({"error": format!("{error:#}")}),
        Err(_) => json!({"error": "the daemon failed at this request; its log says how"}),
    };
    send(write, last).await
}

/// What administrators may ask over SOAP of what is answered here; who may is checked there.
pub fn for_soap(system: System) -> soap::Daemon {
    soap::Daemon::new(move |asked| {
        let mut request = serde_json::from_value(asked).map_err(|error| format!("request: {error}"))?;
        match &mut request {
            request::Request::Quarantine { request } => request.find_listener(&system.state),
            request::Request::Statistics { .. } => {}
            _ => return Err("this is asked over the control socket".to_owned()),
        }
        request::run(request, &system, &mut |_| {}).map_err(|error| format!("{error:#}"))
    })
}

async fn send(write: &mut (impl AsyncWriteExt + Unpin), value: Value) -> std::io::Result<()> {
    write.write_all(format!("{value}\n").as_bytes()).await
}
