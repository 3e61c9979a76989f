// SPDX-License-Identifier: AGPL-3.0-or-later
//! Runs of HSM: begun, looked at, ended.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};

/// Answers as soon as it runs.
pub async fn start(context: &Context, request: &Element) -> Result<Element> {
    let store = context.state.store.clone();
    if store.hsm_status().is_running {
        return Err(Fault::new("service.ALREADY_IN_PROGRESS", "HSM is running already"));
    }
    if store.run(|store| store.volumes()).await??.len() < 2 {
        return Err(Fault::invalid("there is no secondary volume: add one first"));
    }
    let directory = context.state.directory.clone();
    tracing::info!(target: "audit", by = %context.auth()?.account.name, "HSM is started");
    tokio::task::spawn_blocking(move || {
        // how it ends is in its status
        if let Err(error) = crate::hsm::hsm_run(&store, &directory, &mut |_| {}) {
            tracing::warn!(%error, "HSM");
        }
    });
    Ok(Element::answer_to(request))
}

pub async fn status(context: &Context, request: &Element) -> Result<Element> {
    let status = context.state.store.hsm_status();
    let answer = Element::answer_to(request).attr("running", status.is_running);
    let Some(begun_ms) = status.begun_ms else { return Ok(answer) };
    Ok(answer
        .attr("startDate", begun_ms)
        .attr_opt("endDate", status.ended_ms)
        .attr("wasAborted", status.was_aborted)
        .attr("aborting", status.is_running && status.is_aborting)
        .attr_opt("error", status.error)
        .attr("numBlobsMoved", status.files)
        .attr("numBytesMoved", status.bytes)
        .attr("numMailboxes", status.mailboxes as u64)
        .attr("totalMailboxes", status.mailboxes_total as u64))
}

pub async fn abort(context: &Context, request: &Element) -> Result<Element> {
    Ok(Element::answer_to(request).attr("aborted", context.state.store.hsm_abort()))
}
