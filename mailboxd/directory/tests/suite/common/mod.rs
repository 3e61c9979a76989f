// SPDX-License-Identifier: AGPL-3.0-or-later
//! A directory of either backend, and a slapd of our own.

pub mod slapd;

use ph_directory::{Account, Attrs, Directory};
pub use slapd::Slapd;
use std::ops::Deref;

pub struct World {
    pub directory: Directory,
    /// The local backend's directory.
    pub dir: tempfile::TempDir,
    pub slapd: Option<Slapd>,
}

impl World {
    pub fn local() -> World {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(&dir.path().join("a directory")).unwrap();
        World { directory, dir, slapd: None }.with_domain()
    }

    pub fn ldap() -> World {
        let slapd = Slapd::start();
        let directory = Directory::ldap(&slapd.at()).unwrap();
        World { directory, dir: tempfile::tempdir().unwrap(), slapd: Some(slapd) }.with_domain()
    }

    fn with_domain(self) -> World {
        self.create_domain("example.test", Attrs::new()).unwrap();
        self
    }

    /// Another that sees the same entries: what a restarted process has.
    pub fn again(&self) -> Directory {
        match &self.slapd {
            Some(slapd) => Directory::ldap(&slapd.at()).unwrap(),
            None => Directory::open(&self.dir.path().join("a directory")).unwrap(),
        }
    }

    pub fn alice(&self) -> Account {
        self.create_account("alice@example.test", "sesame", Attrs::new()).unwrap()
    }
}

impl Deref for World {
    type Target = Directory;
    fn deref(&self) -> &Directory {
        &self.directory
    }
}

pub fn attrs(list: &[(&str, &str)]) -> Attrs {
    let mut attrs = Attrs::new();
    for (name, value) in list {
        attrs.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    attrs
}

/// The same tests on both backends.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod local {
            $(#[test] fn $name() { super::$name(&$crate::common::World::local()); })*
        }
        mod ldap {
            $(#[test] fn $name() { super::$name(&$crate::common::World::ldap()); })*
        }
    };
}
