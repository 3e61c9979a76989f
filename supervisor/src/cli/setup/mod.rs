// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse setup`: the installer's steps without a browser, against a running `posthouse up`.

mod questions;

use super::output::{plain, print_json};
use crate::control::{Daemon, call};
use crate::setup::{Answers, Outcome, Progress, Request, State, Step};
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Everything stops and starts again meanwhile.
const AWAY_MAX: Duration = Duration::from_secs(300);

#[derive(Args)]
pub struct Options {
    /// Take the answers from this file (TOML); without it, questions are asked
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Only check the answers, and show what would be done
    #[arg(long)]
    dry_run: bool,
    /// Also on a machine that is set up: settings are written anew, mail and accounts stay
    #[arg(long)]
    reconfigure: bool,
}

pub fn run(state: &StateDir, options: &Options, as_json: bool) -> Result<ExitCode> {
    let facts = ask(state, &Request::Facts)?;
    if facts["is_set_up"] == true && !options.reconfigure && !options.dry_run {
        bail!("this machine is set up already; --reconfigure sets it up anew, and keeps mail and accounts");
    }
    let answers = match &options.answers {
        Some(path) => Answers::load(path)?,
        None if std::io::stdin().is_terminal() => questions::ask(&facts)?,
        None => bail!("who shall answer? Give --answers FILE, or run this on a terminal"),
    };
    let checked = ask(state, &Request::Check { answers: Box::new(answers.clone()) })?;
    refuse_problems(&checked)?;
    if options.dry_run {
        show_plan(&checked, as_json);
        return Ok(ExitCode::SUCCESS);
    }
    if options.answers.is_none() {
        show_plan(&checked, false);
        if !questions::agreed("Do this now?")? {
            bail!("nothing was changed");
        }
    }
    let start = Request::Start { answers: Box::new(answers), reconfigure: options.reconfigure };
    refuse_problems(&ask(state, &start)?)?;
    let progress = follow(state, as_json)?;
    if as_json {
        print_json(&json!(progress));
    } else {
        show_end(&progress);
    }
    Ok(if progress.state == State::Done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ask(state: &StateDir, request: &Request) -> Result<Value> {
    call(state, Daemon::Supervisor, &json!({"verb": "setup", "request": request}), &mut |_| {})
}

/// One line, whatever is wrong.
fn refuse_problems(answer: &Value) -> Result<()> {
    let problems = answer["problems"].as_array().cloned().unwrap_or_default();
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", plain(&problem["field"]), plain(&problem["text"]))).collect();
    bail!("nothing was changed, because of these answers: {}", lines.join("; "))
}

fn show_plan(checked: &Value, as_json: bool) {
    if as_json {
        return print_json(&checked["plan"]);
    }
    for planned in checked["plan"].as_array().into_iter().flatten() {
        let whose = if planned["by"] == "you" { "  (your own system does that)" } else { "" };
        println!("{:14}  {}{whose}", plain(&planned["step"]), plain(&planned["what"]));
    }
}

/// Until it is done or has failed; says what happens meanwhile.
fn follow(state: &StateDir, is_silent: bool) -> Result<Progress> {
    let mut told: BTreeMap<String, Outcome> = BTreeMap::new();
    let mut heard = Instant::now();
    loop {
        let progress = match ask(state, &Request::Progress) {
            Ok(progress) => serde_json::from_value::<Progress>(progress).context("posthouse is of another release")?,
            Err(error) if heard.elapsed() > AWAY_MAX => return Err(error),
            Err(_) => {
                std::thread::sleep(LOOK_EVERY);
                continue;
            }
        };
        heard = Instant::now();
        for line in &progress.steps {
            if !is_silent && told.insert(line.title.clone(), line.outcome) != Some(line.outcome) {
                say(line.outcome, &line.title, &line.what, line.error.as_deref());
            }
        }
        if progress.state != State::Running {
            return Ok(progress);
        }
        if progress.outcome(Step::Network) == Some(Outcome::Running) {
            // Whoever sits at the machine can mend a network that does not work.
            ask(state, &Request::ConfirmNetwork)?;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn say(outcome: Outcome, title: &str, what: &str, error: Option<&str>) {
    let what = if what.is_empty() { String::new() } else { format!(": {what}") };
    match outcome {
        Outcome::Waiting => {}
        Outcome::Running => println!("…  {title}{what}"),
        Outcome::Done => println!("✓  {title}"),
        Outcome::Yours => println!("–  {title}{what} (your own system does that)"),
        Outcome::Failed => println!("✗  {title}: {}", error.unwrap_or_default()),
    }
}

fn show_end(progress: &Progress) {
    match (&progress.summary, progress.state) {
        (Some(summary), State::Done) => {
            println!("\nThis machine is set up.\n");
            println!("Mail      {}", summary.web);
            println!("Log in    {}", summary.administrator);
            println!("DNS       posthouse dns {}   says what to publish", summary.domain);
        }
        _ => println!("\nCorrect the answers and run this again: what is done is recognised and left."),
    }
}
