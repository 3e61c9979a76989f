// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is so before anything is asked: what the machine has, and what is set up already.

use super::disk::{self, Disk};
use super::store::Store;
use super::system::Applier;
use crate::components::{Place, Profile};
use crate::control::{Daemon, call};
use crate::settings;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// clamd with its full signatures, as measured (docs/admin/appliance.md).
pub const ANTIVIRUS_BYTES: u64 = 1_300 << 20;
/// Everything else, idle.
pub const REST_BYTES: u64 = 512 << 20;
const ZONES: &str = "/usr/share/zoneinfo/tzdata.zi";
const ZONE_MAX: usize = 64;

#[derive(Debug, Clone, Default, Serialize)]
pub struct Facts {
    pub version: &'static str,
    /// Scanners, Postfix and the like are here too.
    pub is_appliance: bool,
    /// Time zone, keyboard and network are ours to set.
    pub is_image: bool,
    pub is_set_up: bool,
    /// mailboxd answers, so that domains and accounts can be made.
    pub is_ready: bool,
    pub hostname: String,
    pub memory_bytes: u64,
    pub antivirus_bytes: u64,
    pub rest_bytes: u64,
    pub time_zone: String,
    pub time_zones: Vec<String>,
    pub keyboards: Vec<String>,
    pub interfaces: Vec<Interface>,
    /// Empty ones beside that of the system.
    pub disks: Vec<Disk>,
    /// How large one must be for the mail that there is.
    pub disk_bytes_min: u64,
    pub domains: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interface {
    pub name: String,
    pub addresses: Vec<String>,
}

/// Blocks.
pub fn gather(place: &Place) -> Facts {
    let is_image = Applier::of_this_machine().is_image();
    let domains = domains(place);
    Facts {
        version: env!("CARGO_PKG_VERSION"),
        is_appliance: place.profile == Profile::Appliance,
        is_image,
        is_set_up: Store::of(&place.state).is_set_up(),
        is_ready: domains.is_some(),
        hostname: settings::read(&place.state).map(|settings| settings.hostname()).unwrap_or_default(),
        memory_bytes: memory(&std::fs::read_to_string("/proc/meminfo").unwrap_or_default()),
        antivirus_bytes: ANTIVIRUS_BYTES,
        rest_bytes: REST_BYTES,
        time_zone: time_zone(),
        time_zones: if is_image { zones(&std::fs::read_to_string(ZONES).unwrap_or_default()) } else { Vec::new() },
        keyboards: if is_image { super::system::keyboards() } else { Vec::new() },
        interfaces: interfaces(),
        disks: if is_image { disk::empty_ones() } else { Vec::new() },
        disk_bytes_min: if is_image { disk::bytes_min(disk::used_bytes(&place.state)) } else { 0 },
        domains: domains.unwrap_or_default(),
    }
}

/// None: the daemon does not answer.
fn domains(place: &Place) -> Option<Vec<String>> {
    let request = json!({"verb": "prov", "request": {"getAllDomains": {}}});
    let answer = call(&place.state, Daemon::Mailboxd, &request, &mut |_| {}).ok()?;
    let names = answer.as_array()?.iter().filter_map(|domain| domain["name"].as_str().map(str::to_owned));
    Some(names.collect())
}

fn memory(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kilobytes: Option<u64> = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0) << 10
}

fn time_zone() -> String {
    let target = std::fs::read_link("/etc/localtime").unwrap_or_default();
    let name = target.to_str().and_then(|path| path.split_once("zoneinfo/")).map(|(_, name)| name.to_owned());
    name.unwrap_or_else(|| "Etc/UTC".to_owned())
}

/// Names of zones and links, from the compact form of the time zone database (zic(8)).
fn zones(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let mut words = line.split(' ');
        match words.next()? {
            "Z" => words.next().map(str::to_owned),
            "L" => words.nth(1).map(str::to_owned),
            _ => None,
        }
    };
    let is_place = |zone: &String| zone.contains('/') && zone.len() <= ZONE_MAX;
    let mut all: Vec<String> = text.lines().filter_map(name).filter(is_place).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn interfaces() -> Vec<Interface> {
    let listed = std::process::Command::new("ip").args(["-json", "address", "show"]).output();
    let listed: Value = listed.ok().and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default();
    let found = listed.as_array().into_iter().flatten().filter_map(|link| {
        let name = link["ifname"].as_str().filter(|name| *name != "lo")?.to_owned();
        // Bridges and tunnels of somebody else's are not what a cable is in.
        Path::new("/sys/class/net").join(&name).join("device").exists().then_some(())?;
        let addresses = link["addr_info"].as_array().into_iter().flatten().filter(|info| info["scope"] == "global");
        let text = |info: &Value| Some(format!("{}/{}", info["local"].as_str()?, info["prefixlen"]));
        Some(Interface { name, addresses: addresses.filter_map(text).collect() })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_and_the_database_say_is_read() {
        assert_eq!(memory("MemTotal:        2097152 kB\nMemFree: 1 kB\n"), 2 << 30);
        assert_eq!(memory("nonsense"), 0);
        let text = "# version 2026a\nZ Europe/Vienna 1:5:21 - LMT 1893 Ap\n1 a E 1938\nL Europe/Vienna Europe/Graz\nZ EST -5 - EST\n";
        assert_eq!(zones(text), ["Europe/Graz", "Europe/Vienna"]);
    }
}
