// SPDX-License-Identifier: AGPL-3.0-or-later
//! `* OK [INPROGRESS …]` while a command takes long (RFC 9585), so that the client knows that it is not forgotten.

use super::Session;
use super::failure::Failure;
use crate::connection::Connection;
use crate::wire::encode::{self, Status};
use mailbox::{Handle, Mailbox};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How far the work is, seen from both sides of the crossing to the store.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    /// 0: nobody knows.
    goal: AtomicU64,
}

impl Progress {
    /// Of a work that counts its steps.
    pub fn towards(goal: usize) -> Progress {
        let progress = Progress::default();
        progress.0.goal.store(goal as u64, Ordering::Relaxed);
        progress
    }

    pub fn add(&self, steps: usize) {
        self.0.done.fetch_add(steps as u64, Ordering::Relaxed);
    }

    /// RFC 9585 §4: `INPROGRESS ("tag" done goal)`. A tag is an astring without quotes or backslashes.
    fn code(&self, tag: &str) -> String {
        let goal = self.0.goal.load(Ordering::Relaxed);
        if goal == 0 {
            return format!("INPROGRESS (\"{tag}\" NIL NIL)");
        }
        // The goal itself is told by the tagged answer.
        let done = self.0.done.load(Ordering::Relaxed).min(goal - 1);
        format!("INPROGRESS (\"{tag}\" {done} {goal})")
    }
}

impl Session {
    /// A crossing to the store that may take long.
    pub async fn cross<T: Send + 'static>(
        &mut self,
        handle: &Handle,
        progress: &Progress,
        work: impl FnOnce(&Mailbox) -> mailbox::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let every = self.shared.config.progress_interval;
        let done = during(&mut self.connection, &self.tag, every, progress, handle.run(work)).await?;
        Ok(done?)
    }
}

/// Waits for `work`, and says so every now and then. Without a client left the wait is over.
async fn during<T>(
    connection: &mut Connection,
    tag: &str,
    every: Duration,
    progress: &Progress,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = tokio::time::sleep(every) => {
                let mut line = Vec::new();
                encode::status(&mut line, "*", Status::Ok, Some(&progress.code(tag)), "Still at it");
                connection.put(&line);
                connection.flush().await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_by_the_tagged_answer_only() {
        assert_eq!(Progress::default().code("a1"), "INPROGRESS (\"a1\" NIL NIL)");
        let progress = Progress::towards(10);
        assert_eq!(progress.code("a1"), "INPROGRESS (\"a1\" 0 10)");
        progress.add(4);
        assert_eq!(progress.clone().code("a1"), "INPROGRESS (\"a1\" 4 10)");
        progress.add(40);
        assert_eq!(progress.code("a1"), "INPROGRESS (\"a1\" 9 10)");
    }
}
