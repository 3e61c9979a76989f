// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where Debian's files come from: the mirrors that the build host itself uses, unless others are named.

use crate::error::{Error, Result};
use crate::packages::lock::Origin;
use std::process::Command;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrors {
    pub main: String,
    pub security: String,
}

impl Mirrors {
    pub fn of_this_host(main: Option<String>, security: Option<String>) -> Result<Mirrors> {
        if let (Some(main), Some(security)) = (&main, &security) {
            return Ok(Mirrors { main: main.clone(), security: security.clone() });
        }
        let format = "$(REPO_URI) $(RELEASE) $(ORIGIN)";
        let said = crate::command::run(Command::new("apt-get").args([
            "indextargets",
            "--format",
            format,
            "Created-By: Packages",
        ]))?;
        let (found_main, found_security) = find(&said);
        Ok(Mirrors {
            main: main.or(found_main).ok_or(Error::NoMirror)?,
            security: security.or(found_security).ok_or(Error::NoMirror)?,
        })
    }

    pub fn base(&self, origin: Origin) -> &str {
        match origin {
            Origin::Main => &self.main,
            Origin::Security => &self.security,
        }
    }

    pub fn url(&self, origin: Origin, path: &str) -> String {
        format!("{}/{path}", self.base(origin).trim_end_matches('/'))
    }
}

/// Lines of "URI RELEASE ORIGIN".
fn find(said: &str) -> (Option<String>, Option<String>) {
    let of = |is_security: bool| {
        let mut lines = said.lines().filter_map(|line| line.split_once(' '));
        let fits = |(_, release): &(&str, &str)| {
            release.ends_with(" Debian")
                && release.contains("-security") == is_security
                && !release.contains("-backports")
        };
        lines.find(fits).map(|(uri, _)| uri.to_owned())
    };
    (of(false), of(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_taken_from_the_hosts_sources() {
        let said = "https://packages.example.com/apt/ cloud Example\nhttp://deb.example.org/debian/ bookworm Debian\n\
                    http://deb.example.org/debian/ bookworm-updates Debian\nhttp://sec.example.org/debian-security/ bookworm-security Debian\n";
        let (main, security) = find(said);
        assert_eq!(main.as_deref(), Some("http://deb.example.org/debian/"));
        assert_eq!(security.as_deref(), Some("http://sec.example.org/debian-security/"));
        let mirrors = Mirrors { main: main.unwrap(), security: security.unwrap() };
        assert_eq!(mirrors.url(Origin::Main, "pool/a.deb"), "http://deb.example.org/debian/pool/a.deb");
        assert_eq!(find("https://packages.example.com/apt/ cloud Example\n"), (None, None));
    }
}
