// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can be asked over the control socket. All of it blocks: it runs on a thread of its own.

use super::backup::{self, Backup};
use super::prov::{self, Prov};
use super::quarantine::{self, Quarantine};
use super::volume::{self, Hsm, Volume};
use super::{dns, settings, training};
use crate::config::{Driver, Listen};
use crate::demo;
use crate::purge;
use crate::serve::System;
use crate::statistics::Question;
use anyhow::{Result, anyhow};
use directory::Scope;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    Status,
    Stats,
    /// Cross-checks everything; progress lines, then the report. With `quick_seconds`: what can be seen in this time without
    /// reading the content of messages.
    Verify {
        #[serde(default)]
        quick_seconds: Option<u64>,
    },
    /// Builds every search index anew; progress lines, then how many.
    Reindex,
    /// Moves the rows of one account's mailbox, or of all, to the other engine; progress lines, then how many.
    Migrate {
        to: Driver,
        account: Option<String>,
    },
    Checkpoint,
    /// Deletes for good what accounts, or one, no longer keep; progress lines, then how many messages.
    Purge {
        account: Option<String>,
    },
    /// Answers once everything acknowledged is applied and indexed.
    Settle,
    /// Demo accounts and mail, unless they are there.
    Demo,
    /// What other components need of the directory, once it is not `known` any more.
    Settings {
        known: Option<String>,
    },
    /// Backups are made, looked at, and restored from; progress lines, then the report.
    Backup {
        request: Backup,
    },
    /// Where messages are kept.
    Volume {
        request: Volume,
    },
    /// What moves to secondary volumes.
    Hsm {
        request: Hsm,
    },
    /// What the scanner withheld.
    Quarantine {
        request: Quarantine,
    },
    /// Our figures over time.
    Statistics {
        request: Question,
    },
    /// The records that a domain should have in the DNS.
    Dns {
        domain: String,
    },
    /// What was learnt is forgotten; then a batch of what waits, if one is wanted, and how much waits.
    Training {
        #[serde(default)]
        learnt: Vec<String>,
        hand_out: Option<usize>,
    },
    /// Reads the directory's file anew.
    FlushCache,
    Prov {
        request: Prov,
    },
    /// A request of urn:zimbraAdmin, as the administrator of everything: its name, and what it holds as on the wire.
    Admin {
        name: String,
        body: Value,
    },
    /// What a search over many mailboxes finds, as an archive: the path and query of a URL of the admin service, good once.
    Export {
        #[serde(default)]
        accounts: Vec<String>,
        #[serde(default)]
        domains: Vec<String>,
        query: String,
        #[serde(default)]
        types: String,
        #[serde(default)]
        dumpster: bool,
    },
}

pub fn run(request: Request, system: &System, progress: &mut (dyn FnMut(&str) + Send)) -> Result<Value> {
    let store = &system.store;
    match request {
        Request::Status => status(system),
        Request::Stats => Ok(serde_json::to_value(store.stats().map_err(store_error)?)?),
        Request::Verify { quick_seconds } => {
            let report = match quick_seconds {
                None => store.verify(progress),
                Some(seconds) => store.verify_quickly(Duration::from_secs(seconds), progress),
            };
            Ok(serde_json::to_value(report.map_err(store_error)?)?)
        }
        Request::Reindex => Ok(json!({ "mailboxes": store.reindex(progress).map_err(store_error)? })),
        Request::Migrate { to, account } => {
            let id = account.map(|name| prov::find(&system.directory, &name)).transpose()?.map(|account| account.id);
            let moved = store.migrate(id.as_deref(), to.engine(), progress).map_err(store_error)?;
            Ok(json!({ "mailboxes": moved }))
        }
        Request::Checkpoint => store.checkpoint().map(|()| json!({})).map_err(store_error),
        Request::Purge { account } => {
            let account = account.map(|name| prov::find(&system.directory, &name)).transpose()?;
            let purged = match &account {
                Some(account) => purge::account(store, &system.directory, account)?,
                None => purge::all(store, &system.directory, &AtomicBool::new(false), progress)?,
            };
            Ok(json!({ "messages": purged }))
        }
        Request::Settle => store.settle().map(|()| json!({})).map_err(store_error),
        Request::Demo => demo::load(system, progress).map(|()| json!({})),
        Request::Settings { known } => settings::wait(system, known.as_deref()),
        Request::Backup { request } => backup::run(system, request, progress),
        Request::Volume { request } => volume::run(store, request, progress),
        Request::Hsm { request } => volume::hsm(system, &request, progress),
        Request::Quarantine { request } => quarantine::run(system, request),
        Request::Statistics { request } => match &system.statistics {
            Some(statistics) => Ok(statistics.answer(&request)?),
            None => Err(anyhow!("figures over time are not kept: the log says why")),
        },
        Request::Dns { domain } => dns::records(system, &domain),
        Request::Training { learnt, hand_out } => training::run(system, &learnt, hand_out),
        Request::FlushCache => {
            system.directory.flush_cache();
            Ok(json!({}))
        }
        Request::Admin { name, body } => {
            let soap = system.soap.get().ok_or_else(|| anyhow!("the services have not started yet"))?;
            Ok(tokio::runtime::Handle::current().block_on(soap::order(soap, &name, &body))?)
        }
        Request::Export { accounts, domains, query, types, dumpster } => {
            let rest = system.rest.get().ok_or_else(|| anyhow!("the services have not started yet"))?;
            let wanted = rest::Wanted { scope: Scope { accounts, domains }, query, types, dumpster };
            Ok(json!(rest.ticket(wanted, "root").map_err(|why| anyhow!("{why}"))?))
        }
        Request::Prov { request } => prov::run(request, &system.directory, store),
    }
}

fn status(system: &System) -> Result<Value> {
    let training = system.store.training_waiting();
    Ok(json!({
        "training": {"spam": training.spam, "ham": training.ham, "dropped": training.dropped},
        "version": env!("CARGO_PKG_VERSION"),
        "hostname": system.config.hostname,
        "ready": system.ready.get(),
        "up_seconds": system.started.elapsed().as_secs(),
        "domains": system.directory.domains()?.len(),
        "replayed": system.store.replayed(),
        "backup": system.store.backup_status(),
        "volumes": system.store.volumes().map_err(store_error)?,
        "hsm": system.store.hsm_status(),
        "attachments_trouble": system.store.attachments_trouble(),
        "urls": urls(&system.config.listen),
    }))
}

/// Where programs on this machine reach SOAP and REST.
fn urls(listen: &Listen) -> Value {
    let local = |address: &SocketAddr| {
        let host = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        SocketAddr::new(host, address.port())
    };
    let http = listen.http.first().map(|address| format!("http://{}", local(address)));
    let https = |addresses: &[SocketAddr]| addresses.first().map(|address| format!("https://{}", local(address)));
    json!({"user": http.or_else(|| https(&listen.https)), "admin": https(&listen.admin)})
}

fn store_error(error: mailbox::Error) -> anyhow::Error {
    anyhow!("{error}")
}
