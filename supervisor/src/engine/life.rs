// SPDX-License-Identifier: AGPL-3.0-or-later
//! The life of one component: wait for what it needs, prepare, start, watch, start again with back-off, stop in its turn.
//!
//! What a component needs must run before it starts, and no longer: every component takes it that another one is away for a
//! while, and starting the rest again would only make it worse.
//!
//! What its files are rendered from may be wrong (an attribute, a line of the administrator's own). The files with which it
//! last worked are kept: they come back when others are refused, and it is started with them until somebody tries again.

use crate::engine::apply::{Applied, apply, blocking, render};
use crate::engine::backoff::Backoff;
use crate::engine::board::{Board, Phase, Stopping};
use crate::engine::component::{Component, ConfigFile};
use crate::engine::leash::{Leash, News};
use crate::engine::logfile::Beside;
use crate::engine::prepare::{one_line_of, prepare, version_of};
use crate::engine::source::{Answer, Order, Source};
use crate::state::StateDir;
use anyhow::{Result, anyhow, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Starts that never became ready, one after another, before the first `up` gives up.
const FIRST_STARTS_MAX: u32 = 3;
/// sysexits.h EX_CONFIG: trying again is of no use.
const EX_CONFIG: i32 = 78;
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Looks in a row without an answer before a component counts as hung.
const SILENCES_MAX: u32 = 3;

/// Settings with which it has not run yet.
struct Trial {
    before: Source,
    files: Vec<ConfigFile>,
    answer: Answer,
}

enum Ended {
    /// With its code, and how long it was ready, if it was.
    ByItself(i32, String, Option<Duration>),
    Restart,
    Stopped,
}

struct Life<'a> {
    component: Arc<Component>,
    board: &'a Board,
    state: &'a StateDir,
    orders: mpsc::Receiver<Order>,
    stopping: watch::Receiver<Stopping>,
    source: Source,
    /// With which it was started, or read anew since.
    files: Vec<ConfigFile>,
    trial: Option<Trial>,
}

/// Runs until everything is to stop. `must_start`: an error if it never ran and never will; else it is tried for ever.
pub async fn live(
    component: Arc<Component>,
    board: &Board,
    state: &StateDir,
    orders: mpsc::Receiver<Order>,
    must_start: bool,
) -> Result<()> {
    let stopping = board.stopping();
    let source = Source::default();
    let mut life = Life { component, board, state, orders, stopping, source, files: Vec::new(), trial: None };
    let lived = life.keep_running(must_start).await;
    board.set(life.component.name, Phase::Stopped);
    lived
}

