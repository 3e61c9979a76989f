// SPDX-License-Identifier: AGPL-3.0-or-later
//! amavisd-new with SpamAssassin in it: between Postfix and Postfix, for mail that comes and mail that goes. It marks spam,
//! withholds viruses, signs and verifies.

mod check;
mod training;
mod update;

use crate::components::{Place, clamav, mailboxd, text};
use crate::engine::{Chore, Component, ConfigFile, Directory, DropIns, RunAs, Snapshot};
use crate::probe::Probe;
use crate::render;
use crate::settings::{self, Scan};
use crate::values::Values;
use anyhow::{Context, Result};
use minijinja::{Value, context};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub const NAME: &str = "amavisd";
pub const USER: &str = "amavis";
const CONFIG: &str = include_str!("../../../templates/amavisd/amavisd.conf");
const LOCAL: &str = include_str!("../../../templates/spamassassin/local.cf");
/// One more than Postfix sends to at once, so that our own looks are answered. Each holds SpamAssassin's rules: some 30 MiB of
/// its own.
const PROCESSES: u32 = 3;
/// All processes together; one that unpacks something evil is ended, and its message is tried again.
const MEMORY_MAX: u64 = 2 << 30;
const CHECK_FIRST: Duration = Duration::from_secs(5);
const CHECK_EVERY: Duration = Duration::from_secs(600);
const CHECK_RETRY: Duration = Duration::from_secs(60);
/// Per cent of this many points are what zimbraSpamTagPercent and zimbraSpamKillPercent say.
const POINTS: f64 = 20.0;
const TAG_PERCENT: u64 = 33;
const KILL_PERCENT: u64 = 75;
/// What a ten-person company does not want by mail: programs that a double click runs.
const BANNED: [&str; 14] =
    ["exe", "com", "scr", "pif", "bat", "cmd", "cpl", "vbs", "vbe", "wsf", "wsh", "hta", "lnk", "msi"];

/// Where Postfix hands over, and where it takes back.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub incoming: u16,
    pub outgoing: u16,
    pub back: u16,
    /// Where nothing comes of it: for our own test messages.
    pub check: u16,
}

pub fn ports(place: &Place) -> Result<Ports> {
    let of = |service: &str| {
        let found = place.endpoints.iter().find(|endpoint| endpoint.service == service);
        found.map(|endpoint| endpoint.address.port()).with_context(|| format!("no port for {service}"))
    };
    Ok(Ports {
        incoming: of("filter")?,
        outgoing: of("filter-out")?,
        back: of("filtered")?,
        check: of("filter-check")?,
    })
}

pub fn component(place: &Place, scan: &Scan) -> Result<Component> {
    let Scan { antivirus: scans_viruses, antispam: scans_spam, update: updates, .. } = *scan;
    let home = place.path("amavis");
    let config = home.join("amavisd.conf");
    let mut component = Component::new(NAME, "/usr/sbin/amavisd".into());
    component.packages = &["amavisd-new", "spamassassin", "libmail-spf-perl", "libmail-dmarc-perl"];
    component.is_expendable = true;
    component.is_pool = true;
    component.memory_max = Some(MEMORY_MAX);
    component.needs = vec![mailboxd::NAME];
    if scans_viruses {
        component.needs.push(clamav::NAME);
    }
    component.follows_directory = true;
    component.can_do_without_drop_ins = true;
    component.arguments = ["-c", &text(&config)?, "foreground"].map(str::to_owned).to_vec();
    component.run_as = Some(RunAs { user: USER, group: USER, low_ports: false });
    let owned = |name: &str| Directory { path: place.path(name), owner: Some((USER, USER)), mode: 0o700 };
    // amavisd refuses a configuration that it could change itself.
    let read = |name: &str| Directory { path: place.path(name), owner: Some(("root", USER)), mode: 0o750 };
    component.directories = ["amavis", "amavis/dkim"].map(read).into();
    // sa-update passes it as well, as a user of its own; each directory in it has its own rights.
    component.directories.push(Directory {
        path: place.path("spamassassin"),
        owner: Some(("root", "root")),
        mode: 0o711,
    });
    component.directories.push(read("spamassassin/conf"));
    let own = ["amavis/tmp", "amavis/home", "amavis/run", "amavis/quarantine", "spamassassin/bayes"];
    component.directories.extend(own.map(owned));
    component.directories.extend(update::directories(place));
    component.directories.push(training::directory(place));
    if scans_spam {
        component.chores.push(training::chore(place));
    }
    if scans_spam && updates {
        component.chores.push(update::chore(place));
    }
    let ports = ports(place)?;
    let check_at = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.check));
    let check = Arc::new(move || check::run(check_at, scans_viruses, scans_spam));
    let first = Arc::clone(&check);
    component.settle = Some(Arc::new(move || first().map(drop)));
    component.chores.push(Chore {
        name: "filter",
        first: CHECK_FIRST,
        every: CHECK_EVERY,
        retry: CHECK_RETRY,
        work: check,
    });
    let renderer = Renderer {
        home,
        spamassassin: place.path("spamassassin"),
        clamd: clamav::socket(place),
        ports,
        state: place.state.clone(),
        scans_viruses,
        scans_spam,
    };
    component.files = Arc::new(move |settings, drop_ins| renderer.files(settings, drop_ins));
    component.probes =
        place.endpoints.iter().filter(|endpoint| endpoint.component == NAME).cloned().map(Probe::Listener).collect();
    component.stop_max = Duration::from_secs(30);
    component.version = ["/usr/sbin/amavisd", "-V"].map(str::to_owned).to_vec();
    Ok(component)
}

