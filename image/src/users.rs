// SPDX-License-Identifier: AGPL-3.0-or-later
//! Ids of service users, the same in every image for ever: mail and databases on the volumes belong to numbers. Debian's
//! packages would number them in the order of their installation; where a user is there already, they take it.

use crate::error::{Error, Result, reading, writing};
use std::fmt::Write;
use std::path::Path;

pub const POSTHOUSE: &str = "posthouse";

/// Users with a group of their own, of the same id. Never change one; a new one gets the next number.
const USERS: [(&str, u32); 12] = [
    ("messagebus", 200),
    ("systemd-network", 201),
    ("systemd-resolve", 202),
    ("systemd-timesync", 203),
    ("sshd", 204),
    ("mysql", 205),
    ("openldap", 206),
    ("postfix", 207),
    ("clamav", 208),
    ("amavis", 209),
    ("debian-spamd", 210),
    (POSTHOUSE, 211),
];

const GROUPS: [(&str, u32); 8] = [
    ("systemd-journal", 220),
    ("input", 221),
    ("sgx", 222),
    ("clock", 223),
    ("kvm", 224),
    ("render", 225),
    ("_ssh", 226),
    ("postdrop", 227),
];

/// What Debian gives out as packages are installed (Debian policy §9.2.2); 100 is base-passwd's group users.
const DYNAMIC: std::ops::RangeInclusive<u32> = 101..=999;

/// Of a user above.
#[expect(clippy::expect_used, reason = "called with names of this file")]
pub fn id_of(name: &str) -> u32 {
    USERS.iter().find(|(user, _)| *user == name).expect("no such user is pinned").1
}

/// Into a tree that has no service users yet (a hook of mmdebstrap's, before packages are installed).
pub fn add_all(tree: &Path) -> Result<()> {
    let (mut passwd, mut group) = (String::new(), String::new());
    for (name, id) in USERS {
        // No password fits. Shadow files come with a later package, which takes this over.
        let _ = writeln!(passwd, "{name}:*:{id}:{id}::/nonexistent:/usr/sbin/nologin");
        let _ = writeln!(group, "{name}:*:{id}:");
    }
    for (name, id) in GROUPS {
        let _ = writeln!(group, "{name}:*:{id}:");
    }
    for (file, lines) in [("etc/passwd", passwd), ("etc/group", group)] {
        let path = tree.join(file);
        let old = std::fs::read_to_string(&path).map_err(reading(&path))?;
        std::fs::write(&path, old + &lines).map_err(writing(&path))?;
    }
    Ok(())
}

/// Each is there with its number, and packages made none that we don't know.
pub fn check(tree: &Path) -> Result<()> {
    let groups: Vec<(&str, u32)> = USERS.iter().chain(&GROUPS).copied().collect();
    for (file, pinned) in [("etc/passwd", USERS.to_vec()), ("etc/group", groups)] {
        let path = tree.join(file);
        let text = std::fs::read_to_string(&path).map_err(reading(&path))?;
        check_lines(&text, &pinned)?;
    }
    Ok(())
}

fn check_lines(text: &str, pinned: &[(&str, u32)]) -> Result<()> {
    let fields = |line: &str| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_owned(), fields.nth(1)?.parse().ok()?))
    };
    let found: Vec<(String, u32)> = text.lines().filter_map(fields).collect();
    let error = |name: &str, found: String, wanted: String| Error::UserId { name: name.to_owned(), found, wanted };
    for (name, wanted) in pinned {
        match found.iter().find(|(found, _)| found == name) {
            Some((_, id)) if id == wanted => {}
            Some((_, id)) => return Err(error(name, id.to_string(), wanted.to_string())),
            None => return Err(error(name, "none".to_owned(), wanted.to_string())),
        }
    }
    match found.iter().find(|(name, id)| DYNAMIC.contains(id) && !pinned.iter().any(|(pinned, _)| pinned == name)) {
        Some((name, id)) => Err(error(name, id.to_string(), "none of that name".to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_id_is_given_once() {
        let ids: Vec<u32> = USERS.iter().chain(&GROUPS).map(|(_, id)| *id).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert!(ids.iter().all(|id| DYNAMIC.contains(id)));
    }

    /// On shipped volumes files belong to these numbers.
    #[test]
    fn ids_on_shipped_volumes_stay() {
        let of = |name| id_of(name);
        assert_eq!(
            ["mysql", "openldap", "postfix", "clamav", "amavis", "posthouse"].map(of),
            [205, 206, 207, 208, 209, 211]
        );
    }

    #[test]
    fn moved_missing_and_unknown_ids_are_noticed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("etc")).unwrap();
        for file in ["passwd", "group"] {
            std::fs::write(dir.path().join("etc").join(file), "root:x:0:0::/root:/bin/bash\n").unwrap();
        }
        add_all(dir.path()).unwrap();
        check(dir.path()).unwrap();
        let pinned = [("mysql", 205)];
        check_lines("root:x:0:0\nmysql:x:205:205\nman:x:6:12\n", &pinned).unwrap();
        for (text, name) in
            [("mysql:x:100:101\n", "mysql"), ("root:x:0:0\n", "mysql"), ("mysql:x:205:205\nnew:x:998:998\n", "new")]
        {
            let error = check_lines(text, &pinned).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
