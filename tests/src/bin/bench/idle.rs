// SPDX-License-Identifier: AGPL-3.0-or-later
//! Phones that wait: many connections, each of another user, with the Inbox selected, in IDLE (RFC 2177); in the clear and, to our
//! own server, over TLS.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::{Kind, Server};
use super::table::{Table, mebibytes};
use super::{tls, usage};
use anyhow::{Result, bail};
use demo::Profile;
use posthouse_tests::imap::Imap;
use std::time::Duration;

pub const CONNECTIONS: usize = 1_000;
const FILL_MAX: Duration = Duration::from_secs(60);
/// What deliveries, searches and logins needed is given back by then: search indexes that nobody asks are closed after a minute.
const REST: Duration = Duration::from_secs(90);

/// What holds a connection open.
enum Phone {
    Clear(Imap),
    Tls(Box<tls::Stream>),
}

pub fn run(servers: &[Server]) -> Result<()> {
    let pool = Pool::new(Profile::Small);
    let mut table = Table::new(
        &format!("{CONNECTIONS} idle IMAP connections of as many users: memory (PSS)"),
        &["", "", "before MiB", "with them MiB", "for them MiB", "KiB each"],
    );
    for server in servers {
        let load = Load {
            pool: &pool,
            connections: 4,
            recipients: 1,
            time: FILL_MAX,
            messages: CONNECTIONS,
            users: CONNECTIONS,
        };
        deliver(server, &load)?;
        server.settle()?;
        std::thread::sleep(REST);
        // Of both: what the first connections made the server open stays open for the second.
        let before = usage::memory(server.pid);
        for over_tls in [false, true] {
            if over_tls && matches!(server.kind, Kind::Peer { .. }) {
                continue;
            }
            table.row(measure(server, over_tls, before)?);
        }
    }
    table.print();
    Ok(())
}

fn measure(server: &Server, over_tls: bool, before: u64) -> Result<Vec<String>> {
    let waiting = phones(server, over_tls)?;
    std::thread::sleep(REST);
    let with = usage::memory(server.pid);
    let for_them = with.saturating_sub(before);
    Ok(vec![
        server.name.clone(),
        if over_tls { "TLS".into() } else { "clear".into() },
        mebibytes(before),
        mebibytes(with),
        mebibytes(for_them),
        format!("{:.1}", for_them as f64 / 1024.0 / waiting.len() as f64),
    ])
}

fn phones(server: &Server, over_tls: bool) -> Result<Vec<Phone>> {
    let config = tls::any_certificate();
    let mut waiting = Vec::with_capacity(CONNECTIONS);
    for n in 0..CONNECTIONS {
        let user = Server::user(n);
        waiting.push(if over_tls {
            let mut stream = tls::Stream::start(server.imap, &config)?;
            for command in [format!("LOGIN {user} {}", server.password), "SELECT INBOX".to_owned()] {
                stream.send(&format!("a {command}\r\n"))?;
                let answer = stream.until("a ")?;
                if !answer.starts_with("a OK") {
                    bail!("{command}: {answer}");
                }
            }
            stream.send("a IDLE\r\n")?;
            stream.until("+")?;
            Phone::Tls(Box::new(stream))
        } else {
            let mut imap = Imap::login(server.imap, &user, server.password)?;
            imap.select("INBOX")?;
            imap.stream.send(b"idle IDLE\r\n")?;
            imap.stream.line()?;
            Phone::Clear(imap)
        });
    }
    Ok(waiting)
}

impl Drop for Phone {
    fn drop(&mut self) {
        match self {
            Phone::Clear(imap) => _ = imap.stream.send(b"DONE\r\n"),
            Phone::Tls(stream) => _ = stream.send("DONE\r\n"),
        }
    }
}
