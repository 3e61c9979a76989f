// SPDX-License-Identifier: AGPL-3.0-or-later
//! What components other than this daemon need of the directory: the supervisor asks for it, and waits for changes.
//!
//! ```json
//! {"revision": "9f…", "config": {"zimbraMtaMaxMessageSize": ["52428800"], …},
//!  "domains": [{"name": "example.org", "attrs": {…}, "secrets": {"DKIMKey": ["-----BEGIN …"]}}],
//!  "sender_lists": [{"account": "ann@example.org", "addresses": ["ann@example.org", …], "allow": ["friend.test"], "block": […]}],
//!  "policies": [{"extensions": ["exe"], "addresses": ["bob@example.org", …]}],
//!  "administrators": ["admin@example.org"]}
//! ```
//!
//! `account` of a list and an address of a policy may be `@domain`. `policies`: where other extensions are kept out than
//! zimbraMtaBlockedExtension in `config` says. `config` has the attributes of this server's entry over those of the global config. The revision is a digest of the
//! rest. Secrets are for the daemons that use them; the socket is the owner's and root's alone.

use crate::serve::System;
use anyhow::Result;
use directory::Kind;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

/// A request that finds nothing new waits so long.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Between two looks whether we changed anything, or are stopping.
const PAUSE: Duration = Duration::from_millis(100);
/// Between two readings of the directory: the entries of accounts change all the time.
const READ_EVERY: Duration = Duration::from_secs(1);

/// At once if the revision is not `known`, else as soon as it is another one, else after half a minute. What others changed
/// in a shared directory is seen then.
pub fn wait(system: &System, known: Option<&str>) -> Result<Value> {
    let begun = Instant::now();
    loop {
        let generation = system.directory.generation();
        let settings = collect(system)?;
        let is_behind = system.lists.is_behind(generation);
        if settings["revision"].as_str() != known || begun.elapsed() >= WAIT_MAX {
            return Ok(settings);
        }
        let read = Instant::now();
        let is_same = || {
            let now = system.directory.generation();
            // What is due only by its age is seen when the half minute is over.
            now == generation && !(is_behind && system.lists.is_due(now)) && begun.elapsed() < WAIT_MAX
        };
        while (is_same() || read.elapsed() < READ_EVERY) && system.ready.get() {
            std::thread::sleep(PAUSE);
        }
        if !system.ready.get() {
            return Ok(settings);
        }
    }
}

fn collect(system: &System) -> Result<Value> {
    let directory = &system.directory;
    let mut config = directory.config()?.attrs;
    if let Ok(server) = directory.get(Kind::Server, &system.config.hostname) {
        config.extend(server.attrs);
    }
    // Says nothing, and a config that nobody has changed yet has another one each time.
    for name in ["cn", "zimbraId", "zimbraCreateTimestamp"] {
        config.remove(name);
    }
    let mut domains = Vec::new();
    for domain in directory.domains()? {
        let secrets = directory.domain_secrets(&domain.name)?;
        domains.push(json!({"name": domain.name, "attrs": domain.attrs, "secrets": secrets}));
    }
    let lists = system.lists.get(directory)?;
    let content = json!({
        "config": config,
        "domains": domains,
        "sender_lists": lists["sender_lists"],
        "policies": lists["policies"],
        "administrators": lists["administrators"],
    });
    let digest = Sha256::digest(content.to_string());
    let revision: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut settings = content;
    settings["revision"] = json!(revision);
    Ok(settings)
}
