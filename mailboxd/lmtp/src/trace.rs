// SPDX-License-Identifier: AGPL-3.0-or-later
//! What SMTP writes before a body: one Received field (RFC 5321 §4.4), and on submission the Date and Message-ID that are
//! missing (RFC 6409 §8). LMTP writes nothing: its bytes are stored as they came, the same for all recipients.

use crate::reply::Reply;
use chrono::{DateTime, Utc};
use directory::Account;
use std::net::IpAddr;
use uuid::Uuid;

/// RFC 5321 §6.3 wants at least 100.
const HOPS_MAX: usize = 100;

pub(crate) struct Stamp {
    pub hostname: String,
    pub greeting: String,
    pub extended: bool,
    pub peer: Option<IpAddr>,
    pub tls: bool,
    pub smtputf8: bool,
    /// Of a submission.
    pub account: Option<Account>,
    /// The only recipient.
    pub recipient: Option<String>,
}

const LOOP: Reply = Reply::new(554, "5.4.6", "Too many hops: mail is going in circles");
const NOT_YOURS: Reply = Reply::new(553, "5.7.1", "From is not an address of yours");
const HEADER_TOO_LARGE: Reply = Reply::new(552, "5.3.4", "Header is too large");

impl Stamp {
    /// The fields to write before the body that starts with `head`; `whole`: nothing follows it.
    pub fn fields(
        &self,
        head: &[u8],
        whole: bool,
        may_send_as: impl Fn(&Account, &str) -> Result<bool, Reply>,
    ) -> Result<Vec<u8>, Reply> {
        if mime::header(head, "Received").len() >= HOPS_MAX {
            return Err(LOOP);
        }
        let now = Utc::now();
        let id = Uuid::new_v4().simple().to_string();
        let mut out = self.received(&id[..16], now);
        if let Some(account) = &self.account {
            if !whole && !has_whole_header(head) {
                return Err(HEADER_TOO_LARGE);
            }
            for from in mime::summary(head).from {
                if !may_send_as(account, &from.address)? {
                    return Err(NOT_YOURS);
                }
            }
            if mime::header(head, "Date").is_empty() {
                out.push_str(&format!("Date: {}\r\n", date(now)));
            }
            if mime::header(head, "Message-ID").is_empty() {
                out.push_str(&format!("Message-ID: <{id}@{}>\r\n", self.hostname));
            }
        }
        Ok(out.into_bytes())
    }

    fn received(&self, id: &str, now: DateTime<Utc>) -> String {
        let from = match self.peer.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => format!("{} ([{ip}])", self.greeting),
            Some(IpAddr::V6(ip)) => format!("{} ([IPv6:{ip}])", self.greeting),
            None => self.greeting.clone(),
        };
        let recipient = self.recipient.as_ref().map(|r| format!("\r\n\tfor <{r}>")).unwrap_or_default();
        let (hostname, protocol, date) = (&self.hostname, self.protocol(), date(now));
        format!("Received: from {from}\r\n\tby {hostname} with {protocol} id {id}{recipient};\r\n\t{date}\r\n")
    }

    /// RFC 3848, RFC 6531 §4.3
    fn protocol(&self) -> String {
        let base = match (self.smtputf8, self.extended) {
            (true, _) => "UTF8SMTP",
            (false, true) => "ESMTP",
            (false, false) => "SMTP",
        };
        let tls = if self.tls && self.extended { "S" } else { "" };
        let auth = if self.account.is_some() { "A" } else { "" };
        format!("{base}{tls}{auth}")
    }
}

fn date(now: DateTime<Utc>) -> String {
    now.format("%a, %-d %b %Y %H:%M:%S +0000").to_string()
}

fn has_whole_header(head: &[u8]) -> bool {
    let blank = [&b"\n\r\n"[..], b"\n\n"].iter().any(|b| memchr::memmem::find(head, b).is_some());
    blank || head.starts_with(b"\r\n") || head.starts_with(b"\n")
}
