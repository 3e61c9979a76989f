// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a domain should have in the DNS, so that its mail arrives, is believed, and clients find their server.
//!
//! ```json
//! {"domain": "a.test", "records": [{"name": "a.test", "type": "MX", "value": "10 mail.a.test.", "why": "…"}], "notes": ["…"]}
//! ```
//!
//! Values are as in a zone file (RFC 1035 §5.1), but the text of a TXT record is plain, in one piece. A value of null is for
//! the administrator to fill in.

use crate::config::Config;
use crate::published::{Ports, mta_sts_id};
use crate::serve::System;
use anyhow::{Result, anyhow};
use directory::{Attrs, Domain};
use serde_json::{Value, json};

pub fn records(system: &System, domain: &str) -> Result<Value> {
    let domain = system.directory.domain(domain)?.ok_or_else(|| anyhow!("no such domain: {domain}"))?;
    let config = system.directory.config()?.attrs;
    let mut zone = Zone { domain: &domain.name, host: &system.config.hostname, records: Vec::new(), notes: Vec::new() };
    zone.mail();
    zone.senders(relay(&system.config, &config, &domain.attrs).as_deref());
    zone.dkim(&domain);
    zone.policies();
    zone.clients(Ports::of(&system.config));
    Ok(json!({"domain": domain.name, "records": zone.records, "notes": zone.notes}))
}

/// The host that mail leaves through.
fn relay(config: &Config, global: &Attrs, domain: &Attrs) -> Option<String> {
    let set = |attrs: &Attrs, name: &str| attrs.get(name).and_then(|values| values.first()).cloned();
    // One that takes everything is our own MTA, not the way out.
    let outward = config.relay.as_ref().filter(|relay| !relay.takes_all);
    let of_config = || outward.map(|relay| relay.host.clone());
    set(domain, "posthouseRelayHost").or_else(|| set(global, "zimbraMtaRelayHost")).or_else(of_config)
}

struct Zone<'a> {
    domain: &'a str,
    host: &'a str,
    records: Vec<Value>,
    notes: Vec<String>,
}

