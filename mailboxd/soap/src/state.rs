// SPDX-License-Identifier: AGPL-3.0-or-later
//! What all requests share.

use crate::handler::spelling::Spelling;
use crate::outbound::{Intake, Outbound};
use crate::recent::RecentSends;
use crate::reindexing::Reindexing;
use crate::session::Sessions;
use crate::upload::Uploads;
use crate::wait_set::WaitSets;
use directory::{Account, Directory};
use mailbox::Store;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;

#[derive(Debug, Clone)]
pub struct Config {
    /// Name of this host as clients reach it (`zimbraMailHost`).
    pub host: String,
    /// "https://mail.example.test", without a slash at the end; for REST URLs.
    pub public_url: String,
    /// Its `upload/` folder holds uploaded files.
    pub state: PathBuf,
    pub message_bytes_max: u64,
    /// Hunspell's dictionaries.
    pub dictionaries: PathBuf,
    pub token_life: Duration,
    pub admin_token_life: Duration,
}

impl Config {
    pub const DICTIONARIES: &str = spell::DEBIAN;
    pub const TOKEN_LIFE: Duration = Duration::from_secs(2 * 24 * 3600);
    pub const ADMIN_TOKEN_LIFE: Duration = Duration::from_secs(12 * 3600);
}

/// Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

pub struct Inner {
    pub store: Store,
    pub directory: Directory,
    pub outbound: Outbound,
    pub intake: Intake,
    pub config: Config,
    pub(crate) daemon: OnceLock<crate::daemon::Daemon>,
    /// Of filter rules.
    pub(crate) engine: Arc<sieve::Engine>,
    pub(crate) sessions: Sessions,
    pub(crate) wait_sets: WaitSets,
    pub(crate) uploads: Uploads,
    pub(crate) recent_sends: RecentSends,
    pub(crate) reindexing: Reindexing,
    pub(crate) backups: crate::backup::Backups,
    /// Drafts that are sent later.
    pub(crate) schedule: crate::schedule::Queue,
    pub(crate) spelling: Spelling,
    /// Accounts elsewhere.
    pub(crate) data_sources: crate::data_source::Queue,
    /// Password hashing costs memory and time by design: so many at once, the others wait.
    hashing: Semaphore,
}

const HASHING_MAX: usize = 4;
/// No account may have tokens that live longer.
const TOKEN_LIFE_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

impl std::ops::Deref for State {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl State {
    /// Empties the upload folder of what an earlier run left.
    pub fn new(
        store: Store,
        directory: Directory,
        outbound: Outbound,
        intake: Intake,
        config: Config,
    ) -> std::io::Result<State> {
        let uploads = Uploads::open(config.state.join("upload"), config.message_bytes_max)?;
        Ok(State(Arc::new(Inner {
            store,
            directory,
            outbound,
            intake,
            engine: Arc::new(sieve::Engine::new(&config.host)),
            spelling: Spelling::new(spell::Speller::new(&config.dictionaries)),
            config,
            daemon: OnceLock::new(),
            sessions: Sessions::default(),
            wait_sets: WaitSets::default(),
            uploads,
            recent_sends: RecentSends::default(),
            reindexing: Reindexing::default(),
            backups: crate::backup::Backups::default(),
            schedule: crate::schedule::Queue::default(),
            data_sources: crate::data_source::Queue::default(),
            hashing: Semaphore::new(HASHING_MAX),
        })))
    }

    /// Who answers what only the daemon knows. Once.
    pub fn answer_with(&self, daemon: crate::daemon::Daemon) {
        let _ = self.daemon.set(daemon);
    }

    /// Open sessions for notifications.
    pub fn session_count(&self) -> usize {
        self.sessions.all().len()
    }

    /// How long a token of this account is good: its own setting, or the server's.
    pub(crate) fn token_life(&self, account: &Account, admin: bool) -> Duration {
        let (name, default) = if admin {
            ("zimbraAdminAuthTokenLifetime", self.config.admin_token_life)
        } else {
            ("zimbraAuthTokenLifetime", self.config.token_life)
        };
        account.attr(name).and_then(duration).filter(|life| *life <= TOKEN_LIFE_MAX).unwrap_or(default)
    }

    /// Ends every blocked request, so that the daemon can stop.
    pub fn close(&self) {
        self.reindexing.cancel_all();
        self.sessions.close();
        self.wait_sets.close();
    }

    /// Directory work that hashes passwords, off the async threads.
    pub(crate) async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Directory) -> directory::Result<T> + Send + 'static,
    ) -> crate::fault::Result<T> {
        let _permit = self.hashing.acquire().await.map_err(crate::fault::Fault::failure)?;
        let directory = self.directory.clone();
        let done = tokio::task::spawn_blocking(move || work(&directory)).await;
        Ok(done.map_err(crate::fault::Fault::failure)??)
    }
}

/// "5s", "30m", "12h", "2d", or bare seconds.
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let seconds = match &text[digits.len()..] {
        "ms" => return Some(Duration::from_millis(number)),
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
