// SPDX-License-Identifier: AGPL-3.0-or-later
//! Postfix: mail in from the Internet, out to it, and in from people who log in. It looks up in LDAP who is who, asks mailboxd
//! for passwords and hands mail to it by LMTP. Its master runs in the foreground below our guard, with queue and
//! configuration of its own, so a Postfix of Debian's in /etc/postfix is another one.

use crate::components::{Place, amavisd, mailboxd, openldap, text};
use crate::engine::{Component, ConfigFile, Directory, DropIns, Snapshot, command};
use crate::ports::Filter;
use crate::probe::Probe;
use crate::settings::{self, Settings};
use crate::values::Values;
use crate::{render, secrets};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

mod lookups;
mod overrides;

pub const NAME: &str = "postfix";
const MAIN: &str = include_str!("../../templates/postfix/main.cf");
const MASTER: &str = include_str!("../../templates/postfix/master.cf");
const HEADERS: &str = include_str!("../../templates/postfix/submission-headers");
const DAEMONS: &str = "/usr/lib/postfix/sbin";
const MESSAGE_BYTES_MAX: u64 = 50 << 20;

pub fn component(place: &Place, filter: Filter) -> Result<Component> {
    let conf = conf(place)?;
    let mut component = Component::new(NAME, Path::new(DAEMONS).join("master"));
    component.packages = &["postfix", "postfix-ldap"];
    component.needs = vec![openldap::NAME, mailboxd::NAME];
    component.follows_directory = true;
    component.can_do_without_drop_ins = true;
    component.is_pool = true;
    component.arguments = ["-c", &conf, "-s"].map(str::to_owned).to_vec();
    let owned = |name: &str, owner, mode| Directory { path: place.path(name), owner: Some(owner), mode };
    component.directories = vec![
        owned("postfix", ("root", "root"), 0o755),
        owned("postfix/conf", ("root", "postfix"), 0o750),
        owned("postfix/spool", ("root", "root"), 0o755),
        owned("postfix/data", ("postfix", "postfix"), 0o700),
    ];
    let renderer = Renderer::new(place, filter)?;
    component.files = Arc::new(move |settings, drop_ins| renderer.files(settings, drop_ins));
    let (check, parse) = (task(&conf, "check"), conf.clone());
    component.initialise = Some(Arc::new(move || {
        // `postfix check` says what is wrong to a terminal only.
        command("postconf", &["-c", &parse, "-n"], None, None)?;
        check()
    }));
    component.reload = Some(task(&conf, "reload"));
    component.probes =
        place.endpoints.iter().filter(|endpoint| endpoint.component == NAME).cloned().map(Probe::Listener).collect();
    component.stop_max = Duration::from_secs(30);
    let conf_dir = conf.clone();
    // What waits for a filter or a mailbox would wait for its next turn, half a minute or more.
    component.catch_up = Some(Arc::new(move || command("postqueue", &["-c", &conf_dir, "-f"], None, None).map(drop)));
    component.version = ["postconf", "-dh", "mail_version"].map(str::to_owned).to_vec();
    Ok(component)
}

/// The directory of its configuration.
pub fn conf(place: &Place) -> Result<String> {
    text(&place.path("postfix/conf"))
}

/// `check` makes the queue's directories as well.
fn task(conf: &str, verb: &'static str) -> crate::engine::Task {
    let conf = conf.to_owned();
    Arc::new(move || command("postfix", &["-c", &conf, verb], None, None).map(drop))
}

/// What does not change while we run.
struct Renderer {
    home: PathBuf,
    admin: PathBuf,
    state: crate::state::StateDir,
    short: PathBuf,
    ldap_url: String,
    smtp: String,
    submission: String,
    submissions: String,
    lmtp: String,
    handover: String,
    /// Ours.
    filter: Option<amavisd::Ports>,
    /// Where any filter gives back; empty: there is none.
    filtered: String,
}

impl Renderer {
    fn new(place: &Place, filter: Filter) -> Result<Renderer> {
        let at = |service: &str| {
            let found = place.endpoints.iter().find(|endpoint| endpoint.service == service);
            found.map(|endpoint| endpoint.address.to_string()).with_context(|| format!("no port for {service}"))
        };
        Ok(Renderer {
            home: place.path("postfix"),
            admin: place.state.settings(),
            state: place.state.clone(),
            short: place.short.clone(),
            ldap_url: openldap::url(place)?,
            smtp: at("smtp")?,
            submission: at("submission")?,
            submissions: at("submissions")?,
            lmtp: at("lmtp")?,
            handover: at("handover")?,
            filter: (filter == Filter::Own).then(|| amavisd::ports(place)).transpose()?,
            filtered: if filter == Filter::None { String::new() } else { at("filtered")? },
        })
    }

    fn files(&self, snapshot: &Snapshot, drop_ins: DropIns) -> Result<Vec<ConfigFile>> {
        let settings = settings::read(&self.state)?;
        let values = Values::new(snapshot);
        let conf = self.home.join("conf");
        let file = |name: &str, text: String, is_secret| ConfigFile {
            path: conf.join(name),
            text,
            group: Some("postfix"),
            is_secret,
        };
        let mut files = vec![
            file("main.cf", self.main(&settings, &values, drop_ins)?, false),
            file("master.cf", self.master(&settings, drop_ins)?, false),
            file("submission-headers", HEADERS.to_owned(), false),
            file("postscreen-access", screen(&settings, &values), false),
            file("upstream", lines(settings.mta().upstream.iter().map(|network| format!("{network} permit"))), false),
            file("tls-policy", tls_policy(&settings, &values), false),
            file("relay-passwords", passwords(&settings, &values), true),
            // Where Debian's Postfix finds the LDAP tables' code.
            file("dynamicmaps.cf", std::fs::read_to_string("/etc/postfix/dynamicmaps.cf").unwrap_or_default(), false),
        ];
        let password = secrets::password(&self.admin.join("postfix.password"), None)?;
        for (name, text) in lookups::all(&self.ldap_url, &password, &settings.hostname())? {
            files.push(file(name, text, true));
        }
        Ok(files)
    }

