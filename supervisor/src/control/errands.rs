// SPDX-License-Identifier: AGPL-3.0-or-later
//! `run/mailboxd.sock`: the little that mailboxd may ask of us, for an administrator whose rights it has checked. Everything else is asked
//! over `posthouse.sock`, which only root can open. One JSON object a line, as there.

use crate::backup::{Ordered, What};
use crate::components::{Place, Profile, mailboxd, postfix};
use crate::engine::{Board, user_ids};
use crate::logs;
use crate::queue::{self, Action};
use crate::setup::dns;
use crate::state::StateDir;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::os::unix::fs::{PermissionsExt, lchown};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

const FILE: &str = "mailboxd.sock";
/// Ids of as many messages as one request may name.
const REQUEST_BYTES_MAX: u64 = 256 << 10;
const CONNECTIONS_MAX: usize = 8;
const READ_MAX: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
enum Errand {
    /// What waits in Postfix's queue; nothing where there is no Postfix.
    Queue {},
    QueueAct {
        action: Action,
        ids: Vec<String>,
    },
    QueueFlush {},
    /// How backups are, and how far the one is that was ordered.
    Backup {},
    BackupRun {
        what: What,
    },
    /// What a domain should have in the DNS, and what is seen there.
    Dns {
        domain: String,
    },
    /// Which components have logs; the last lines of one.
    Logs {
        component: Option<String>,
        #[serde(default)]
        lines: usize,
        #[serde(default)]
        search: String,
    },
}

/// What is asked of.
#[derive(Clone)]
struct Desk {
    state: StateDir,
    /// Directory of Postfix's configuration, where it is one of the components.
    postfix: Option<String>,
    ordered: Ordered,
    /// Whose process mailboxd is, where it is not ours.
    user: Option<u32>,
}

/// Binds; the answer serves until it is dropped.
pub fn serve(place: &Place, board: &Board) -> Result<impl Future<Output = ()> + use<>> {
    let state = &place.state;
    let path = state.run().join(FILE);
    let text = || path.display().to_string();
    // In the appliance mailboxd has a user of its own.
    let user = (place.profile == Profile::Appliance).then(|| user_ids(mailboxd::USER, mailboxd::USER)).transpose()?;
    // The lock is ours: whoever made a socket here is dead.
    let _ = std::fs::remove_file(&path);
    let listener = state.with_socket_path(FILE, |path| UnixListener::bind(path)).with_context(text)?;
    lchown(&path, None, user.map(|(_, group)| group.as_raw())).with_context(text)?;
    let mode = if user.is_some() { 0o660 } else { 0o600 };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).with_context(text)?;
    let has_postfix = board.components().any(|component| component.name == postfix::NAME);
    let desk = Desk {
        state: state.clone(),
        postfix: has_postfix.then(|| postfix::conf(place)).transpose()?,
        ordered: Ordered::default(),
        user: user.map(|(user, _)| user.as_raw()),
    };
    Ok(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn_local(converse(stream, desk.clone()));
                    }
                }
            }
        }
    })
}

async fn converse(mut stream: UnixStream, desk: Desk) {
    let peer = stream.peer_cred().map(|cred| cred.uid()).ok();
    let own = nix::unistd::geteuid().as_raw();
    if peer.is_none_or(|peer| peer != own && Some(peer) != desk.user) {
        eprintln!("posthouse: {FILE}: user {peer:?} was refused");
        return;
    }
    let (read, mut write) = stream.split();
    let mut line = Vec::new();
    let mut read = BufReader::new(read).take(REQUEST_BYTES_MAX);
    let got = tokio::time::timeout(READ_MAX, read.read_until(b'\n', &mut line)).await;
    if !matches!(got, Ok(Ok(_))) {
        return;
    }
    let answer = match serde_json::from_slice::<Errand>(&line) {
        Err(_) => json!({"error": "posthouse does not know this request: is it another release?"}),
        Ok(errand) => match tokio::task::spawn_blocking(move || answer(&desk, errand)).await {
            Ok(Ok(value)) => json!({"ok": value}),
            Ok(Err(error)) => json!({"error": format!("{error:#}")}),
            Err(_) => json!({"error": "posthouse failed at this request; its log says how"}),
        },
    };
    let _ = write.write_all(format!("{answer}\n").as_bytes()).await;
}

fn answer(desk: &Desk, errand: Errand) -> Result<Value> {
    let postfix = || desk.postfix.as_deref().context("there is no Postfix here, so there is no queue");
    Ok(match errand {
        Errand::Queue {} => match &desk.postfix {
            Some(conf) => serde_json::to_value(queue::list(conf)?)?,
            None => Value::Null,
        },
        Errand::QueueAct { action, ids } => json!({"found": queue::act(postfix()?, action, &ids)?}),
        Errand::QueueFlush {} => queue::flush(postfix()?).map(|()| json!({}))?,
        Errand::Backup {} => desk.ordered.status(&desk.state)?,
        Errand::Dns { domain } => dns::seen(&desk.state, &domain)?,
        Errand::Logs { component, lines, search } => {
            let found = component.map(|name| logs::lines(&desk.state, &name, lines, &search)).transpose()?;
            json!({"components": logs::known(&desk.state), "lines": found})
        }
        Errand::BackupRun { what } => desk.ordered.start(&desk.state, what).map(|()| json!({}))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_asked_little_and_by_few() {
        let local = tokio::task::LocalSet::new();
        local.run_until(talk()).await;
    }

    async fn talk() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        let board = Board::new(Vec::new(), None);
        let place = Place {
            profile: Profile::Embedded,
            state: state.clone(),
            short: dir.path().to_owned(),
            endpoints: Vec::new(),
            is_installing: false,
        };
        let server = tokio::task::spawn_local(serve(&place, &board).unwrap());
        let path = state.run().join(FILE);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let ask = async |line: &str| {
            let mut stream = UnixStream::connect(&path).await.unwrap();
            stream.write_all(format!("{line}\n").as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            serde_json::from_str::<Value>(&answer).unwrap()
        };
        assert_eq!(ask(r#"{"verb": "queue"}"#).await, json!({"ok": null}));
        assert_eq!(ask(r#"{"verb": "backup"}"#).await["ok"]["at"], "02:30");
        for (refused, why) in [
            (r#"{"verb": "queue_act", "action": "hold", "ids": ["8B1C2D3E4F"]}"#, "no Postfix"),
            (r#"{"verb": "queue_flush"}"#, "no Postfix"),
            (r#"{"verb": "stop"}"#, "does not know"),
            (r#"{"verb": "setup"}"#, "does not know"),
            (r#"{"verb": "queue", "more": 1}"#, "does not know"),
            ("{", "does not know"),
            ("", "does not know"),
        ] {
            let answer = ask(refused).await;
            assert!(answer["error"].as_str().is_some_and(|error| error.contains(why)), "{refused}: {answer}");
        }
        server.abort();
    }
}
