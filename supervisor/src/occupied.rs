// SPDX-License-Identifier: AGPL-3.0-or-later
//! Looks before the start whether every port is free, and if not, says who has it.

use crate::ports::{Endpoint, OFFSET_DEFAULT};
use anyhow::{Result, bail};
use std::io::ErrorKind;
use std::net::TcpListener;

pub fn check(endpoints: &[Endpoint]) -> Result<()> {
    for Endpoint { service, address, .. } in endpoints {
        let Err(error) = TcpListener::bind(address) else { continue };
        let port = address.port();
        match error.kind() {
            ErrorKind::AddrInUse => {
                let who = owner(port).map_or_else(String::new, |who| format!(" by {who}"));
                bail!("port {port} ({service}) is in use{who}; stop that, or move all ports with --port-offset N");
            }
            ErrorKind::PermissionDenied => {
                bail!("port {port} ({service}) may only be used by root; use --port-offset {OFFSET_DEFAULT}")
            }
            _ => bail!("can't listen on {address} ({service}): {error}; choose another address with --bind"),
        }
    }
    Ok(())
}

/// Without a connection to it.
pub fn is_listening(port: u16) -> bool {
    !inodes(port).is_empty()
}

fn inodes(port: u16) -> Vec<u64> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().filter_map(|table| std::fs::read_to_string(table).ok());
    tables.flat_map(|table| listening_inodes(&table, port)).collect()
}

/// "dovecot (process 123)", as far as /proc lets us see it.
fn owner(port: u16) -> Option<String> {
    let inodes: Vec<String> = inodes(port).iter().map(|inode| format!("socket:[{inode}]")).collect();
    for process in std::fs::read_dir("/proc").ok()?.flatten() {
        // "self" and its like would tell less.
        let Ok(id) = process.file_name().to_string_lossy().parse::<u32>() else { continue };
        let path = process.path();
        let Ok(descriptors) = std::fs::read_dir(path.join("fd")) else { continue };
        let holds = descriptors
            .flatten()
            .filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .any(|target| inodes.iter().any(|inode| target.as_os_str() == inode.as_str()));
        if holds {
            let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
            return Some(format!("{} (process {id})", name.trim()));
        }
    }
    None
}

/// Inodes of the listening sockets on `port`, from the text of /proc/net/tcp (proc(5)).
fn listening_inodes(table: &str, port: u16) -> Vec<u64> {
    const LISTEN: &str = "0A";
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, local_port) = fields.get(1)?.rsplit_once(':')?;
        let matches = u16::from_str_radix(local_port, 16).ok()? == port && *fields.get(3)? == LISTEN;
        if matches { fields.get(9)?.parse().ok() } else { None }
    };
    table.lines().skip(1).filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Greets;

    #[test]
    fn an_occupied_port_is_named_with_its_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint = Endpoint { component: "mailboxd", service: "imap", address, greets: Greets::Accept };
        let message = check(std::slice::from_ref(&endpoint)).unwrap_err().to_string();
        assert!(message.contains(&format!("port {} (imap)", address.port())), "{message}");
        assert!(message.contains(&format!("(process {})", std::process::id())), "{message}");
        assert!(is_listening(address.port()));
        drop(listener);
        assert!(!is_listening(address.port()));
        check(&[endpoint]).unwrap();
    }

    #[test]
    fn lines_that_make_no_sense_are_skipped() {
        let table = "header\n   0: 0100007F:008F 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 1\n\
            1: 0100007F:008F 0100007F:1234 01 0 0 0 0 0 4712 1\ngarbage\n2: nonsense\n";
        assert_eq!(listening_inodes(table, 143), [4711]);
    }
}
