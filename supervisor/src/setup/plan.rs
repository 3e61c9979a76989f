// SPDX-License-Identifier: AGPL-3.0-or-later
//! What will be done, in which order, and by whom. Looks at nothing and changes nothing.

use super::answers::{Answers, Network};
use super::facts::Facts;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    TimeZone,
    Keyboard,
    HostName,
    Network,
    /// One of its own for message files.
    Disk,
    Certificate,
    Settings,
    Domain,
    Administrator,
    /// The machine counts as set up, and everything is started anew with what was set.
    Start,
    /// Everything that is to run runs.
    Services,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    Us,
    /// The machine is no image of ours: its own system does that.
    You,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub step: Step,
    pub by: By,
    /// What it comes to, in the words of the answers.
    pub what: String,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::TimeZone => "time-zone",
            Step::Keyboard => "keyboard",
            Step::HostName => "host-name",
            Step::Network => "network",
            Step::Disk => "disk",
            Step::Certificate => "certificate",
            Step::Settings => "settings",
            Step::Domain => "domain",
            Step::Administrator => "administrator",
            Step::Start => "start",
            Step::Services => "services",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Step::TimeZone => "Set the time zone",
            Step::Keyboard => "Set the keyboard of the console",
            Step::HostName => "Name the machine",
            Step::Network => "Set up the network",
            Step::Disk => "Prepare the disk of the message store",
            Step::Certificate => "Install the certificate",
            Step::Settings => "Write the settings",
            Step::Domain => "Make the domain",
            Step::Administrator => "Make the administrator's account",
            Step::Start => "Start with the new settings",
            Step::Services => "Wait until everything runs",
        }
    }
}

pub fn plan(answers: &Answers, facts: &Facts) -> Vec<Planned> {
    let system = if facts.is_image { By::Us } else { By::You };
    let mut all = Vec::new();
    let mut push = |step, by, what: String| all.push(Planned { step, by, what });
    if let Some(zone) = &answers.system.time_zone {
        push(Step::TimeZone, system, zone.clone());
    }
    if let Some(keyboard) = &answers.system.keyboard {
        push(Step::Keyboard, system, keyboard.clone());
    }
    push(Step::HostName, system, answers.hostname.clone());
    if let Some(network) = &answers.system.network {
        push(Step::Network, system, network_in_words(network));
    }
    if let Some(disk) = &answers.system.store_disk {
        push(Step::Disk, system, disk.clone());
    }
    push(Step::Certificate, By::Us, answers.certificate.name().to_owned());
    push(Step::Settings, By::Us, settings_in_words(answers, facts));
    push(Step::Domain, By::Us, answers.domain.clone());
    push(Step::Administrator, By::Us, answers.address());
    push(Step::Start, By::Us, String::new());
    push(Step::Services, By::Us, String::new());
    all
}

fn network_in_words(network: &Network) -> String {
    match network {
        Network::Dhcp { interface } => format!("{interface}: DHCP"),
        Network::Static { interface, address, gateway, .. } => format!("{interface}: {address}, {gateway}"),
    }
}

fn settings_in_words(answers: &Answers, facts: &Facts) -> String {
    let mut words = vec![answers.hostname.clone()];
    words.extend(answers.relay.as_ref().map(|relay| format!("{}:{}", relay.host, relay.port)));
    if facts.is_appliance {
        words.extend(answers.protection.antispam.then(|| "antispam".to_owned()));
        words.extend(answers.protection.antivirus.then(|| "antivirus".to_owned()));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_systems_is_done_on_our_image_only() {
        let mut answers: Answers =
            toml::from_str("hostname = 'm.a.test'\n[system]\ntime_zone = 'Europe/Vienna'").unwrap();
        answers.system.network = Some(Network::Dhcp { interface: "eth0".into() });
        answers.system.store_disk = Some("/dev/vdb".into());
        let by = |is_image| {
            let planned = plan(&answers, &Facts { is_image, ..Facts::default() });
            planned.iter().filter(|p| p.by == By::You).map(|p| p.step).collect::<Vec<_>>()
        };
        assert_eq!(by(false), [Step::TimeZone, Step::HostName, Step::Network, Step::Disk]);
        assert_eq!(by(true), []);
    }

    #[test]
    fn the_machine_counts_as_set_up_only_once_there_is_somebody_to_log_in() {
        let steps: Vec<Step> = plan(&Answers::default(), &Facts::default()).iter().map(|p| p.step).collect();
        let at = |step| steps.iter().position(|s| *s == step).unwrap();
        assert!(at(Step::Administrator) < at(Step::Start) && at(Step::Start) < at(Step::Services));
        assert!(at(Step::Certificate) < at(Step::Settings) && at(Step::Domain) < at(Step::Administrator));
    }

    #[test]
    fn names_on_the_wire_are_names_of_files() {
        for planned in plan(&Answers::default(), &Facts::default()) {
            assert_eq!(serde_json::to_value(planned.step).unwrap(), planned.step.name());
        }
    }
}
