// SPDX-License-Identifier: AGPL-3.0-or-later
//! Settings live in the directory; components follow. mailboxd is asked for them and answers when they have changed; then
//! files are rendered and compared, and only components whose files are other ones read them again or are started again.

use crate::components::mailboxd;
use crate::control::{Daemon, call};
use crate::engine::{Board, Change, DropIns, Order, Phase, Snapshot, changes};
use crate::secrets;
use crate::state::{StateDir, write_private};
use crate::values::Values;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

const PAUSE: Duration = Duration::from_secs(1);
const MINOR_EVERY: Duration = Duration::from_secs(60);
/// The last settings, so that Postfix takes mail although the directory is away when the machine starts.
const FILE: &str = "directory.json";
const QUARANTINE: &str = "zimbraAmavisQuarantineAccount";
const NAME_DIGITS: usize = 12;
/// What mailboxd says of an account that is not there; a directory that is away is another error.
const NO_SUCH: &str = "no such account";

pub type Orders = BTreeMap<&'static str, mpsc::Sender<Order>>;

/// What was known when we last ran.
pub fn remembered(state: &StateDir) -> Snapshot {
    let text = std::fs::read_to_string(state.settings().join(FILE)).unwrap_or_default();
    Snapshot::new(serde_json::from_str(&text).unwrap_or_default())
}

/// Never ends.
pub async fn follow(state: StateDir, board: Rc<Board>, orders: Rc<Orders>) {
    let mut applied = Instant::now();
    loop {
        board.until(mailboxd::NAME, |phase| phase == Phase::Running).await;
        let known = board.settings();
        let mut asked = ask(&state, &known).await;
        // Before it is applied, so that a first domain does not start the scanner twice.
        if let Ok(fresh) = &asked {
            let made = ensure_quarantine(&state, &Snapshot::new(fresh.clone())).await;
            if let Ok(true) = made {
                asked = ask(&state, &known).await;
            }
            board.alert("quarantine", made.err().map(|error| format!("the quarantine can't be made: {error:#}")));
        }
        let unread = asked.as_ref().err().map(|error| format!("the settings can't be read: {error:#}"));
        board.alert("settings unread", unread);
        match asked {
            // People change their lists all day, and each time the scanner is started again.
            Ok(fresh) if is_minor(&fresh, &known) && applied.elapsed() < MINOR_EVERY => {}
            Ok(fresh) if fresh["revision"] != known["revision"] => {
                let fresh = Snapshot::new(fresh);
                // What does not work is not what the next start begins with.
                if apply(&board, &orders, Snapshot::clone(&fresh), None).await
                    && let Err(error) = write_private(&state.settings().join(FILE), &fresh.to_string())
                {
                    board.alert("settings", Some(format!("{error:#}")));
                }
                applied = Instant::now();
            }
            _ => {}
        }
        // It waits over there; this only keeps an answer that comes at once from being asked for all the time.
        tokio::time::sleep(PAUSE).await;
    }
}

/// Only what people set for themselves differs.
fn is_minor(fresh: &Value, known: &Value) -> bool {
    let is_same = |key: &str| fresh[key] == known[key];
    fresh["revision"] != known["revision"] && ["config", "domains"].into_iter().all(is_same)
}

async fn ask(state: &StateDir, known: &Snapshot) -> Result<Value> {
    let (state, request) = (state.clone(), json!({"verb": "settings", "known": known["revision"]}));
    let asked = tokio::task::spawn_blocking(move || call(&state, Daemon::Mailboxd, &request, &mut |_| {})).await?;
    let settings = asked?;
    if !settings["revision"].is_string() {
        bail!("mailboxd is of another release");
    }
    Ok(settings)
}

/// What is withheld goes to a mailbox that nobody can log in to, in the first domain that there is. Its name is not to be
/// guessed, since mail from outside should not get there. Answers whether
/// it was made now.
async fn ensure_quarantine(state: &StateDir, settings: &Snapshot) -> Result<bool> {
    let values = Values::new(settings);
    let Some(domain) = values.home_domain().map(str::to_owned) else { return Ok(false) };
    let known = values.one(QUARANTINE).map(str::to_owned);
    let state = state.clone();
    tokio::task::spawn_blocking(move || {
        let ask =
            |request: Value| call(&state, Daemon::Mailboxd, &json!({"verb": "prov", "request": request}), &mut |_| {});
        if let Some(name) = known {
            match ask(json!({"getAccount": {"name": name}})) {
                // Somebody deleted it, with its domain say; what is withheld would be lost.
                Err(error) if error.to_string().contains(NO_SUCH) => {}
                found => return found.map(|_| false),
            }
        }
        let name = format!("quarantine.{}@{domain}", &secrets::random()?[..NAME_DIGITS]);
        let attrs = json!({
            "zimbraIsSystemAccount": ["TRUE"], "zimbraHideInGal": ["TRUE"], "displayName": ["Quarantine"],
            "zimbraMailQuota": ["0"],
        });
        // The password is forgotten here.
        let account = json!({"createAccount": {"name": name, "password": secrets::random()?, "attrs": attrs}});
        let config = json!({"modifyConfig": {"attrs": {QUARANTINE: [name]}}});
        ask(account)?;
        ask(config).map(|_| true)
    })
    .await?
}

/// To every component in turn; one that does not work with them goes on with what it had. Drop-ins: None leaves out
/// those that one does not start with. Answers whether all work.
pub async fn apply(board: &Board, orders: &Orders, settings: Snapshot, drop_ins: Option<DropIns>) -> bool {
    board.set_settings(Snapshot::clone(&settings));
    let mut refused = Vec::new();
    for component in board.components() {
        let Some(order) = orders.get(component.name) else { continue };
        let (answer, answered) = oneshot::channel();
        if order.send(Order::Apply(Snapshot::clone(&settings), drop_ins, answer)).await.is_err() {
            return false;
        }
        match answered.await {
            Ok(Ok(true)) => eprintln!("posthouse: {} has new settings", component.name),
            Ok(Err(error)) => refused.push(format!("{error:#}")),
            // Nothing new for it; or it is being stopped.
            Ok(Ok(false)) | Err(_) => {}
        }
    }
    let text = format!("new settings were taken back: {}", refused.join("; "));
    board.alert("settings", (!refused.is_empty()).then_some(text));
    refused.is_empty()
}

/// What would change, with attributes of the global config laid over those in the directory.
pub async fn preview(board: &Board, attributes: &[(String, String)]) -> Result<Vec<Change>> {
    let mut settings = Value::clone(&board.settings());
    for (name, value) in attributes {
        let config = settings.get_mut("config").and_then(Value::as_object_mut);
        let config = config.context("the directory was not read yet; `posthouse status` tells why")?;
        config.insert(name.clone(), if value.is_empty() { json!([]) } else { json!([value]) });
    }
    let settings = Snapshot::new(settings);
    let mut all = Vec::new();
    for component in board.components() {
        let component = Arc::clone(component);
        let settings = Snapshot::clone(&settings);
        all.extend(tokio::task::spawn_blocking(move || changes(&component, &settings)).await??);
    }
    Ok(all)
}
