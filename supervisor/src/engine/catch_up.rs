// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a component put off because another one was away is done as soon as that one is back, not at its own next turn.

use crate::engine::board::{Board, Phase};
use crate::engine::component::Component;
use std::rc::Rc;
use std::sync::Arc;

/// Never ends. Waits for `other` to run again after it did not.
pub async fn catch_up(component: Arc<Component>, other: &'static str, board: Rc<Board>) {
    let Some(work) = component.catch_up.clone() else { return };
    loop {
        board.until(other, |phase| phase != Phase::Running).await;
        board.until(other, |phase| phase == Phase::Running).await;
        if board.status(component.name).is_none_or(|status| status.phase != Phase::Running) {
            // It begins with everything that it has put off.
            continue;
        }
        let work = Arc::clone(&work);
        let done = tokio::task::spawn_blocking(move || work()).await;
        if let Ok(Err(error)) = done {
            eprintln!("posthouse: {} can't catch up now that {other} is back: {error:#}", component.name);
        }
    }
}
