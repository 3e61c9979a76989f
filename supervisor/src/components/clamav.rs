// SPDX-License-Identifier: AGPL-3.0-or-later
//! ClamAV: clamd scans what amavisd streams to it, freshclam fetches signatures. Most of the memory of an appliance is here,
//! so it can be switched off.

use crate::components::{Place, amavisd, text};
use crate::engine::{Component, ConfigFile, Directory, RunAs};
use crate::probe::Probe;
use crate::render;
use anyhow::Result;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub const NAME: &str = "clamav";
const USER: &str = "clamav";
const CLAMD: &str = include_str!("../../templates/clamav/clamd.conf");
const FRESHCLAM: &str = include_str!("../../templates/clamav/freshclam.conf");
/// Signatures that a first start has before any was fetched: the EICAR test file. Without one clamd does not start.
const SEED: &str = include_str!("../../templates/clamav/posthouse.ndb");
/// A message may be larger than what is scanned of it; a limit below the message's would let the rest pass unseen.
const BYTES_MAX: u64 = 200 << 20;
/// Thrice what the signatures take.
const MEMORY_MAX: u64 = 4 << 30;
const CHECKS_PER_DAY: u32 = 12;

pub fn clamd(place: &Place) -> Result<Component> {
    let home = place.path("clamav");
    let config = home.join("clamd.conf");
    let mut component = Component::new(NAME, "/usr/sbin/clamd".into());
    component.packages = &["clamav-daemon"];
    component.is_expendable = true;
    component.memory_max = Some(MEMORY_MAX);
    component.arguments = vec!["--config-file".into(), text(&config)?];
    component.run_as = Some(RunAs { user: USER, group: USER, low_ports: false });
    component.directories = directories(place);
    component.can_do_without_drop_ins = true;
    // The socket may be used by whoever gets to it: that is amavisd's group.
    let run = Directory { path: place.path("run/clamav"), owner: Some((USER, amavisd::USER)), mode: 0o750 };
    component.directories.push(run);
    let (socket, drop_in) = (socket(place), place.state.settings().join("clamd.conf"));
    let seed =
        ConfigFile { path: home.join("db/posthouse.ndb"), text: SEED.into(), group: Some(USER), is_secret: false };
    let wire = socket.clone();
    component.files = Arc::new(move |_, drop_ins| {
        let values = minijinja::context! {
            home => text(&home)?,
            socket => text(&wire)?,
            bytes_max => BYTES_MAX,
            drop_in => drop_ins.read(&drop_in)?,
        };
        let text = render::text("clamd.conf", CLAMD, values)?;
        Ok(vec![seed.clone(), ConfigFile { path: config.clone(), text, group: Some(USER), is_secret: false }])
    });
    component.probes = vec![Probe::Dialogue { what: "PING", socket, say: b"zPING\0", expect: b"PONG" }];
    // Eight million signatures take a while on a slow disk.
    component.start_max = Duration::from_secs(600);
    component.version = ["/usr/sbin/clamd", "--version"].map(str::to_owned).to_vec();
    Ok(component)
}

pub fn freshclam(place: &Place) -> Result<Component> {
    let home = place.path("clamav");
    let config = home.join("freshclam.conf");
    let mut component = Component::new("freshclam", "/usr/bin/freshclam".into());
    component.packages = &["clamav-freshclam"];
    component.arguments = ["--daemon", "--foreground", "--config-file", &text(&config)?].map(str::to_owned).to_vec();
    component.run_as = Some(RunAs { user: USER, group: USER, low_ports: false });
    component.directories = directories(place);
    component.can_do_without_drop_ins = true;
    let drop_in = place.state.settings().join("freshclam.conf");
    component.files = Arc::new(move |_, drop_ins| {
        let values = minijinja::context! {
            home => text(&home)?,
            clamd_conf => text(&home.join("clamd.conf"))?,
            checks_per_day => CHECKS_PER_DAY,
            drop_in => drop_ins.read(&drop_in)?,
        };
        let text = render::text("freshclam.conf", FRESHCLAM, values)?;
        Ok(vec![ConfigFile { path: config.clone(), text, group: Some(USER), is_secret: false }])
    });
    component.version = ["/usr/bin/freshclam", "--version"].map(str::to_owned).to_vec();
    Ok(component)
}

pub fn socket(place: &Place) -> PathBuf {
    place.path("run/clamav/clamd.sock")
}

fn directories(place: &Place) -> Vec<Directory> {
    let owned = |name: &str| Directory { path: place.path(name), owner: Some((USER, USER)), mode: 0o700 };
    ["clamav", "clamav/db", "clamav/tmp"].into_iter().map(owned).collect()
}
