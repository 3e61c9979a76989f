// SPDX-License-Identifier: AGPL-3.0-or-later
//! Everything that is wrong with answers, found before anything is written. Looks at nothing but what it is given.

use super::answers::{Answers, Certificate, Network, Relay};
use super::certificate;
use super::facts::{ANTIVIRUS_BYTES, Facts, REST_BYTES};
use serde::Serialize;
use std::net::IpAddr;

/// As the directory's own rule is by default.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// RFC 1035 §2.3.4
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;
/// RFC 5321 §4.5.3.1.1
const LOCAL_MAX: usize = 64;
const TEXT_MAX: usize = 256;
const LIST_MAX: usize = 16;

/// One thing to put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// As in the document: `administrator.password`.
    pub field: &'static str,
    /// For translations.
    pub code: &'static str,
    /// What to do, in English.
    pub text: String,
}

pub fn problem(field: &'static str, code: &'static str, text: impl Into<String>) -> Problem {
    Problem { field, code, text: text.into() }
}

pub fn check(answers: &Answers, facts: &Facts) -> Vec<Problem> {
    let mut found = Vec::new();
    check_names(answers, &mut found);
    check_administrator(answers, &mut found);
    check_system(answers, facts, &mut found);
    match &answers.certificate {
        Certificate::Own { chain, key, .. } => found.extend(certificate::problems(chain, key, &answers.hostname)),
        Certificate::Acme { contact, agreed, directory, .. } => {
            check_acme(contact, *agreed, directory.as_deref(), &mut found);
        }
        Certificate::SelfSigned => {}
    }
    let needed = ANTIVIRUS_BYTES + REST_BYTES;
    if facts.is_appliance && answers.protection.antivirus && facts.memory_bytes < needed {
        let text = format!(
            "the virus scanner and the rest need {} MiB, this machine has {}: leave it off, or give it more memory",
            needed >> 20,
            facts.memory_bytes >> 20
        );
        found.push(problem("protection.antivirus", "memory", text));
    }
    if let Some(relay) = &answers.relay {
        check_relay(relay, &mut found);
    }
    if answers.alerts.len() > LIST_MAX {
        found.push(problem("alerts", "too-many", format!("name {LIST_MAX} addresses at most")));
    }
    if answers.alerts.iter().any(|address| !is_address(address)) {
        found.push(problem("alerts", "not-an-address", "write addresses like it@example.com"));
    }
    found
}

fn check_names(answers: &Answers, found: &mut Vec<Problem>) {
    if !is_host(&answers.hostname) || !answers.hostname.contains('.') {
        let text = "write the whole name that the server has on the Internet, like mail.example.com";
        found.push(problem("hostname", "not-a-name", text));
    }
    if !is_host(&answers.domain) || !answers.domain.contains('.') {
        found.push(problem("domain", "not-a-name", "write what is behind the @ of your addresses, like example.com"));
    }
}

fn check_administrator(answers: &Answers, found: &mut Vec<Problem>) {
    let administrator = &answers.administrator;
    if !is_local_part(&administrator.name) {
        let text = "write what is before the @: letters, digits, dots and hyphens";
        found.push(problem("administrator.name", "not-a-name", text));
    }
    let display = &administrator.display_name;
    if display.chars().count() > TEXT_MAX || display.chars().any(char::is_control) {
        found.push(problem("administrator.display_name", "too-long", format!("{TEXT_MAX} characters at most")));
    }
    let password = &administrator.password;
    let length = password.chars().count();
    if length < PASSWORD_CHARS_MIN {
        let text = format!("take {PASSWORD_CHARS_MIN} characters or more");
        found.push(problem("administrator.password", "too-short", text));
    } else if length > TEXT_MAX || password.chars().any(char::is_control) {
        let text = format!("{TEXT_MAX} characters at most, in one line");
        found.push(problem("administrator.password", "too-long", text));
    } else if [&administrator.name, &answers.domain, &answers.hostname].contains(&password) {
        found.push(problem("administrator.password", "guessable", "take something that nobody guesses"));
    }
}

