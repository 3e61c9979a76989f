// SPDX-License-Identifier: AGPL-3.0-or-later
//! Directories of others: where a domain says that its passwords (zimbraAuthMech ldap or ad) or its address list
//! (zimbraGalMode) are in an LDAP server or Active Directory.

use crate::backend::ldap::aside::Aside;
use crate::backend::ldap::connection::{self, ANSWER_MAX, INVALID_CREDENTIALS, NO_SUCH_OBJECT, code};
use crate::entry::Entry;
use crate::look::Need;
use crate::{Account, Directory, Error, Result};
use ldap3::{Ldap, LdapError, Scope, SearchEntry, SearchOptions, dn_escape, ldap_escape};
use parking_lot::Mutex;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Requests to servers of others at a time: one that hangs must not take every thread.
const AT_ONCE_MAX: usize = 16;
const QUEUE_MAX: Duration = Duration::from_secs(5);
/// RFC 4511 appendix A: inappropriateAuthentication, invalidDNSyntax, unwillingToPerform (a locked account, with some).
const REFUSALS: &[u32] = &[INVALID_CREDENTIALS, NO_SUCH_OBJECT, 34, 48, 53];

/// Where a server is and as whom we ask it.
#[derive(Clone)]
pub struct Server {
    pub urls: Vec<String>,
    pub start_tls: bool,
    pub base: String,
    /// Empty: anonymous.
    pub bind_dn: String,
    pub password: String,
}

/// A password check for one account.
pub struct Check {
    server: Server,
    who: Who,
    pub falls_back: bool,
}

#[derive(Clone)]
enum Who {
    /// A DN, or with Active Directory a userPrincipalName.
    Name(String),
    /// The one entry that this finds.
    Filter(String),
}

/// The thread is made when it is first needed.
pub struct Foreign {
    aside: LazyLock<Mutex<Option<Arc<Aside>>>>,
    permits: Arc<Semaphore>,
}

impl Default for Foreign {
    fn default() -> Foreign {
        Foreign {
            aside: LazyLock::new(|| Mutex::new(Aside::new().ok().map(Arc::new))),
            permits: Arc::new(Semaphore::new(AT_ONCE_MAX)),
        }
    }
}

impl Directory {
    /// None: passwords of the account are ours.
    pub(crate) fn foreign_check(&self, entry: Option<&Entry>, account: Option<&Account>) -> Result<Option<Check>> {
        let (Some(entry), Some(account)) = (entry, account) else { return Ok(None) };
        let Some(domain) = self.domain_entry(entry.domain(), Need::Cached)? else { return Ok(None) };
        let config = self.config_entry(Need::Cached)?;
        let inherited = |name: &str| domain.attr(name).or(config.as_ref().and_then(|config| config.attr(name)));
        if !matches!(inherited("zimbraAuthMech"), Some("ldap" | "ad")) {
            return Ok(None);
        }
        let text = |name: &str| domain.attr(name).unwrap_or_default();
        let template = text("zimbraAuthLdapBindDn");
        let who = match (account.attr("zimbraAuthLdapExternalDn"), text("zimbraAuthLdapSearchFilter")) {
            (Some(dn), _) => Who::Name(dn.to_owned()),
            (None, filter) if !filter.is_empty() => {
                Who::Filter(expand(filter, &account.name, &|t| ldap_escape(t).into_owned()))
            }
            // A template with "=" is a DN; the other sort is user@domain.
            _ if template.contains('=') => Who::Name(expand(template, &account.name, &|t| dn_escape(t).into_owned())),
            _ if !template.is_empty() => Who::Name(expand(template, &account.name, &str::to_owned)),
            _ => {
                return Err(misconfigured(
                    &domain.name,
                    "zimbraAuthLdapSearchFilter or zimbraAuthLdapBindDn is needed",
                ));
            }
        };
        let server = Server {
            urls: urls(domain.values("zimbraAuthLdapURL")),
            start_tls: domain.is_true("zimbraAuthLdapStartTlsEnabled"),
            base: text("zimbraAuthLdapSearchBase").to_owned(),
            bind_dn: text("zimbraAuthLdapSearchBindDn").to_owned(),
            password: text("zimbraAuthLdapSearchBindPassword").to_owned(),
        };
        if server.urls.is_empty() {
            return Err(misconfigured(&domain.name, "zimbraAuthLdapURL is needed"));
        }
        Ok(Some(Check { server, who, falls_back: inherited("zimbraAuthFallbackToLocal") == Some("TRUE") }))
    }
}

