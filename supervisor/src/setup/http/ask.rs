// SPDX-License-Identifier: AGPL-3.0-or-later
//! Asks the supervisor over `run/setup.sock`.

use crate::setup::SOCKET;
use crate::state::StateDir;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Name servers that do not answer are waited for, one after the other.
const ANSWER_MAX: Duration = Duration::from_secs(120);
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// `{"ok": …}`, or `{"error": …, "code": …}`.
pub async fn ask(state: &StateDir, request: &Value) -> Value {
    match tokio::time::timeout(ANSWER_MAX, exchange(state, request)).await {
        Ok(Ok(answer)) => answer,
        _ => json!({"error": "the supervisor does not answer", "code": "away"}),
    }
}

async fn exchange(state: &StateDir, request: &Value) -> std::io::Result<Value> {
    let stream = state.with_socket_path(SOCKET, |path| std::os::unix::net::UnixStream::connect(path))?;
    stream.set_nonblocking(true)?;
    let mut stream = UnixStream::from_std(stream)?;
    stream.write_all(format!("{request}\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    serde_json::from_slice(&answer).map_err(std::io::Error::other)
}
