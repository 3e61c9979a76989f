// SPDX-License-Identifier: AGPL-3.0-or-later
//! Phones that wait: many connections, each of another user, with the Inbox selected, in IDLE (RFC 2177).

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::Server;
use super::table::{Table, mebibytes};
use super::usage;
use anyhow::Result;
use demo::Profile;
use posthouse_tests::imap::Imap;
use std::time::Duration;

pub const CONNECTIONS: usize = 1_000;
const FILL_MAX: Duration = Duration::from_secs(60);
/// What a login needed for a moment is given back by then.
const REST: Duration = Duration::from_secs(3);

pub fn run(servers: &[Server]) -> Result<()> {
    let pool = Pool::new(Profile::Small);
    let mut table = Table::new(
        &format!("{CONNECTIONS} idle IMAP connections of as many users, no TLS: memory (PSS)"),
        &["", "before MiB", "with them MiB", "for them MiB", "KiB each"],
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
        let before = usage::memory(server.pid);
        let mut waiting = Vec::with_capacity(CONNECTIONS);
        for n in 0..CONNECTIONS {
            let mut imap = Imap::login(server.imap, &Server::user(n), server.password)?;
            imap.select("INBOX")?;
            imap.stream.send(b"idle IDLE\r\n")?;
            imap.stream.line()?;
            waiting.push(imap);
        }
        std::thread::sleep(REST);
        let with = usage::memory(server.pid);
        let for_them = with.saturating_sub(before);
        table.row(vec![
            server.name.clone(),
            mebibytes(before),
            mebibytes(with),
            mebibytes(for_them),
            format!("{:.1}", for_them as f64 / 1024.0 / CONNECTIONS as f64),
        ]);
    }
    table.print();
    Ok(())
}
