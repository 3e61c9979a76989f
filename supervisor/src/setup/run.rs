// SPDX-License-Identifier: AGPL-3.0-or-later
//! Does what is planned, step by step. It may be killed anywhere: a step is noted before it begins and after it ended, each
//! can be done twice, and none takes anything away, so whoever starts next goes on with the first that is not over.

use super::answers::{Answers, Network};
use super::plan::Step;
use super::progress::{Outcome, Progress, State, Summary};
use super::store::Store;
use super::system::{self, Applier, Links};
use super::{certificate, directory, disk, settings};
use crate::components::{Place, Profile, mailboxd};
use crate::control::{Daemon, call};
use crate::engine::command;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::time::{Duration, Instant};

/// Signatures of the virus scanner come over the network first.
const SERVICES_MAX: Duration = Duration::from_secs(900);
const HTTPS: u16 = 443;
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a run needs; it may block.
pub struct Work {
    pub place: Place,
    pub store: Store,
    /// Of this supervisor.
    pub life: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Done, or failed: the record says.
    Here,
    /// Goes on once everything was started anew.
    StartAnew,
}

enum Next {
    Done,
    StartAnew,
    /// The whole machine, which mounts its volumes when it starts.
    Restarts,
}

/// Goes on where the record says.
pub fn run(work: &Work) -> Result<Ended> {
    let store = &work.store;
    let answers = store.answers()?.context("setup/answers.json is gone: begin again")?;
    let mut progress = store.progress()?;
    progress.state = State::Running;
    while let Some(step) = progress.next() {
        if step == Step::Start && has_started_anew(work, &progress) {
            store.log(step, "everything was started anew");
            over(work, &mut progress, step)?;
            continue;
        }
        progress.note(step, Outcome::Running, None);
        store.keep_progress(&progress)?;
        die_at("before", step);
        match perform(work, step, &answers, progress.is_unattended) {
            Ok(Next::Done) => {
                die_at("after", step);
                over(work, &mut progress, step)?;
            }
            Ok(Next::Restarts) => {
                progress.life.clone_from(&work.life);
                progress.summary = Some(summary(work, &answers));
                store.keep_progress(&progress)?;
                command("systemctl", &["reboot"], None, None)?;
                return Ok(Ended::Here);
            }
            Ok(Next::StartAnew) => {
                die_at("after", step);
                progress.life.clone_from(&work.life);
                progress.summary = Some(summary(work, &answers));
                store.keep_progress(&progress)?;
                return Ok(Ended::StartAnew);
            }
            Err(error) => {
                let error = format!("{error:#}").replace('\n', " ");
                store.log(step, &format!("failed: {error}"));
                progress.note(step, Outcome::Failed, Some(error));
                store.keep_progress(&progress)?;
                return Ok(Ended::Here);
            }
        }
    }
    progress.state = State::Done;
    progress.summary = Some(summary(work, &answers));
    store.keep_progress(&progress)?;
    Ok(Ended::Here)
}

fn over(work: &Work, progress: &mut Progress, step: Step) -> Result<()> {
    progress.note(step, Outcome::Done, None);
    work.store.keep_progress(progress)?;
    if step == Step::Administrator
        && let Some(answers) = work.store.answers()?
    {
        // No step behind this one needs them.
        work.store.keep_answers(&answers.without_secrets())?;
    }
    Ok(())
}

/// Only another life can see the record of a machine that is set up and was to be started.
fn has_started_anew(work: &Work, progress: &Progress) -> bool {
    progress.outcome(Step::Start) == Some(Outcome::Running) && work.store.is_set_up() && progress.life != work.life
}

