// SPDX-License-Identifier: AGPL-3.0-or-later
//! The DNS of the test's Internet: Debian's dnsmasq with a zone of its own. A name that isn't in it does not exist.

use crate::appliance::net::{FRIEND, MX, Net, OURS, SMARTHOST, STRANGER};
use crate::wait::until;
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

const START_MAX: Duration = Duration::from_secs(20);
/// RFC 1035 §3.3: a character string.
const STRING_OCTETS_MAX: usize = 255;

pub struct Dns {
    child: Child,
}

/// Lines of dnsmasq's configuration.
pub struct Zone(String);

impl Zone {
    /// example.net sends from one host and signs, example.org asks everybody to refuse what does neither; example.com
    /// only says that it never sends. Mail::DMARC believes in no domain outside the public suffix list, as .test is.
    pub fn new() -> Zone {
        let mut zone = Zone(format!(
            "mx-host=example.test,mail.example.test,10\nmx-host=example.net,mx.example.net,10\n\
             mx-host=example.org,mx.example.net,10\nmx-host=example.com,mx.example.net,10\n\
             host-record=mail.example.test,{OURS}\nhost-record=mx.example.net,{MX}\n\
             host-record=out.example.net,{FRIEND}\nhost-record=somewhere.else.test,{STRANGER}\n\
             host-record=smarthost.provider.test,{SMARTHOST}\n"
        ));
        zone.txt("example.net", &format!("v=spf1 ip4:{FRIEND} -all"));
        zone.txt("_dmarc.example.net", "v=DMARC1; p=reject");
        zone.txt("example.org", &format!("v=spf1 ip4:{FRIEND} -all"));
        zone.txt("_dmarc.example.org", "v=DMARC1; p=reject");
        zone.txt("example.com", "v=spf1 -all");
        zone
    }

    pub fn txt(&mut self, name: &str, value: &str) {
        let mut strings = String::new();
        let mut rest = value;
        while !rest.is_empty() {
            let (string, after) = rest.split_at(rest.len().min(STRING_OCTETS_MAX));
            strings += &format!(",\"{string}\"");
            rest = after;
        }
        self.0 += &format!("txt-record={name}{strings}\n");
    }
}

impl Default for Zone {
    fn default() -> Zone {
        Zone::new()
    }
}

impl Dns {
    /// Answers when this returns.
    pub fn start(net: &Net, dir: &Path, zone: &Zone) -> Result<Dns> {
        let config = dir.join("dnsmasq.conf");
        let fixed = "no-resolv\nno-hosts\nlocal=/#/\nlisten-address=127.0.0.1\nbind-interfaces\nuser=root\npid-file=\n";
        std::fs::write(&config, format!("{fixed}{}", zone.0))?;
        let log = std::fs::File::create(dir.join("dnsmasq.log"))?;
        let mut command = net.command("dnsmasq");
        command.arg("--keep-in-foreground").arg(format!("--conf-file={}", config.display()));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("dnsmasq")?;
        let dns = Dns { child };
        until("an answer of dnsmasq (Debian package dnsmasq-base)", START_MAX, || {
            net.inside(|| Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, 53)).is_ok()))
        })?;
        Ok(dns)
    }

    /// With another zone.
    pub fn restart(&mut self, net: &Net, dir: &Path, zone: &Zone) -> Result<()> {
        self.end();
        *self = Dns::start(net, dir, zone)?;
        Ok(())
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.end();
    }
}
