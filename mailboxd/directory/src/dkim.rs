// SPDX-License-Identifier: AGPL-3.0-or-later
//! The key that a domain's mail is signed with (RFC 6376). It is made with the domain; a new one under another selector takes
//! its place when that is wanted, and the old one stays published, as mail that it signed is still on its way.

use crate::attrs::timestamp;
use crate::entry::{Entry, Kind, now};
use crate::{Attrs, Directory, Domain, Error, Result};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const SELECTOR: &str = "DKIMSelector";
const KEY: &str = "DKIMKey";
const PUBLIC_KEY: &str = "DKIMPublicKey";
const PREVIOUS_SELECTOR: &str = "posthouseDKIMPreviousSelector";
const PREVIOUS_PUBLIC_KEY: &str = "posthouseDKIMPreviousPublicKey";
/// RFC 7468 §2.
const PEM_LINE: usize = 64;
/// Keys that one month may see.
const LETTERS: std::ops::RangeInclusive<char> = 'b'..='z';

impl Directory {
    /// A domain with a key of its own, unless `changes` bring one. Blocking: making a key takes a good part of a second.
    pub fn create_signed_domain(&self, domain: &str, changes: Attrs) -> Result<Domain> {
        self.create_domain(domain, with_key(domain, changes)?)
    }

    /// Mail from an alias domain is signed as well.
    pub fn create_signed_alias_domain(&self, alias: &str, target: &str, changes: Attrs) -> Result<Domain> {
        self.create_alias_domain(alias, target, with_key(alias, changes)?)
    }

    /// A new key, or the first one. Blocking.
    pub fn rotate_dkim(&self, domain: &str) -> Result<Domain> {
        let found = self.domain(domain)?.ok_or_else(|| Error::NoSuchDomain(domain.to_owned()))?;
        let pair = Pair::make()?;
        self.change(&[Kind::Domain], &found.id, Kind::Domain, |entry| {
            replace(entry, &pair);
            Ok(())
        })?;
        self.domain(&found.name)?.ok_or(Error::NoSuchDomain(found.name))
    }
}

fn replace(entry: &mut Entry, pair: &Pair) {
    let old = |entry: &Entry, name: &str| entry.attr(name).map(str::to_owned);
    let (selector, public) = (old(entry, SELECTOR), old(entry, PUBLIC_KEY));
    let taken: Vec<String> = [selector.clone(), old(entry, PREVIOUS_SELECTOR)].into_iter().flatten().collect();
    entry.set(SELECTOR, [free_selector(&taken)]);
    entry.set("DKIMDomain", [entry.name.clone()]);
    entry.set(KEY, [pair.private.clone()]);
    entry.set(PUBLIC_KEY, [pair.public.clone()]);
    if let (Some(selector), Some(public)) = (selector, public) {
        entry.set(PREVIOUS_SELECTOR, [selector]);
        entry.set(PREVIOUS_PUBLIC_KEY, [public]);
    }
}

fn with_key(domain: &str, mut changes: Attrs) -> Result<Attrs> {
    if changes.keys().any(|name| name.trim_start_matches(['+', '-']).eq_ignore_ascii_case(KEY)) {
        return Ok(changes);
    }
    let pair = Pair::make()?;
    let name = crate::name::domain(domain).ok_or_else(|| Error::invalid("domain name", domain))?;
    let made = [(SELECTOR, free_selector(&[])), ("DKIMDomain", name), (KEY, pair.private), (PUBLIC_KEY, pair.public)];
    // A selector that somebody wishes is his.
    let given = changes.keys().find(|key| key.eq_ignore_ascii_case(SELECTOR)).cloned();
    for (name, value) in made {
        if name != SELECTOR || given.is_none() {
            changes.insert(name.to_owned(), vec![value]);
        }
    }
    Ok(changes)
}

/// "ph202611": a person who looks at it knows how old the key is.
fn free_selector(taken: &[String]) -> String {
    let month = format!("ph{}", &timestamp(now())[..6]);
    let names = std::iter::once(month.clone()).chain(LETTERS.map(|letter| format!("{month}{letter}")));
    let mut free = names.filter(|name| !taken.contains(name));
    free.next().unwrap_or(month)
}

struct Pair {
    /// PKCS#8, PEM.
    private: String,
    /// The TXT record (RFC 6376 §3.6.1).
    public: String,
}

impl Pair {
    fn make() -> Result<Pair> {
        let failed = |_| Error::Unavailable("no RSA key could be made".into());
        // RFC 8301 §3.2: 2048 bits; a longer one does not fit into one answer of the DNS.
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
        Ok(Pair {
            private: pem(private.as_ref()),
            public: format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.as_ref())),
        })
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out + "-----END PRIVATE KEY-----\n"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn selectors_are_not_used_twice() {
        let first = free_selector(&[]);
        assert!(first.len() == 8 && first.starts_with("ph20"), "{first}");
        let second = free_selector(std::slice::from_ref(&first));
        assert_eq!(second, format!("{first}b"));
        assert_eq!(free_selector(&[first.clone(), second]), format!("{first}c"));
    }

    #[test]
    fn a_key_that_was_given_is_kept() {
        let given = Attrs::from([("dkimKey".to_owned(), vec!["mine".to_owned()])]);
        assert_eq!(with_key("a.test", given.clone()).unwrap(), given);
        assert!(with_key("not a domain", Attrs::new()).is_err());
    }
}
