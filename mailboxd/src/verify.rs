// SPDX-License-Identifier: AGPL-3.0-or-later
//! `mailboxd verify`: the cross-check of a stopped system. The lock makes sure that it is stopped.

use crate::{config, lock};
use anyhow::{Result, anyhow, bail};
use std::path::Path;
use std::process::ExitCode;

pub fn run(state: &Path, config_file: Option<&Path>, json: bool) -> Result<ExitCode> {
    if !state.join("journal").exists() {
        bail!("{} holds no mail store", state.display());
    }
    let _lock = lock::take(state)?;
    let settings = match config_file {
        Some(path) => config::read(path)?.store(state),
        None => mailbox::Config::new(state),
    };
    // Opening replays what the last run left in the journal, as a start would.
    let store = mailbox::Store::open(settings).map_err(|e| anyhow!("store: {e}"))?;
    let report = store.verify(&mut |line| tracing::info!("{line}")).map_err(|e| anyhow!("verify: {e}"));
    store.shutdown().map_err(|e| anyhow!("shutdown: {e}"))?;
    let report = report?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!(
            "{} mailboxes, {} items, {} message files, {} journal records: {} problems",
            report.mailboxes, report.items, report.blobs, report.records, report.problem_count
        );
        report.problems.iter().for_each(|problem| println!("  {problem}"));
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
