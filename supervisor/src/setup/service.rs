// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can be asked of set-up, from the command line and from the installer's page. Runs on the supervisor's one thread;
//! what blocks does so elsewhere.

use super::answers::{Answers, Certificate};
use super::gate::{self, Gate};
use super::plan::{Step, plan};
use super::progress::{Progress, State};
use super::run::{self, Ended, Work};
use super::store::Store;
use super::{certificate, check, dns, facts, system, unattended};
use crate::components::Place;
use crate::engine::Board;
use crate::secrets;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[derive(Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    Facts,
    Check {
        answers: Box<Answers>,
    },
    Start {
        answers: Box<Answers>,
        /// A machine that is set up is set up anew.
        #[serde(default)]
        reconfigure: bool,
    },
    /// Goes on with the step that failed, with the answers that are there.
    Repeat,
    Progress,
    Log {
        step: Step,
    },
    Draft,
    KeepDraft {
        draft: Box<Answers>,
    },
    Dns(dns::Question),
    /// Somebody came in by the new network.
    ConfirmNetwork,
}

impl Request {
    /// Needs the second proof that it comes from our own page.
    pub fn changes(&self) -> bool {
        matches!(self, Request::Start { .. } | Request::Repeat | Request::KeepDraft { .. } | Request::ConfirmNetwork)
    }

    pub fn answers(&self) -> Option<&Answers> {
        match self {
            Request::Check { answers } | Request::Start { answers, .. } | Request::KeepDraft { draft: answers } => {
                Some(answers)
            }
            _ => None,
        }
    }
}

pub struct Setup {
    place: Place,
    board: Rc<Board>,
    pub store: Store,
    life: String,
    is_running: Cell<bool>,
    /// There while the installer's page is.
    pub gate: Option<RefCell<Gate>>,
    pub code: Option<String>,
}

impl Setup {
    pub fn new(place: &Place, board: Rc<Board>) -> Result<Rc<Setup>> {
        let store = Store::of(&place.state);
        let code = if place.is_installing {
            store.create()?;
            Some(gate::code(&store.dir.join("code"))?)
        } else {
            None
        };
        let gate = code.as_deref().map(|code| RefCell::new(Gate::new(code)));
        let (place, life) = (place.clone(), secrets::random()?);
        Ok(Rc::new(Setup { place, board, store, life, is_running: Cell::new(false), gate, code }))
    }

    /// Goes on with what was cut off. In the background.
    pub fn resume(self: &Rc<Self>) {
        match self.store.progress() {
            Ok(progress) if progress.state == State::Running => self.go_on(),
            Ok(_) => {}
            Err(error) => self.board.alert("set-up", Some(format!("{error:#}"))),
        }
    }

    pub async fn answer(self: &Rc<Self>, request: Request) -> Result<Value> {
        match request {
            Request::Facts => Ok(json!(self.facts().await?)),
            Request::Check { answers } => self.check(*answers).await,
            Request::Start { answers, reconfigure } => {
                let problems = self.start(*answers, reconfigure, false).await?;
                Ok(json!({"problems": problems}))
            }
            Request::Repeat => self.repeat(),
            Request::Progress => Ok(json!(self.store.progress()?)),
            Request::Log { step } => Ok(json!({"text": self.store.shown_log(step)?})),
            Request::Draft => Ok(json!(self.store.draft()?)),
            Request::KeepDraft { draft } => {
                self.store.create()?;
                self.store.keep_draft(&draft).map(|()| json!({}))
            }
            Request::Dns(question) => {
                let state = self.place.state.clone();
                Ok(json!(tokio::task::spawn_blocking(move || dns::look(&state, &question)).await??))
            }
            Request::ConfirmNetwork => run::links(&self.work()).confirm().map(|()| json!({})),
        }
    }

    async fn facts(&self) -> Result<facts::Facts> {
        let place = self.place.clone();
        Ok(tokio::task::spawn_blocking(move || facts::gather(&place)).await?)
    }

    async fn check(&self, answers: Answers) -> Result<Value> {
        let facts = self.facts().await?;
        let planned = plan(&answers, &facts);
        let problems = tokio::task::spawn_blocking(move || problems(&answers, &facts)).await??;
        Ok(json!({"problems": problems, "plan": planned}))
    }

    /// Answers that are there already, if nothing was begun or it failed; `given` says where, else the image looks around.
    pub async fn start_unattended(self: &Rc<Self>, given: Option<String>) {
        match self.store.progress() {
            Ok(progress) if matches!(progress.state, State::Idle | State::Failed) => {}
            _ => return,
        }
        let is_image = system::Applier::of_this_machine().is_image();
        let Some(source) = unattended::find(given.as_deref(), is_image) else { return };
        eprintln!("posthouse: set-up: answers come from {source}");
        let loading = source.clone();
        let loaded = tokio::task::spawn_blocking(move || unattended::load(&loading)).await;
        let begun = match loaded.map_err(anyhow::Error::from).and_then(|loaded| loaded) {
            Ok(Some(answers)) => self.start(answers, false, true).await,
            Ok(None) => {
                return eprintln!("posthouse: set-up: {source} is not for us: its first line is not #posthouse");
            }
            Err(error) => Err(error),
        };
        let trouble = match begun {
            Ok(problems) if problems.is_empty() => return,
            Ok(problems) => {
                let lines: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.field, p.text)).collect();
                lines.join("; ")
            }
            Err(error) => format!("{error:#}").replace('\n', " "),
        };
        let text = format!("set-up did not begin with {source}: {trouble}");
        eprintln!("posthouse: {text}");
        self.board.alert("set-up", Some(text));
    }

    /// Answers with problems, and has done nothing, or without, and has begun.
    async fn start(
        self: &Rc<Self>,
        answers: Answers,
        reconfigure: bool,
        is_unattended: bool,
    ) -> Result<Vec<check::Problem>> {
        if self.is_running.get() {
            bail!("set-up is running: wait for its end");
        }
        let facts = self.facts().await?;
        if facts.is_set_up && !reconfigure {
            bail!(
                "this machine is set up already; `posthouse setup --reconfigure` sets it up anew, and keeps all mail"
            );
        }
        let checked = (answers.clone(), facts.clone());
        let problems = tokio::task::spawn_blocking(move || problems(&checked.0, &checked.1)).await??;
        if !problems.is_empty() {
            return Ok(problems);
        }
        // Somebody else may have begun while we looked.
        if self.is_running.get() {
            bail!("set-up is running: wait for its end");
        }
        self.store.create()?;
        self.store.keep_draft(&answers)?;
        // Answers first: a record that runs without its answers could not be gone on with.
        self.store.keep_answers(&answers)?;
        self.store.keep_progress(&Progress { is_unattended, ..Progress::begin(plan(&answers, &facts)) })?;
        self.go_on();
        Ok(Vec::new())
    }

    fn repeat(self: &Rc<Self>) -> Result<Value> {
        let progress = self.store.progress()?;
        if self.is_running.get() || progress.state != State::Failed {
            bail!("there is no step to repeat");
        }
        self.go_on();
        Ok(json!({}))
    }

    fn work(&self) -> Work {
        Work { place: self.place.clone(), store: self.store.clone(), life: self.life.clone() }
    }

    fn go_on(self: &Rc<Self>) {
        if self.is_running.replace(true) {
            return;
        }
        let (setup, work) = (Rc::clone(self), self.work());
        tokio::task::spawn_local(async move {
            let ended = tokio::task::spawn_blocking(move || run::run(&work)).await;
            setup.is_running.set(false);
            let trouble = match ended {
                Ok(Ok(Ended::StartAnew)) => {
                    setup.board.start_anew();
                    None
                }
                Ok(Ok(Ended::Here)) => None,
                Ok(Err(error)) => Some(format!("set-up can't go on: {error:#}")),
                Err(error) => Some(format!("set-up can't go on: {error}")),
            };
            setup.board.alert("set-up", trouble);
        });
    }
}

/// Blocks.
fn problems(answers: &Answers, facts: &facts::Facts) -> Result<Vec<check::Problem>> {
    if answers.is_to_be_loaded() {
        bail!("answers name files: only `posthouse setup --answers` may do that");
    }
    let mut found = check::check(answers, facts);
    if let Certificate::Own { chain, .. } = &answers.certificate
        && !found.iter().any(|problem| problem.field == "certificate.chain")
        && certificate::is_over(chain)
    {
        found.push(certificate::over());
    }
    Ok(found)
}