    fn main(&self, settings: &Settings, values: &Values<'_>, drop_ins: DropIns) -> Result<String> {
        let path = |below: &str| text(&self.short.join(below));
        let (certificate, key) = settings.tls_files(&self.short);
        let relay = settings.relay();
        let relayhost = match relay {
            Some(relay) => format!("[{}]:{}", relay.host, relay.port),
            None => values.one("zimbraMtaRelayHost").unwrap_or_default().to_owned(),
        };
        let context = minijinja::context! {
            home => text(&self.home)?,
            conf => text(&self.home.join("conf"))?,
            hostname => settings.hostname(),
            trusted => values.all("zimbraMtaMyNetworks").collect::<Vec<_>>().join(" "),
            protocols => "all",
            lmtp => &self.lmtp,
            message_bytes_max => message_bytes_max(values),
            recipients_max => 1_000,
            connections_per_minute => 60,
            dns => values.is_on("zimbraMtaDnsLookupsEnabled", true),
            dnsbl => values.restrictions("reject_rbl_client").map(str::to_owned).collect::<Vec<_>>(),
            milters => values.all("zimbraMtaSmtpdMilters").map(str::to_owned).collect::<Vec<_>>(),
            tls_certificate => text(&certificate)?,
            tls_key => text(&key)?,
            tls_out => values.one("zimbraMtaSmtpTlsSecurityLevel").unwrap_or("may").to_owned(),
            sasl => path(mailboxd::SASL)?,
            relayhost => relayhost,
            relay_login => relay.is_some_and(|relay| relay.user.is_some()) || values.has_domain_logins(),
            quarantine => values.one("zimbraAmavisQuarantineAccount").map(|name| name.replace(['{', '}', '\n'], "")),
            filter => self.hand_over(settings, |ports| ports.incoming),
            upstream => !settings.mta().upstream.is_empty(),
            drop_in => drop_ins.read(&self.admin.join("postfix-main.cf"))?,
        };
        Ok(overrides::last_of_each(&render::text("main.cf", MAIN, context)?))
    }

    /// Empty: to no filter.
    fn hand_over(&self, settings: &Settings, port: impl Fn(amavisd::Ports) -> u16) -> String {
        let elsewhere = settings.scan().host.as_deref().and_then(|host| host.rsplit_once(':'));
        match (self.filter, elsewhere) {
            (Some(ports), _) => format!("filter:[127.0.0.1]:{}", port(ports)),
            (None, Some((host, port))) if !self.filtered.is_empty() => {
                let plain = |text: &str| text.replace(['\n', '\r', ' ', '[', ']'], "");
                format!("filter:[{}]:{}", plain(host), plain(port))
            }
            _ => String::new(),
        }
    }

    fn master(&self, settings: &Settings, drop_ins: DropIns) -> Result<String> {
        let context = minijinja::context! {
            conf => text(&self.home.join("conf"))?,
            smtp => &self.smtp,
            submission => &self.submission,
            submissions => &self.submissions,
            messages_per_minute => 100,
            recipients_per_minute => 500,
            filter_out => self.hand_over(settings, |ports| ports.outgoing),
            handover => &self.handover,
            filter_processes => 2,
            reinject => &self.filtered,
            returns => settings.scan().returns.iter().filter(|n| amavisd::is_network(n)).cloned().collect::<Vec<_>>().join(","),
            drop_in => drop_ins.read(&self.admin.join("postfix-master.cf"))?,
        };
        render::text("master.cf", MASTER, context)
    }
}

/// Clients that need not wait before the greeting: this machine, whose probes would wait as well, and whom the administrator
/// names. They may not do more than others.
fn screen(settings: &Settings, values: &Values<'_>) -> String {
    let own = ["127.0.0.0/8", "::1/128"].into_iter().chain(values.all("zimbraMtaPostscreenAccessList"));
    let own = own.chain(settings.mta().upstream.iter().map(String::as_str));
    lines(own.map(|network| format!("{network} permit")))
}

/// Of a message that is taken, in octets.
pub fn message_bytes_max(values: &Values<'_>) -> u64 {
    values.number("zimbraMtaMaxMessageSize").unwrap_or(MESSAGE_BYTES_MAX)
}

/// Lines of the administrator, and TLS to a smarthost unless that is switched off.
fn tls_policy(settings: &Settings, values: &Values<'_>) -> String {
    let relay = settings.relay().filter(|relay| relay.requires_tls());
    let relay = relay.map(|relay| format!("[{}]:{} encrypt", relay.host, relay.port));
    lines(values.all("posthouseTlsPolicy").map(str::to_owned).chain(relay))
}

/// By smarthost, and by sender's domain (`@example.org`).
fn passwords(settings: &Settings, values: &Values<'_>) -> String {
    let mut all = Vec::new();
    if let Some(relay) = settings.relay()
        && let (Some(user), Some(password)) = (&relay.user, &relay.password)
    {
        all.push(format!("[{}]:{} {user}:{password}", relay.host, relay.port));
    }
    all.extend(values.domain_logins().map(|(domain, login)| format!("@{domain} {login}")));
    lines(all)
}

/// A value can't smuggle in a line of its own.
fn lines(values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    values.into_iter().map(|line| line.as_ref().replace(['\n', '\r'], " ") + "\n").collect()
}
