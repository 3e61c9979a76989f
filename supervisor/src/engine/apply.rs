// SPDX-License-Identifier: AGPL-3.0-or-later
//! New files for a component that runs: written, read again by it, and taken back when it does not work with them.

use crate::engine::component::{Component, ConfigFile};
use crate::engine::drop_ins::DropIns;
use crate::engine::prepare::write_files;
use crate::engine::settings::Snapshot;
use anyhow::{Result, anyhow};
use std::sync::Arc;
use std::time::Duration;

/// From a reload to the first answer.
const RELOAD_MAX: Duration = Duration::from_secs(60);

pub(super) enum Applied {
    /// It works with these now, which may be those that it had.
    Done(Vec<ConfigFile>),
    NeedsRestart,
}

/// To a component that runs with `files`. After an error they are what they were, and it has been told so.
pub(super) async fn apply(
    component: &Arc<Component>,
    files: &[ConfigFile],
    new: &Snapshot,
    drop_ins: DropIns,
) -> Result<Applied> {
    let name = component.name;
    let taken_back = move |error: anyhow::Error| error.context(format!("{name} does not work with the new settings"));
    let fresh = render(component, new, drop_ins).await.map_err(taken_back)?;
    let written = fresh.clone();
    // Somebody may have changed them under us: then it reads them again as well.
    if fresh == files && !blocking(move || write_files(&written)).await? {
        return Ok(Applied::Done(fresh));
    }
    let Some(reload) = component.reload.clone() else { return Ok(Applied::NeedsRestart) };
    let again = Arc::clone(&reload);
    let written = fresh.clone();
    let tried = async {
        blocking(move || write_files(&written).and_then(|_| reload())).await?;
        let answered = crate::probe::until_all_answer(&component.probes);
        tokio::time::timeout(RELOAD_MAX, answered).await.map_err(|_| anyhow!("it does not answer any more"))
    };
    if let Err(error) = tried.await {
        let before = files.to_vec();
        blocking(move || write_files(&before).and_then(|_| again())).await?;
        return Err(taken_back(error));
    }
    Ok(Applied::Done(fresh))
}

pub(super) async fn render(
    component: &Arc<Component>,
    settings: &Snapshot,
    drop_ins: DropIns,
) -> Result<Vec<ConfigFile>> {
    let (component, settings) = (Arc::clone(component), Arc::clone(settings));
    blocking(move || (component.files)(&settings, drop_ins)).await
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| anyhow!("internal error: {e}"))?
}
