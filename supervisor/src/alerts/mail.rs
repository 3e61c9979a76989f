// SPDX-License-Identifier: AGPL-3.0-or-later
//! An alert as a message. Into a mailbox of ours straight by LMTP (RFC 2033), because the queue may be what is broken; to
//! anybody else through Postfix, which keeps it until it can be sent.

use super::News;
use crate::components::{Place, Profile};
use crate::engine::command;
use crate::handover::{Protocol, hand_over};
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;

/// Where mail is handed over.
pub struct Way {
    lmtp: SocketAddr,
    /// Postfix's configuration, where there is one.
    postfix: Option<String>,
}

impl Way {
    pub fn new(place: &Place) -> Result<Way> {
        let lmtp = place.endpoints.iter().find(|endpoint| endpoint.service == "lmtp").context("no port for LMTP")?;
        let has_postfix = place.profile == Profile::Appliance;
        let conf = has_postfix.then(|| place.path("postfix/conf").display().to_string());
        Ok(Way { lmtp: lmtp.local(), postfix: conf })
    }

    /// An error if nobody at all was reached.
    pub fn send(&self, news: &News, recipients: &[String], local_domains: &[String]) -> Result<()> {
        let is_local = |address: &&String| {
            let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
            domain.is_some_and(|domain| local_domains.contains(&domain))
        };
        let message = message(news, recipients);
        let mut reached = 0;
        let mut last = None;
        for recipient in recipients.iter().filter(|address| is_plain(address)) {
            let sent = if is_local(&recipient) {
                hand_over(Protocol::Lmtp, self.lmtp, recipient, &message)
            } else {
                self.submit(recipient, &message)
            };
            match sent {
                Ok(()) => reached += 1,
                Err(error) => last = Some(error.context(recipient.clone())),
            }
        }
        match last {
            Some(error) if reached == 0 => Err(error),
            _ => Ok(()),
        }
    }

    fn submit(&self, recipient: &str, message: &str) -> Result<()> {
        let Some(conf) = &self.postfix else { bail!("mail can't leave this profile") };
        // An empty sender: nobody answers, and no bounce makes another alert.
        let words = ["-C", conf, "-i", "-f", "", "--", recipient];
        command("/usr/sbin/sendmail", &words, Some(message), None).map(drop)
    }
}

/// What may stand in a protocol line as it is.
fn is_plain(address: &str) -> bool {
    let is_fine = |c: char| c.is_alphanumeric() || "@.-_+=".contains(c);
    address.contains('@') && !address.starts_with('-') && address.chars().all(is_fine)
}

fn message(news: &News, recipients: &[String]) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    // Only ASCII goes into a header field as it is (RFC 5322 §2.2).
    let ascii: String =
        news.subject().chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    let header = [
        format!("From: Posthouse <postmaster@{}>", news.hostname),
        format!("To: {}", recipients.join(",\r\n ")),
        format!("Subject: [Posthouse] {ascii}"),
        format!("Date: {}", date(now.as_secs())),
        format!("Message-ID: <alert.{}.{}@{}>", now.as_nanos(), std::process::id(), news.hostname),
        // RFC 3834 §5
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: 8bit".to_owned(),
    ];
    format!("{}\r\n\r\n{}", header.join("\r\n"), news.text().replace('\n', "\r\n"))
}

/// RFC 5322 §3.3, in UTC.
fn date(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or_default();
    chrono::DateTime::from_timestamp(seconds, 0).map(|time| time.to_rfc2822()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_that_mail_programs_read() {
        let news =
            News { hostname: "mail.a.test".into(), alerts: vec!["disk: zu voll für Post".into()], resolved: vec![] };
        let text = message(&news, &["it@a.test".into()]);
        let (header, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(header.is_ascii() && header.contains("Subject: [Posthouse] mail.a.test: disk: zu voll f?r Post"));
        assert!(header.contains("Auto-Submitted: auto-generated") && body.contains("für"));
        assert_eq!(date(0), "Thu, 1 Jan 1970 00:00:00 +0000");
    }

    #[test]
    fn addresses_are_no_way_into_a_command_or_a_protocol() {
        assert!(is_plain("ann.b+c@a.test"));
        for bad in ["a@b>\r\nDATA", "-oQ/tmp@x", "none", "a b@c"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
