// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse apply`: for what the supervisor does not see by itself (posthouse.toml, drop-ins), and to look before a change.

use super::output::{plain, print_json};
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

#[derive(Args)]
pub struct Options {
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: attributes of the global config as if they had these values
    #[arg(value_names = ["ATTRIBUTE", "VALUE"])]
    attributes: Vec<String>,
}

pub fn run(state: &StateDir, options: &Options, as_json: bool) -> Result<ExitCode> {
    let (pairs, rest) = options.attributes.as_chunks::<2>();
    if !rest.is_empty() {
        bail!("attribute {} has no value", rest.concat());
    }
    if !pairs.is_empty() && !options.dry_run {
        bail!("attributes are set with `posthouse prov modifyConfig`; here they only go with --dry-run");
    }
    let request = json!({"verb": "apply", "dry_run": options.dry_run, "attributes": pairs});
    let changes = call(state, Daemon::Supervisor, &request, &mut |_| {})?;
    if as_json {
        print_json(&changes);
        return Ok(ExitCode::SUCCESS);
    }
    for change in changes.as_array().into_iter().flatten() {
        println!("{}: {}\n{}", plain(&change["component"]), plain(&change["path"]), plain(&change["diff"]));
    }
    if changes.as_array().is_none_or(Vec::is_empty) {
        println!("Nothing changes.");
    }
    Ok(ExitCode::SUCCESS)
}
