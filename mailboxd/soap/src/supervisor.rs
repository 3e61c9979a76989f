// SPDX-License-Identifier: AGPL-3.0-or-later
//! What only the supervisor knows or may do is asked of it over `run/mailboxd.sock`: one JSON object, one answer. Whether the sender of a
//! request may ask that is checked before.

use crate::context::Context;
use crate::fault::{Fault, Result};
use serde_json::Value;
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

const FILE: &str = "mailboxd.sock";
/// A queue of thousands of messages.
const ANSWER_BYTES_MAX: u64 = 16 << 20;
/// Name servers that are silent are asked several times.
const ANSWER_MAX: Duration = Duration::from_secs(120);

/// False: mailboxd is run without it.
pub fn is_there(state: &Path) -> bool {
    state.join("run").join(FILE).exists()
}

pub async fn ask(context: &Context, request: &Value) -> Result<Value> {
    let asked = tokio::time::timeout(ANSWER_MAX, exchange(&context.state.config.state, request)).await;
    let line = match asked {
        Ok(Ok(line)) => line,
        Ok(Err(error)) => return Err(away(&error)),
        Err(_) => return Err(away(&"no answer in time")),
    };
    let mut answer: Value = serde_json::from_slice(&line).map_err(|error| away(&error))?;
    match answer["error"].as_str() {
        // It is written for administrators.
        Some(error) => Err(Fault::new("service.FAILURE", error.chars().take(2_000).collect::<String>())),
        None => Ok(answer["ok"].take()),
    }
}

fn away(why: &dyn std::fmt::Display) -> Fault {
    tracing::warn!(error = %why, "the supervisor was asked something");
    Fault::new("service.TEMPORARILY_UNAVAILABLE", "the supervisor does not answer: is mailboxd run without it?")
}

async fn exchange(state: &Path, request: &Value) -> std::io::Result<Vec<u8>> {
    // A socket's path may have 108 bytes at most (unix(7)), a state directory more.
    let run = File::open(state.join("run"))?;
    let mut stream = UnixStream::connect(format!("/proc/self/fd/{}/{FILE}", run.as_raw_fd())).await?;
    stream.write_all(format!("{request}\n").as_bytes()).await?;
    let mut line = Vec::new();
    BufReader::new(stream).take(ANSWER_BYTES_MAX).read_until(b'\n', &mut line).await?;
    match line.last() {
        Some(b'\n') => Ok(line),
        _ => Err(std::io::Error::other("the answer is cut off or too long")),
    }
}