fn perform(work: &Work, step: Step, answers: &Answers, is_unattended: bool) -> Result<Next> {
    let (store, state) = (&work.store, &work.place.state);
    let log = |line: &str| store.log(step, line);
    let is_appliance = work.place.profile == Profile::Appliance;
    let applier = Applier::of_this_machine();
    let system = &answers.system;
    let said = match step {
        Step::TimeZone => applier.time_zone(state, system.time_zone.as_deref().unwrap_or("Etc/UTC"))?,
        Step::Keyboard => applier.keyboard(state, system.keyboard.as_deref().unwrap_or("us"))?,
        Step::HostName => applier.host_name(state, &answers.hostname)?,
        Step::Network => {
            let network = system.network.as_ref().context("no network was answered")?;
            let (Network::Dhcp { interface } | Network::Static { interface, .. }) = network;
            let links = links(work);
            if !is_unattended {
                log("waiting for somebody who comes by the new address");
            }
            let reload = || {
                system::reload(interface)?;
                // Nobody will come; and whoever wrote the answers can write others.
                if is_unattended { links.confirm() } else { Ok(()) }
            };
            links.apply(network, system::CONFIRM_MAX, &reload)?
        }
        Step::Disk => {
            let disk = system.store_disk.as_deref().context("no disk was answered")?;
            disk::prepare(state, disk)?
        }
        Step::Certificate => {
            let group = is_appliance.then_some(mailboxd::USER);
            certificate::install(state, &answers.certificate, &answers.hostname, group)?
        }
        Step::Settings => settings::write(state, answers, is_appliance)?.to_owned(),
        Step::Domain => directory::with_mailboxd(state, &log, &|| directory::domain(state, &answers.domain))?,
        Step::Administrator => directory::with_mailboxd(state, &log, &|| directory::administrator(state, answers))?,
        Step::Start => {
            store.set_up(answers)?;
            if applier.is_image() && disk::is_to_be_mounted(state) {
                log("the machine restarts, with the new disk");
                return Ok(Next::Restarts);
            }
            log("everything is started anew");
            return Ok(Next::StartAnew);
        }
        Step::Services => until_all_run(work, &log)?,
    };
    log(&said);
    Ok(Next::Done)
}

pub fn links(work: &Work) -> Links {
    Links::new(&work.place.state, &work.store.dir)
}

/// Says who is still missing, whenever that changes.
fn until_all_run(work: &Work, log: &dyn Fn(&str)) -> Result<String> {
    let begun = Instant::now();
    let mut told = String::new();
    loop {
        let status = call(&work.place.state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {})?;
        let components = status["components"].as_array().cloned().unwrap_or_default();
        let away: Vec<String> = components
            .iter()
            .filter(|component| component["phase"] != "running")
            .map(|component| {
                let why = component["last_error"].as_str().map_or_else(String::new, |why| format!(" ({why})"));
                format!("{}{why}", component["name"].as_str().unwrap_or_default())
            })
            .collect();
        if away.is_empty() && !components.is_empty() {
            let names: Vec<&str> = components.iter().filter_map(|component| component["name"].as_str()).collect();
            return Ok(format!("running: {}", names.join(", ")));
        }
        let line = format!("not yet: {}", away.join(", "));
        if begun.elapsed() > SERVICES_MAX {
            bail!("{line}; the rest works, and these are tried again and again: `posthouse status` tells more");
        }
        if line != told {
            log(&line);
            told = line;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn summary(work: &Work, answers: &Answers) -> Summary {
    let https = work.place.endpoints.iter().find(|endpoint| endpoint.service == "https");
    let port = match https.map_or(HTTPS, |endpoint| endpoint.address.port()) {
        HTTPS => String::new(),
        port => format!(":{port}"),
    };
    Summary {
        hostname: answers.hostname.clone(),
        domain: answers.domain.clone(),
        administrator: answers.address(),
        web: format!("https://{}{port}/", answers.hostname),
    }
}

/// Tests are killed here, in a development build only: `POSTHOUSE_SETUP_DIE="after domain"`.
#[cfg(debug_assertions)]
fn die_at(when: &str, step: Step) {
    use nix::sys::signal::{Signal, kill};
    let wanted = std::env::var("POSTHOUSE_SETUP_DIE").unwrap_or_default();
    if wanted == format!("{when} {}", step.name()) {
        let _ = kill(nix::unistd::Pid::this(), Signal::SIGKILL);
    }
}

#[cfg(not(debug_assertions))]
fn die_at(_when: &str, _step: Step) {}
