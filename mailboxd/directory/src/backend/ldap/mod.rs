// SPDX-License-Identifier: AGPL-3.0-or-later
//! Entries in LDAP servers (OpenLDAP, with supervisor/templates/openldap). A write is answered when the server has answered.

mod apply;
pub mod aside;
pub mod connection;
mod pool;
mod tree;
mod wire;

use super::{Backend, Failure, Filter, Search, Within, Write};
use crate::Error;
use crate::entry::{Entry, Kind};
use connection::{ANSWER_MAX, NO_SUCH_OBJECT, code};
use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{Ldap as Connection, LdapError, Scope, SearchEntry};
pub use pool::Settings;
use pool::{Pool, Repeat};
use std::sync::Arc;
use tree::Tree;

/// Entries a page (RFC 2696).
const PAGE: i32 = 500;

pub struct Ldap {
    pool: Pool,
    tree: Arc<Tree>,
}

impl Ldap {
    /// Connects when it is first asked something.
    pub fn new(settings: Settings, base: &str) -> Result<Ldap, Error> {
        Ok(Ldap { pool: Pool::new(settings)?, tree: Arc::new(Tree { base: base.to_owned() }) })
    }
}

impl Backend for Ldap {
    fn search(&self, search: &Search<'_>) -> Result<Vec<Entry>, Failure> {
        let (base, scope) = match search.within {
            Within::Everything => (self.tree.below(""), Scope::Subtree),
            Within::Domain(domain) => (self.tree.people(domain), Scope::OneLevel),
            Within::Parent(place) => (place.to_owned(), Scope::OneLevel),
        };
        let filter = filter(search);
        let limit = search.limit;
        let is_cut = matches!(search.filter, Filter::Listed(..));
        let asked =
            self.pool.run(Repeat::Yes, move |ldap| read(ldap, base.clone(), scope, filter.clone(), limit + 1))?;
        let mut found = match asked {
            Ok(found) => found,
            Err(error) if code(&error) == Some(NO_SUCH_OBJECT) => Vec::new(),
            Err(error) => return Err(refused(&error)),
        };
        if found.len() > limit && !is_cut {
            return Err(Failure::TooMany(limit));
        }
        found.truncate(limit);
        let mut entries = found.into_iter().map(|e| wire::read(e, &self.tree)).collect::<Result<Vec<_>, _>>()?;
        entries.sort_by(|a, b| (a.domain(), &a.name).cmp(&(b.domain(), &b.name)));
        Ok(entries)
    }

    fn apply(&self, writes: &[Write]) -> Result<(), Failure> {
        for (done, write) in writes.iter().enumerate() {
            if let Err(failure) = self.write(write) {
                self.take_back(&writes[..done]);
                return Err(failure);
            }
        }
        Ok(())
    }

    fn is_shared(&self) -> bool {
        true
    }
}

async fn read(
    mut ldap: Connection,
    base: String,
    scope: Scope,
    filter: String,
    limit: usize,
) -> Result<Vec<SearchEntry>, LdapError> {
    let adapters: Vec<Box<dyn Adapter<_, _>>> = vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(PAGE))];
    let wanted = wire::WANTED.to_vec();
    let mut stream =
        ldap.with_timeout(ANSWER_MAX).streaming_search_with(adapters, &base, scope, &filter, wanted).await?;
    let mut found = Vec::new();
    while let Some(entry) = stream.next().await? {
        found.push(SearchEntry::construct(entry));
        if found.len() == limit {
            let id = stream.ldap_handle().last_id();
            drop(stream.finish().await);
            ldap.abandon(id).await?;
            return Ok(found);
        }
    }
    stream.finish().await.success()?;
    Ok(found)
}

fn filter(search: &Search<'_>) -> String {
    let mut parts = vec![any(search.kinds.iter().map(|kind| format!("(objectClass={})", kind.class())))];
    // Resources are accounts by class.
    if search.kinds.contains(&Kind::Account) && !search.kinds.contains(&Kind::Resource) {
        parts.push(format!("(!(objectClass={}))", Kind::Resource.class()));
    }
    match &search.filter {
        Filter::All => {}
        Filter::Equal(names, value) => {
            let value = wire::escape(value);
            parts.push(any(names.iter().map(|name| format!("({name}={value})"))));
        }
        Filter::Present(names) => parts.push(any(names.iter().map(|name| format!("({name}=*)")))),
        Filter::Listed(names, text) => {
            let pattern = if text.is_empty() { "*".to_owned() } else { format!("*{}*", wire::escape(text)) };
            parts.push(any(names.iter().map(|name| format!("({name}={pattern})"))));
            parts.push("(!(zimbraHideInGal=TRUE))".to_owned());
        }
    }
    format!("(&{})", parts.concat())
}

fn any(parts: impl Iterator<Item = String>) -> String {
    format!("(|{})", parts.collect::<String>())
}

/// What the server refused for a reason that we did not foresee.
fn refused(error: &LdapError) -> Failure {
    Failure::Other(Error::Unavailable(format!("LDAP: {error}")))
}
