// SPDX-License-Identifier: AGPL-3.0-or-later
//! Our mailbox daemon. In the appliance it has a system user of its own, who owns what it keeps and nothing else.

use crate::backup;
use crate::components::{Place, Profile, mariadb, openldap, postfix, text};
use crate::engine::{Component, Directory, RunAs, command, user_ids};
use crate::ports::Filter;
use crate::probe::Probe;
use crate::settings::{self, Backends, Relay, Settings};
use crate::values::Values;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub const NAME: &str = "mailboxd";
const HEADER_BYTES_MAX: u64 = 1 << 20;
pub const USER: &str = "posthouse";
/// Below the state directory: what is its own in the appliance.
pub const OWN: [&str; 11] = [
    "journal",
    "store",
    "metadata",
    "index",
    "directory",
    "upload",
    "audit",
    "backup",
    "restore",
    "statistics",
    "settings/tls",
];
/// Below the state directory.
pub const SASL: &str = "run/sasl/auth";

pub fn component(place: &Place) -> Result<Component> {
    let state = &place.state;
    let config = state.settings().join("mailboxd.toml");
    let mut component = Component::new(NAME, sibling("mailboxd")?);
    component.arguments = vec!["serve".into(), "--state".into(), text(&state.path)?, "--config".into(), text(&config)?];
    let own: Vec<_> = place.endpoints.iter().filter(|endpoint| endpoint.component == NAME).cloned().collect();
    component.probes = own.iter().cloned().map(Probe::Listener).collect();
    // Replay after a crash, and the move of a schema, take as long as they take.
    component.start_max = Duration::from_secs(600);
    component.version = vec![text(&component.program)?, "--version".into()];
    if settings::read(state)?.backup().enabled {
        component.chores = backup::chores(state);
    }
    let mut backends = Backends::default();
    if place.profile == Profile::Appliance {
        component.needs = vec![openldap::NAME, mariadb::NAME];
        component.run_as = Some(RunAs { low_ports: true, ..run_as() });
        component.directories = directories(place);
        backends = Backends {
            group: Some(USER),
            directory: Some(openldap::for_mailboxd(place)?),
            metadata: Some(mariadb::for_mailboxd(place)?),
            relay: place.endpoints.iter().find(|e| e.service == "handover").map(|e| Relay::own(e.address)),
            sasl: Some(toml::Table::from_iter([("socket".to_owned(), text(&place.path(SASL))?.into())])),
            message_bytes: None,
            delivery: Some(delivery(&settings::read(state)?)),
        };
    }
    let state = state.clone();
    let is_appliance = place.profile == Profile::Appliance;
    component.files = Arc::new(move |snapshot, _| {
        let settings = settings::read(&state)?;
        // What Postfix took and scanners added a few fields to must not be refused here.
        let taken = postfix::message_bytes_max(&Values::new(snapshot)) + HEADER_BYTES_MAX;
        let backends = Backends { message_bytes: is_appliance.then_some(taken), ..backends.clone() };
        Ok(vec![settings::render(&state, &settings, &own, &backends)?])
    });
    Ok(component)
}

/// Where every message passes a spam filter, its mark is believed; our own learns from what people move.
fn delivery(settings: &Settings) -> toml::Table {
    let filter = settings.shape().filter;
    let trains = filter == Filter::Own && settings.scan().antispam;
    let is_marked = trains || filter == Filter::Elsewhere;
    [("spam_header", is_marked), ("train", trains)]
        .map(|(name, is_on)| (name.to_owned(), is_on.into()))
        .into_iter()
        .collect()
}

/// In the appliance.
pub fn run_as() -> RunAs {
    RunAs { user: USER, group: USER, low_ports: false }
}

/// Makes the system user, once, as a Debian package would.
pub fn ensure_user() -> Result<()> {
    if user_ids(USER, USER).is_ok() {
        return Ok(());
    }
    let arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"];
    let arguments = [&arguments[..], &["--shell", "/usr/sbin/nologin", USER]].concat();
    command("useradd", &arguments, None, None).map(drop).context("can't make the system user posthouse")
}

fn directories(place: &Place) -> Vec<Directory> {
    let owned = |name: &str| Directory { path: place.state.path.join(name), owner: Some((USER, USER)), mode: 0o700 };
    // The socket in it gets its group: only Postfix comes in to try passwords.
    let sasl = Directory { path: place.state.run().join("sasl"), owner: Some((USER, "postfix")), mode: 0o2750 };
    OWN.into_iter().map(owned).chain([sasl]).collect()
}

/// A program beside our own.
pub fn sibling(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("where am I?")?;
    let program = own.with_file_name(name);
    if !program.is_file() {
        bail!(
            "{} is missing: build it with `cargo build -p {name}` (add --release if posthouse is)",
            program.display()
        );
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_believed_where_a_spam_filter_sets_it() {
        for (text, spam_header, train) in [
            ("", true, true),
            ("[scan]\nantispam = false", false, false),
            ("[scan]\nantispam = false\nantivirus = false", false, false),
            ("[mta]\nenabled = false", false, false),
        ] {
            let delivery = delivery(&toml::from_str(text).unwrap());
            assert_eq!(
                (delivery["spam_header"].as_bool(), delivery["train"].as_bool()),
                (Some(spam_header), Some(train)),
                "{text}"
            );
        }
    }
}
