// SPDX-License-Identifier: AGPL-3.0-or-later
//! The page that sets the machine up: our own program in a process of its own, with mailboxd's user and no right of root's
//! but the two ports. Needs nothing, so it is there as soon as the machine is.

use crate::components::{Place, Profile, mailboxd, text};
use crate::engine::{Component, Directory, RunAs};
use crate::probe::Probe;
use crate::settings;
use anyhow::{Context, Result};

pub const NAME: &str = "installer";

pub fn component(place: &Place) -> Result<Component> {
    let own = std::env::current_exe().context("where am I?")?;
    let mut component = Component::new(NAME, own);
    let address = |service: &str| {
        let found = place.endpoints.iter().find(|endpoint| endpoint.component == NAME && endpoint.service == service);
        found.map(|endpoint| endpoint.address.to_string()).with_context(|| format!("no port for {service}"))
    };
    let name = settings::read(&place.state)?.hostname();
    component.arguments = ["installer", "--state", &text(&place.state.path)?, "--https", &address("https")?]
        .into_iter()
        .chain(["--http", &address("http")?, "--name", &name])
        .map(str::to_owned)
        .collect();
    let owner = (place.profile == Profile::Appliance).then_some((mailboxd::USER, mailboxd::USER));
    component.directories = vec![
        Directory { path: place.state.path.join("setup"), owner: None, mode: 0o711 },
        Directory { path: place.state.path.join("setup/tls"), owner, mode: 0o700 },
    ];
    component.run_as = owner.map(|_| RunAs { low_ports: true, ..mailboxd::run_as() });
    let listeners = place.endpoints.iter().filter(|endpoint| endpoint.component == NAME).cloned();
    component.probes = listeners.map(Probe::Listener).collect();
    Ok(component)
}
