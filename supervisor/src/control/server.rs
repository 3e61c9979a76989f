// SPDX-License-Identifier: AGPL-3.0-or-later
//! Our own control socket: status, stop, restart.

use crate::components::Place;
use crate::engine::{Board, Change, DropIns, Order, Phase, command};
use crate::follow::{self, Orders};
use crate::report;
use crate::setup::{Request, Setup};
use crate::upgrade::place;
use crate::upgrade::version::Version;
use crate::upgrade::work::{self, What};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

const FILE: &str = "posthouse.sock";
/// Answers to set-up may have a chain of certificates.
const REQUEST_BYTES_MAX: u64 = 256 << 10;

/// What the requests look at and act on.
#[derive(Clone)]
pub struct Shared {
    pub place: Rc<Place>,
    pub board: Rc<Board>,
    pub orders: Rc<Orders>,
    pub started: Instant,
    pub setup: Rc<Setup>,
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
    let component = request.get("component").and_then(Value::as_str);
    let answer = match request.get("verb").and_then(Value::as_str) {
        Some("status") => {
            let mut status = report::status(&shared.place, &shared.board, shared.started).await;
            // Not in what mailboxd is told: it opens the machine.
            if let Some(code) = &shared.setup.code {
                status["setup_code"] = json!(code);
            }
            json!({"ok": status})
        }
        Some("upgrade") => upgrade(&shared, &request).await,
        Some("setup") => set_up(&shared, request["request"].clone()).await,
        Some("stop") => {
            shared.board.stop();
            json!({"ok": {}})
        }
        Some("apply") => apply(&shared, &request).await,
        Some("restart") => restart(&shared, component).await,
        _ => json!({"error": "posthouse does not know this request: is it another release?"}),
    };
    let _ = write.write_all(format!("{answer}\n").as_bytes()).await;
}

async fn set_up(shared: &Shared, request: Value) -> Value {
    // What serde says of a mistake may have a password in it.
    let Ok(request) = serde_json::from_value::<Request>(request) else {
        return json!({"error": "posthouse does not know this request: is it another release?"});
    };
    match shared.setup.answer(request).await {
        Ok(value) => json!({"ok": value}),
        Err(error) => json!({"error": format!("{error:#}")}),
    }
}

/// `ask`: `status`, `check` (asks the source), `install` (`version`, `force`; in the background, `status` tells how far it is),
/// `rollback`, `restart`.
async fn upgrade(shared: &Shared, request: &Value) -> Value {
    let state = shared.place.state.clone();
    let ask = request["ask"].as_str().unwrap_or_default().to_owned();
    let version = request["version"].as_str().map(|text| Version::try_from(text.to_owned())).transpose();
    let is_forced = request["force"] == true;
    let what = match version {
        Ok(version) => version.map_or(What::Best, What::Version),
        Err(error) => return json!({"error": error}),
    };
    if ask == "install" {
        if let Err(error) = place::booted() {
            return json!({"error": error.to_string()});
        }
        // Nobody waits for its end: it says itself how far it is.
        drop(tokio::task::spawn_blocking(move || {
            if let Err(error) = work::upgrade(&state, &what, is_forced, &mut |_| {}) {
                eprintln!("posthouse: upgrade: {error:#}");
            }
        }));
        return json!({"ok": {}});
    }
    let done = tokio::task::spawn_blocking(move || match ask.as_str() {
        "status" => Ok(work::status(&state)),
        "check" => work::look(&state).map(|_| work::status(&state)),
        "rollback" => crate::upgrade::go_back(&state).map(|slot| json!({"next": slot.letter()})),
        "restart" => {
            place::booted()?;
            command("systemctl", &["reboot"], None, None).map(|_| json!({}))
        }
        _ => anyhow::bail!("posthouse does not know this request: is it another release?"),
    });
    match done.await.map_err(anyhow::Error::from).and_then(|done| done) {
        Ok(value) => json!({"ok": value}),
        Err(error) => json!({"error": format!("{error:#}")}),
    }
}

/// Renders everything anew, or only says what that would change: with `attributes` laid over those of the directory.
async fn apply(shared: &Shared, request: &Value) -> Value {
    let attributes: Vec<(String, String)> = serde_json::from_value(request["attributes"].clone()).unwrap_or_default();
    let changes = match follow::preview(&shared.board, &attributes).await {
        Ok(changes) => changes,
        Err(error) => return json!({"error": format!("{error:#}")}),
    };
    if request["dry_run"] != true {
        follow::apply(&shared.board, &shared.orders, shared.board.settings(), Some(DropIns::Taken)).await;
        if let Some(alert) = shared.board.alerts().into_iter().find(|alert| alert.starts_with("new settings")) {
            return json!({"error": alert});
        }
    }
    let line = |c: &Change| json!({"component": c.component, "path": c.path.display().to_string(), "diff": c.diff});
    json!({"ok": changes.iter().map(line).collect::<Vec<_>>()})
}

/// Answers once it, or every component, is ready again.
async fn restart(shared: &Shared, component: Option<&str>) -> Value {
    let names: Vec<&'static str> =
        shared.orders.keys().copied().filter(|name| component.is_none_or(|wanted| wanted == *name)).collect();
    if names.is_empty() {
        let all: Vec<&str> = shared.orders.keys().copied().collect();
        return json!({"error": format!("there is no such component; this profile has: {}", all.join(", "))});
    }
    let board = &shared.board;
    for name in &names {
        let starts = board.status(name).map_or(0, |status| status.starts);
        let Some(orders) = shared.orders.get(name) else { continue };
        if orders.send(Order::Restart).await.is_err() {
            return json!({"error": "posthouse is stopping"});
        }
        board
            .until(name, |phase| {
                phase == Phase::Stopped
                    || phase == Phase::Failed
                    || (phase == Phase::Waiting && !board.missing(name).is_empty())
                    || (phase == Phase::Running && board.status(name).is_some_and(|status| status.starts > starts))
            })
            .await;
        match board.status(name).map(|status| (status.phase, status.last_error)) {
            Some((Phase::Running, _)) => {}
            Some((Phase::Failed, error)) => {
                return json!({"error": format!("{name} does not start: {}", error.unwrap_or_default())});
            }
            Some((Phase::Waiting, _)) => {
                return json!({"error": format!("{name} waits for {}", board.missing(name).join(", "))});
            }
            _ => return json!({"error": "posthouse stopped meanwhile"}),
        }
    }
    json!({"ok": {}})
}
