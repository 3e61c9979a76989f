// SPDX-License-Identifier: AGPL-3.0-or-later
//! `run/setup.sock`: where the process that browsers talk to asks, as long as the machine is not set up. One request a
//! connection: `{"unlock": CODE}`, `{"session": TOKEN}`, or `{"token": …, "csrf": …, "request": {…}}`. Nothing is answered
//! without a session; the socket on which no code is asked for is another one, for root.

use super::answers::Answers;
use super::gate::{Refused, Session};
use super::service::{Request, Setup};
use crate::state::StateDir;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

pub const FILE: &str = "setup.sock";
/// Answers with a chain of certificates.
pub const REQUEST_BYTES_MAX: u64 = 256 << 10;
const CONNECTIONS_MAX: usize = 32;
const READ_MAX: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Asked {
    Unlock { unlock: String },
    Session { session: String },
    Request { token: String, csrf: Option<String>, request: Value },
}

/// Binds; the answer serves until it is dropped. `group`: whose processes may come.
pub fn serve(state: &StateDir, setup: Rc<Setup>, group: Option<u32>) -> Result<impl Future<Output = ()> + use<>> {
    let path = state.run().join(FILE);
    let text = || path.display().to_string();
    let _ = std::fs::remove_file(&path);
    let listener = state.with_socket_path(FILE, |path| UnixListener::bind(path)).with_context(text)?;
    std::os::unix::fs::lchown(&path, None, group).with_context(text)?;
    let mode = if group.is_some() { 0o660 } else { 0o600 };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).with_context(text)?;
    Ok(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn_local(converse(stream, Rc::clone(&setup)));
                    }
                }
            }
        }
    })
}

async fn converse(mut stream: UnixStream, setup: Rc<Setup>) {
    let (read, mut write) = stream.split();
    let mut line = Vec::new();
    let mut read = BufReader::new(read).take(REQUEST_BYTES_MAX);
    let got = tokio::time::timeout(READ_MAX, read.read_until(b'\n', &mut line)).await;
    if !matches!(got, Ok(Ok(_))) || line.last() != Some(&b'\n') {
        return;
    }
    let answer = match answer(&setup, &line).await {
        Ok(value) => json!({"ok": value}),
        Err(error) => {
            let code = match error.downcast_ref::<Refused>() {
                Some(Refused::WrongCode) => "wrong-code",
                Some(Refused::Wait(_)) => "wait",
                Some(Refused::NoSession) => "no-session",
                None => "failed",
            };
            json!({"error": format!("{error:#}"), "code": code})
        }
    };
    let _ = write.write_all(format!("{answer}\n").as_bytes()).await;
}

async fn answer(setup: &Rc<Setup>, line: &[u8]) -> Result<Value> {
    let gate = setup.gate.as_ref().context("this machine is set up")?;
    let now = Instant::now();
    // The texts of the errors that serde makes may have what was typed in them: a code, a password.
    let asked: Asked = serde_json::from_slice(line).ok().context("this request is not known")?;
    let session = |session: Session| json!({"token": session.token, "csrf": session.csrf});
    match asked {
        Asked::Unlock { unlock } => {
            let opened = gate.borrow_mut().unlock(&unlock, now);
            if let Err(refused) = &opened {
                eprintln!("posthouse: set-up: somebody was refused: {refused}");
            }
            Ok(session(opened?))
        }
        Asked::Session { session: token } => Ok(session(gate.borrow_mut().admit(&token, None, now)?)),
        Asked::Request { token, csrf, request } => {
            gate.borrow_mut().admit(&token, None, now)?;
            let request: Request = serde_json::from_value(request).ok().context("this request is not known")?;
            if matches!(request, Request::Start { reconfigure: true, .. }) {
                anyhow::bail!("only the machine's own command line sets it up anew");
            }
            if request.changes() {
                gate.borrow_mut().admit(&token, Some(csrf.as_deref().unwrap_or_default()), now)?;
            }
            if let Some(answers) = request.answers()
                && names_new_files(answers, setup.store.draft()?.as_ref())
            {
                anyhow::bail!("answers name files: only the machine's own command line may do that");
            }
            setup.answer(request).await
        }
    }
}

/// The page gives back what the draft says, and somebody on the machine may have named a file in it.
fn names_new_files(answers: &Answers, draft: Option<&Answers>) -> bool {
    answers.is_to_be_loaded() || answers.ca_file().is_some_and(|file| draft.and_then(Answers::ca_file) != Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_by_the_network_names_no_file() {
        let with = |file: &str| {
            toml::from_str::<Answers>(&format!("[certificate]\nkind = 'acme'\nca_file = '{file}'")).unwrap()
        };
        assert!(names_new_files(&with("/etc/shadow"), None));
        assert!(names_new_files(&with("/etc/shadow"), Some(&with("/etc/ca.pem"))));
        assert!(names_new_files(&with("ca.pem"), Some(&with("ca.pem"))));
        assert!(!names_new_files(&with("/etc/ca.pem"), Some(&with("/etc/ca.pem"))));
        assert!(!names_new_files(&Answers::default(), None));
    }
}
