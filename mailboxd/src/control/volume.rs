// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse volume` and `posthouse hsm`.

use crate::serve::System;
use anyhow::{Result, anyhow};
use mailbox::{Store, VolumeWish};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Volume {
    List {},
    Add {
        wish: VolumeWish,
    },
    Edit {
        volume: String,
        wish: VolumeWish,
    },
    /// Everything on it goes back to the primary volume; progress lines, then the report.
    Empty {
        volume: String,
    },
    Remove {
        volume: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Hsm {
    /// Progress lines, then the report.
    Run {},
    Status {},
    Abort {},
}

pub fn run(store: &Store, request: Volume, progress: &mut (dyn FnMut(&str) + Send)) -> Result<Value> {
    Ok(match request {
        Volume::List {} => json!({"volumes": store.volumes().map_err(failed)?}),
        Volume::Add { wish } => serde_json::to_value(store.add_volume(&wish).map_err(failed)?)?,
        Volume::Edit { volume, wish } => serde_json::to_value(store.edit_volume(&volume, &wish).map_err(failed)?)?,
        Volume::Empty { volume } => serde_json::to_value(store.empty_volume(&volume, progress).map_err(failed)?)?,
        Volume::Remove { volume } => {
            store.remove_volume(&volume).map_err(failed)?;
            json!({})
        }
    })
}

pub fn hsm(system: &System, request: &Hsm, progress: &mut (dyn FnMut(&str) + Send)) -> Result<Value> {
    let store = &system.store;
    Ok(match request {
        Hsm::Run {} => serde_json::to_value(soap::hsm_run(store, &system.directory, progress).map_err(failed)?)?,
        Hsm::Status {} => serde_json::to_value(store.hsm_status())?,
        Hsm::Abort {} => json!({"aborted": store.hsm_abort()}),
    })
}

fn failed(error: mailbox::Error) -> anyhow::Error {
    anyhow!("{error}")
}
