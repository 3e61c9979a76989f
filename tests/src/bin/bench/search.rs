// SPDX-License-Identifier: AGPL-3.0-or-later
//! Search in one large mailbox, over IMAP, as a person would wait for it.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::Server;
use super::table::{Table, milliseconds};
use anyhow::{Result, bail};
use demo::Profile;
use posthouse_tests::imap::Imap;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 8;
const FILL_MAX: Duration = Duration::from_secs(3_600);
/// Times each query is asked; the median is of these.
const ROUNDS: usize = 20;
/// Longer than this, and a query is asked once only.
const PATIENCE: Duration = Duration::from_secs(1);

pub fn run(servers: &[Server], messages: u64) -> Result<()> {
    let pool = Pool::new(Profile::Small);
    let messages = usize::try_from(messages)?;
    for server in servers {
        eprintln!("  filling a mailbox of {messages} messages: {}", server.name);
        let load = Load { pool: &pool, connections: CONNECTIONS, recipients: 1, time: FILL_MAX, messages, users: 1 };
        let done = deliver(server, &load)?;
        if done.messages != messages as u64 {
            bail!("{} took {} messages of {messages} in {:?}", server.name, done.messages, done.elapsed);
        }
        server.settle()?;
    }
    let mut table = Table::new(
        &format!("Search in a mailbox of {messages} messages (UID SEARCH, time to the answer)"),
        &["", "query", "hits", "p50 ms", "worst ms"],
    );
    for query in queries() {
        for server in servers {
            let mut imap = Imap::login(server.imap, &Server::user(0), server.password)?;
            imap.select("INBOX")?;
            let (mut times, mut hits) = (Vec::new(), 0);
            for _ in 0..ROUNDS {
                let clock = Instant::now();
                hits = imap.search(&query)?.len();
                times.push(clock.elapsed());
                if clock.elapsed() > PATIENCE {
                    break;
                }
            }
            let worst = milliseconds(&mut times.clone(), 1.0);
            table.row(vec![server.name.clone(), query.clone(), hits.to_string(), milliseconds(&mut times, 0.5), worst]);
        }
    }
    table.print();
    Ok(())
}

/// The pool repeats itself, so a word of one message is in every 400th.
fn queries() -> Vec<String> {
    let rare = demo::corpus_needle(1, 7);
    vec![
        format!("BODY {rare}"),
        "BODY absentword".into(),
        "TEXT ment".into(),
        format!("OR BODY {rare} SUBJECT {}", demo::corpus_needle(1, 8)),
        "FROM anna.schmidt".into(),
        "SUBJECT ment".into(),
        "UNSEEN FROM build".into(),
        "UNSEEN".into(),
        "SINCE 1-Jan-2026 LARGER 29000".into(),
    ]
}
