// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether mail passes: a message of our own goes in as one from outside does (SMTP, the scanners, LMTP) and comes out by IMAP, into
//! and out of a mailbox that is the system's. And a quick look at the store.
//!
//! The mailbox is an account that nobody can log in to (zimbraIsSystemAccount). mailboxd opens it while this runs, for a password
//! that it makes each time and keeps nowhere; what a domain says of its people (who checks their passwords, how many there may be,
//! whether they may use IMAP) is no reason to think that mail does not pass.

use crate::control::{Daemon, call};
use crate::engine::command;
use crate::handover::{Protocol, hand_over};
use crate::secrets;
use crate::settings;
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

const NAME: &str = "posthouse-probe";
/// Through two queues and the scanners, on a machine that has just started.
const ARRIVAL_MAX: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_secs(1);
const CURL_SECONDS_MAX: u32 = 30;
/// Longer than all of it takes.
const OPEN_SECONDS: u64 = 600;
const NO_SUCH: &str = "no such account";
const VERIFY_SECONDS: u64 = 60;
/// What amavisd writes into a message's trace.
const SCANNED: &str = "(amavis";

/// What was seen. An error says where it ended.
pub fn run(state: &StateDir) -> Result<String> {
    let status = call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {})?;
    let mut said = Vec::new();
    match domain(state)? {
        None => said.push("there is no domain that takes mail".to_owned()),
        Some(domain) => said.push(mail(state, &status, &format!("{NAME}@{domain}"))?),
    }
    said.push(store(state)?);
    Ok(said.join("; "))
}

fn store(state: &StateDir) -> Result<String> {
    let ask = json!({"verb": "verify", "quick_seconds": VERIFY_SECONDS});
    let report = call(state, Daemon::Mailboxd, &ask, &mut |_| {}).context("the store can't be looked at")?;
    match report["problem_count"].as_u64() {
        Some(0) => Ok(format!("the store is sound ({} mailboxes looked at)", report["mailboxes"])),
        _ => bail!("the store has {} problems: {}", report["problem_count"], report["problems"][0]),
    }
}

fn prov(state: &StateDir, request: Value) -> Result<Value> {
    call(state, Daemon::Mailboxd, &json!({"verb": "prov", "request": request}), &mut |_| {})
}

/// The first that was made here, if mail can be delivered in it, or any other.
fn domain(state: &StateDir) -> Result<Option<String>> {
    let all = prov(state, json!({"getAllDomains": {}}))?;
    let own = std::fs::read(state.path.join("setup/done.json")).unwrap_or_default();
    let own: Value = serde_json::from_slice(&own).unwrap_or_default();
    Ok(choose(&all, own["domain"].as_str()))
}

fn choose(all: &Value, own: Option<&str>) -> Option<String> {
    let says = |domain: &Value, name: &str, value: &str| {
        domain["attrs"][name].as_array().is_none_or(|values| values.iter().all(|is| is == value))
    };
    let takes_mail =
        |domain: &&Value| says(domain, "zimbraDomainType", "local") && says(domain, "zimbraDomainStatus", "active");
    let mut names = all.as_array()?.iter().filter(takes_mail).filter_map(|domain| domain["name"].as_str());
    names.clone().find(|name| own == Some(name)).or_else(|| names.next()).map(str::to_owned)
}

fn mail(state: &StateDir, status: &Value, address: &str) -> Result<String> {
    let service = |name: &str| address_of(status, name);
    let (token, begun) = (secrets::random()?, Instant::now());
    let mailbox = Mailbox::open(state, address).context("the mailbox of the probe")?;
    let imaps = service("imaps").context("there is no IMAP")?;
    // Where mail comes from a filtering service only, port 25 refuses everybody else; behind it all goes the same way.
    let is_open = settings::read(state)?.mta().upstream.is_empty();
    let ways: &[&str] = if is_open { &["smtp", "lmtp"] } else { &["handover", "lmtp"] };
    let way = ways.iter().find_map(|name| Some((*name, service(name)?)));
    let (protocol, to) = way.context("there is no SMTP and no LMTP")?;
    let spoken = if protocol == "lmtp" { Protocol::Lmtp } else { Protocol::Smtp };
    hand_over(spoken, to, address, &message(address, &token))
        .with_context(|| format!("a message was not taken by {protocol}"))?;
    let client = Client { imaps, user: address, password: &mailbox.password };
    let text = client.until_arrived(&token)?;
    // Where mail passes our own filter, this one did.
    if protocol != "lmtp" && service("filter").is_some() && !text.contains(SCANNED) {
        bail!("a message arrived that the scanners have not seen");
    }
    client.empty()?;
    mailbox.close()?;
    Ok(format!("mail passes: in by {protocol}, out by IMAP after {:.1} s", begun.elapsed().as_secs_f64()))
}

/// On this machine.
fn address_of(status: &Value, name: &str) -> Option<SocketAddr> {
    let services = status["services"].as_array()?;
    let address = services.iter().find(|service| service["service"] == name)?["address"].as_str()?;
    let mut address: SocketAddr = address.parse().ok()?;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    Some(address)
}

