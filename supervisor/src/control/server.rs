// SPDX-License-Identifier: AGPL-3.0-or-later
//! Our own control socket: status, stop, restart.

use crate::component::{Order, Phase, Status};
use crate::ports::Endpoint;
use crate::probe;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};

const FILE: &str = "posthouse.sock";
const REQUEST_BYTES_MAX: u64 = 4_096;

/// What the requests look at and act on.
#[derive(Clone)]
pub struct Shared {
    pub status: Rc<RefCell<Status>>,
    pub phase: watch::Receiver<Phase>,
    pub orders: mpsc::Sender<Order>,
    pub endpoints: Rc<Vec<Endpoint>>,
    pub started: Instant,
}

/// Binds; the answer serves until it is dropped.
pub fn serve(state: &crate::state::StateDir, shared: Shared) -> Result<impl Future<Output = ()> + use<>> {
    let path = state.run().join(FILE);
    let text = || path.display().to_string();
    // The lock is ours: whoever made a socket here is dead.
    let _ = std::fs::remove_file(&path);
    let listener = state.with_socket_path(FILE, |path| UnixListener::bind(path)).with_context(text)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).with_context(text)?;
    Ok(async move {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::task::spawn_local(converse(stream, shared.clone()));
            }
        }
    })
}

async fn converse(mut stream: UnixStream, shared: Shared) {
    let (read, mut write) = stream.split();
    let mut line = Vec::new();
    let read = BufReader::new(read).take(REQUEST_BYTES_MAX).read_until(b'\n', &mut line).await;
    if read.is_err() {
        return;
    }
    let request: Value = serde_json::from_slice(&line).unwrap_or_default();
    let answer = match request.get("verb").and_then(Value::as_str) {
        Some("status") => json!({"ok": status(&shared).await}),
        Some("stop") => {
            let _ = shared.orders.send(Order::Stop).await;
            json!({"ok": {}})
        }
        Some("restart") => restart(shared).await,
        _ => json!({"error": "posthouse does not know this request: is it another release?"}),
    };
    let _ = write.write_all(format!("{answer}\n").as_bytes()).await;
}

async fn status(shared: &Shared) -> Value {
    let mut services = Vec::new();
    for endpoint in shared.endpoints.iter() {
        let alive = probe::is_alive(endpoint).await;
        services.push(json!({"service": endpoint.service, "address": endpoint.address.to_string(), "alive": alive}));
    }
    let component = shared.status.borrow().clone();
    let mut alerts: Vec<String> = Vec::new();
    if component.phase != Phase::Running {
        let why = component.last_exit.as_ref().map_or_else(String::new, |exit| format!(" (last ended: {exit})"));
        alerts.push(format!("{} is not running{why}", component.name));
    }
    for service in &services {
        if service["alive"] == false {
            alerts.push(format!("{} does not answer on {}", service["service"], service["address"]).replace('"', ""));
        }
    }
    json!({
        "ok": alerts.is_empty(),
        "version": env!("CARGO_PKG_VERSION"),
        "profile": "embedded",
        "pid": std::process::id(),
        "up_seconds": shared.started.elapsed().as_secs(),
        "components": [component],
        "services": services,
        "alerts": alerts,
    })
}

/// Answers once it is ready again.
async fn restart(mut shared: Shared) -> Value {
    shared.phase.mark_unchanged();
    if shared.orders.send(Order::Restart).await.is_err() {
        return json!({"error": "posthouse is stopping"});
    }
    // The first change is the end of the old process.
    let again = async {
        shared.phase.changed().await?;
        shared.phase.wait_for(|phase| matches!(phase, Phase::Running | Phase::Stopped)).await.map(|phase| *phase)
    };
    match again.await {
        Ok(Phase::Running) => json!({"ok": {}}),
        _ => json!({"error": "posthouse stopped meanwhile"}),
    }
}
