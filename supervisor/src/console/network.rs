// SPDX-License-Identifier: AGPL-3.0-or-later
//! An address for a machine whose network gives it none: a file of systemd-networkd's, kept on the data volume, from where each
//! boot puts it into /etc.

use super::ask as ask_line;
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::process::Command;

/// Before the image's own 80-dhcp.network.
const FILE: &str = "etc/systemd/network/10-console.network";

pub fn ask(state: &StateDir) -> Result<String> {
    let address = ask_line("Address with prefix, such as 192.0.2.10/24 (empty: by DHCP): ")?;
    let text = if address.is_empty() {
        None
    } else {
        let gateway = ask_line("Gateway: ")?;
        let servers = ask_line("DNS servers, with spaces between: ")?;
        Some(render(&address, &gateway, &servers)?)
    };
    for path in [state.path.join("system").join(FILE), Path::new("/").join(FILE)] {
        put(&path, text.as_deref()).with_context(|| path.display().to_string())?;
    }
    for words in [&["reload"][..], &["reconfigure", "--all"]] {
        // `reconfigure --all` is newer than some networkctl: reload alone then does what it can.
        let _ = Command::new("networkctl").args(words).status();
    }
    Ok("The network follows in a moment.".to_owned())
}

fn put(path: &Path, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) => {
            if let Some(dir) = path.parent() {
                std::fs::create_dir_all(dir)?;
            }
            crate::state::write_mode(path, text, 0o644, None)
        }
        None => match std::fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        },
    }
}

fn render(address: &str, gateway: &str, servers: &str) -> Result<String> {
    let (ip, prefix) = network(address)?;
    let gateway: IpAddr = gateway.parse().with_context(|| format!("{gateway} is no address of a gateway"))?;
    if ip.is_ipv4() != gateway.is_ipv4() {
        bail!("{ip} and {gateway} are addresses of different kinds");
    }
    if ip == gateway {
        bail!("the gateway can't have the machine's own address");
    }
    if bits(ip) >> (width(ip) - prefix) != bits(gateway) >> (width(ip) - prefix) {
        bail!("the gateway {gateway} is not in the network {ip}/{prefix}");
    }
    let mut text = format!("[Match]\nType=ether\n\n[Network]\nAddress={ip}/{prefix}\nGateway={gateway}\n");
    for server in servers.split_whitespace() {
        let server: IpAddr = server.parse().with_context(|| format!("{server} is no address of a DNS server"))?;
        text += &format!("DNS={server}\n");
    }
    Ok(text)
}

fn network(text: &str) -> Result<(IpAddr, u32)> {
    let Some((ip, prefix)) = text.split_once('/') else { bail!("{text} has no prefix, such as /24") };
    let ip: IpAddr = ip.parse().with_context(|| format!("{ip} is no address"))?;
    let prefix: u32 = prefix.parse().with_context(|| format!("/{prefix} is no prefix"))?;
    if prefix == 0 || prefix > width(ip) {
        bail!("/{prefix} is no prefix of {ip}");
    }
    if ip.is_loopback() || ip.is_multicast() || ip.is_unspecified() {
        bail!("{ip} is no address for a machine");
    }
    Ok((ip, prefix))
}

fn width(ip: IpAddr) -> u32 {
    if ip.is_ipv4() { Ipv4Addr::BITS } else { Ipv6Addr::BITS }
}

fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_file() {
        let text = render("192.0.2.10/24", "192.0.2.1", "192.0.2.53 2001:db8::53").unwrap();
        assert_eq!(
            text,
            "[Match]\nType=ether\n\n[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\nDNS=192.0.2.53\nDNS=2001:db8::53\n"
        );
        render("2001:db8::10/64", "2001:db8::1", "").unwrap();
        render("192.0.2.10/31", "192.0.2.11", "").unwrap();
    }

    #[test]
    fn what_would_leave_the_machine_alone_is_refused() {
        for (address, gateway, servers) in [
            ("192.0.2.10", "192.0.2.1", ""),
            ("192.0.2.10/0", "192.0.2.1", ""),
            ("192.0.2.10/33", "192.0.2.1", ""),
            ("192.0.2.10/24", "198.51.100.1", ""),
            ("192.0.2.10/24", "192.0.2.10", ""),
            ("192.0.2.10/24", "2001:db8::1", ""),
            ("192.0.2.10/24", "192.0.2.1", "dns.example.com"),
            ("127.0.0.1/8", "127.0.0.2", ""),
            ("192.0.2.10/24\nDHCP=yes", "192.0.2.1", ""),
        ] {
            assert!(render(address, gateway, servers).is_err(), "{address} {gateway} {servers}");
        }
    }
}
