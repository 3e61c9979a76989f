// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backup and Restore as Zimbra's Network Edition has them on the wire, over what `posthouse backup` and `posthouse restore` do. A backup
//! is called by its label, the name that `posthouse backup list` shows; it always has every account. "Incremental" is the archived
//! journal, which is copied all the time: asked for, it is waited for.

use super::access::{check_address, domain_of, need};
use crate::backup::{self, RestoreOrder};
use crate::context::Context;
use crate::deletion;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state::{duration, now_ms};
use crate::supervisor;
use chrono::{NaiveDate, NaiveDateTime};
use directory::rights::TargetType;
use mailbox::SnapshotEntry;
use serde_json::json;
use std::time::{Duration, Instant};

const FULL: &str = "full";
const INCREMENTAL: &str = "incremental";
/// How the journal's archive as of a moment is called.
const INCREMENTAL_LABEL: &str = "incr-%Y%m%d.%H%M%S%.3f";
/// Of a restore beside, unless another one is given.
const PREFIX: &str = "restored_";
/// For so long a request waits for the label of a backup that is about to begin.
const LABEL_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);
const COUNT_MAX: usize = 10_000;

/// `method`: full, incremental, abort, delete.
pub async fn order(context: &Context, request: &Element) -> Result<Element> {
    let spec = request.need_element("backup")?;
    check_target(context, spec)?;
    let by = context.auth()?.account.name.clone();
    let method = spec.get("method").unwrap_or_else(|| FULL.to_owned());
    if spec.named("account").any(|account| account.get("name").as_deref() != Some("all")) {
        return Err(Fault::invalid("a backup has every account: name none, or all"));
    }
    tracing::info!(target: "audit", %by, method, "backup");
    let store = &context.state.store;
    let answer = match method.as_str() {
        FULL => Element::new("backup").attr("label", full(context, spec.flag("sync")?.unwrap_or(false)).await?),
        INCREMENTAL => {
            store.run(|store| store.archive_now()).await??;
            let newest = snapshots(context).await?.pop().map(|newest| newest.name);
            let label = NaiveDateTime::default() + chrono::Duration::milliseconds(now_ms());
            Element::new("backup")
                .attr_opt("label", newest)
                .attr("incr-label", label.format(INCREMENTAL_LABEL).to_string())
        }
        "abort" => {
            let run = store.backup_run().ok_or_else(|| Fault::invalid("no backup is being made"))?;
            if spec.get("label").is_some_and(|label| !label.is_empty() && label != run.name) {
                return Err(Fault::invalid(format!("another backup is being made: {}", run.name)));
            }
            store.abort_backup();
            Element::new("backup").attr("label", run.name)
        }
        "delete" => {
            let before_ms = before(&spec.need_filled("before")?)?;
            let gone = store.run(move |store| store.drop_backups(before_ms)).await??;
            Element::new("backup").attr("deleted", gone as u64)
        }
        _ => return Err(Fault::invalid("method is full, incremental, abort or delete")),
    };
    Ok(Element::answer_to(request).unique(answer))
}

