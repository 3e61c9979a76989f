// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backups: which there are, how they are, and one made or checked now. The supervisor has settings and keys backed up as well, so it is asked;
//! progress and age are elements of ours beside Zimbra's.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::supervisor;
use mailbox::SnapshotEntry;
use serde_json::{Value, json};

/// Snapshots in one answer; more with an offset.
const LISTED: usize = 100;
const LISTED_MAX: usize = 1_000;

/// `<query backupListOffset backupListCount/>`. The newest first.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let wanted = request.first("query");
    let number = |name: &str| wanted.map_or(Ok(None), |query| query.number::<usize>(name));
    let offset = number("backupListOffset")?.unwrap_or(0);
    let count = number("backupListCount")?.filter(|count| *count > 0).unwrap_or(LISTED).min(LISTED_MAX);
    let told = supervisor::ask(context, &json!({"verb": "backup"})).await?;
    let is_on = context.state.store.backup_status().is_on;
    let (mut snapshots, problems) = match is_on {
        true => context
            .state
            .store
            .run(|store| store.snapshots())
            .await?
            .unwrap_or_else(|e| (Vec::new(), vec![e.to_string()])),
        false => (Vec::new(), Vec::new()),
    };
    snapshots.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.begun_ms));
    let more = snapshots.len() > offset.saturating_add(count);
    let mut answer = Element::answer_to(request).attr("more", more).attr("total", snapshots.len() as u64);
    answer.push_unique(status(context, &told));
    for problem in problems {
        answer.push(Element::new("problem").text(problem));
    }
    for snapshot in snapshots.into_iter().skip(offset).take(count) {
        answer.push(element(&snapshot));
    }
    Ok(answer)
}

/// `<backup method="full"/>`; `verify` is ours: a restore beside the store, compared. Answers as soon as it runs.
pub async fn order(context: &Context, request: &Element) -> Result<Element> {
    let method = request.need_element("backup")?.need_filled("method")?;
    if !["full", "verify"].contains(&method.as_str()) {
        return Err(Fault::invalid("method is full or verify"));
    }
    supervisor::ask(context, &json!({"verb": "backup_run", "what": method})).await?;
    tracing::info!(target: "audit", by = %context.auth()?.account.name, method, "a backup is ordered");
    Ok(Element::answer_to(request).unique(Element::new("backup").attr("method", method)))
}

/// `<status enabled at target verifyDays last error>` with `<archive>`, `<verified>` and `<run>`.
fn status(context: &Context, told: &Value) -> Element {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let own = context.state.store.backup_status();
    let mut status = Element::new("status")
        .attr("enabled", own.is_on)
        .attr_opt("at", text(&told["at"]))
        .attr_opt("target", text(&told["target"]))
        .attr_opt("verifyDays", told["verify_days"].as_u64())
        .attr_opt("last", told["last_ms"].as_u64())
        .attr_opt("error", own.error);
    let behind = own.synced.saturating_sub(own.archived);
    status.push_unique(Element::new("archive").attr("behind", behind).attr("lost", own.lost.is_some()));
    let verified = &told["verified"];
    if let Some(at) = verified["at_ms"].as_i64() {
        let element = Element::new("verified").attr("at", at).attr("clean", verified["is_clean"] == true);
        let element =
            element.attr_opt("label", text(&verified["snapshot"])).attr("partial", verified["is_partial"] == true);
        status.push_unique(element.attr_opt("problems", verified["problem_count"].as_u64()));
    }
    let run = &told["run"];
    if let Some(what) = text(&run["what"]) {
        let element = Element::new("run").attr("method", what).attr_opt("start", run["begun_ms"].as_u64());
        let element = element.attr("running", run["ended_ms"].is_null()).attr_opt("end", run["ended_ms"].as_u64());
        let progress = text(&run["line"]).filter(|line| !line.is_empty());
        status.push_unique(element.attr_opt("progress", progress).attr_opt("error", text(&run["error"])));
    }
    status
}

fn element(snapshot: &SnapshotEntry) -> Element {
    let mut element = Element::new("backup")
        .attr("label", snapshot.name.clone())
        .attr("type", "full")
        .attr("start", snapshot.begun_ms)
        .attr("end", snapshot.ended_ms)
        .attr("live", false)
        .attr("encrypted", snapshot.is_encrypted)
        .attr("host", snapshot.hostname.clone())
        .attr("size", snapshot.message_bytes)
        .attr("own", snapshot.own_bytes)
        .attr("items", snapshot.items);
    let accounts = Element::new("accounts").attr("total", snapshot.mailboxes as u64);
    element.push_unique(accounts.attr("errorCount", snapshot.problem_count));
    for problem in &snapshot.problems {
        element.push(Element::new("error").attr("errorMessage", problem.clone()));
    }
    element
}