/// On a machine of one's own the system is not ours: nothing of this is done.
fn check_system(answers: &Answers, facts: &Facts, found: &mut Vec<Problem>) {
    if !facts.is_image {
        return;
    }
    let system = &answers.system;
    if system.time_zone.as_ref().is_some_and(|zone| !facts.time_zones.contains(zone)) {
        found.push(problem("system.time_zone", "unknown", "choose one of the list, like Europe/Vienna"));
    }
    if system.keyboard.as_ref().is_some_and(|keyboard| !facts.keyboards.contains(keyboard)) {
        found.push(problem("system.keyboard", "unknown", "choose one of the list, like us or de"));
    }
    let disk = |path: &String| facts.disks.iter().find(|known| known.path == *path);
    match system.store_disk.as_ref().map(disk) {
        Some(None) => {
            let text = "choose an empty disk of this machine: one with anything on it is never taken";
            found.push(problem("system.store_disk", "unknown", text));
        }
        Some(Some(disk)) if disk.bytes < facts.disk_bytes_min => {
            let text = "choose a larger disk: the mail that is there moves to it";
            found.push(problem("system.store_disk", "too-small", text));
        }
        _ => {}
    }
    let Some(network) = &system.network else { return };
    let (Network::Dhcp { interface } | Network::Static { interface, .. }) = network;
    if !facts.interfaces.iter().any(|known| known.name == *interface) {
        found.push(problem("system.network.interface", "unknown", "choose one that this machine has"));
    }
    let Network::Static { address, gateway, dns, .. } = network else { return };
    let parsed = prefix(address);
    if parsed.is_none() {
        let text = "write the address with the length of its prefix, like 192.0.2.10/24";
        found.push(problem("system.network.address", "not-an-address", text));
    }
    match (gateway.parse::<IpAddr>(), parsed) {
        (Ok(gateway), Some((address, bits))) if !is_within(gateway, address, bits) => {
            found.push(problem(
                "system.network.gateway",
                "elsewhere",
                "the gateway must be in the network of the address",
            ));
        }
        (Ok(gateway), Some((address, _))) if gateway == address => {
            found.push(problem("system.network.gateway", "own", "the gateway is another machine than this one"));
        }
        (Ok(_), _) => {}
        (Err(_), _) => {
            found.push(problem("system.network.gateway", "not-an-address", "write an address like 192.0.2.1"))
        }
    }
    if dns.is_empty() || dns.len() > LIST_MAX || dns.iter().any(|server| server.parse::<IpAddr>().is_err()) {
        found.push(problem("system.network.dns", "not-an-address", "name one name server or more, like 192.0.2.1"));
    }
}

fn check_acme(contact: &str, is_agreed: bool, directory: Option<&str>, found: &mut Vec<Problem>) {
    if !contact.is_empty() && !is_address(contact) {
        found.push(problem(
            "certificate.contact",
            "not-an-address",
            "write an address like it@example.com, or nothing",
        ));
    }
    if !is_agreed {
        let text = "take another certificate, or agree to the authority's terms: nobody else can do that for you";
        found.push(problem("certificate.agreed", "not-agreed", text));
    }
    let is_url = |url: &str| url.starts_with("https://") && url.len() <= TEXT_MAX && !url.chars().any(char::is_control);
    if directory.is_some_and(|url| !is_url(url)) {
        found.push(problem(
            "certificate.directory",
            "not-a-url",
            "write the https:// URL of the authority's directory",
        ));
    }
}

