// SPDX-License-Identifier: AGPL-3.0-or-later
//! What each profile runs, one file a component. A component is stated here; how it is kept running is the engine's.

pub mod amavisd;
mod clamav;
mod installer;
pub mod mailboxd;
pub mod mariadb;
mod openldap;
pub mod postfix;

use crate::engine::Component;
use crate::ports::{Endpoint, Filter};
use crate::settings;
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// One mailbox daemon that needs nothing else, no root either
    Embedded,
    /// Everything: OpenLDAP, MariaDB, Postfix and the scanners too, from Debian's packages; as root
    Appliance,
}

/// Where a system lives.
#[derive(Clone)]
pub struct Place {
    pub profile: Profile,
    pub state: StateDir,
    /// The state directory under a name that is short and plain, for configuration files and sockets (108 bytes, unix(7)).
    pub short: PathBuf,
    pub endpoints: Vec<Endpoint>,
    /// The machine is not set up: the installer's page is there, and only what it needs.
    pub is_installing: bool,
}

/// In the order in which they start.
pub fn of(place: &Place) -> Result<Vec<Component>> {
    let mut all = match place.profile {
        Profile::Embedded => vec![mailboxd::component(place)?],
        Profile::Appliance => appliance(place)?,
    };
    if place.is_installing {
        all.insert(0, installer::component(place)?);
    }
    Ok(all)
}

fn appliance(place: &Place) -> Result<Vec<Component>> {
    let settings = settings::read(&place.state)?;
    let (scan, shape) = (settings.scan(), settings.shape());
    let mut all = vec![openldap::component(place)?, mariadb::component(place)?, mailboxd::component(place)?];
    // Whether there is memory for scanners is still to be asked, and mail for nobody is not taken.
    if place.is_installing {
        return Ok(all);
    }
    if shape.filter == Filter::Own {
        if scan.antivirus {
            all.push(clamav::clamd(place)?);
        }
        if scan.antivirus && scan.update {
            all.push(clamav::freshclam(place)?);
        }
        all.push(amavisd::component(place, scan)?);
    }
    if shape.mta {
        all.push(postfix::component(place, shape.filter)?);
    }
    Ok(all)
}

/// Says in one line what has to be installed, before anything is started.
pub fn check_installed(components: &[Component]) -> Result<()> {
    let missing: Vec<&Component> = components.iter().filter(|c| !c.program.is_file()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let programs: Vec<String> = missing.iter().map(|c| c.program.display().to_string()).collect();
    let packages: Vec<&str> = missing.iter().flat_map(|c| c.packages).copied().collect();
    bail!("{} is missing: apt-get install {}", programs.join(", "), packages.join(" "));
}

impl Place {
    /// In the appliance as text without spaces; names for files that we render.
    pub fn path(&self, below: &str) -> PathBuf {
        if below.is_empty() { self.short.clone() } else { self.short.join(below) }
    }
}

/// A path as a word of a command or a configuration file.
pub fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).with_context(|| format!("the path {} is not UTF-8", path.display()))
}
