// SPDX-License-Identifier: AGPL-3.0-or-later
//! Asks over a control socket.

use crate::state::StateDir;
use anyhow::{Result, anyhow, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daemon {
    Supervisor,
    Mailboxd,
}

impl Daemon {
    fn socket(self) -> &'static str {
        match self {
            Daemon::Supervisor => "posthouse.sock",
            Daemon::Mailboxd => "control.sock",
        }
    }
}

/// One request; `progress` gets the lines before the answer. An error is one line for people.
pub fn call(state: &StateDir, daemon: Daemon, request: &Value, progress: &mut dyn FnMut(&str)) -> Result<Value> {
    let stream = connect(state, daemon)?;
    (&stream).write_all(format!("{request}\n").as_bytes())?;
    for line in BufReader::new(&stream).lines() {
        let mut answer: Value = serde_json::from_str(&line?)?;
        if let Some(line) = answer.get("progress").and_then(Value::as_str) {
            progress(line);
        } else if let Some(error) = answer.get("error").and_then(Value::as_str) {
            bail!("{error}");
        } else {
            return Ok(answer.get_mut("ok").map(Value::take).unwrap_or_default());
        }
    }
    bail!("posthouse stopped before it answered; `posthouse status` tells more")
}

pub fn is_running(state: &StateDir, daemon: Daemon) -> bool {
    state.with_socket_path(daemon.socket(), |path| UnixStream::connect(path)).is_ok()
}

fn connect(state: &StateDir, daemon: Daemon) -> Result<UnixStream> {
    let dir = state.path.display();
    state.with_socket_path(daemon.socket(), |path| UnixStream::connect(path)).map_err(|e| match e.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused
            if daemon == Daemon::Mailboxd && is_running(state, Daemon::Supervisor) =>
        {
            anyhow!("the mailbox daemon is not running just now; `posthouse status` and `posthouse logs` tell why")
        }
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
            anyhow!("posthouse is not running in {dir}; start it with `posthouse up --state '{dir}'`")
        }
        ErrorKind::PermissionDenied => anyhow!("{dir} belongs to another user; run this as that user or as root"),
        _ => anyhow!("can't reach posthouse in {dir}: {e}"),
    })
}