fn check_relay(relay: &Relay, found: &mut Vec<Problem>) {
    let is_address = relay.host.parse::<IpAddr>().is_ok();
    if !is_host(&relay.host) && !is_address {
        found.push(problem("relay.host", "not-a-name", "write the relay's name, like smtp.example.net"));
    }
    if relay.port == 0 {
        found.push(problem("relay.port", "not-a-port", "write a port, like 587"));
    }
    let is_text = |text: &str| text.len() <= TEXT_MAX && !text.chars().any(char::is_control);
    if !is_text(&relay.user) || !is_text(&relay.password) {
        found.push(problem("relay.user", "too-long", format!("{TEXT_MAX} characters at most, in one line")));
    }
    if relay.user.is_empty() != relay.password.is_empty() {
        found.push(problem("relay.password", "incomplete", "give user and password, or neither"));
    }
}

/// RFC 1123 §2.1, in lower case as all names of ours.
fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty()
            && label.len() <= LABEL_MAX
            && label.bytes().all(is_fine)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    name.len() <= NAME_MAX && name.split('.').all(is_label) && !is_number
}

fn is_local_part(name: &str) -> bool {
    let is_fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    !name.is_empty() && name.len() <= LOCAL_MAX && name.bytes().all(is_fine) && !name.split('.').any(str::is_empty)
}

fn is_address(address: &str) -> bool {
    let parts = address.rsplit_once('@');
    parts.is_some_and(|(local, domain)| is_local_part(&local.to_lowercase()) && is_host(&domain.to_lowercase()))
}

fn prefix(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u8 = bits.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits > 0 && bits <= most).then_some((address, bits))
}

