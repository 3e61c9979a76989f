// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is done for a component again and again while it runs: new rules fetched, mail learnt. One that fails is an alert and
//! is tried at its next turn; the component goes on with what it has.

use crate::engine::board::{Board, Phase};
use crate::engine::component::Component;
use crate::engine::source::Order;
use crate::health::Item;
use anyhow::Result;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

pub struct Chore {
    /// Also the subject of its alert.
    pub name: &'static str,
    /// From the start to its first turn.
    pub first: Duration,
    pub every: Duration,
    /// After one that failed, until it has succeeded.
    pub retry: Duration,
    /// Blocks.
    pub work: Arc<dyn Fn() -> Result<Done> + Send + Sync>,
}

pub struct Done {
    /// For `posthouse status`.
    pub text: String,
    /// The component has to be started again to make use of it.
    pub needs_restart: bool,
}

/// Never ends.
pub async fn do_chore(component: Arc<Component>, index: usize, board: Rc<Board>, orders: mpsc::Sender<Order>) {
    let Some(chore) = component.chores.get(index) else { return };
    tokio::time::sleep(chore.first).await;
    loop {
        board.until(component.name, |phase| phase == Phase::Running).await;
        let work = Arc::clone(&chore.work);
        let done = match tokio::task::spawn_blocking(move || work()).await {
            Ok(done) => done,
            Err(error) => Err(error.into()),
        };
        let pause = if done.is_ok() { chore.every } else { chore.retry };
        match done {
            Ok(Done { text, needs_restart }) => {
                board.note_chore(Item::new(chore.name, true, text));
                if needs_restart && orders.send(Order::Restart).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                board.note_chore(Item::new(chore.name, false, format!("{error:#}").replace('\n', " ")));
            }
        }
        tokio::time::sleep(pause).await;
    }
}