struct Renderer {
    home: PathBuf,
    spamassassin: PathBuf,
    clamd: PathBuf,
    ports: Ports,
    state: crate::state::StateDir,
    scans_viruses: bool,
    scans_spam: bool,
}

impl Renderer {
    fn files(&self, snapshot: &Snapshot, drop_ins: DropIns) -> Result<Vec<ConfigFile>> {
        let values = Values::new(snapshot);
        let file = |path: PathBuf, text: String, is_secret| ConfigFile { path, text, group: Some(USER), is_secret };
        let mut files = Vec::new();
        let mut keys = Vec::new();
        for (domain, selector, key) in values.dkim_keys() {
            let path = self.home.join("dkim").join(format!("{domain}.{selector}.pem"));
            keys.push(context! { domain => domain.to_owned(), selector => selector.to_owned(), file => text(&path)? });
            files.push(file(path, format!("{}\n", key.trim_end()), true));
        }
        files.push(file(
            self.home.join("amavisd.conf"),
            self.amavisd(&values, keys.into_iter().collect(), drop_ins)?,
            false,
        ));
        let conf = self.spamassassin.join("conf");
        files.push(file(conf.join("local.cf"), self.local(&values, drop_ins)?, false));
        files.push(file(conf.join("user_prefs"), String::new(), false));
        for (name, text) in debians_plugins()? {
            files.push(file(conf.join(name), text, false));
        }
        Ok(files)
    }

    fn amavisd(&self, values: &Values<'_>, keys: Value, drop_ins: DropIns) -> Result<String> {
        let settings = settings::read(&self.state)?;
        let plain = |text: &str| text.replace(['\'', '\\', '\n'], "");
        let domains: Vec<String> = values.domain_names().map(plain).collect();
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let or_ours = |list: Vec<&str>| if list.is_empty() { owned(BANNED.to_vec()) } else { owned(list) };
        let lists = values.sender_lists().into_iter().map(|list| {
            context! { addresses => owned(list.addresses), allow => owned(list.allow), block => owned(list.block) }
        });
        let policies = values.policies().into_iter().map(|policy| {
            context! { addresses => owned(policy.addresses), banned => or_ours(policy.extensions) }
        });
        let (lists, policies): (Value, Value) = (lists.collect(), policies.collect());
        let context = context! {
            home => text(&self.home)?,
            hostname => full_name(&settings.hostname()),
            default_domain => domains.first().cloned().unwrap_or_else(|| settings.hostname()),
            local_domains => domains,
            processes => PROCESSES,
            log_level => 0,
            port_in => self.ports.incoming,
            port_out => self.ports.outgoing,
            port_back => self.ports.back,
            port_check => self.ports.check,
            antivirus => self.scans_viruses,
            antispam => self.scans_spam,
            clamd_socket => text(&self.clamd)?,
            tag_level => level(values.number("zimbraSpamTagPercent").unwrap_or(TAG_PERCENT)),
            kill_level => level(values.number("zimbraSpamKillPercent").unwrap_or(KILL_PERCENT)),
            subject_tag => values.one("zimbraSpamSubjectTag").map(plain),
            dns => values.is_on("zimbraMtaDnsLookupsEnabled", true),
            spamassassin => text(&self.spamassassin)?,
            banned => or_ours(values.blocked_extensions()),
            policies => policies,
            rules => rules(&self.spamassassin).is_some(),
            warn_recipient => values.is_on("zimbraVirusWarnRecipient", false),
            quarantine => values.one("zimbraAmavisQuarantineAccount").map(plain),
            dkim => keys,
            lists => lists,
            drop_in => drop_ins.read(&self.state.settings().join("amavisd.conf"))?,
        };
        render::text("amavisd.conf", CONFIG, context)
    }