impl Zone<'_> {
    fn push(&mut self, name: String, kind: &str, value: impl Into<Value>, why: &str) {
        self.records.push(json!({"name": name, "type": kind, "value": value.into(), "why": why}));
    }

    /// `label`, before the domain's name.
    fn below(&mut self, label: &str, kind: &str, value: String, why: &str) {
        self.push(format!("{label}.{}", self.domain), kind, value, why);
    }

    fn mail(&mut self) {
        let (domain, host) = (self.domain.to_owned(), self.host.to_owned());
        self.push(host.clone(), "A", Value::Null, "this machine's public IPv4 address");
        self.push(host.clone(), "AAAA", Value::Null, "its IPv6 address, if mail shall come and go by it");
        self.push(domain, "MX", format!("10 {host}."), "mail for the domain comes here");
        self.notes
            .push(format!("Whoever gave you the address must make its reverse name (PTR) {host}: many servers ask."));
        if !host.contains('.') {
            self.notes
                .push(format!("\"{host}\" is no name for the Internet: set hostname in settings/posthouse.toml."));
        }
    }

    /// RFC 7208
    fn senders(&mut self, relay: Option<&str>) {
        let Some(relay) = relay else {
            let why = "only the servers of its MX may send in its name";
            return self.push(self.domain.to_owned(), "TXT", "v=spf1 mx -all", why);
        };
        let why = "servers of its MX may send in its name, and the relay's once you named them";
        self.push(self.domain.to_owned(), "TXT", "v=spf1 mx ~all", why);
        self.notes.push(format!(
            "Mail leaves through {relay}: put what its owner says (include:…) into the SPF record before ~all."
        ));
    }

    /// RFC 6376 §3.6
    fn dkim(&mut self, domain: &Domain) {
        let set = |name: &str| domain.attrs.get(name).and_then(|values| values.first()).cloned();
        let current = (set("DKIMSelector"), set("DKIMPublicKey"), "what its mail is signed with");
        let why = "the key before; may go when the new one has been published for a week";
        let previous = (set("posthouseDKIMPreviousSelector"), set("posthouseDKIMPreviousPublicKey"), why);
        if current.1.is_none() {
            let name = self.domain;
            self.notes.push(format!("No DKIM key is known: `posthouse prov rotateDkim {name}` makes one."));
        }
        for (selector, key, why) in [current, previous] {
            if let (Some(selector), Some(key)) = (selector, key) {
                self.below(&format!("{selector}._domainkey"), "TXT", key, why);
            }
        }
    }

    fn policies(&mut self) {
        let (domain, host) = (self.domain, self.host.to_owned());
        // RFC 7489 §6.3: to begin with, only reports.
        let dmarc = format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}");
        self.below("_dmarc", "TXT", dmarc, "reports about mail in its name; later p=quarantine, then p=reject");
        let sts = format!("v=STSv1; id={}", mta_sts_id(&host));
        self.below("_mta-sts", "TXT", sts, "other servers shall use TLS (RFC 8461)");
        self.below(
            "mta-sts",
            "CNAME",
            format!("{host}."),
            "where they read how: this server's web port has the policy",
        );
        let reports = format!("v=TLSRPTv1; rua=mailto:postmaster@{domain}");
        self.below("_smtp._tls", "TXT", reports, "reports about TLS that failed (RFC 8460)");
        self.notes.push(format!(
            "MTA-STS needs a certificate for mta-sts.{domain} on port 443; without one nothing is lost."
        ));
    }

    /// RFC 6186 and RFC 8314 §5.1
    fn clients(&mut self, ports: Ports) {
        let host = self.host.to_owned();
        for (label, port, why) in [
            ("_imaps._tcp", ports.imaps, "where clients read mail"),
            ("_submissions._tcp", ports.submissions, "where they send it"),
            ("_imap._tcp", ports.imap, "the same with STARTTLS"),
            ("_submission._tcp", ports.submission, "the same with STARTTLS"),
        ] {
            let priority = if label.starts_with("_imap.") || label.starts_with("_submission.") { 10 } else { 0 };
            if let Some(port) = port {
                self.below(label, "SRV", format!("{priority} 1 {port} {host}."), why);
            }
        }
        self.below("autoconfig", "CNAME", format!("{host}."), "Thunderbird and others set themselves up");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_says_what_holds() {
        let mut zone = Zone { domain: "a.test", host: "mail.a.test", records: Vec::new(), notes: Vec::new() };
        let attrs = |list: &[(&str, &str)]| {
            list.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect::<Attrs>()
        };
        let domain = |attrs| Domain { id: String::new(), name: "a.test".into(), attrs, inherited: Default::default() };
        zone.mail();
        zone.senders(None);
        zone.dkim(&domain(attrs(&[("DKIMSelector", "ph202611"), ("DKIMPublicKey", "v=DKIM1; p=x")])));
        zone.policies();
        zone.clients(Ports { imap: None, imaps: Some(993), submission: Some(587), submissions: None });
        let value = |name: &str, kind: &str| {
            let found = zone.records.iter().find(|r| r["name"] == name && r["type"] == kind);
            found.and_then(|r| r["value"].as_str()).map(str::to_owned)
        };
        assert_eq!(value("a.test", "MX").as_deref(), Some("10 mail.a.test."));
        assert_eq!(value("a.test", "TXT").as_deref(), Some("v=spf1 mx -all"));
        assert_eq!(value("ph202611._domainkey.a.test", "TXT").as_deref(), Some("v=DKIM1; p=x"));
        assert_eq!(value("_imaps._tcp.a.test", "SRV").as_deref(), Some("0 1 993 mail.a.test."));
        assert_eq!((value("_imap._tcp.a.test", "SRV"), value("_submissions._tcp.a.test", "SRV")), (None, None));
        assert_eq!(value("mail.a.test", "A"), None);
        assert!(!zone.notes.iter().any(|note| note.contains("rotateDkim")));
        zone.senders(Some("smtp.relay.test"));
        zone.dkim(&domain(Attrs::new()));
        assert!(zone.notes.iter().any(|note| note.contains("smtp.relay.test")));
        assert!(zone.notes.iter().any(|note| note.contains("rotateDkim a.test")));
    }

    #[test]
    fn the_nearest_relay_counts() {
        let config = |text: &str| toml::from_str::<Config>(&format!("hostname = 'm'\n[listen]\n{text}")).unwrap();
        let own = config("[relay]\nhost = 'r.test'\nport = 25");
        let set = |name: &str, value: &str| Attrs::from([(name.to_owned(), vec![value.to_owned()])]);
        assert_eq!(relay(&config(""), &Attrs::new(), &Attrs::new()), None);
        assert_eq!(relay(&own, &Attrs::new(), &Attrs::new()).as_deref(), Some("r.test"));
        let mta = config("[relay]\nhost = '127.0.0.1'\nport = 25\ntakes_all = true");
        assert_eq!(relay(&mta, &Attrs::new(), &Attrs::new()), None);
        let global = set("zimbraMtaRelayHost", "g.test");
        assert_eq!(relay(&own, &global, &Attrs::new()).as_deref(), Some("g.test"));
        assert_eq!(relay(&own, &global, &set("posthouseRelayHost", "d.test")).as_deref(), Some("d.test"));
    }
}
