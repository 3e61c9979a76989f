// SPDX-License-Identifier: AGPL-3.0-or-later
//! The life of everything: start, say when it is ready, stop on request. One thread and no lock.

use crate::components::{self, Place, Profile, mailboxd};
use crate::control::{self, Shared};
use crate::engine::{Board, Cgroups, Component, Phase, catch_up, do_chore, live, user_ids};
use crate::setup::{self, Setup};
use crate::state::StateDir;
use crate::upgrade::schedule;
use crate::{acme, follow, health, systemd};
use anyhow::{Context, Result, bail};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::stat::{Mode, umask};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};

const ORDERS_MAX: usize = 8;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Stopped,
    /// Everything has stopped, to be started with other components.
    StartAnew,
}

/// Runs until it is told to stop. `answers`: where those to set-up are, if that was said. `on_ready` is called once, when every
/// probe was answered for the first time; it may block.
pub fn run(
    place: Place,
    answers: Option<String>,
    on_ready: impl FnOnce() -> Result<()> + Send + 'static,
) -> Result<Ended> {
    raise_file_limit();
    // Whatever a component makes is its own alone.
    umask(Mode::from_bits_truncate(0o077));
    let components = components::of(&place)?;
    components::check_installed(&components)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let board = Board::new(components, Cgroups::delegated());
    let ended = LocalSet::new().block_on(&runtime, supervise(place, board, answers, on_ready));
    // A chore that still runs dies with us.
    runtime.shutdown_background();
    ended
}

/// Runs one component with the state directory to ourselves, as long as `work` does; it may block.
pub fn with_component<T: Send + 'static>(
    component: Component,
    state: &StateDir,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    umask(Mode::from_bits_truncate(0o077));
    let _lock = state.lock()?;
    let name = component.name;
    let mut board = Board::new(vec![component], None);
    board.is_silent = true;
    let component = board.components().next().cloned().context("no component")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let (_orders, inbox) = mpsc::channel(ORDERS_MAX);
        let mut life = std::pin::pin!(live(component, &board, state, inbox, true));
        tokio::select! {
            ended = &mut life => return ended.and_then(|()| bail!("{name} was stopped")),
            () = board.until(name, |phase| phase == Phase::Running) => {}
        }
        let worked = tokio::select! {
            ended = &mut life => return ended.and_then(|()| bail!("{name} was stopped")),
            worked = tokio::task::spawn_blocking(work) => worked,
        };
        board.stop();
        life.await?;
        worked?
    })
}

async fn supervise(
    place: Place,
    board: Board,
    answers: Option<String>,
    on_ready: impl FnOnce() -> Result<()> + Send + 'static,
) -> Result<Ended> {
    let board = Rc::new(board);
    let setup = Setup::new(&place, Rc::clone(&board))?;
    board.set_settings(follow::remembered(&place.state));
    let place = Rc::new(place);
    let mut orders = BTreeMap::new();
    let mut lives = JoinSet::new();
    for component in board.components().cloned() {
        let (order, inbox) = mpsc::channel(ORDERS_MAX);
        let (board, place) = (Rc::clone(&board), Rc::clone(&place));
        for index in 0..component.chores.len() {
            let (component, board) = (Arc::clone(&component), Rc::clone(&board));
            tokio::task::spawn_local(do_chore(component, index, board, order.clone()));
        }
        if component.catch_up.is_some() {
            for other in board.components().map(|other| other.name).filter(|name| *name != component.name) {
                tokio::task::spawn_local(catch_up(Arc::clone(&component), other, Rc::clone(&board)));
            }
        }
        orders.insert(component.name, order);
        // The one component of the embedded profile is everything; a system of many goes on with the others.
        let must_start = place.profile == Profile::Embedded;
        lives.spawn_local(async move { live(component, &board, &place.state, inbox, must_start).await });
    }
    let orders = Rc::new(orders);
    let shared = Shared {
        place: Rc::clone(&place),
        board: Rc::clone(&board),
        orders: Rc::clone(&orders),
        started: Instant::now(),
        setup: Rc::clone(&setup),
    };
    tokio::task::spawn_local(control::serve(&place.state, shared)?);
    tokio::task::spawn_local(control::errands::serve(&place, &board)?);
    if let Some(code) = &setup.code {
        let appliance = place.profile == Profile::Appliance;
        let group = if appliance { Some(user_ids(mailboxd::USER, mailboxd::USER)?.1.as_raw()) } else { None };
        tokio::task::spawn_local(setup::serve(&place.state, Rc::clone(&setup), group)?);
        eprintln!("posthouse: Set-up code: {code}");
    }
    setup.resume();
    if place.is_installing {
        let setup = Rc::clone(&setup);
        tokio::task::spawn_local(async move { setup.start_unattended(answers).await });
    }
    if place.profile == Profile::Appliance {
        tokio::task::spawn_local(follow::follow(place.state.clone(), Rc::clone(&board), orders));
    }
    tokio::task::spawn_local(acme::watch(Rc::clone(&place), Rc::clone(&board)));
    tokio::task::spawn_local(schedule::watch(place.state.clone(), Rc::clone(&board)));
    tokio::task::spawn_local(health::watch(Rc::clone(&place), Rc::clone(&board), Instant::now()));
    tokio::task::spawn_local(systemd::report(Rc::clone(&board)));
    let tried = Rc::clone(&board);
    tokio::task::spawn_local(async move {
        // A system without its virus scanner is one that systemd should leave running.
        tried.until_all_tried().await;
        systemd::ready();
    });
    tokio::task::spawn_local(stop_on_signals(Rc::clone(&board))?);
    let mut ended = std::pin::pin!(until_ended(lives));
    tokio::select! {
        ended = &mut ended => return ended.map(|()| how_ended(&board)),
        () = board.until_all_run() => {}
    }
    let mut greeting = tokio::task::spawn_blocking(on_ready);
    tokio::select! {
        ended = &mut ended => return ended.map(|()| how_ended(&board)),
        greeted = &mut greeting => greeted??,
    }
    ended.await.map(|()| how_ended(&board))
}

fn how_ended(board: &Board) -> Ended {
    if board.starts_anew() { Ended::StartAnew } else { Ended::Stopped }
}

/// All of them, or the first that fails: the others are cut off then, and their guards stop them.
async fn until_ended(mut lives: JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = lives.join_next().await {
        ended??;
    }
    Ok(())
}

fn stop_on_signals(board: Rc<Board>) -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            eprintln!("posthouse: stopping (once more: at once)");
            systemd::stopping();
            board.stop();
        }
    })
}

/// A session is a file descriptor, and so are a message and an index segment; the default of 1,024 is a relic of select(2).
fn raise_file_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Not allowed to: then the soft limit stays, and the daemon refuses what is too much.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