/// Answers its label as soon as it has begun, or (`is_waited`) when it is made.
async fn full(context: &Context, is_waited: bool) -> Result<String> {
    let state = &context.state;
    if state.store.backup_run().is_some() {
        return Err(Fault::new("service.ALREADY_IN_PROGRESS", "a backup is being made already"));
    }
    let before = state.backups.now();
    if supervisor::is_there(&state.config.state) {
        // settings, certificates and keys are its to hand in
        supervisor::ask(context, &json!({"verb": "backup_run", "what": FULL})).await?;
    } else {
        let own = state.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = backup::make_backup(&own, &[], &mut |_| {}) {
                tracing::error!(%error, "backup");
            }
        });
    }
    let asked = Instant::now();
    loop {
        let now = state.backups.now();
        // One that was being made before is not ours, even if it ends only now.
        if now.ended > before.begun
            && let Some(outcome) = now.outcome
        {
            return outcome.map_err(|text| Fault { ours: true, ..Fault::new("service.FAILURE", text) });
        }
        if let Some(run) = state.store.backup_run().filter(|_| !is_waited && now.begun > before.begun) {
            return Ok(run.name);
        }
        if asked.elapsed() > LABEL_WITHIN && now.begun == before.begun {
            return Err(Fault::new("service.TEMPORARILY_UNAVAILABLE", "the backup does not begin: see the log"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Those that there are, the newest first, and before them the one that is being made.
pub async fn query(context: &Context, request: &Element) -> Result<Element> {
    let query = request.need_element("query")?;
    check_target(context, query)?;
    let (total, free) = context.state.store.run(|store| store.backup_space()).await??;
    let mut answer = Element::answer_to(request).attr("totalSpace", total).attr("freeSpace", free);
    let wanted = Wanted::of(query)?;
    let run = context.state.store.backup_run();
    if let Some(run) = run.filter(|run| wanted.takes(&run.name, run.begun_ms)) {
        let accounts = Element::new("accounts")
            .attr("total", run.mailboxes as u64)
            .attr("completionCount", run.mailboxes_done as u64)
            .attr("errorCount", 0);
        let element = Element::new("backup").attr("label", run.name).attr("type", FULL).attr("start", run.begun_ms);
        answer.push(element.attr("live", true).unique(accounts));
    }
    let mut found = snapshots(context).await?;
    found.reverse();
    found.retain(|snapshot| wanted.takes(&snapshot.name, snapshot.begun_ms));
    let (page, more) = wanted.page(found);
    for snapshot in page {
        answer.push(set(context, query, &snapshot)?);
    }
    Ok(answer.attr("more", more))
}

fn set(context: &Context, query: &Element, snapshot: &SnapshotEntry) -> Result<Element> {
    let (done, failed) = (snapshot.accounts.len(), snapshot.failed.len());
    let mut accounts = Element::new("accounts")
        .attr("total", (done + failed) as u64)
        .attr("completionCount", done as u64)
        .attr("errorCount", failed as u64);
    let status = query.get("accountListStatus").unwrap_or_default().to_ascii_uppercase();
    let listed = |name: &str| matches!(status.as_str(), "ALL") || status == name;
    let completed = snapshot.accounts.iter().map(|id| (id, "COMPLETED")).filter(|_| listed("COMPLETED"));
    let errors = snapshot.failed.iter().map(|id| (id, "ERROR")).filter(|_| listed("ERROR"));
    let offset = query.number::<usize>("accountListOffset")?.unwrap_or(0);
    let count = query.number::<usize>("accountListCount")?.filter(|count| *count > 0).unwrap_or(COUNT_MAX);
    let all: Vec<_> = completed.chain(errors).skip(offset).take(count.saturating_add(1)).collect();
    for (id, status) in all.iter().take(count) {
        let name = context.state.directory.account_by_id(id)?.map_or_else(|| (*id).clone(), |account| account.name);
        accounts.push(Element::new("account").attr("name", name).attr("status", *status));
    }
    accounts = accounts.attr("more", all.len() > count);
    let mut element = Element::new("backup")
        .attr("label", snapshot.name.clone())
        .attr("type", FULL)
        .attr("aborted", false)
        .attr("start", snapshot.begun_ms)
        .attr("end", snapshot.ended_ms)
        .attr("minRedoSeq", snapshot.holds)
        .attr("live", false)
        .unique(accounts);
    for problem in &snapshot.problems {
        element.push(Element::new("error").attr("errorMessage", problem.clone()));
    }
    if query.flag("stats")? == Some(true) {
        let counter = |name: &str, unit: &str, sum: u64| {
            Element::new("counter").attr("name", name).attr("unit", unit).attr("sum", sum).attr("numSamples", 1)
        };
        let stats = Element::new("stats")
            .child(counter("items", "count", snapshot.items))
            .child(counter("messages", "bytes", snapshot.message_bytes))
            .child(counter("newMessages", "count", snapshot.new_messages));
        element = element.unique(stats);
    }
    Ok(element)
}

/// In which backups an account is.
pub async fn accounts(context: &Context, request: &Element) -> Result<Element> {
    let named = named(context, request.first("query"), "backupAccount").await?;
    let query = request.need_element("query")?;
    check_target(context, query)?;
    let wanted = Wanted::of(query)?;
    let mut found = snapshots(context).await?;
    found.reverse();
    found.retain(|snapshot| wanted.takes(&snapshot.name, snapshot.begun_ms));
    let mut answer = Element::answer_to(request);
    for (name, id) in named {
        let mine: Vec<_> = found.iter().filter(|snapshot| snapshot.accounts.contains(&id)).cloned().collect();
        let (page, more) = wanted.page(mine);
        let mut account = Element::new("account").attr("name", name).attr("more", more);
        for snapshot in page {
            let element = Element::new("backup").attr("label", snapshot.name).attr("type", FULL);
            let element = element.attr("start", snapshot.begun_ms).attr("end", snapshot.ended_ms);
            account.push(element.attr("accountId", id.clone()));
        }
        answer.push(account);
    }
    Ok(answer)
}

/// Mailboxes, in place (`mb`, `ra`) or beside as a new account whose name has a prefix (`ca`), as they were at a moment. One that fails
/// holds up no other. Answers when all is done; `dryRun` (ours) changes nothing, and says what would come.
pub async fn restore(context: &Context, request: &Element) -> Result<Element> {
    // all or none is begun
    let named = named(context, request.first("restore"), "restoreAccount").await?;
    let spec = request.need_element("restore")?;
    check_target(context, spec)?;
    if spec.flag("sysData")? == Some(true) {
        return Err(Fault::invalid("a whole system is restored on a new machine: posthouse restore system"));
    }
    let method = spec.get("method").unwrap_or_default();
    if !matches!(method.as_str(), "" | "mb" | "ra" | "ca") {
        return Err(Fault::invalid("method is mb, ra or ca"));
    }
    let prefix = spec.get("prefix").filter(|prefix| !prefix.is_empty());
    let prefix = prefix.or_else(|| (method == "ca").then(|| PREFIX.to_owned()));
    let to_ms = moment(context, spec).await?;
    let is_dry_run = spec.flag("dryRun")?.unwrap_or(false);
    if let Some(prefix) = &prefix {
        named.iter().try_for_each(|(name, _)| check_beside(context, &format!("{prefix}{name}")))?;
    }
    let (mut answer, mut status) = (Element::answer_to(request), "ok");
    for (name, _) in named {
        let beside = prefix.as_ref().map(|prefix| format!("{prefix}{name}"));
        let order = RestoreOrder { account: name.clone(), to_ms, beside: beside.clone(), is_dry_run, identity: None };
        let by = &context.auth()?.account.name;
        tracing::info!(target: "audit", %by, account = %name, ?beside, ?to_ms, is_dry_run, "mailbox restored");
        let state = context.state.clone();
        let work = move || backup::restore_mailbox(&state.store, &state.directory, order, &mut |_| {});
        let done = tokio::task::spawn_blocking(work).await.map_err(Fault::failure)?;
        let account = Element::new("account").attr("name", beside.unwrap_or(name));
        answer.push(match done {
            Ok(restored) => {
                let lost = (!restored.loss.is_none()).then(|| restored.loss.text());
                let account = account.attr("messages", restored.messages).attr("s", restored.bytes);
                account.attr("asOf", restored.as_of_ms).attr_opt("lost", lost)
            }
            Err(error) => {
                status = "err";
                account.attr("error", Fault::from(error).reason)
            }
        });
    }
    if !is_dry_run {
        context.state.directory.flush_cache();
    }
    Ok(answer.attr("status", status).attr("rebuiltSchema", false))
}

/// None: the last that is known.
async fn moment(context: &Context, spec: &Element) -> Result<Option<i64>> {
    if spec.get("restoreToRedoSeq").is_some() {
        return Err(Fault::invalid("say a time (restoreToTime), not a sequence of the journal"));
    }
    if let Some(to_ms) = spec.number::<i64>("restoreToTime")?.filter(|to_ms| *to_ms > 0) {
        return Ok(Some(to_ms));
    }
    if let Some(label) = spec.get("restoreToIncrLabel").filter(|label| !label.is_empty()) {
        let time = NaiveDateTime::parse_from_str(&label, INCREMENTAL_LABEL);
        return time
            .map(|time| Some(time.and_utc().timestamp_millis()))
            .map_err(|_| Fault::invalid(format!("no such incremental backup: {label}")));
    }
    let Some(label) = spec.get("label").filter(|label| !label.is_empty()) else { return Ok(None) };
    let found = snapshots(context).await?.into_iter().find(|snapshot| snapshot.name == label);
    let found = found.ok_or_else(|| Fault::invalid(format!("no such backup: {label}")))?;
    let is_only_full = spec.flag("includeIncrementals")? == Some(false) || spec.flag("replayRedo")? == Some(false);
    Ok(is_only_full.then_some(found.ended_ms))
}

/// Names and ids of the accounts in a request. The sender must have this right on each; who has none is told nothing else.
async fn named(context: &Context, spec: Option<&Element>, right: &'static str) -> Result<Vec<(String, String)>> {
    let accounts = spec.into_iter().flat_map(|spec| spec.named("account"));
    let names: Vec<String> = accounts.filter_map(|account| account.get("name")).collect();
    if names.is_empty() || names.iter().any(|name| name == "all") {
        let is_global = context.powers()?.is_global();
        return Err(if is_global { Fault::invalid("name the accounts") } else { Fault::denied() });
    }
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let id = id_of(context, &name, right).await?;
        found.push((name, id));
    }
    Ok(found)
}

/// The id of an account that is there, or was lately; the sender must have this right on it.
async fn id_of(context: &Context, name: &str, right: &'static str) -> Result<String> {
    let state = &context.state;
    if let Some(account) = backup::living(&state.directory, name)? {
        need(context, &state.directory.on(TargetType::Account, &account.id)?, right)?;
        return Ok(account.id);
    }
    let key = name.to_owned();
    let found = state.store.run(move |store| deletion::find(store, &key)).await?;
    if !context.powers()?.is_global() {
        // what only a backup remembers is for those who may do everything
        let remains = found.map_err(|_| Fault::denied())?;
        need(context, &state.directory.on_remains(remains.need_remains()?)?, right)?;
        need(context, &domain_of(context, remains.name())?, "createAccount")?;
        return Ok(remains.id);
    }
    // its id may be all that is left of it
    Ok(found.map_or_else(|_| name.to_owned(), |one| one.id))
}

fn check_beside(context: &Context, name: &str) -> Result<()> {
    need(context, &domain_of(context, name)?, "createAccount")?;
    check_address(context, name)
}

/// There is one target, which the settings name.
fn check_target(context: &Context, spec: &Element) -> Result<()> {
    let target = context.state.store.backup_target()?;
    match spec.get("target").filter(|wanted| !wanted.is_empty()) {
        Some(wanted) if std::path::Path::new(&wanted) != target => {
            Err(Fault::invalid(format!("backups go to {}: another target is a setting", target.display())))
        }
        _ => Ok(()),
    }
}

/// Oldest first.
async fn snapshots(context: &Context) -> Result<Vec<SnapshotEntry>> {
    let (found, problems) = context.state.store.run(|store| store.snapshots()).await??;
    problems.iter().for_each(|problem| tracing::warn!(problem, "backup"));
    Ok(found)
}

/// `7d`, `2m` (months), `1y`, or a date: 2026/11/30.
fn before(text: &str) -> Result<i64> {
    let wrong = || Fault::invalid("before is a time like 7d, 2m, 1y, or a date like 2026/11/30");
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y/%m/%d") {
        return Ok(date.and_time(Default::default()).and_utc().timestamp_millis());
    }
    let days = |text: &str, each: u64| text.parse::<u64>().ok().and_then(|n| n.checked_mul(each));
    let days = match (text.strip_suffix('m'), text.strip_suffix('y')) {
        (Some(months), _) => days(months, 30),
        (_, Some(years)) => days(years, 365),
        _ => duration(text).map(|time| time.as_secs() / 86_400),
    };
    let ms = days.and_then(|days| i64::try_from(days).ok()).and_then(|days| days.checked_mul(86_400_000));
    Ok(now_ms().saturating_sub(ms.ok_or_else(wrong)?))
}

/// What a query wants to hear of.
struct Wanted {
    label: Option<String>,
    is_full: bool,
    from_ms: i64,
    to_ms: i64,
    offset: usize,
    count: usize,
}

impl Wanted {
    fn of(query: &Element) -> Result<Wanted> {
        let kind = query.get("type").unwrap_or_default();
        if !matches!(kind.as_str(), "" | FULL | INCREMENTAL) {
            return Err(Fault::invalid("type is full or incremental"));
        }
        Ok(Wanted {
            label: query.get("label").filter(|label| !label.is_empty()),
            is_full: kind != INCREMENTAL,
            from_ms: query.number("from")?.unwrap_or(i64::MIN),
            to_ms: query.number("to")?.filter(|to_ms| *to_ms > 0).unwrap_or(i64::MAX),
            offset: query.number("backupListOffset")?.unwrap_or(0),
            count: query.number("backupListCount")?.filter(|count| *count > 0).unwrap_or(COUNT_MAX),
        })
    }

    fn takes(&self, label: &str, begun_ms: i64) -> bool {
        self.is_full
            && self.label.as_ref().is_none_or(|wanted| wanted == label)
            && (self.from_ms..=self.to_ms).contains(&begun_ms)
    }

    fn page<T>(&self, all: Vec<T>) -> (Vec<T>, bool) {
        let more = all.len() > self.offset.saturating_add(self.count);
        (all.into_iter().skip(self.offset).take(self.count).collect(), more)
    }
}
