// SPDX-License-Identifier: AGPL-3.0-or-later
//! A backup, or a look at one, that an administrator ordered on a page: it goes on when the page is left, and says how far it is. What is
//! known of the last one is gone after a start of the supervisor; the backup itself is where it belongs.

use super::{drill_mark, make, mark, modified};
use crate::control::{Daemon, call};
use crate::settings;
use crate::state::StateDir;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A backup.
    Full,
    /// A restore beside the store, compared.
    Verify,
}

#[derive(Debug, Clone, Serialize)]
struct Run {
    what: What,
    /// Milliseconds since 1970.
    begun_ms: u64,
    ended_ms: Option<u64>,
    /// The last line of progress.
    line: String,
    error: Option<String>,
}

/// The last one that was ordered.
#[derive(Clone, Default)]
pub struct Ordered(Arc<Mutex<Option<Run>>>);

impl Ordered {
    /// Answers as soon as it runs.
    pub fn start(&self, state: &StateDir, what: What) -> Result<()> {
        if !settings::read(state)?.backup().enabled {
            bail!("backups are switched off: enabled in [backup] of settings/posthouse.toml");
        }
        let (ordered, state) = (self.clone(), state.clone());
        self.begin(what)?;
        std::thread::Builder::new().name("backup".to_owned()).spawn(move || {
            let done = work(&state, what, &mut |line| ordered.tell(line));
            ordered.end(done.err().map(|error| format!("{error:#}")));
        })?;
        Ok(())
    }

    /// `{"run": {…}, "at": "02:30", "enabled": true, "target": "/mnt/backup", "verify_days": 7, "last_ms": …, "verified": {…}}`
    pub fn status(&self, state: &StateDir) -> Result<Value> {
        let settings = settings::read(state)?;
        let backup = settings.backup();
        let verified =
            std::fs::read_to_string(drill_mark(state)).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let target = backup.target.clone().unwrap_or_else(|| state.path.join("backup"));
        Ok(json!({
            "run": *self.lock(),
            "enabled": backup.enabled,
            "at": backup.at,
            "verify_days": backup.verify_days,
            "target": target.display().to_string(),
            "last_ms": modified(&mark(state)).map(ms),
            "verified": verified,
        }))
    }

    fn begin(&self, what: What) -> Result<()> {
        let mut run = self.lock();
        if run.as_ref().is_some_and(|run| run.ended_ms.is_none()) {
            bail!("a backup or a check of one is under way already");
        }
        *run = Some(Run { what, begun_ms: ms(SystemTime::now()), ended_ms: None, line: String::new(), error: None });
        Ok(())
    }

    fn tell(&self, line: &str) {
        if let Some(run) = self.lock().as_mut() {
            line.clone_into(&mut run.line);
        }
    }

    fn end(&self, error: Option<String>) {
        if let Some(run) = self.lock().as_mut() {
            (run.ended_ms, run.error) = (Some(ms(SystemTime::now())), error);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Run>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn work(state: &StateDir, what: What, progress: &mut dyn FnMut(&str)) -> Result<()> {
    let (report, noun) = match what {
        What::Full => (make(state, progress)?, "things could not be read"),
        What::Verify => {
            let request = json!({"verb": "backup", "request": {"verify": {}}});
            (call(state, Daemon::Mailboxd, &request, progress)?, "problems were found")
        }
    };
    match report["problem_count"].as_u64().unwrap_or(0) {
        0 => Ok(()),
        count => bail!("{count} {noun}, the first: {}", report["problems"][0].as_str().unwrap_or("?")),
    }
}

fn ms(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_runs_at_a_time_and_its_end_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        let ordered = Ordered::default();
        let status = ordered.status(&state).unwrap();
        assert_eq!(
            (&status["run"], &status["enabled"], &status["last_ms"]),
            (&Value::Null, &json!(true), &Value::Null)
        );
        ordered.begin(What::Verify).unwrap();
        assert!(ordered.begin(What::Full).unwrap_err().to_string().contains("under way"));
        ordered.tell("mailbox 1 of 2");
        let run = ordered.status(&state).unwrap()["run"].take();
        assert_eq!(
            (&run["what"], &run["line"], &run["ended_ms"]),
            (&json!("verify"), &json!("mailbox 1 of 2"), &Value::Null)
        );
        ordered.end(Some("no".to_owned()));
        // Nobody serves that directory: the next one ends, and says why.
        ordered.start(&state, What::Full).unwrap();
        let ended = loop {
            let run = ordered.status(&state).unwrap()["run"].take();
            if run["ended_ms"].is_u64() {
                break run;
            }
            std::thread::yield_now();
        };
        assert!(ended["error"].as_str().unwrap().contains("not running"), "{ended}");
    }
}