impl Foreign {
    pub fn password_is_right(&self, check: &Check, password: &str) -> Result<bool> {
        // RFC 4513 §5.1.2: a bind with a name and no password succeeds and means nothing.
        if password.is_empty() || password.len() > crate::password::PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        let (server, who, password) = (check.server.clone(), check.who.clone(), password.to_owned());
        let asked = self.run(async move {
            let mut ldap = open(&server).await?;
            let name = match who {
                Who::Name(name) => name,
                Who::Filter(filter) => {
                    connection::bind(&mut ldap, &server.bind_dn, &server.password).await?;
                    match find(&mut ldap, &server.base, &filter, vec!["1.1".to_owned()], 2).await?.as_slice() {
                        [only] => only.dn.clone(),
                        [] => return Ok(false),
                        _ => {
                            tracing::warn!(%filter, "the filter finds more than one entry: login refused");
                            return Ok(false);
                        }
                    }
                }
            };
            if name.is_empty() {
                return Ok(false);
            }
            match connection::bind(&mut ldap, &name, &password).await {
                Ok(()) => Ok(true),
                Err(error) if code(&error).is_some_and(|code| REFUSALS.contains(&code)) => Ok(false),
                Err(error) => Err(error),
            }
        })?;
        asked.map_err(|error| Error::Unavailable(format!("directory of the domain: {error}")))
    }

    /// At most `limit` entries.
    pub fn list(&self, server: Server, filter: String, names: Vec<String>, limit: usize) -> Result<Vec<SearchEntry>> {
        let asked = self.run(async move {
            let mut ldap = open(&server).await?;
            connection::bind(&mut ldap, &server.bind_dn, &server.password).await?;
            find(&mut ldap, &server.base, &filter, names, limit).await
        })?;
        asked.map_err(|error| Error::Unavailable(format!("address list of the domain: {error}")))
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, LdapError>> + Send + 'static,
    ) -> Result<Result<T, LdapError>> {
        let aside = self.aside.lock().clone().ok_or_else(|| Error::Unavailable("thread for LDAP".into()))?;
        let permits = Arc::clone(&self.permits);
        aside.wait_for(async move {
            let _permit = timeout(QUEUE_MAX, permits.acquire()).await?;
            work.await
        })
    }
}

/// The first that answers.
async fn open(server: &Server) -> Result<Ldap, LdapError> {
    let mut last = LdapError::EndOfStream;
    for url in &server.urls {
        match connection::open(url, server.start_tls).await {
            Ok(ldap) => return Ok(ldap),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn find(
    ldap: &mut Ldap,
    base: &str,
    filter: &str,
    names: Vec<String>,
    limit: usize,
) -> Result<Vec<SearchEntry>, LdapError> {
    let options = SearchOptions::new().sizelimit(i32::try_from(limit).unwrap_or(i32::MAX));
    ldap.with_timeout(ANSWER_MAX).with_search_options(options);
    let mut stream = ldap.streaming_search(base, Scope::Subtree, filter, names).await?;
    let mut found = Vec::new();
    while let Some(entry) = stream.next().await? {
        // Referrals are not followed: they lead to servers that nobody has vouched for.
        if !entry.is_ref() && !entry.is_intermediate() && found.len() < limit {
            found.push(SearchEntry::construct(entry));
        }
    }
    let result = stream.finish().await;
    // sizeLimitExceeded: what we asked for.
    if result.rc != 4 {
        result.success()?;
    }
    Ok(found)
}

/// %n the address, %u what is before its @, %d what is behind it, %D the same as dc=…, %% a percent sign.
fn expand(template: &str, address: &str, escape: &dyn Fn(&str) -> String) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let mut out = String::with_capacity(template.len() + address.len());
    let mut chars = template.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '%' { chars.next() } else { None }) {
            ('%', Some('n')) => out += &escape(address),
            ('%', Some('u')) => out += &escape(local),
            ('%', Some('d')) => out += &escape(domain),
            ('%', Some('D')) => {
                out += &domain.split('.').map(|label| format!("dc={label}")).collect::<Vec<_>>().join(",")
            }
            ('%', Some('%') | None) => out.push('%'),
            ('%', Some(other)) => out.extend(['%', other]),
            (other, _) => out.push(other),
        }
    }
    out
}

/// Zimbra takes several in one value, too.
pub fn urls(values: &[String]) -> Vec<String> {
    values.iter().flat_map(|value| value.split_whitespace()).map(str::to_owned).collect()
}

fn misconfigured(domain: &str, what: &str) -> Error {
    Error::Unavailable(format!("domain {domain}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let filter = |t: &str, a: &str| expand(t, a, &|t| ldap_escape(t).into_owned());
        assert_eq!(filter("(&(mail=%n)(uid=%u))", "a*b@x.test"), "(&(mail=a\\2ab@x.test)(uid=a\\2ab))");
        assert_eq!(expand("uid=%u,%D", "a+b@x.test", &|t| dn_escape(t).into_owned()), "uid=a\\2bb,dc=x,dc=test");
        assert_eq!(expand("%u@ad.%d%%%x%", "a@x.test", &str::to_owned), "a@ad.x.test%%x%");
    }
}
