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
    let name = settings::read(&place.state)?.hostname();
    component.arguments =
        ["installer", "--state", &text(&place.state.path)?, "--name", &name].map(str::to_owned).to_vec();
    let own = || place.endpoints.iter().filter(|endpoint| endpoint.component == NAME);
    // `--https ADDRESS`, `--http ADDRESS`: the latter perhaps twice.
    component.arguments.extend(own().flat_map(|e| [format!("--{}", e.service), e.address.to_string()]));
    let owner = (place.profile == Profile::Appliance).then_some((mailboxd::USER, mailboxd::USER));
    component.directories = vec![
        Directory { path: place.state.path.join("setup"), owner: None, mode: 0o711 },
        Directory { path: place.state.path.join("setup/tls"), owner, mode: 0o700 },
    ];
    component.run_as = owner.map(|_| RunAs { low_ports: true, ..mailboxd::run_as() });
    component.probes = own().cloned().map(Probe::Listener).collect();
    Ok(component)
}
