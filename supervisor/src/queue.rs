// SPDX-License-Identifier: AGPL-3.0-or-later
//! Postfix's queue, by its own programs: postqueue(1) says what waits, postsuper(1) holds it, lets it go on or deletes it.

use crate::engine::command;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Messages that are told of; the others are counted.
const LISTED_MAX: usize = 5_000;
/// Recipients of one message that are told of.
const RECIPIENTS_MAX: usize = 50;
/// In one request.
const IDS_MAX: usize = 5_000;
/// postqueue(1) knows shorter and longer ones; above all, `ALL` is none.
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 6..=32;
const REASON_CHARS_MAX: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Hold,
    Release,
    Requeue,
    Delete,
}

impl Action {
    fn option(self) -> &'static str {
        match self {
            Action::Hold => "-h",
            Action::Release => "-H",
            Action::Requeue => "-r",
            Action::Delete => "-d",
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Queue {
    pub messages: Vec<Message>,
    /// Also of those that are not told of, by the name of their queue.
    pub total: std::collections::BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    pub id: String,
    /// maildrop, incoming, active, deferred, hold
    pub queue: String,
    /// Seconds since 1970.
    pub arrived: u64,
    pub size: u64,
    /// Empty: a bounce.
    pub from: String,
    pub recipients: Vec<Recipient>,
    /// How many there are.
    pub recipient_count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    pub address: String,
    /// Why it was not delivered yet; empty: it was not tried.
    pub why: String,
}

/// As `postqueue -j` writes it, an object a line.
#[derive(Deserialize)]
struct Line {
    queue_name: String,
    queue_id: String,
    #[serde(default)]
    arrival_time: u64,
    #[serde(default)]
    message_size: u64,
    #[serde(default)]
    sender: String,
    #[serde(default)]
    recipients: Vec<LineRecipient>,
}

#[derive(Deserialize)]
struct LineRecipient {
    #[serde(default)]
    address: String,
    #[serde(default)]
    delay_reason: String,
}

/// `conf`: the directory of Postfix's configuration.
pub fn list(conf: &str) -> Result<Queue> {
    let listed = command("postqueue", &["-c", conf, "-j"], None, None)?;
    parse(&listed)
}

/// Messages that have gone meanwhile are no error. Answers how many were found.
pub fn act(conf: &str, action: Action, ids: &[String]) -> Result<u64> {
    if ids.len() > IDS_MAX {
        bail!("more than {IDS_MAX} messages in one request");
    }
    if let Some(id) = ids.iter().find(|id| !is_id(id)) {
        bail!("\"{}\" is no queue id", id.escape_debug());
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let found = list(conf)?;
    let there = ids.iter().filter(|id| found.messages.iter().any(|message| message.id == **id)).count();
    command("postsuper", &["-c", conf, action.option(), "-"], Some(&(ids.join("\n") + "\n")), None)?;
    // What was let go is tried now and not at its next turn.
    if matches!(action, Action::Release | Action::Requeue) {
        flush(conf)?;
    }
    Ok(there as u64)
}

/// Everything is tried again now, but what is held.
pub fn flush(conf: &str) -> Result<()> {
    command("postqueue", &["-c", conf, "-f"], None, None).map(drop)
}

fn parse(listed: &[u8]) -> Result<Queue> {
    let mut queue = Queue::default();
    for line in listed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Line = serde_json::from_slice(line).context("postqueue -j")?;
        *queue.total.entry(line.queue_name.clone()).or_default() += 1;
        if queue.messages.len() < LISTED_MAX {
            queue.messages.push(message(line));
        }
    }
    Ok(queue)
}

fn message(line: Line) -> Message {
    let recipient_count = line.recipients.len();
    let recipient = |one: LineRecipient| Recipient {
        address: one.address,
        why: one.delay_reason.chars().take(REASON_CHARS_MAX).collect(),
    };
    Message {
        id: line.queue_id,
        queue: line.queue_name,
        arrived: line.arrival_time,
        size: line.message_size,
        from: if line.sender == "MAILER-DAEMON" { String::new() } else { line.sender },
        recipients: line.recipients.into_iter().take(RECIPIENTS_MAX).map(recipient).collect(),
        recipient_count,
    }
}

fn is_id(id: &str) -> bool {
    ID_LENGTHS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postqueue_writes_is_read() {
        let listed = br#"{"queue_name": "deferred", "queue_id": "4Ttq3Z2xjgz9v", "arrival_time": 1795466760, "message_size": 412, "forced_expire": false, "sender": "ann@a.test", "recipients": [{"address": "x@b.test", "delay_reason": "connect to b.test[192.0.2.7]:25: Connection refused"}, {"address": "y@c.test"}]}
{"queue_name": "hold", "queue_id": "8B1C2D3E4F", "arrival_time": 1795466761, "message_size": 9, "sender": "MAILER-DAEMON", "recipients": []}
"#;
        let queue = parse(listed).unwrap();
        assert_eq!(
            queue.total.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>(),
            ["deferred 1", "hold 1"]
        );
        let first = &queue.messages[0];
        assert_eq!((first.id.as_str(), first.from.as_str(), first.recipient_count), ("4Ttq3Z2xjgz9v", "ann@a.test", 2));
        assert!(first.recipients[0].why.contains("refused") && first.recipients[1].why.is_empty());
        assert_eq!(queue.messages[1].from, "");
        assert_eq!(parse(b"").unwrap(), Queue::default());
        assert!(parse(b"postqueue: fatal").is_err());
    }

    #[test]
    fn a_long_queue_is_counted_and_not_told_of() {
        let line = |n: usize| format!("{{\"queue_name\": \"active\", \"queue_id\": \"{n:010}\"}}\n");
        let queue = parse((0..LISTED_MAX + 3).map(line).collect::<String>().as_bytes()).unwrap();
        assert_eq!((queue.messages.len(), queue.total["active"]), (LISTED_MAX, LISTED_MAX as u64 + 3));
    }

    #[test]
    fn only_ids_are_ids() {
        for bad in ["", "ALL", "-d", "4Ttq3Z 2xjgz9v", "4Ttq3Z2xj\nALL", "../../etc", "ALL deferred", "é4Ttq3Z2x"] {
            assert!(!is_id(bad), "{bad}");
            assert!(act("/nonexistent", Action::Delete, &[bad.to_owned()]).is_err());
        }
        assert!(is_id("4Ttq3Z2xjgz9v") && is_id("8B1C2D3E4F"));
        let many = vec!["8B1C2D3E4F".to_owned(); IDS_MAX + 1];
        assert!(act("/nonexistent", Action::Hold, &many).unwrap_err().to_string().contains("more than"));
    }
}
