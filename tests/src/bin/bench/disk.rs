// SPDX-License-Identifier: AGPL-3.0-or-later
//! Octets on disk for each octet of mail, when all is written, indexed and checkpointed.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::{Kind, Server, USERS};
use super::table::{Table, mebibytes};
use super::usage;
use anyhow::Result;
use demo::Profile;
use std::time::Duration;

const FILL_MAX: Duration = Duration::from_secs(300);
const SMALL: usize = 5_000;
const MIX: usize = 1_500;
const RECIPIENTS: usize = 50;

pub fn run(servers: &[Server]) -> Result<()> {
    let mut table = Table::new(
        "Disk, everything included (journal and search index too)",
        &["", "what", "mail MiB", "disk MiB", "disk/mail"],
    );
    // mailboxes and what the journal keeps for reuse are there before the first figure
    let pool = Pool::new(Profile::Small);
    for server in servers {
        let load =
            Load { pool: &pool, connections: 8, recipients: 1, time: FILL_MAX, messages: USERS * 80, users: USERS };
        deliver(server, &load)?;
    }
    for (profile, messages, recipients, what) in [
        (Profile::Small, SMALL, 1, "4 to 30 KB"),
        (Profile::Mix, MIX, 1, "the mix"),
        (Profile::Mix, MIX / RECIPIENTS, RECIPIENTS, "the mix, 50 recipients each"),
    ] {
        let pool = Pool::new(profile);
        for server in servers {
            let before = at_rest(server)?;
            let load = Load { pool: &pool, connections: 8, recipients, time: FILL_MAX, messages, users: USERS };
            let done = deliver(server, &load)?;
            let disk = at_rest(server)?.saturating_sub(before);
            let mail = done.octets * recipients as u64;
            let ratio = format!("{:.3}", disk as f64 / mail.max(1) as f64);
            table.row(vec![server.name.clone(), what.to_owned(), mebibytes(mail), mebibytes(disk), ratio]);
        }
    }
    table.print();
    Ok(())
}

/// Octets on disk when nothing is under way and the journal has been retired.
fn at_rest(server: &Server) -> Result<u64> {
    server.settle()?;
    if let Kind::Ours(daemon) = &server.kind {
        daemon.checkpoint()?;
    }
    nix::unistd::sync();
    usage::disk(&server.data)
}