fn is_within(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    let differs = match (one, other) {
        (IpAddr::V4(a), IpAddr::V4(b)) => u128::from(u32::from(a) ^ u32::from(b)) << 96,
        // A router is often known by its link-local address only.
        (IpAddr::V6(a), IpAddr::V6(_)) if a.is_unicast_link_local() => 0,
        (IpAddr::V6(a), IpAddr::V6(b)) => u128::from(a) ^ u128::from(b),
        _ => return false,
    };
    differs.checked_shr(128 - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::super::disk::Disk;
    use super::super::facts::Interface;
    use super::*;

    fn good() -> Answers {
        let text =
            "hostname = 'mail.a.test'\ndomain = 'a.test'\n[administrator]\nname = 'ann'\npassword = 'correct horse'";
        toml::from_str(text).unwrap()
    }

    fn image() -> Facts {
        Facts {
            is_appliance: true,
            is_image: true,
            memory_bytes: 4 << 30,
            time_zones: vec!["Europe/Vienna".into()],
            keyboards: vec!["de".into()],
            interfaces: vec![Interface { name: "eth0".into(), addresses: Vec::new() }],
            ..Facts::default()
        }
    }

    fn fields(answers: &Answers, facts: &Facts) -> Vec<String> {
        check(answers, facts).iter().map(|p| format!("{} {}", p.field, p.code)).collect()
    }

    #[test]
    fn good_answers_have_no_problem() {
        assert_eq!(fields(&good(), &image()), Vec::<String>::new());
    }

    #[test]
    fn everything_wrong_is_found_at_once_and_says_what_to_do() {
        let empty = check(&Answers::default(), &image());
        let of: Vec<&str> = empty.iter().map(|p| p.field).collect();
        assert_eq!(of, ["hostname", "domain", "administrator.name", "administrator.password"]);
        assert!(empty.iter().all(|p| p.text.contains("write") || p.text.contains("take")), "{empty:?}");
    }

    #[test]
    fn fields_are_judged_one_by_one() {
        type Change = fn(&mut Answers);
        let cases: [(&str, Change); 15] = [
            ("hostname not-a-name", |a| a.hostname = "mail".into()),
            ("hostname not-a-name", |a| a.hostname = "192.0.2.1".into()),
            ("hostname not-a-name", |a| a.hostname = "mail.a test".into()),
            ("domain not-a-name", |a| a.domain = "-a.test".into()),
            ("administrator.name not-a-name", |a| a.administrator.name = "ann@a.test".into()),
            ("administrator.password too-short", |a| a.administrator.password = "1234567".into()),
            ("administrator.password too-long", |a| a.administrator.password = "two\nlines of it".into()),
            ("administrator.password guessable", |a| a.administrator.password = "mail.a.test".into()),
            ("relay.host not-a-name", |a| a.relay = toml::from_str("host = 'a b'").ok()),
            ("relay.password incomplete", |a| a.relay = toml::from_str("host = 'r.test'\nuser = 'me'").ok()),
            ("certificate.agreed not-agreed", |a| a.certificate = toml::from_str("kind = 'acme'").unwrap()),
            ("certificate.contact not-an-address", |a| {
                a.certificate = toml::from_str("kind = 'acme'\nagreed = true\ncontact = 'me'").unwrap()
            }),
            ("certificate.directory not-a-url", |a| {
                a.certificate = toml::from_str("kind = 'acme'\nagreed = true\ndirectory = 'http://x'").unwrap()
            }),
            ("alerts not-an-address", |a| a.alerts = vec!["me".into()]),
            ("alerts too-many", |a| a.alerts = vec!["me@a.test".into(); LIST_MAX + 1]),
        ];
        for (expected, change) in cases {
            let mut answers = good();
            change(&mut answers);
            assert_eq!(fields(&answers, &image()), [expected]);
        }
    }

    #[test]
    fn a_network_must_be_one_in_which_the_gateway_is_reached() {
        let with = |address: &str, gateway: &str| {
            let mut answers = good();
            let text = format!(
                "mode = 'static'\ninterface = 'eth0'\naddress = '{address}'\ngateway = '{gateway}'\ndns = ['192.0.2.53']"
            );
            answers.system.network = toml::from_str(&text).ok();
            fields(&answers, &image())
        };
        assert!(with("192.0.2.10/24", "192.0.2.1").is_empty());
        assert!(with("2001:db8::2/64", "fe80::1").is_empty());
        assert_eq!(with("192.0.2.10", "192.0.2.1"), ["system.network.address not-an-address"]);
        assert_eq!(with("192.0.2.10/33", "192.0.2.1"), ["system.network.address not-an-address"]);
        assert_eq!(with("192.0.2.10/24", "192.0.3.1"), ["system.network.gateway elsewhere"]);
        assert_eq!(with("192.0.2.10/24", "2001:db8::1"), ["system.network.gateway elsewhere"]);
        assert_eq!(with("192.0.2.10/24", "192.0.2.10"), ["system.network.gateway own"]);
        assert_eq!(with("192.0.2.10/24", ""), ["system.network.gateway not-an-address"]);
    }

    #[test]
    fn a_disk_is_empty_and_large_enough_for_what_moves_to_it() {
        let mut answers = good();
        let disk = |bytes| Disk { path: "/dev/vdb".into(), bytes, model: String::new() };
        let facts = |bytes| Facts { disks: vec![disk(bytes)], disk_bytes_min: 8 << 30, ..image() };
        answers.system.store_disk = Some("/dev/vdb".into());
        assert!(fields(&answers, &facts(8 << 30)).is_empty());
        assert_eq!(fields(&answers, &facts(7 << 30)), ["system.store_disk too-small"]);
        answers.system.store_disk = Some("/dev/vdc".into());
        assert_eq!(fields(&answers, &facts(8 << 30)), ["system.store_disk unknown"]);
    }

    #[test]
    fn the_system_is_looked_at_on_our_image_only_and_scanners_in_the_appliance_only() {
        let mut answers = good();
        answers.system.time_zone = Some("Europe/Atlantis".into());
        answers.system.keyboard = Some("xx".into());
        answers.system.network = Some(Network::Dhcp { interface: "eth9".into() });
        answers.system.store_disk = Some("/dev/sda".into());
        assert_eq!(fields(&answers, &image()).len(), 4);
        let own = Facts { is_image: false, ..image() };
        assert!(fields(&answers, &own).is_empty());
        let small = Facts { memory_bytes: 1 << 30, ..own };
        assert_eq!(fields(&answers, &small), ["protection.antivirus memory"]);
        assert!(fields(&answers, &Facts { is_appliance: false, ..small }).is_empty());
    }
}
