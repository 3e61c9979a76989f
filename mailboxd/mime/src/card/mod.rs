// SPDX-License-Identifier: AGPL-3.0-or-later
//! Contacts as files: vCard (RFC 2426, RFC 6350) and CSV, to and from attributes by Zimbra's names (`firstName`, `email2`,
//! `workPhone`, …). Reading never fails half way: what is no contact is left out and counted.

mod csv;
mod vcard;

pub use csv::{CsvError, read as read_csv, write as write_csv};
pub use vcard::{read as read_vcards, write as write_vcard};

/// One contact of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// Name and value, in order.
    pub attrs: Vec<(String, String)>,
    /// Of a group: addresses.
    pub members: Vec<String>,
    /// Content type and octets of a picture.
    pub photo: Option<(String, Vec<u8>)>,
    pub categories: Vec<String>,
}

impl Card {
    pub fn get(&self, name: &str) -> &str {
        self.attrs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        if !value.trim().is_empty() {
            self.attrs.push((name, value));
        }
    }

    /// Under the first free one of `name`, `name2`, `name3` …; `first`: what the first is called, where that is different.
    fn add(&mut self, first: &str, name: &str, value: &str) {
        let taken = |wanted: &str| self.attrs.iter().any(|(known, _)| known == wanted);
        let free = if taken(first) {
            (2..).map(|n| format!("{name}{n}")).find(|name| !taken(name)).unwrap_or_default()
        } else {
            first.to_owned()
        };
        self.set(free, value);
    }
}

#[cfg(test)]
mod tests;
