// SPDX-License-Identifier: AGPL-3.0-or-later
//! Pre-authentication, as Zimbra documents it: a portal that shares a domain's key (zimbraPreAuthKey) vouches for who has logged in
//! to it. What it signs is good for five minutes around its time stamp.

use crate::entry::Kind;
use crate::look::Need;
use crate::{Account, Attrs, Directory, Error, Result, name};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::net::IpAddr;

pub const KEY: &str = "zimbraPreAuthKey";
const KEY_BYTES: usize = 32;
const SKEW_MS: u64 = 5 * 60 * 1_000;

/// What a portal says, and its HMAC-SHA1 (hexadecimal) over `account|by|expires|timestamp`, or `account|admin|by|…`.
#[derive(Debug, Clone)]
pub struct Preauth {
    /// As it was signed.
    pub account: String,
    /// "name", "id" or "foreignPrincipal".
    pub by: String,
    /// For the administrators' port.
    pub admin: bool,
    /// When the session ends, in ms since 1970; 0: after the usual time.
    pub expires_ms: i64,
    pub timestamp_ms: i64,
    pub mac: String,
}

impl Directory {
    /// The account, if its domain's key signed this just now and it may log in. Blocking.
    pub fn preauthenticated(&self, said: &Preauth, now_ms: i64, peer: Option<IpAddr>) -> Result<Account> {
        let named = self.preauth_name(said)?;
        let shown = named.as_deref().unwrap_or(&said.account);
        if self.is_slowed(shown, peer) {
            return Err(Error::AuthFailed);
        }
        let key = named.as_deref().map(|name| self.preauth_key(name)).transpose()?.flatten();
        let is_fresh =
            said.timestamp_ms.abs_diff(now_ms) <= SKEW_MS && (said.expires_ms == 0 || said.expires_ms > now_ms);
        match named.as_deref().filter(|_| key.is_some_and(|key| said.is_signed_by(&key)) && is_fresh) {
            Some(name) => self.vouched(name, "", peer),
            None => {
                self.refused(shown, peer);
                Err(Error::AuthFailed)
            }
        }
    }

    /// A new key for a domain, in hexadecimal: portals that have the old one vouch for nobody from then on. One that is there is
    /// replaced only by `force`.
    pub fn generate_preauth_key(&self, domain: &str, force: bool) -> Result<String> {
        let found = self.domain(domain)?.ok_or_else(|| Error::NoSuchDomain(domain.to_owned()))?;
        if !force && found.attrs.contains_key(KEY) {
            return Err(Error::invalid("request (the domain has a key: -f makes another one)", KEY));
        }
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| Error::Unavailable(format!("random numbers: {error}")))?;
        let key: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.modify_domain(domain, Attrs::from([(KEY.to_owned(), vec![key.clone()])]))?;
        Ok(key)
    }

    /// The address that is meant.
    fn preauth_name(&self, said: &Preauth) -> Result<Option<String>> {
        Ok(match said.by.as_str() {
            "name" => self.login_name(&said.account)?,
            "id" => self.account_by_id(&said.account)?.map(|account| account.name),
            "foreignPrincipal" => {
                let found = self.one(&[Kind::Account], &["zimbraForeignPrincipal"], &said.account)?;
                found.map(|entry| entry.name)
            }
            _ => None,
        })
    }

    fn preauth_key(&self, address: &str) -> Result<Option<String>> {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        let entry = name::domain(domain).map(|domain| self.domain_entry(&domain, Need::Now)).transpose()?.flatten();
        Ok(entry.and_then(|entry| entry.attr(KEY).filter(|key| !key.is_empty()).map(str::to_owned)))
    }
}

impl Preauth {
    /// Compares in constant time.
    fn is_signed_by(&self, key: &str) -> bool {
        let Some(mac) = unhex(&self.mac) else { return false };
        let Ok(mut hmac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return false };
        let admin = if self.admin { "1|" } else { "" };
        hmac.update(
            format!("{}|{admin}{}|{}|{}", self.account, self.by, self.expires_ms, self.timestamp_ms).as_bytes(),
        );
        hmac.verify_slice(&mac).is_ok()
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    if text.is_empty() || !digits.remainder().is_empty() {
        return None;
    }
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.map(|two| Some(digit(two[0])? << 4 | digit(two[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "6b7ead4bd425836e8cf0079cd6c1a05acc127acd07c8ee4b61023e19250e929c";

    fn said(mac: &str) -> Preauth {
        Preauth {
            account: "john.doe@domain.com".into(),
            by: "name".into(),
            admin: false,
            expires_ms: 0,
            timestamp_ms: 1_135_280_708_088,
            mac: mac.into(),
        }
    }

    #[test]
    fn the_example_of_the_documentation() {
        assert!(said("b248f6cfd027edd45c5369f8490125204772f844").is_signed_by(KEY));
        assert!(said("B248F6CFD027EDD45C5369F8490125204772F844").is_signed_by(KEY));
    }

    #[test]
    fn nothing_else_is_signed() {
        for mac in
            ["", "b248", "zz48f6cfd027edd45c5369f8490125204772f844", "b248f6cfd027edd45c5369f8490125204772f845", "é"]
        {
            assert!(!said(mac).is_signed_by(KEY), "{mac}");
        }
        let right = "b248f6cfd027edd45c5369f8490125204772f844";
        assert!(!said(right).is_signed_by("another"));
        assert!(!Preauth { admin: true, ..said(right) }.is_signed_by(KEY));
        assert!(!Preauth { expires_ms: 1, ..said(right) }.is_signed_by(KEY));
        assert!(!Preauth { by: "id".into(), ..said(right) }.is_signed_by(KEY));
    }
}
