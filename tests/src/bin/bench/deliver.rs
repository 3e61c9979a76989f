// SPDX-License-Identifier: AGPL-3.0-or-later
//! Durable LMTP deliveries: from MAIL to the last answer, envelope commands pipelined as an MTA does (RFC 2920).

use super::corpus::Pool;
use super::server::{Server, USERS};
use super::table::{Table, milliseconds};
use super::usage;
use anyhow::{Result, bail};
use demo::Profile;
use posthouse_tests::lmtp::Lmtp;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Messages to each server before the first cell, so that mailboxes exist.
const WARM: usize = USERS * 2;
const RECIPIENTS: usize = 10;

/// What many connections did in a while.
pub struct Done {
    pub messages: u64,
    pub octets: u64,
    /// From the first MAIL to the last answer.
    pub elapsed: Duration,
    pub times: Vec<Duration>,
}

pub struct Load<'a> {
    pub pool: &'a Pool,
    pub connections: usize,
    pub recipients: usize,
    /// Ends at the time or at the number of messages, whichever comes first.
    pub time: Duration,
    pub messages: usize,
    /// Users that get mail.
    pub users: usize,
}

pub fn run(servers: &[Server], connections: &[usize], time: Duration) -> Result<()> {
    for (profile, what) in [(Profile::Small, "4 to 30 KB"), (Profile::Mix, "the mix, up to 4 MB")] {
        let pool = Pool::new(profile);
        for server in servers {
            let load = Load { pool: &pool, connections: 4, recipients: 1, time, messages: WARM, users: USERS };
            deliver(server, &load)?;
            server.settle()?;
        }
        for recipients in [1, RECIPIENTS] {
            let each = if recipients == 1 { String::new() } else { format!(", {recipients} recipients each") };
            let mut table = Table::new(
                &format!("LMTP, messages of {what}{each}; until searchable: with the index of all of them written"),
                &["", "conn.", "messages/s", "p50 ms", "p99 ms", "CPU ms/message", "searchable/s", "CPU ms with index"],
            );
            for &connections in connections {
                for server in servers {
                    let load = Load { pool: &pool, connections, recipients, time, messages: usize::MAX, users: USERS };
                    table.row(cell(server, &load)?);
                }
            }
            table.print();
        }
    }
    Ok(())
}

fn cell(server: &Server, load: &Load<'_>) -> Result<Vec<String>> {
    let (begun, cpu) = (Instant::now(), usage::cpu(server.pid));
    let mut done = deliver(server, load)?;
    let used = usage::cpu(server.pid) - cpu;
    server.settle()?;
    let (searchable, used_in_all) = (begun.elapsed(), usage::cpu(server.pid) - cpu);
    let a_message = |used: Duration| format!("{:.3}", used.as_secs_f64() * 1e3 / done.messages.max(1) as f64);
    let rate = |time: Duration| format!("{:.0}", done.messages as f64 / time.as_secs_f64());
    let is_peer = matches!(server.kind, super::server::Kind::Peer { .. });
    let (until, with) = match is_peer {
        // it has no index
        true => ("-".into(), "-".into()),
        false => (rate(searchable), a_message(used_in_all)),
    };
    Ok(vec![
        server.name.clone(),
        load.connections.to_string(),
        rate(done.elapsed),
        milliseconds(&mut done.times.clone(), 0.5),
        milliseconds(&mut done.times, 0.99),
        a_message(used),
        until,
        with,
    ])
}

pub fn deliver(server: &Server, load: &Load<'_>) -> Result<Done> {
    let (sent, begun) = (AtomicUsize::new(0), Instant::now());
    let work = || -> Result<(Vec<Duration>, u64)> {
        let mut lmtp = Lmtp::connect(server.lmtp)?;
        let (mut times, mut octets, mut bytes) = (Vec::new(), 0, Vec::new());
        while begun.elapsed() < load.time {
            let n = sent.fetch_add(1, Relaxed);
            if n >= load.messages {
                break;
            }
            let to: Vec<_> =
                (0..load.recipients).map(|r| Server::user((n * load.recipients + r) % load.users)).collect();
            let letter = load.pool.next();
            bytes.clear();
            letter.write(&mut bytes);
            let clock = Instant::now();
            one(&mut lmtp, &to, &bytes)?;
            times.push(clock.elapsed());
            octets += letter.len();
        }
        Ok((times, octets))
    };
    let mut done = Done { messages: 0, octets: 0, elapsed: Duration::ZERO, times: Vec::new() };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..load.connections).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let Ok(result) = worker.join() else { bail!("a sender panicked") };
            let (times, octets) = result?;
            done.times.extend(times);
            done.octets += octets;
        }
        Ok(())
    })?;
    done.elapsed = begun.elapsed();
    done.messages = done.times.len() as u64;
    Ok(done)
}

/// The corpus has no line that begins with a dot, so nothing is to be stuffed.
fn one(lmtp: &mut Lmtp, to: &[String], message: &[u8]) -> Result<()> {
    let mut envelope = String::from("MAIL FROM:<bench@corpus.test>\r\n");
    to.iter().for_each(|to| envelope += &format!("RCPT TO:<{to}>\r\n"));
    envelope += "DATA\r\n";
    lmtp.stream.send(envelope.as_bytes())?;
    for _ in 0..to.len() + 2 {
        let reply = lmtp.reply()?;
        if reply.code >= 400 {
            bail!("{reply:?}");
        }
    }
    lmtp.stream.send(message)?;
    lmtp.stream.send(b".\r\n")?;
    for _ in to {
        let reply = lmtp.reply()?;
        if !reply.is_ok() {
            bail!("{reply:?}");
        }
    }
    Ok(())
}
