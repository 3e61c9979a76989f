// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail that comes without a pause while something breaks, and the ledger of what was taken. A client that got no answer
//! sends again, as RFC 5321 §4.5.4.1 wants it; so a duplicate is allowed, a loss is not.

use crate::appliance::mails::Mail;
use crate::appliance::net::FRIEND;
use crate::appliance::{Appliance, address};
use crate::smtp::Smtp;
use crate::wait::until;
use anyhow::{Result, bail};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

const CLIENTS: u64 = 3;
/// Whose mailboxes it fills, in turn; every tenth message goes to two of them.
const USERS: [&str; 3] = ["alice", "bob", "carol"];
/// Taken and not yet delivered, at most: the load goes at the pace of the scanners.
const BACKLOG_MAX: u64 = 40;
const DELIVERY_MAX: Duration = Duration::from_secs(600);

#[derive(Default)]
pub struct Load {
    next: AtomicU64,
    is_over: AtomicBool,
    delivered: AtomicU64,
    /// Mails: a message counts once a recipient.
    taken: AtomicU64,
    ledger: Mutex<Ledger>,
}

#[derive(Default)]
struct Ledger {
    /// Message-ID and recipients.
    taken: BTreeMap<String, Vec<&'static str>>,
    /// Sent a second time since nobody answered the first.
    again: u64,
    refused_for_good: Vec<String>,
    refused_for_now: u64,
}

#[derive(Debug)]
pub struct Report {
    pub messages: usize,
    pub mails: usize,
    pub duplicates: usize,
    pub deferred_at_smtp: u64,
    pub sent_again: u64,
}

impl Load {
    /// Runs the clients while `work` breaks things, then waits for all that was taken.
    pub fn during(appliance: &Appliance, work: impl FnOnce(&Load) -> Result<()>) -> Result<Report> {
        let load = Load::default();
        let at = appliance.at(25);
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| load.send_all(at));
            }
            let worked = work(&load);
            load.is_over.store(true, SeqCst);
            worked
        })?;
        load.settle(appliance)
    }

    pub fn messages(&self) -> u64 {
        self.ledger.lock().taken.len() as u64
    }

    /// Until this many more were taken, at the pace of delivery.
    pub fn until_more(&self, appliance: &Appliance, more: u64) -> Result<()> {
        let goal = self.messages() + more;
        until(&format!("{goal} messages taken"), DELIVERY_MAX, || {
            self.look(appliance);
            Ok(self.messages() >= goal)
        })
    }

    /// How many have arrived. What can't be asked now is asked again.
    fn look(&self, appliance: &Appliance) {
        let count = || -> Result<u64> {
            let mut sum = 0;
            for user in USERS {
                let mut imap = appliance.imap(user)?;
                imap.select("INBOX")?;
                sum += imap.search("HEADER Message-ID \"@load.test\"")?.len() as u64;
            }
            Ok(sum)
        };
        if let Ok(sum) = count() {
            self.delivered.store(sum, SeqCst);
        }
    }

    fn send_all(&self, at: SocketAddr) {
        let mut open: Option<Smtp> = None;
        while !self.is_over.load(SeqCst) {
            if self.taken.load(SeqCst) > self.delivered.load(SeqCst) + BACKLOG_MAX {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
            let n = self.next.fetch_add(1, SeqCst);
            while !self.send(n, at, &mut open) && !self.is_over.load(SeqCst) {}
        }
    }

    /// False: to be sent again.
    fn send(&self, n: u64, at: SocketAddr, open: &mut Option<Smtp>) -> bool {
        let mut mail = Mail::plain(&format!("n{n}"));
        mail.id = format!("n{n}@load.test");
        let first = USERS[n as usize % USERS.len()];
        let to = if n.is_multiple_of(10) { vec![first, USERS[(n as usize + 1) % USERS.len()]] } else { vec![first] };
        let addresses: Vec<String> = to.iter().map(|user| address(user)).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let sent = match open.as_mut() {
            Some(smtp) => smtp.send("friend@example.net", &addresses, &mail.bytes()),
            None => match Smtp::connect(FRIEND, at) {
                Ok(smtp) => {
                    let smtp = open.insert(smtp);
                    smtp.send("friend@example.net", &addresses, &mail.bytes())
                }
                Err(_) => {
                    std::thread::sleep(Duration::from_millis(100));
                    return false;
                }
            },
        };
        let mut ledger = self.ledger.lock();
        let Ok(sent) = sent else {
            // Perhaps it was taken, and the answer was lost.
            ledger.again += 1;
            *open = None;
            return false;
        };
        let answers = sent.recipients.iter().chain([&sent.last]);
        if let Some(no) = answers.clone().find(|answer| answer.code >= 500) {
            ledger.refused_for_good.push(format!("{}: {no:?}", mail.id));
            return true;
        }
        let took: Vec<&'static str> =
            to.iter().zip(&sent.recipients).filter(|(_, answer)| answer.is_ok()).map(|(user, _)| *user).collect();
        if sent.last.is_ok() {
            // To those that were not taken it would be sent again; none of them is promised anything.
            ledger.refused_for_now += (to.len() - took.len()) as u64;
            self.taken.fetch_add(took.len() as u64, SeqCst);
            ledger.taken.insert(mail.id, took);
            return true;
        }
        ledger.refused_for_now += 1;
        *open = None;
        false
    }

    /// Everything that was taken is there.
    fn settle(&self, appliance: &Appliance) -> Result<Report> {
        let ledger = self.ledger.lock();
        if let Some(no) = ledger.refused_for_good.first() {
            bail!("{} messages were refused for good, such as {no}", ledger.refused_for_good.len());
        }
        let promised: BTreeSet<(&str, &str)> =
            ledger.taken.iter().flat_map(|(id, users)| users.iter().map(|user| (*user, id.as_str()))).collect();
        let mut found = Vec::new();
        let mut missing = Vec::new();
        let arrived = until("all that was taken", DELIVERY_MAX, || {
            let Ok(all) = ids(appliance) else { return Ok(false) };
            found = all;
            let there: BTreeSet<(&str, &str)> = found.iter().map(|(user, id)| (*user, id.as_str())).collect();
            missing = promised.difference(&there).map(|(user, id)| format!("{id} for {user}")).collect();
            Ok(missing.is_empty())
        });
        if let Err(error) = arrived {
            bail!("{error}: {} of {} are missing: {missing:?}", missing.len(), promised.len());
        }
        let distinct: BTreeSet<_> = found.iter().collect();
        Ok(Report {
            messages: ledger.taken.len(),
            mails: promised.len(),
            duplicates: found.len() - distinct.len(),
            deferred_at_smtp: ledger.refused_for_now,
            sent_again: ledger.again,
        })
    }
}

/// Everything in the inboxes that is ours.
fn ids(appliance: &Appliance) -> Result<Vec<(&'static str, String)>> {
    let mut all = Vec::new();
    for user in USERS {
        let mut imap = appliance.imap(user)?;
        imap.select("INBOX")?;
        let answer = imap.ok("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")?;
        for line in answer.untagged {
            let text: String = line.literals.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
            let id = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(id, _)| id.to_owned());
            all.extend(id.filter(|id| id.ends_with("@load.test")).map(|id| (user, id)));
        }
    }
    Ok(all)
}
