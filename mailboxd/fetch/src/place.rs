// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where a server is, and how to get there.

use crate::error::{Error, Result};
use crate::line::{Limits, Line};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    Cleartext,
    /// TLS from the first octet.
    Ssl,
    /// Before the login, or there is none (STARTTLS, STLS).
    StartTls,
    /// The same, if the server can.
    StartTlsIfAvailable,
}

#[derive(Debug, Clone)]
pub struct Place {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// An administrator vouches for it: it may be in this machine or in its own network.
    pub is_trusted: bool,
}

/// Which certificates are believed.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    /// Those of the system.
    pub fn system() -> Tls {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Tls::with_roots(roots)
    }

    pub fn with_roots(roots: RootCertStore) -> Tls {
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Tls(TlsConnector::from(Arc::new(config)))
    }
}

impl Place {
    /// Connects, with TLS where that comes first. Every address of the name is looked at; only those that are allowed are tried.
    pub(crate) async fn connect(&self, tls: &Tls, limits: Limits) -> Result<Line> {
        let looked_up = tokio::time::timeout(limits.wait, tokio::net::lookup_host((self.host.as_str(), self.port)));
        let found: Vec<SocketAddr> = looked_up.await.map_err(|_| Error::TimedOut)??.collect();
        let mut failed = Error::Forbidden;
        for address in found.into_iter().filter(|address| self.is_trusted || is_public(address.ip())) {
            match tokio::time::timeout(limits.wait, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let line = Line::new(stream, limits);
                    return if self.security == Security::Ssl { self.secure(line, tls).await } else { Ok(line) };
                }
                Ok(Err(error)) => failed = error.into(),
                Err(_) => failed = Error::TimedOut,
            }
        }
        Err(failed)
    }

    pub(crate) async fn secure(&self, line: Line, tls: &Tls) -> Result<Line> {
        let name = ServerName::try_from(self.host.clone()).map_err(|error| Error::Tls(error.to_string()))?;
        line.secure(&tls.0, name).await
    }
}

/// Whether an address is somewhere in the Internet, and not this machine, its network, or nowhere (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(v6),
        },
    }
}

/// IPv4 within IPv6: mapped and compatible (RFC 4291 §2.5.5), NAT64 (RFC 6052), 6to4 (RFC 3056).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] if !v6.is_loopback() && !v6.is_unspecified() => Some(v4(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let protocol = a == 192 && b == 0 && c == 0;
    !(a == 0
        || a >= 224
        || v4.is_loopback()
        || v4.is_private()
        || v4.is_link_local()
        || v4.is_documentation()
        || shared
        || benchmark
        || protocol)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let s = v6.segments();
    // global unicast is 2000::/3; of it, documentation and Teredo are no places
    (s[0] & 0xe000) == 0x2000 && !(s[0] == 0x2001 && (s[1] == 0xdb8 || s[1] < 0x200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_internet() {
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(text.parse().unwrap_or(IpAddr::V4(Ipv4Addr::new(9, 9, 9, 9)))), "{text}");
        }
        for text in ["9.9.9.9", "172.32.0.1", "100.128.0.1", "2620:fe::fe", "64:ff9b::909:909", "::ffff:9.9.9.9"] {
            assert!(is_public(text.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))), "{text}");
        }
    }
}
