// SPDX-License-Identifier: AGPL-3.0-or-later
//! The whole appliance: messages from port 25 to mailboxes, with and without scanners; how long it takes to get ready; what
//! each component costs in memory when nothing happens; and where a message spends its time, from Postfix's own log.

use super::corpus::Pool;
use super::table::{Table, mebibytes};
use anyhow::{Context, Result, bail};
use demo::Profile;
use posthouse_tests::appliance::net::FRIEND;
use posthouse_tests::appliance::{Appliance, PEOPLE, Setup, address};
use posthouse_tests::wait::until;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 8;
const ARRIVAL_MAX: Duration = Duration::from_secs(1_800);
/// Name, spam filter, virus scanner, and a share of the messages: scanning takes a hundred times longer.
const KINDS: [(&str, bool, bool, usize); 3] =
    [("no scanner", false, false, 10), ("viruses", false, true, 2), ("spam and viruses", true, true, 1)];

/// `messages`: to the slowest kind; the others get more.
pub fn run(messages: usize) -> Result<()> {
    let pool = Pool::new(Profile::Small);
    let mut rates = Table::new(
        "From port 25 to mailboxes, 4 to 30 KB, one recipient, 8 connections",
        &["", "ready s", "messages", "taken/s", "in mailboxes/s"],
    );
    let mut stages = Table::new(
        "Where a message is, ms: mean of all (postconf(5), delay_logging_resolution_limit)",
        &["", "taken in", "waits for the filter", "in the filter", "waits for delivery", "delivery"],
    );
    let mut memory = Table::new("Memory when idle, MiB (PSS)", &["", "component", "MiB"]);
    for (name, antispam, antivirus, share) in KINDS {
        let setup = Setup { antispam, antivirus, dns: false, postfix: LIMITS, ..Setup::default() };
        let mut appliance = Appliance::prepare(&setup)?;
        let begun = Instant::now();
        appliance.up()?;
        let ready = begun.elapsed();
        appliance.populate(setup.dns)?;
        idle(&appliance, name, &mut memory)?;
        let count = messages * share;
        let before = items(&appliance)?;
        let begun = Instant::now();
        send(&appliance, &pool, count)?;
        let taken = begun.elapsed();
        until("all messages in their mailboxes", ARRIVAL_MAX, || Ok(items(&appliance)? >= before + count as u64))?;
        let arrived = begun.elapsed();
        let rate = |time: Duration| format!("{:.1}", count as f64 / time.as_secs_f64());
        let seconds = format!("{:.1}", ready.as_secs_f64());
        rates.row(vec![name.into(), seconds, count.to_string(), rate(taken), rate(arrived)]);
        stages.row(stages_of(name, &appliance.log("postfix")));
        appliance.finish()?;
    }
    rates.print();
    stages.print();
    memory.print();
    Ok(())
}

/// One machine sends all of it.
const LIMITS: &str = "smtpd_client_connection_count_limit = 0\n";

fn send(appliance: &Appliance, pool: &Pool, count: usize) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        let mut smtp = appliance.smtp(FRIEND)?;
        let mut bytes = Vec::new();
        loop {
            let n = next.fetch_add(1, Relaxed);
            if n >= count {
                return Ok(());
            }
            bytes.clear();
            pool.next().write(&mut bytes);
            let to = address(PEOPLE[n % PEOPLE.len()]);
            let sent = smtp.send("friend@example.net", &[&to], &bytes)?;
            if !sent.is_taken() {
                bail!("{sent:?}");
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let Ok(result) = worker.join() else { bail!("a sender panicked") };
            result?;
        }
        Ok(())
    })
}

fn items(appliance: &Appliance) -> Result<u64> {
    let stats: serde_json::Value = serde_json::from_str(&appliance.ok(&["store", "stats", "--json"])?)?;
    stats["items"].as_u64().with_context(|| stats.to_string())
}

fn idle(appliance: &Appliance, name: &str, table: &mut Table) -> Result<()> {
    let status = appliance.status()?;
    for component in status["components"].as_array().into_iter().flatten() {
        let bytes = component["memory_bytes"].as_u64().unwrap_or(0);
        table.row(vec![name.into(), component["name"].as_str().unwrap_or_default().into(), mebibytes(bytes)]);
    }
    table.row(vec![name.into(), "all".into(), mebibytes(status["memory_bytes"].as_u64().unwrap_or(0))]);
    Ok(())
}

/// `delays=a/b/c/d`: before the queue manager, in the queue, connection, transmission. The filter's line is the first half of
/// a message's way, the delivery's the second.
fn stages_of(name: &str, log: &str) -> Vec<String> {
    let mut sums: BTreeMap<&str, [f64; 5]> = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains("status=sent")) {
        let kind = match () {
            () if line.contains("postfix/filter/") => "filter",
            () if line.contains("postfix/lmtp[") => "delivery",
            () => continue,
        };
        let Some(delays) = line.split("delays=").nth(1).and_then(|rest| rest.split(',').next()) else { continue };
        let sum = sums.entry(kind).or_default();
        sum[4] += 1.0;
        for (at, part) in delays.split('/').take(4).enumerate() {
            sum[at] += part.parse::<f64>().unwrap_or(0.0);
        }
    }
    let mean = |kind: &str, parts: &[usize]| match sums.get(kind) {
        Some(sum) => format!("{:.0}", parts.iter().map(|at| sum[*at]).sum::<f64>() / sum[4] * 1e3),
        None => "-".into(),
    };
    let first = if sums.contains_key("filter") { "filter" } else { "delivery" };
    vec![
        name.into(),
        mean(first, &[0]),
        mean("filter", &[1]),
        mean("filter", &[2, 3]),
        mean("delivery", &[1]),
        mean("delivery", &[2, 3]),
    ]
}
