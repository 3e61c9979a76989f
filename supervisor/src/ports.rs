// SPDX-License-Identifier: AGPL-3.0-or-later
//! The ports of each profile, and what `--port-offset` and `--bind` make of them.

use crate::components::Profile;
use anyhow::{Result, bail};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Added when nothing else is said, so that no root is needed and no real mail server is met.
pub const OFFSET_DEFAULT: u16 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Where `--bind` says.
    Bind,
    /// Trusts whoever connects, so only this machine may.
    Loopback,
}

/// How a listener shows that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Greets {
    /// The first line begins with this.
    With(&'static str),
    /// GET of this path answers 200.
    Http(&'static str),
    /// It accepts a connection (TLS: the supervisor looks no deeper).
    Accept,
    /// The kernel says that somebody listens there: whoever logs every connection that says nothing is not bothered.
    Listens,
}

/// A component, a service of it, its port, who may come, and how it answers.
type Line = (&'static str, &'static str, u16, Scope, Greets);

const MAILBOXD: &[Line] = &[
    ("mailboxd", "imap", 143, Scope::Bind, Greets::With("* OK")),
    ("mailboxd", "imaps", 993, Scope::Bind, Greets::Accept),
    ("mailboxd", "pop3", 110, Scope::Bind, Greets::With("+OK")),
    ("mailboxd", "pop3s", 995, Scope::Bind, Greets::Accept),
    ("mailboxd", "managesieve", 4190, Scope::Bind, Greets::With("\"IMPLEMENTATION\"")),
    ("mailboxd", "http", 80, Scope::Bind, Greets::Http("/readyz")),
    ("mailboxd", "https", 443, Scope::Bind, Greets::Accept),
    ("mailboxd", "admin", 7071, Scope::Bind, Greets::Accept),
    ("mailboxd", "lmtp", 7025, Scope::Loopback, Greets::With("220 ")),
    ("mailboxd", "metrics", 9464, Scope::Loopback, Greets::Accept),
];

/// Where there is no Postfix.
const SMTP_ENGINE: &[Line] = &[
    ("mailboxd", "smtp", 25, Scope::Bind, Greets::With("220 ")),
    ("mailboxd", "submission", 587, Scope::Bind, Greets::With("220 ")),
];

const POSTFIX: &[Line] = &[
    // postscreen greets in two lines.
    ("postfix", "smtp", 25, Scope::Bind, Greets::With("220")),
    ("postfix", "submission", 587, Scope::Bind, Greets::With("220 ")),
    ("postfix", "submissions", 465, Scope::Bind, Greets::Listens),
    // What the web client sends.
    ("postfix", "handover", 10_028, Scope::Loopback, Greets::With("220 ")),
];

/// Between Postfix and the filter.
const FILTER: &[Line] = &[
    ("amavisd", "filter", 10_024, Scope::Loopback, Greets::With("220 ")),
    ("amavisd", "filter-out", 10_026, Scope::Loopback, Greets::With("220 ")),
    ("amavisd", "filter-check", 10_027, Scope::Loopback, Greets::With("220 ")),
    ("postfix", "filtered", 10_025, Scope::Loopback, Greets::With("220 ")),
];

const FILTER_ELSEWHERE: &[Line] = &[("postfix", "filtered", 10_025, Scope::Bind, Greets::With("220 "))];

/// Browsers open no page there, and it is where 80 comes to lie by default (Fetch §2.9 "bad port").
const BAD_PORT: u16 = 10_080;
/// Moves with the others: a second port for the web where browsers refuse the first.
const ALTERNATIVE: Line = ("mailboxd", "http", 8080, Scope::Bind, Greets::Http("/readyz"));

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub component: &'static str,
    pub service: &'static str,
    pub address: SocketAddr,
    pub greets: Greets,
}

/// What listens beside mailboxd in the appliance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Postfix.
    pub mta: bool,
    pub filter: Filter,
}

/// What is between Postfix and Postfix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    None,
    Own,
    Elsewhere,
}

impl Default for Shape {
    fn default() -> Shape {
        Shape { mta: true, filter: Filter::Own }
    }
}

