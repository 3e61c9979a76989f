// SPDX-License-Identifier: AGPL-3.0-or-later
//! How far set-up has come. The record of it on the disk is the only one: whoever asks reads that.

use super::plan::{By, Planned, Step};
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing was begun.
    #[default]
    Idle,
    Running,
    Failed,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Waiting,
    Running,
    Done,
    Failed,
    /// For the machine's owner.
    Yours,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub state: State,
    pub steps: Vec<Line>,
    /// Where to log in, once there is such a place.
    pub summary: Option<Summary>,
    /// The life of the supervisor that was asked to start everything anew: another one has.
    #[serde(default)]
    pub life: String,
    /// Nobody looks on: a new network is not confirmed by anybody.
    #[serde(default)]
    pub is_unattended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub step: Step,
    pub title: String,
    pub what: String,
    pub outcome: Outcome,
    pub error: Option<String>,
    /// Seconds since 1970.
    pub started: Option<u64>,
    pub ended: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub hostname: String,
    pub domain: String,
    pub administrator: String,
    pub web: String,
}

impl Progress {
    pub fn begin(planned: Vec<Planned>) -> Progress {
        let line = |planned: Planned| Line {
            step: planned.step,
            title: planned.step.title().to_owned(),
            what: planned.what,
            outcome: if planned.by == By::Us { Outcome::Waiting } else { Outcome::Yours },
            error: None,
            started: None,
            ended: None,
        };
        Progress { state: State::Running, steps: planned.into_iter().map(line).collect(), ..Progress::default() }
    }

    /// The first step that is not over.
    pub fn next(&self) -> Option<Step> {
        let is_open = |line: &&Line| !matches!(line.outcome, Outcome::Done | Outcome::Yours);
        self.steps.iter().find(is_open).map(|line| line.step)
    }

    pub fn outcome(&self, step: Step) -> Option<Outcome> {
        self.steps.iter().find(|line| line.step == step).map(|line| line.outcome)
    }

    pub fn note(&mut self, step: Step, outcome: Outcome, error: Option<String>) {
        let Some(line) = self.steps.iter_mut().find(|line| line.step == step) else { return };
        let now = Some(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
        if outcome == Outcome::Running {
            (line.started, line.ended) = (line.started.or(now), None);
        } else {
            line.ended = now;
        }
        (line.outcome, line.error) = (outcome, error);
        if outcome == Outcome::Failed {
            self.state = State::Failed;
        }
    }
}