impl Life<'_> {
    async fn keep_running(&mut self, must_start: bool) -> Result<()> {
        let name = self.component.name;
        let mut backoff = Backoff::default();
        let mut was_ready = false;
        loop {
            if !self.may_start().await {
                return Ok(());
            }
            let (code, why, served) = match self.once().await {
                Ok(Ended::Stopped) => return Ok(()),
                Ok(Ended::Restart) => continue,
                Ok(Ended::ByItself(code, why, served)) => (code, why, served),
                Err(error) => (EX_CONFIG, format!("{error:#}").replace('\n', " "), None),
            };
            if let Some(Trial { before, files, answer }) = self.trial.take() {
                self.source = before;
                self.source.kept = Some(files);
                // Whoever asked may have gone.
                let _ = answer.send(Err(anyhow!("{name} {why}")));
                continue;
            }
            was_ready |= served.is_some();
            self.board.note(name, |status| {
                status.failures += 1;
                status.fail(why.clone());
            });
            let failures = self.board.status(name).map_or(0, |status| status.failures);
            if served.is_none() && failures.is_multiple_of(FIRST_STARTS_MAX) {
                self.source.doubt_drop_ins(&self.component, &why).await;
            }
            if must_start && !was_ready && (failures >= FIRST_STARTS_MAX || code == EX_CONFIG) {
                bail!("{name} can't be started: {why}; its last words are in {}", self.log().display());
            }
            let wait = backoff.after(served, jitter());
            eprintln!("posthouse: {name}: {why}; starting it again in {} ms", wait.as_millis());
            self.board.set(name, Phase::Failed);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = self.stopping.wait_for(|stopping| *stopping != Stopping::No) => return Ok(()),
                Some(order) = self.orders.recv() => self.source.keep_for_later(order),
            }
            self.board.note(name, |status| status.restarts += 1);
        }
    }

    /// False: everything is to stop. Orders are answered meanwhile: whoever gives one waits for the answer.
    async fn may_start(&mut self) -> bool {
        let Life { component, board, orders, stopping, source, .. } = self;
        board.set(component.name, Phase::Waiting);
        let mut may_start = std::pin::pin!(board.until_it_may_start(component));
        loop {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping != Stopping::No) => return false,
                () = &mut may_start => return true,
                Some(order) = orders.recv() => source.keep_for_later(order),
            }
        }
    }

    /// From preparation to end.
    async fn once(&mut self) -> Result<Ended> {
        let name = self.component.name;
        self.board.set(name, Phase::Starting);
        self.board.note(name, |status| status.starts += 1);
        let component = Arc::clone(&self.component);
        let settings = self.source.settings.get_or_insert_with(|| self.board.settings()).clone();
        let (drop_ins, kept) = (self.source.drop_ins, self.source.kept.clone());
        self.files = blocking(move || prepare(&component, &settings, drop_ins, kept)).await?;
        // In a directory of ours alone: who made the file could hold it.
        let lock = self.state.logs().join(format!("{name}.guard"));
        let beside = if self.board.is_silent { Beside::Nowhere } else { Beside::of(name, self.board.is_one_of_many()) };
        let groups = self.board.cgroups.as_ref();
        let group = groups.map(|groups| groups.of(name, self.component.memory_max)).transpose()?;
        let mut leash = Leash::spawn(&self.component, &lock, &self.log(), beside, group)?;
        self.board.note(name, |status| status.guard = leash.guard());
        let ready_since = match self.until_ready(&mut leash).await? {
            Ok(since) => since,
            Err(ended) => return Ok(ended),
        };
        if let Some(Trial { answer, .. }) = self.trial.take() {
            let _ = answer.send(Ok(true));
        }
        self.board.set(name, Phase::Running);
        self.source.tell_of_drop_ins(name, self.board, self.state);
        self.learn_version().await;
        self.watch_over(&mut leash, ready_since).await
    }

    /// The inner error is an end before it was ready.
    async fn until_ready(&mut self, leash: &mut Leash) -> Result<Result<Instant, Ended>> {
        let Life { component, board, orders, stopping, source, files, .. } = self;
        let mut ready = std::pin::pin!(async {
            crate::probe::until_all_answer(&component.probes).await;
            match component.settle.clone() {
                Some(settle) => blocking(move || settle()).await,
                None => Ok(()),
            }
        });
        let mut deadline = std::pin::pin!(tokio::time::sleep(component.start_max));
        loop {
            tokio::select! {
                news = leash.news() => match news {
                    News::Started(pid) => board.note(component.name, |status| status.pid = Some(pid)),
                    News::Ended(code, text) => return Ok(Err(ended(leash, code, &text, None))),
                },
                settled = &mut ready => match settled {
                    Ok(()) => return Ok(Ok(Instant::now())),
                    Err(error) => {
                        end(component, board, leash).await;
                        return Err(error);
                    }
                },
                () = &mut deadline => {
                    let silent = crate::probe::first_silence(&component.probes).await.unwrap_or_default();
                    end(component, board, leash).await;
                    let seconds = component.start_max.as_secs();
                    return Ok(Err(Ended::ByItself(-1, format!("not ready after {seconds} s ({silent})"), None)));
                }
                _ = stopping.wait_for(|stopping| *stopping != Stopping::No) => {
                    end(component, board, leash).await;
                    return Ok(Err(Ended::Stopped));
                }
                Some(order) = orders.recv() => {
                    let is_same = match &order {
                        Order::Apply(new, wanted, _) => {
                            render(component, new, wanted.unwrap_or(source.drop_ins)).await? == *files
                        }
                        Order::Restart => false,
                    };
                    source.keep_for_later(order);
                    if !is_same {
                        end(component, board, leash).await;
                        return Ok(Err(Ended::Restart));
                    }
                }
            }
        }
    }

    async fn watch_over(&mut self, leash: &mut Leash, since: Instant) -> Result<Ended> {
        let Life { component, board, state, orders, stopping, source, files, trial } = self;
        let mut silences = 0;
        let mut is_leaving = false;
        let mut look = tokio::time::interval_at(tokio::time::Instant::now() + LOOK_EVERY, LOOK_EVERY);
        loop {
            tokio::select! {
                news = leash.news() => match news {
                    News::Started(pid) => board.note(component.name, |status| status.pid = Some(pid)),
                    News::Ended(..) if is_leaving => return Ok(Ended::Stopped),
                    News::Ended(code, text) => return Ok(ended(leash, code, &text, Some(since.elapsed()))),
                },
                _ = stopping.wait_for(|stopping| *stopping != Stopping::No), if !is_leaving => is_leaving = true,
                () = turn_to_stop(component, board), if is_leaving => {
                    end(component, board, leash).await;
                    return Ok(Ended::Stopped);
                }
                Some(order) = orders.recv(), if !is_leaving => {
                    if let Order::Apply(new, wanted, answer) = order {
                        let drop_ins = wanted.unwrap_or(source.drop_ins);
                        let applied = apply(component, files, &new, drop_ins).await;
                        let refused = source.refused.clone();
                        let fresh = Source { settings: Some(new), drop_ins, refused, kept: None };
                        match applied {
                            Ok(Applied::NeedsRestart) => {
                                let before = std::mem::replace(source, fresh);
                                *trial = Some(Trial { before, files: files.clone(), answer });
                            }
                            Ok(Applied::Done(new)) => {
                                let is_new = *files != new;
                                (*files, *source) = (new, fresh);
                                source.tell_of_drop_ins(component.name, board, state);
                                let _ = answer.send(Ok(is_new));
                                continue;
                            }
                            Err(error) => {
                                source.kept = Some(files.clone());
                                let _ = answer.send(Err(error));
                                continue;
                            }
                        }
                    }
                    end(component, board, leash).await;
                    return Ok(Ended::Restart);
                }
                _ = look.tick() => {
                    // It has run for a while: what failed before is over.
                    board.note(component.name, |status| status.failures = 0);
                    let silent = crate::probe::first_hung(&component.probes).await;
                    silences = if silent.is_some() { silences + 1 } else { 0 };
                    if component.is_pool {
                        // All of its processes may be busy: to start it again would only cut them off.
                        let text = |silent| format!("{}: {silent}; it hangs, or has more to do than it can", component.name);
                        board.alert(&format!("busy {}", component.name), silent.filter(|_| silences >= SILENCES_MAX).map(text));
                        continue;
                    }
                    if let Some(silent) = silent && silences >= SILENCES_MAX {
                        end(component, board, leash).await;
                        return Ok(Ended::ByItself(-1, format!("hung ({silent})"), Some(since.elapsed())));
                    }
                }
            }
        }
    }

    /// Once: the program may be replaced by an upgrade, but then we are started again too.
    async fn learn_version(&self) {
        let words = self.component.version.clone();
        if self.board.status(self.component.name).is_none_or(|status| status.version.is_some()) {
            return;
        }
        let version = tokio::task::spawn_blocking(move || version_of(&words)).await.ok().flatten();
        self.board.note(self.component.name, |status| status.version = version);
    }

    fn log(&self) -> std::path::PathBuf {
        self.state.logs().join(format!("{}.log", self.component.name))
    }
}

