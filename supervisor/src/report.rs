// SPDX-License-Identifier: AGPL-3.0-or-later
//! How everything is, as one JSON object: what `posthouse status` shows, and, in `run/status.json`, what mailboxd shows as
//! metrics and in the admin API.

use crate::components::{Place, Profile, mailboxd};
use crate::engine::{Board, Phase, usage, user_ids};
use crate::probe;
use crate::state::write_mode;
use serde_json::{Value, json};
use std::time::Instant;

const FILE: &str = "status.json";

pub async fn status(place: &Place, board: &Board, started: Instant) -> Value {
    let mut services = Vec::new();
    let mut alerts = board.alerts();
    for endpoint in &place.endpoints {
        let alive = probe::is_alive(endpoint).await;
        let is_news = board.status(endpoint.component).is_none_or(|status| status.phase == Phase::Running);
        if !alive && is_news {
            alerts.push(format!("{} does not answer on {}", endpoint.service, endpoint.address));
        }
        let address = endpoint.address.to_string();
        let (service, component) = (endpoint.service, endpoint.component);
        services.push(json!({"service": service, "component": component, "address": address, "alive": alive}));
    }
    let mut components = Vec::new();
    let mut memory_bytes = 0;
    for status in board.statuses() {
        if status.phase != Phase::Running {
            let why = status.last_error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
            let away = board.missing(status.name);
            let waits = if away.is_empty() { String::new() } else { format!(" (waits for {})", away.join(", ")) };
            alerts.insert(0, format!("{} is not running{waits}{why}", status.name));
        }
        let used = status.guard.and_then(|pid| i32::try_from(pid).ok()).map(usage::of_tree).unwrap_or_default();
        memory_bytes += used.memory_bytes;
        let mut line = json!(status);
        line["waits_for"] = json!(board.missing(status.name));
        line["memory_bytes"] = json!(used.memory_bytes);
        line["cpu_seconds"] = json!(used.cpu.as_secs_f64());
        line["processes"] = json!(used.processes);
        components.push(line);
    }
    let own = usage::of_process(std::process::id().cast_signed());
    json!({
        "ok": alerts.is_empty(),
        "version": env!("CARGO_PKG_VERSION"),
        "profile": match place.profile { Profile::Embedded => "embedded", Profile::Appliance => "appliance" },
        "pid": std::process::id(),
        "up_seconds": started.elapsed().as_secs(),
        "memory_bytes": memory_bytes + own.memory_bytes,
        "components": components,
        "services": services,
        "health": board.health(),
        "alerts": alerts,
    })
}

/// For mailboxd, which may not ask us.
pub async fn write(place: &Place, board: &Board, started: Instant) {
    let status = status(place, board, started).await;
    let path = place.state.run().join(FILE);
    let appliance = place.profile == Profile::Appliance;
    let written = tokio::task::spawn_blocking(move || {
        let gid = if appliance { Some(user_ids(mailboxd::USER, mailboxd::USER)?.1.as_raw()) } else { None };
        write_mode(&path, &format!("{status}\n"), 0o640, gid)
    });
    // The next look tries again; a disk that is full is told by another way.
    let _ = written.await;
}
