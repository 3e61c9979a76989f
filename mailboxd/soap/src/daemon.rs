// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the daemon around this crate answers administrators: it knows the protocols of the others, and its own figures. Handed in by it.

use crate::context::Context;
use crate::fault::{Fault, Result};
use serde_json::Value;
use std::sync::Arc;

type Answer = dyn Fn(Value) -> std::result::Result<Value, String> + Send + Sync;

/// One request as on the control socket, and its answer, or one line for administrators. Blocks.
#[derive(Clone)]
pub struct Daemon(Arc<Answer>);

impl Daemon {
    pub fn new(answer: impl Fn(Value) -> std::result::Result<Value, String> + Send + Sync + 'static) -> Daemon {
        Daemon(Arc::new(answer))
    }
}

pub(crate) async fn ask(context: &Context, request: Value) -> Result<Value> {
    let Some(daemon) = context.state.daemon.get().cloned() else {
        return Err(Fault::new("service.TEMPORARILY_UNAVAILABLE", "the daemon has not started yet"));
    };
    let answered = tokio::task::spawn_blocking(move || (daemon.0)(request)).await.map_err(Fault::failure)?;
    answered.map_err(|error| Fault::new("service.FAILURE", error))
}
