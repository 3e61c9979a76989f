// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse stop` and `posthouse restart`.

use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::{Result, bail};
use serde_json::json;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A little more than the supervisor gives its components.
const STOP_MAX: Duration = Duration::from_secs(240);
const PAUSE: Duration = Duration::from_millis(50);

pub fn stop(state: &StateDir) -> Result<ExitCode> {
    call(state, Daemon::Supervisor, &json!({"verb": "stop"}), &mut |_| {})?;
    let begun = Instant::now();
    // Whoever gets the lock knows that the other one is gone.
    while state.try_lock()?.is_none() {
        if begun.elapsed() > STOP_MAX {
            bail!("posthouse still runs after {} s; `posthouse status` tells more", STOP_MAX.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(ExitCode::SUCCESS)
}

pub fn restart(state: &StateDir, component: Option<&str>) -> Result<ExitCode> {
    call(state, Daemon::Supervisor, &json!({"verb": "restart", "component": component}), &mut |_| {})?;
    Ok(ExitCode::SUCCESS)
}
