// SPDX-License-Identifier: AGPL-3.0-or-later
//! What everybody may know of every component: its phase, and what `posthouse status` shows. One thread reads and writes it.

use crate::engine::cgroup::Cgroups;
use crate::engine::component::Component;
use crate::engine::settings::Snapshot;
use crate::health::Item;
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// For a component that it needs.
    Waiting,
    Starting,
    Running,
    /// Ended, or could not be started; waits before the next start.
    Failed,
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    No,
    Orderly,
    AtOnce,
}

#[derive(Debug, Clone, Serialize)]
pub struct Status {
    pub name: &'static str,
    pub phase: Phase,
    /// Of the phase, in seconds since 1970.
    pub since: u64,
    pub pid: Option<u32>,
    /// The process between it and us: all of the component is below it.
    #[serde(skip)]
    pub guard: Option<u32>,
    pub starts: u32,
    /// Starts that nobody ordered.
    pub restarts: u32,
    /// Starts in a row that did not become ready.
    pub failures: u32,
    /// Kept when it runs again: people ask why it had been started anew.
    pub last_error: Option<String>,
    /// In seconds since 1970.
    pub last_error_at: Option<u64>,
    pub version: Option<String>,
}

impl Status {
    pub fn fail(&mut self, why: String) {
        (self.last_error, self.last_error_at) = (Some(why), Some(now()));
    }
}

pub struct Board {
    /// Where components get control groups of their own.
    pub cgroups: Option<Cgroups>,
    /// What components say goes to their files only.
    pub is_silent: bool,
    entries: Vec<Entry>,
    stopping: watch::Sender<Stopping>,
    starts_anew: Cell<bool>,
    settings: watch::Sender<Snapshot>,
    alerts: RefCell<BTreeMap<String, String>>,
    health: RefCell<Vec<Item>>,
    chores: RefCell<BTreeMap<String, Item>>,
}

struct Entry {
    component: Arc<Component>,
    status: RefCell<Status>,
    phase: watch::Sender<Phase>,
}

impl Board {
    pub fn new(components: Vec<Component>, cgroups: Option<Cgroups>) -> Board {
        let entry = |component: Component| Entry {
            status: RefCell::new(Status {
                name: component.name,
                phase: Phase::Waiting,
                since: now(),
                pid: None,
                guard: None,
                starts: 0,
                restarts: 0,
                failures: 0,
                last_error: None,
                last_error_at: None,
                version: None,
            }),
            phase: watch::Sender::new(Phase::Waiting),
            component: Arc::new(component),
        };
        Board {
            cgroups,
            is_silent: false,
            entries: components.into_iter().map(entry).collect(),
            stopping: watch::Sender::new(Stopping::No),
            starts_anew: Cell::new(false),
            settings: watch::Sender::new(Snapshot::default()),
            alerts: RefCell::default(),
            health: RefCell::default(),
            chores: RefCell::default(),
        }
    }

    pub fn settings(&self) -> Snapshot {
        self.settings.borrow().clone()
    }

    /// What is started from now on is rendered from these.
    pub fn set_settings(&self, settings: Snapshot) {
        self.settings.send_replace(settings);
    }

    /// Something is wrong that no component's state shows; None: no longer. One a subject.
    pub fn alert(&self, subject: &str, text: Option<String>) {
        let mut alerts = self.alerts.borrow_mut();
        match text {
            Some(text) => {
                if alerts.get(subject) != Some(&text) {
                    eprintln!("posthouse: ALERT: {text}");
                }
                alerts.insert(subject.to_owned(), text);
            }
            None => drop(alerts.remove(subject)),
        }
    }

    pub fn alerts(&self) -> Vec<String> {
        self.alerts.borrow().values().cloned().collect()
    }

    pub fn alerts_by_subject(&self) -> BTreeMap<String, String> {
        self.alerts.borrow().clone()
    }

    pub fn health(&self) -> Vec<Item> {
        self.health.borrow().iter().chain(self.chores.borrow().values()).cloned().collect()
    }

    /// How the last turn of a chore ended.
    pub fn note_chore(&self, item: Item) {
        self.alert(&item.name, (!item.is_well).then(|| format!("{}: {}", item.name, item.text)));
        self.chores.borrow_mut().insert(item.name.clone(), item);
    }

