// SPDX-License-Identifier: AGPL-3.0-or-later
//! Octets on disk for each octet of mail, when all is written, indexed and checkpointed. What the journal keeps for reuse is
//! bounded and does not grow with the mail: it stands in a column of its own.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::{Kind, Server, USERS};
use super::table::{Table, mebibytes};
use super::usage;
use anyhow::Result;
use demo::Profile;
use std::time::Duration;

const FILL_MAX: Duration = Duration::from_secs(300);
const SMALL: usize = 10_000;
const MIX: usize = 1_500;
const RECIPIENTS: usize = 50;

/// `fresh`: servers without mail, for each row new ones.
pub fn run(fresh: impl Fn() -> Result<Vec<Server>>) -> Result<()> {
    let mut table = Table::new(
        "Disk, metadata and search index included",
        &["", "what", "mail MiB", "disk MiB", "disk/mail", "and journal MiB"],
    );
    for (profile, messages, recipients, what) in [
        (Profile::Small, SMALL, 1, "4 to 30 KB"),
        (Profile::Mix, MIX, 1, "the mix"),
        (Profile::Mix, MIX / RECIPIENTS, RECIPIENTS, "the mix, 50 recipients each"),
    ] {
        let pool = Pool::new(profile);
        for server in &fresh()? {
            let load =
                Load { pool: &pool, connections: 8, recipients: 1, time: FILL_MAX, messages: USERS, users: USERS };
            // Dovecot hangs up on a message to fifty users none of whom has a mailbox yet
            let first = deliver(server, &load)?.octets;
            let mail = first + deliver(server, &Load { recipients, messages, ..load })?.octets * recipients as u64;
            server.settle()?;
            let mut journal = 0;
            if let Kind::Ours { daemon, .. } = &server.kind {
                daemon.checkpoint()?;
                journal = usage::disk(&server.data.join("journal"))?;
            }
            nix::unistd::sync();
            let disk = usage::disk(&server.data)?.saturating_sub(journal);
            table.row(vec![
                server.name.clone(),
                what.to_owned(),
                mebibytes(mail),
                mebibytes(disk),
                format!("{:.3}", disk as f64 / mail.max(1) as f64),
                mebibytes(journal),
            ]);
        }
    }
    table.print();
    Ok(())
}
