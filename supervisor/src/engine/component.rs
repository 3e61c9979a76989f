// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the engine needs to know of a component. Each file in `components/` makes one of these.

use crate::engine::chore::Chore;
use crate::engine::drop_ins::DropIns;
use crate::engine::settings::Snapshot;
use crate::probe::Probe;
use anyhow::Result;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Work that may block; it runs beside the engine's thread.
pub type Task = Arc<dyn Fn() -> Result<()> + Send + Sync>;

pub type Render = Arc<dyn Fn(&Snapshot, DropIns) -> Result<Vec<ConfigFile>> + Send + Sync>;

pub struct Component {
    pub name: &'static str,
    /// It is started once these run, and they are stopped only when it has.
    pub needs: Vec<&'static str>,
    /// Debian packages that have its programs, for the error that says they are missing.
    pub packages: &'static [&'static str],
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// None: as we are.
    pub run_as: Option<RunAs>,
    /// Of all its processes together, where the kernel counts them (cgroups); None: no limit.
    pub memory_max: Option<u64>,
    /// Whether the kernel ends it sooner than others when memory runs out (proc(5), oom_score_adj).
    pub is_expendable: bool,
    /// Open files a process; None: as many as we may. Some daemons make tables of that size.
    pub files_max: Option<u32>,
    /// Made before each start; parents first.
    pub directories: Vec<Directory>,
    /// All that it reads and we write, rendered anew before each start.
    pub files: Render,
    /// Better started without the administrator's lines than not at all. Not where they may say how data is kept.
    pub can_do_without_drop_ins: bool,
    /// Its files can't be rendered before the directory was read once.
    pub follows_directory: bool,
    /// Before each start: what it must find, such as a database. Must take being cut off at any point.
    pub initialise: Option<Task>,
    /// Once it answers, before it counts as running.
    pub settle: Option<Task>,
    /// Ready when all of them answer; looked at from then on.
    pub probes: Vec<Probe>,
    /// Many processes that serve one client each, below a main process that only starts them.
    pub is_pool: bool,
    /// Makes it read its files again. None: it is started again.
    pub reload: Option<Task>,
    /// What it put off because another component was away is done now; asked for each time that one runs again.
    pub catch_up: Option<Task>,
    /// What is done for it while it runs.
    pub chores: Vec<Chore>,
    pub start_max: Duration,
    pub stop_max: Duration,
    /// A command whose first line of output tells the version; empty: ours.
    pub version: Vec<String>,
}

/// A system user and what is left of root's rights to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAs {
    pub user: &'static str,
    pub group: &'static str,
    /// May listen on ports below 1024.
    pub low_ports: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    pub path: PathBuf,
    /// User and group; None: ours.
    pub owner: Option<(&'static str, &'static str)>,
    pub mode: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    pub path: PathBuf,
    pub text: String,
    /// The group that may read it beside us; None: nobody.
    pub group: Option<&'static str>,
    /// Holds what may not be shown.
    pub is_secret: bool,
}

impl Component {
    /// A component that needs nothing; the rest is set by whoever knows it.
    pub fn new(name: &'static str, program: PathBuf) -> Component {
        Component {
            name,
            needs: Vec::new(),
            packages: &[],
            program,
            arguments: Vec::new(),
            run_as: None,
            memory_max: None,
            is_expendable: false,
            files_max: None,
            directories: Vec::new(),
            files: Arc::new(|_, _| Ok(Vec::new())),
            can_do_without_drop_ins: false,
            follows_directory: false,
            initialise: None,
            settle: None,
            probes: Vec::new(),
            is_pool: false,
            reload: None,
            catch_up: None,
            chores: Vec::new(),
            start_max: Duration::from_secs(120),
            stop_max: Duration::from_secs(15),
            version: Vec::new(),
        }
    }
}
