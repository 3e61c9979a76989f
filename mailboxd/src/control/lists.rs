// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the settings say of single accounts and domains: what they ask of the scanner, who administers. Finding it costs a look at every account, so
//! it is not done whenever some entry changes, but a little later for all of them.

use anyhow::Result;
use directory::Directory;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// At most so often, while we change entries.
const READ_EVERY: Duration = Duration::from_secs(5);
/// Others may change a shared directory.
const FRESH: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Lists(Mutex<Option<Read>>);

struct Read {
    generation: u64,
    at: Instant,
    value: Value,
}

impl Read {
    fn is_due(&self, generation: u64) -> bool {
        let age = self.at.elapsed();
        age >= FRESH || (self.generation != generation && age >= READ_EVERY)
    }
}

impl Lists {
    /// `{"sender_lists": …, "policies": …, "administrators": …}`
    pub fn get(&self, directory: &Directory) -> Result<Value> {
        // Whoever comes second waits for what the first one reads.
        let mut read = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let generation = directory.generation();
        if let Some(read) = read.as_ref().filter(|read| !read.is_due(generation)) {
            return Ok(read.value.clone());
        }
        let value = collect(directory)?;
        *read = Some(Read { generation, at: Instant::now(), value: value.clone() });
        Ok(value)
    }

    /// Something was changed since they were read.
    pub fn is_behind(&self, generation: u64) -> bool {
        let read = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        read.as_ref().is_none_or(|read| read.generation != generation)
    }

    /// Another look may find something else.
    pub fn is_due(&self, generation: u64) -> bool {
        let read = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        read.as_ref().is_none_or(|read| read.is_due(generation))
    }
}

fn collect(directory: &Directory) -> Result<Value> {
    let lists = directory.sender_lists()?.into_iter().map(
        |list| json!({"account": list.name, "addresses": list.addresses, "allow": list.allow, "block": list.block}),
    );
    let policies = directory
        .blocked_extensions()?
        .into_iter()
        .map(|policy| json!({"extensions": policy.extensions, "addresses": policy.addresses}));
    Ok(json!({
        "sender_lists": lists.collect::<Value>(),
        "policies": policies.collect::<Value>(),
        "administrators": directory.administrators()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::Attrs;

    #[test]
    fn lists_are_read_again_when_something_has_changed_and_not_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        directory.create_domain("a.test", Attrs::new()).unwrap();
        let lists = Lists::default();
        assert!(lists.is_due(directory.generation()));
        assert_eq!(lists.get(&directory).unwrap(), json!({"sender_lists": [], "policies": [], "administrators": []}));
        let blocked = Attrs::from([("amavisBlacklistSender".to_owned(), vec!["spam.test".to_owned()])]);
        directory.modify_domain("a.test", blocked).unwrap();
        assert_eq!(lists.get(&directory).unwrap()["sender_lists"], json!([]), "a moment later");
        let long_ago = Instant::now().checked_sub(READ_EVERY).unwrap();
        lists.0.lock().unwrap().as_mut().unwrap().at = long_ago;
        assert!(lists.is_due(directory.generation()));
        let list = json!([{"account": "@a.test", "addresses": ["@a.test"], "allow": [], "block": ["spam.test"]}]);
        assert_eq!(lists.get(&directory).unwrap()["sender_lists"], list);
        lists.0.lock().unwrap().as_mut().unwrap().at = long_ago;
        assert!(!lists.is_due(directory.generation()), "nothing has changed");
    }
}