/// Open to us for a while.
struct Mailbox<'a> {
    state: &'a StateDir,
    address: &'a str,
    password: String,
    is_closed: bool,
}

impl<'a> Mailbox<'a> {
    fn open(state: &'a StateDir, address: &'a str) -> Result<Mailbox<'a>> {
        let attrs = json!({
            "zimbraIsSystemAccount": ["TRUE"],
            "zimbraHideInGal": ["TRUE"],
            "zimbraAccountStatus": ["active"],
            "zimbraMailStatus": ["enabled"],
            "zimbraImapEnabled": ["TRUE"],
            "displayName": ["Checks that mail passes"],
        });
        match prov(state, json!({"modifyAccount": {"name": address, "attrs": attrs}})) {
            Err(error) if error.to_string().contains(NO_SUCH) => {
                prov(state, json!({"createAccount": {"name": address, "password": "", "attrs": attrs}}))?;
            }
            done => drop(done?),
        }
        let opened = prov(state, json!({"openSystemAccount": {"name": address, "seconds": OPEN_SECONDS}}))?;
        let password = opened["password"].as_str().context("mailboxd made no password")?.to_owned();
        Ok(Mailbox { state, address, password, is_closed: false })
    }

    fn close(mut self) -> Result<()> {
        self.is_closed = true;
        self.lock()
    }

    fn lock(&self) -> Result<()> {
        prov(self.state, json!({"closeSystemAccount": {"name": self.address}})).map(drop)
    }
}

impl Drop for Mailbox<'_> {
    fn drop(&mut self) {
        if !self.is_closed {
            // Whoever waits for the probe has its own error already; nobody knows the password.
            let _ = self.lock();
        }
    }
}

fn message(address: &str, token: &str) -> String {
    let now = chrono::Utc::now().to_rfc2822();
    format!(
        "From: <{address}>\r\nTo: <{address}>\r\nSubject: probe {token}\r\nDate: {now}\r\n\
         Message-ID: <{token}@{NAME}.invalid>\r\nAuto-Submitted: auto-generated\r\n\r\nMail passes.\r\n"
    )
}

/// curl speaks IMAP over TLS; the certificate may be of any kind, it is our own machine.
struct Client<'a> {
    imaps: SocketAddr,
    user: &'a str,
    password: &'a str,
}

impl Client<'_> {
    fn ask(&self, path: &str, request: Option<&str>) -> Result<String> {
        let mut config = format!(
            "silent\nshow-error\ninsecure\nmax-time = {CURL_SECONDS_MAX}\nproto = \"=imaps\"\n\
             user = \"{}:{}\"\nurl = \"imaps://{}/INBOX{path}\"\n",
            self.user, self.password, self.imaps
        );
        if let Some(request) = request {
            config += &format!("request = \"{}\"\n", request.replace('\\', "\\\\"));
        }
        let said = command("curl", &["--config", "-"], Some(&config), None).context("IMAP")?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    fn until_arrived(&self, token: &str) -> Result<String> {
        let begun = Instant::now();
        let search = format!("SEARCH SUBJECT {token}");
        loop {
            let found = self.ask("", Some(&search));
            if let Ok(said) = &found
                && let Some(number) = said.trim().strip_prefix("* SEARCH ").and_then(|list| list.split(' ').next_back())
            {
                return self.ask(&format!(";MAILINDEX={number}"), None);
            }
            if begun.elapsed() > ARRIVAL_MAX {
                found?;
                bail!("a message that was taken did not arrive within {} s", ARRIVAL_MAX.as_secs());
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn empty(&self) -> Result<()> {
        self.ask("", Some("STORE 1:* +FLAGS.SILENT (\\Deleted)"))?;
        self.ask("", Some("EXPUNGE")).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_that_takes_no_mail_is_left_out() {
        let domain = |name: &str, kind: &str, status: &str| json!({"name": name, "attrs": {"zimbraDomainType": [kind], "zimbraDomainStatus": [status]}});
        let all = json!([
            domain("alias.test", "alias", "active"),
            domain("closed.test", "local", "closed"),
            {"name": "first.test", "attrs": {}},
            domain("own.test", "local", "active"),
        ]);
        let chosen = |own: Option<&str>| choose(&all, own);
        assert_eq!(chosen(Some("own.test")).as_deref(), Some("own.test"));
        for own in [None, Some("closed.test"), Some("alias.test"), Some("gone.test")] {
            assert_eq!(chosen(own).as_deref(), Some("first.test"), "{own:?}");
        }
        assert_eq!(choose(&json!([domain("a.test", "local", "suspended")]), None), None);
    }

    #[test]
    fn services_are_asked_where_they_are_on_this_machine() {
        let status = json!({"services": [
            {"service": "smtp", "address": "0.0.0.0:25"},
            {"service": "imaps", "address": "192.0.2.1:993"},
        ]});
        assert_eq!(address_of(&status, "smtp").unwrap().to_string(), "127.0.0.1:25");
        assert_eq!(address_of(&status, "imaps").unwrap().to_string(), "192.0.2.1:993");
        assert_eq!(address_of(&status, "lmtp"), None);
    }
}
