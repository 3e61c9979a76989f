// SPDX-License-Identifier: AGPL-3.0-or-later
//! What this server tells others about itself: where clients find its services, and how other servers should reach it. The DNS
//! records that we propose and the pages that we serve say the same.

use crate::config::Config;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// Ports of what clients use; None: there is no such service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    pub imap: Option<u16>,
    pub imaps: Option<u16>,
    pub submission: Option<u16>,
    pub submissions: Option<u16>,
}

/// RFC 8314 §7.3 and RFC 6409.
const IMAPS: u16 = 993;
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

impl Ports {
    pub fn of(config: &Config) -> Ports {
        let first = |addresses: &[SocketAddr]| addresses.first().map(SocketAddr::port);
        let imaps = first(&config.listen.imaps);
        // Postfix takes submissions then, and asks us about logins; its ports move together with ours.
        let moved = config.sasl.as_ref().and(imaps).map(|port| port.saturating_sub(IMAPS));
        Ports {
            imap: first(&config.listen.imap),
            imaps,
            submission: first(&config.listen.submission).or(moved.map(|moved| SUBMISSION.saturating_add(moved))),
            submissions: moved.map(|moved| SUBMISSIONS.saturating_add(moved)),
        }
    }
}

/// RFC 8461 §3.2. Testing: who can't reach us by it reports that and delivers all the same.
pub fn mta_sts_policy(hostname: &str) -> String {
    format!("version: STSv1\r\nmode: testing\r\nmx: {hostname}\r\nmax_age: 604800\r\n")
}

/// RFC 8461 §3.1: another one for another policy.
pub fn mta_sts_id(hostname: &str) -> String {
    Sha256::digest(mta_sts_policy(hostname)).iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_postfix_move_with_ours() {
        let of = |text: &str| Ports::of(&toml::from_str(&format!("hostname = 'm.test'\n{text}")).unwrap());
        let none = Ports { imap: None, imaps: None, submission: None, submissions: None };
        assert_eq!(of("[listen]"), none);
        let own = of("[listen]\nimap = ['127.0.0.1:10143']\nsubmission = ['127.0.0.1:10587']");
        assert_eq!(own, Ports { imap: Some(10_143), submission: Some(10_587), ..none });
        let appliance = of("[listen]\nimaps = ['0.0.0.0:10993']\n[sasl]\nsocket = '/s'");
        assert_eq!((appliance.submission, appliance.submissions), (Some(10_587), Some(10_465)));
    }

    #[test]
    fn another_policy_has_another_id() {
        assert_eq!(mta_sts_id("a.test"), mta_sts_id("a.test"));
        assert_ne!(mta_sts_id("a.test"), mta_sts_id("b.test"));
        // at most 32 letters and digits
        assert!(mta_sts_id("a.test").len() <= 32 && mta_sts_id("a.test").bytes().all(|b| b.is_ascii_alphanumeric()));
    }
}