    /// What was looked at before and is there no longer takes its alert with it.
    pub fn set_health(&self, items: Vec<Item>) {
        for old in self.health.replace(items) {
            if !self.health.borrow().iter().any(|item| item.name == old.name) {
                self.alert(&old.name, None);
            }
        }
    }

    /// Those that need it.
    pub fn dependants(&self, name: &str) -> Vec<&'static str> {
        let components = self.components().filter(|component| component.needs.contains(&name));
        components.map(|component| component.name).collect()
    }

    /// What it waits for, if it does not run.
    pub fn missing(&self, name: &str) -> Vec<&'static str> {
        let Some(entry) = self.entry(name).filter(|entry| entry.status.borrow().phase == Phase::Waiting) else {
            return Vec::new();
        };
        let is_away = |name: &&'static str| self.status(name).is_some_and(|status| status.phase != Phase::Running);
        entry.component.needs.iter().copied().filter(is_away).collect()
    }

    pub fn components(&self) -> impl Iterator<Item = &Arc<Component>> {
        self.entries.iter().map(|entry| &entry.component)
    }

    pub fn statuses(&self) -> Vec<Status> {
        self.entries.iter().map(|entry| entry.status.borrow().clone()).collect()
    }

    pub fn status(&self, name: &str) -> Option<Status> {
        self.entry(name).map(|entry| entry.status.borrow().clone())
    }

    pub fn is_one_of_many(&self) -> bool {
        self.entries.len() > 1
    }

    pub fn note(&self, name: &str, change: impl FnOnce(&mut Status)) {
        if let Some(entry) = self.entry(name) {
            change(&mut entry.status.borrow_mut());
        }
    }

    pub fn set(&self, name: &str, phase: Phase) {
        let Some(entry) = self.entry(name) else { return };
        let mut status = entry.status.borrow_mut();
        if status.phase != phase {
            (status.phase, status.since) = (phase, now());
        }
        if matches!(phase, Phase::Waiting | Phase::Failed | Phase::Stopped) {
            (status.pid, status.guard) = (None, None);
        }
        drop(status);
        entry.phase.send_replace(phase);
    }

    /// Until it is in one of these phases.
    pub async fn until(&self, name: &str, wanted: impl Fn(Phase) -> bool) {
        if let Some(entry) = self.entry(name) {
            // The sender is ours, so it can't have gone.
            let _ = entry.phase.subscribe().wait_for(|phase| wanted(*phase)).await;
        }
    }

    /// Until everything that it needs is there.
    pub async fn until_it_may_start(&self, component: &Component) {
        if component.follows_directory {
            // The sender is ours.
            let _ = self.settings.subscribe().wait_for(|settings| !settings.is_null()).await;
        }
        for name in &component.needs {
            self.until(name, |phase| phase == Phase::Running).await;
        }
    }

    /// Until nothing that needs it is left.
    pub async fn until_it_may_stop(&self, component: &Component) {
        for entry in self.entries.iter().filter(|entry| entry.component.needs.contains(&component.name)) {
            self.until(entry.component.name, |phase| phase == Phase::Stopped).await;
        }
    }

    pub async fn until_all_run(&self) {
        for entry in &self.entries {
            self.until(entry.component.name, |phase| phase == Phase::Running).await;
        }
    }

    /// Until each of them runs, or has failed, or waits for one that has: what can work does.
    pub async fn until_all_tried(&self) {
        const PAUSE: Duration = Duration::from_millis(200);
        let is_tried = |status: &Status| match status.phase {
            Phase::Running | Phase::Failed | Phase::Stopped => true,
            Phase::Waiting => {
                let missing = self.missing(status.name);
                missing.iter().any(|name| self.status(name).is_some_and(|other| other.failures > 0))
            }
            Phase::Starting => status.failures > 0,
        };
        while !self.statuses().iter().all(is_tried) {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The first request is an orderly stop, the second one ends it at once.
    pub fn stop(&self) {
        self.stopping.send_modify(|stopping| {
            *stopping = if *stopping == Stopping::No { Stopping::Orderly } else { Stopping::AtOnce };
        });
    }

    /// Stops, to begin again with other components.
    pub fn start_anew(&self) {
        self.starts_anew.set(true);
        self.stop();
    }

    pub fn starts_anew(&self) -> bool {
        // Whoever was told to stop twice stops.
        self.starts_anew.get() && *self.stopping.borrow() == Stopping::Orderly
    }

    pub fn stopping(&self) -> watch::Receiver<Stopping> {
        self.stopping.subscribe()
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.component.name == name)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}