pub fn endpoints(profile: Profile, shape: Shape, bind: IpAddr, offset: u16) -> Result<Vec<Endpoint>> {
    let is_refused = offset == BAD_PORT - 80;
    let mail = match profile {
        Profile::Embedded => SMTP_ENGINE,
        Profile::Appliance if shape.mta => POSTFIX,
        Profile::Appliance => &[],
    };
    let filter: &[Line] = match (profile, shape.filter) {
        (Profile::Embedded, _) | (_, Filter::None) => &[],
        (_, Filter::Own) => FILTER,
        (_, Filter::Elsewhere) => FILTER_ELSEWHERE,
    };
    mail.iter()
        .chain(MAILBOXD)
        .chain(filter)
        .chain(is_refused.then_some(&ALTERNATIVE))
        .map(|&(component, service, port, scope, greets)| {
            let Some(port) = port.checked_add(offset) else {
                bail!(
                    "--port-offset {offset} is too large: {service} would need port {}",
                    u32::from(port) + u32::from(offset)
                );
            };
            let host = if scope == Scope::Loopback { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { bind };
            Ok(Endpoint { component, service, address: SocketAddr::new(host, port), greets })
        })
        .collect()
}

/// While the machine is not set up: the web's ports are the installer's, nothing else is open to the network.
pub fn while_installing(endpoints: Vec<Endpoint>) -> Vec<Endpoint> {
    let own = endpoints.into_iter().filter(|endpoint| endpoint.component == "mailboxd");
    let hidden = own.filter(|endpoint| !matches!(endpoint.service, "smtp" | "submission"));
    hidden
        .map(|endpoint| match endpoint.service {
            "http" | "https" => Endpoint { component: "installer", ..endpoint },
            _ => {
                let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
                Endpoint { address: SocketAddr::new(loopback, endpoint.address.port()), ..endpoint }
            }
        })
        .collect()
}

/// Where a browser finds the web client, without TLS.
pub fn for_browsers(endpoints: &[Endpoint]) -> Option<&Endpoint> {
    endpoints.iter().find(|endpoint| endpoint.service == "http" && endpoint.address.port() != BAD_PORT)
}

impl Endpoint {
    /// Where a client on this machine reaches it.
    pub fn local(&self) -> SocketAddr {
        let host = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            // An IPv6 wildcard takes IPv4 too (ipv6(7), bindv6only is 0 by default) but not the other way round.
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        SocketAddr::new(host, self.address.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_move_together_and_what_trusts_stays_on_the_loopback() {
        let all = endpoints(Profile::Embedded, Shape::default(), "0.0.0.0".parse().unwrap(), 20_000).unwrap();
        let of = |name| all.iter().find(|e| e.service == name).unwrap().address.to_string();
        assert_eq!(of("imap"), "0.0.0.0:20143");
        assert_eq!(of("lmtp"), "127.0.0.1:27025");
        assert_eq!(of("metrics"), "127.0.0.1:29464");
        assert!(endpoints(Profile::Embedded, Shape::default(), "::1".parse().unwrap(), 60_000).is_err());
    }

    #[test]
    fn until_it_is_set_up_only_the_installer_is_on_the_network() {
        for profile in [Profile::Embedded, Profile::Appliance] {
            let all = endpoints(profile, Shape::default(), "0.0.0.0".parse().unwrap(), 0).unwrap();
            let open = while_installing(all).into_iter().filter(|e| !e.address.ip().is_loopback());
            let open: Vec<String> = open.map(|e| format!("{} {}", e.component, e.address.port())).collect();
            assert_eq!(open, ["installer 80", "installer 443"]);
        }
    }

    #[test]
    fn there_is_always_a_port_that_browsers_open() {
        for (offset, port) in [(0, 80), (10_000, 18_080), (20_000, 20_080)] {
            let all = endpoints(Profile::Embedded, Shape::default(), "127.0.0.1".parse().unwrap(), offset).unwrap();
            assert_eq!(for_browsers(&all).unwrap().address.port(), port);
            assert!(all.iter().any(|e| e.service == "http" && e.address.port() == 80 + offset));
        }
    }
}