/// Those that need it go first, unless it is to be quick.
async fn turn_to_stop(component: &Component, board: &Board) {
    let mut stopping = board.stopping();
    tokio::select! {
        () = board.until_it_may_stop(component) => {}
        _ = stopping.wait_for(|stopping| *stopping == Stopping::AtOnce) => {}
    }
}

/// Asked first, killed when it takes too long or everything is to stop at once.
async fn end(component: &Component, board: &Board, leash: &mut Leash) {
    let mut stopping = board.stopping();
    leash.tell("term").await;
    let is_ended = tokio::select! {
        () = until_ended(leash) => true,
        () = tokio::time::sleep(component.stop_max) => false,
        _ = stopping.wait_for(|stopping| *stopping == Stopping::AtOnce) => false,
    };
    if !is_ended {
        eprintln!("posthouse: {} does not stop, killing it", component.name);
        leash.tell("kill").await;
        until_ended(leash).await;
    }
}

async fn until_ended(leash: &mut Leash) {
    while !matches!(leash.news().await, News::Ended(..)) {}
}

fn ended(leash: &Leash, code: i32, text: &str, served: Option<Duration>) -> Ended {
    let said = one_line_of(leash.last_words().as_bytes());
    Ended::ByItself(code, format!("ended ({text}): {said}"), served)
}

/// From 0 to 1; the clock's low bits are random enough to spread restarts.
fn jitter() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    f64::from(now.subsec_nanos() % 1_000) / 1_000.0
}