    fn local(&self, values: &Values<'_>, drop_ins: DropIns) -> Result<String> {
        let context = context! {
            home => text(&self.spamassassin)?,
            tag_level => level(values.number("zimbraSpamTagPercent").unwrap_or(TAG_PERCENT)),
            dns_server => "",
            upstream => settings::read(&self.state)?.mta().upstream.iter().filter(|n| is_network(n)).cloned().collect::<Vec<_>>().join(" "),
            drop_in => drop_ins.read(&self.state.settings().join("spamassassin.cf"))?,
        };
        render::text("local.cf", LOCAL, context)
    }
}

/// Where sa-update puts the rules that it fetches, below SpamAssassin's directory; None: it never did.
pub fn rules(spamassassin: &Path) -> Option<PathBuf> {
    let rules = spamassassin.join("rules/updates_spamassassin_org.cf");
    rules.is_file().then_some(rules)
}

/// amavisd does not start under a name without a dot.
fn full_name(hostname: &str) -> String {
    if hostname.contains('.') { hostname.to_owned() } else { format!("{hostname}.localdomain") }
}

fn level(percent: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a per cent")]
    let percent = percent.min(1_000) as f64;
    percent / 100.0 * POINTS
}

/// As far as it matters for a file that it goes into.
pub fn is_network(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:/".contains(&byte))
}

/// Which plug-ins are loaded, as Debian ships them.
fn debians_plugins() -> Result<Vec<(String, String)>> {
    let mut plugins = Vec::new();
    for entry in std::fs::read_dir("/etc/spamassassin").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|extension| extension == "pre") {
            plugins.push((name, std::fs::read_to_string(entry.path())?));
        }
    }
    plugins.sort();
    Ok(plugins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        assert!((level(33) - 6.6).abs() < 1e-9 && (level(75) - 15.0).abs() < 1e-9);
    }

    /// The text is a program in Perl: Debian's amavisd reads it when it is installed (it asks for a file of root's).
    #[test]
    fn lists_and_policies_are_told_to_amavisd() {
        let dir = tempfile::tempdir().unwrap();
        let state = crate::state::StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        let renderer = Renderer {
            home: dir.path().join("amavis"),
            spamassassin: dir.path().join("spamassassin"),
            clamd: dir.path().join("clamd"),
            ports: Ports { incoming: 1, outgoing: 2, back: 3, check: 4 },
            state,
            scans_viruses: true,
            scans_spam: true,
        };
        let snapshot = Snapshot::new(serde_json::json!({
            "config": {"zimbraMtaBlockedExtension": ["iso"]},
            "domains": [{"name": "a.test"}],
            "sender_lists": [{"addresses": ["ann@a.test", "al@a.test"], "allow": ["f.test"], "block": ["s.test"]}],
            "policies": [
                {"addresses": ["bob@a.test", "@b.test"], "extensions": ["zip", "js"]},
                {"addresses": ["cyd@a.test"], "extensions": []},
            ],
        }));
        let text = renderer.amavisd(&Values::new(&snapshot), Value::from(Vec::<Value>::new()), DropIns::Taken).unwrap();
        for line in [
            r"  'policy-1' => new_RE(qr'.\.(zip|js)$'i, qr'^\.(exe-ms)$', [qr'^' => 0]),",
            r"  'DEFAULT' => new_RE(qr'.\.(iso)$'i, qr'^\.(exe-ms)$'),",
            "  'bob@a.test' => 'policy-1',",
            "  'b.test' => 'policy-1',",
            "  'cyd@a.test' => 'policy-2',",
            "  'ann@a.test' => [{ 'f.test' => -100, 's.test' => 100, }],",
            "  'al@a.test' => [{ 'f.test' => -100, 's.test' => 100, }],",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
        assert!(text.contains("  'policy-2' => new_RE(qr'.\\.(exe|com|"), "amavisd's own list");
        let plain = renderer
            .amavisd(&Values::new(&Snapshot::default()), Value::from(Vec::<Value>::new()), DropIns::Taken)
            .unwrap();
        assert!(plain.contains("@banned_filename_maps = ({\n}, 'DEFAULT');") && !plain.contains("@score_sender_maps"));
        let is_root = std::os::unix::fs::MetadataExt::uid(&dir.path().metadata().unwrap()) == 0;
        if !is_root || !Path::new("/usr/sbin/amavisd").is_file() {
            return;
        }
        for text in [text, plain] {
            let file = dir.path().join("amavisd.conf");
            std::fs::write(&file, text).unwrap();
            let read =
                std::process::Command::new("/usr/sbin/amavisd").arg("-c").arg(&file).arg("showkeys").output().unwrap();
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        }
    }
}
