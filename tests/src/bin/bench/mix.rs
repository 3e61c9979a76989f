// SPDX-License-Identifier: AGPL-3.0-or-later
//! IMAP as mail clients use it: each connection has a mailbox of 500 messages selected and asks in turn.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::Server;
use super::table::{Table, milliseconds};
use super::usage;
use anyhow::{Result, bail};
use demo::Profile;
use posthouse_tests::imap::Imap;
use std::time::{Duration, Instant};

const MAILBOXES: usize = 10;
const MESSAGES: usize = 500;
const PAGE: usize = 50;
const CONNECTIONS: [usize; 2] = [8, 32];
const FILL_MAX: Duration = Duration::from_secs(300);

#[derive(Clone, Copy)]
enum Operation {
    Page,
    Body,
    Store,
    Search,
}

const ALL: [(Operation, &str); 4] = [
    (Operation::Page, "FETCH of a page of 50"),
    (Operation::Body, "FETCH of a body"),
    (Operation::Store, "STORE of a flag"),
    (Operation::Search, "SEARCH by flag and date"),
];

pub fn run(servers: &[Server], time: Duration) -> Result<()> {
    let pool = Pool::new(Profile::Small);
    for server in servers {
        let messages = MAILBOXES * MESSAGES;
        deliver(
            server,
            &Load { pool: &pool, connections: 8, recipients: 1, time: FILL_MAX, messages, users: MAILBOXES },
        )?;
        server.settle()?;
    }
    let mut table = Table::new(
        &format!("IMAP, {MAILBOXES} mailboxes of {MESSAGES} messages, no TLS"),
        &["", "", "conn.", "operations/s", "p50 ms", "p99 ms", "CPU ms/operation"],
    );
    for (operation, what) in ALL {
        for connections in CONNECTIONS {
            for server in servers {
                let mut row = vec![server.name.clone(), what.to_owned()];
                row.extend(cell(server, operation, connections, time)?);
                table.row(row);
            }
        }
    }
    table.print();
    Ok(())
}

fn cell(server: &Server, operation: Operation, connections: usize, time: Duration) -> Result<Vec<String>> {
    let mut sessions = Vec::new();
    for at in 0..connections {
        let mut imap = Imap::login(server.imap, &Server::user(at % MAILBOXES), server.password)?;
        imap.select("INBOX")?;
        sessions.push(imap);
    }
    let (begun, cpu) = (Instant::now(), usage::cpu(server.pid));
    let work = |mut imap: Imap, at: usize| -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        let mut n = at * 37;
        while begun.elapsed() < time {
            let clock = Instant::now();
            imap.ok(&command(operation, n))?;
            times.push(clock.elapsed());
            n += 7;
        }
        Ok(times)
    };
    let mut times = Vec::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            sessions.into_iter().enumerate().map(|(at, imap)| scope.spawn(move || work(imap, at))).collect();
        for worker in workers {
            let Ok(result) = worker.join() else { bail!("a client panicked") };
            times.extend(result?);
        }
        Ok(())
    })?;
    let (elapsed, used) = (begun.elapsed(), usage::cpu(server.pid) - cpu);
    Ok(vec![
        connections.to_string(),
        format!("{:.0}", times.len() as f64 / elapsed.as_secs_f64()),
        milliseconds(&mut times.clone(), 0.5),
        milliseconds(&mut times, 0.99),
        format!("{:.3}", used.as_secs_f64() * 1e3 / times.len().max(1) as f64),
    ])
}

fn command(operation: Operation, n: usize) -> String {
    match operation {
        Operation::Page => {
            let first = 1 + n % (MESSAGES - PAGE);
            let last = first + PAGE - 1;
            let fields = "BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)]";
            format!("FETCH {first}:{last} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE {fields})")
        }
        Operation::Body => format!("FETCH {} (UID BODY.PEEK[])", 1 + n % MESSAGES),
        Operation::Store => {
            let sign = if (n / MESSAGES).is_multiple_of(2) { '+' } else { '-' };
            format!("STORE {} {sign}FLAGS (\\Flagged)", 1 + n % MESSAGES)
        }
        Operation::Search => format!("UID SEARCH UNFLAGGED SINCE {}-Jan-2026", 1 + n % 28),
    }
}
