// SPDX-License-Identifier: AGPL-3.0-or-later
//! Answers as settings: what becomes of `settings/posthouse.toml`. What set-up does not ask about stays as it is.

use super::answers::{Answers, Certificate};
use super::certificate;
use crate::mistake;
use crate::settings::{Settings, TEMPLATE};
use crate::state::{StateDir, write_private};
use anyhow::{Context, Result};
use toml::{Table, Value};

const HEAD: &str =
    "# Settings of Posthouse, as set-up wrote them. Change them here; what else there is stands below.\n\n";

/// Answers what was done.
pub fn write(state: &StateDir, answers: &Answers, is_appliance: bool) -> Result<&'static str> {
    let path = state.settings().join("posthouse.toml");
    let text = || path.display().to_string();
    let before = match std::fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(text)?,
    };
    let after = compose(&before, answers, state, is_appliance).with_context(text)?;
    if after == before {
        return Ok("they are written already");
    }
    // Somebody's own lines and comments are worth more than a tidy directory.
    if before != TEMPLATE && !before.is_empty() && !before.starts_with(HEAD) {
        write_private(&state.settings().join("posthouse.toml.before-setup"), &before)?;
    }
    write_private(&path, &after)?;
    Ok("settings/posthouse.toml is written")
}

fn compose(before: &str, answers: &Answers, state: &StateDir, is_appliance: bool) -> Result<String> {
    let mut table: Table = mistake::parse(before)?;
    table.insert("hostname".to_owned(), answers.hostname.clone().into());
    match &answers.certificate {
        Certificate::SelfSigned => {
            table.remove("tls");
            table.remove("acme");
        }
        Certificate::Acme { contact, directory, ca_file, .. } => {
            table.remove("tls");
            let section = section(&mut table, "acme")?;
            section.insert("contact".to_owned(), contact.clone().into());
            let more =
                [("directory", directory.clone()), ("ca_file", ca_file.as_ref().map(|p| p.display().to_string()))];
            for (name, value) in more {
                match value {
                    Some(value) => drop(section.insert(name.to_owned(), value.into())),
                    None => drop(section.remove(name)),
                }
            }
        }
        Certificate::Own { .. } => {
            table.remove("acme");
            let (chain, key) = certificate::files(state);
            let tls = [("certificate", chain), ("key", key)];
            let tls = tls.map(|(name, path)| (name.to_owned(), Value::String(path.display().to_string())));
            table.insert("tls".to_owned(), Value::Table(tls.into_iter().collect()));
        }
    }
    match &answers.relay {
        None => drop(table.remove("relay")),
        Some(relay) => {
            let mut section = Table::new();
            section.insert("host".to_owned(), relay.host.clone().into());
            section.insert("port".to_owned(), i64::from(relay.port).into());
            if !relay.user.is_empty() {
                section.insert("user".to_owned(), relay.user.clone().into());
                section.insert("password".to_owned(), relay.password.clone().into());
            }
            section.insert("require_tls".to_owned(), relay.require_tls.into());
            table.insert("relay".to_owned(), section.into());
        }
    }
    if is_appliance {
        let protection = &answers.protection;
        for (name, is_on) in [("antispam", protection.antispam), ("antivirus", protection.antivirus)] {
            section(&mut table, "scan")?.insert(name.to_owned(), is_on.into());
        }
    }
    if !answers.alerts.is_empty() {
        section(&mut table, "alerts")?.insert("mail".to_owned(), answers.alerts.clone().into());
    }
    let text = format!("{HEAD}{}\n{TEMPLATE}", toml::to_string(&table)?);
    // What would not be read at the next start is not written.
    mistake::parse::<Settings>(&text)?;
    Ok(text)
}

fn section<'a>(table: &'a mut Table, name: &str) -> Result<&'a mut Table> {
    let section = table.entry(name).or_insert_with(|| Table::new().into());
    section.as_table_mut().with_context(|| format!("{name} is not a section"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(dir: &std::path::Path) -> StateDir {
        let state = StateDir::new(Some(dir)).unwrap();
        state.create().unwrap();
        state
    }

    fn answers(more: &str) -> Answers {
        toml::from_str(&format!("hostname = 'mail.a.test'\ndomain = 'a.test'\nalerts = ['it@a.test']\n{more}")).unwrap()
    }

    fn read(state: &StateDir) -> (Settings, String) {
        let text = std::fs::read_to_string(state.settings().join("posthouse.toml")).unwrap();
        (toml::from_str(&text).unwrap(), text)
    }

    #[test]
    fn a_first_set_up_writes_what_was_answered_once() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(dir.path());
        crate::settings::read(&state).unwrap();
        let answers = answers(
            "[protection]\nantivirus = false\n[relay]\nhost = 'r.test'\nuser = 'me'\npassword = 'quo\"te'\n\
             [certificate]\nkind = 'own'",
        );
        assert!(write(&state, &answers, true).unwrap().contains("is written"));
        let (settings, text) = read(&state);
        assert_eq!(settings.hostname(), "mail.a.test");
        assert!(!settings.scan().antivirus && settings.scan().antispam && settings.has_own_certificate());
        assert_eq!(settings.relay().unwrap().password.as_deref(), Some("quo\"te"));
        assert_eq!(settings.alerts.mail.as_deref(), Some(&["it@a.test".to_owned()][..]));
        assert!(text.contains("# [limits]"), "the other settings are still shown");
        assert!(write(&state, &answers, true).unwrap().contains("already"));
        assert!(!state.settings().join("posthouse.toml.before-setup").exists());
    }

    #[test]
    fn what_is_not_asked_about_stays_and_the_file_before_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(dir.path());
        let before = "# mine\nhostname = 'old'\n[scan]\nupdate = false\n[limits]\nconnections_max = 7\n[relay]\nhost = 'r'\nport = 25\n";
        std::fs::write(state.settings().join("posthouse.toml"), before).unwrap();
        write(&state, &answers(""), true).unwrap();
        let (settings, text) = read(&state);
        assert!(!settings.scan().update && settings.relay().is_none() && text.contains("connections_max = 7"));
        let kept = std::fs::read_to_string(state.settings().join("posthouse.toml.before-setup")).unwrap();
        assert_eq!(kept, before);
        // Again, with others: the one before set-up is still that one.
        write(&state, &answers("[protection]\nantispam = false"), true).unwrap();
        assert!(!read(&state).0.scan().antispam);
        assert_eq!(std::fs::read_to_string(state.settings().join("posthouse.toml.before-setup")).unwrap(), before);
        // Where there is no scanner, nothing is said of one.
        std::fs::write(state.settings().join("posthouse.toml"), "").unwrap();
        write(&state, &answers(""), false).unwrap();
        assert!(!read(&state).1.lines().any(|line| line == "[scan]"));
    }

    #[test]
    fn one_kind_of_certificate_takes_the_place_of_another() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(dir.path());
        let acme = "[certificate]\nkind = 'acme'\nagreed = true\ncontact = 'it@a.test'";
        write(&state, &answers(acme), true).unwrap();
        let asked = read(&state).0.acme.unwrap();
        assert_eq!(
            (asked.contact.as_str(), asked.directory.as_str()),
            ("it@a.test", "https://acme-v02.api.letsencrypt.org/directory")
        );
        write(&state, &answers("[certificate]\nkind = 'own'"), true).unwrap();
        assert!(read(&state).0.acme.is_none() && read(&state).0.has_own_certificate());
        write(&state, &answers(acme), true).unwrap();
        assert!(read(&state).0.acme.is_some() && !read(&state).0.has_own_certificate());
        write(&state, &answers(""), true).unwrap();
        assert!(read(&state).0.acme.is_none());
    }

    #[test]
    fn a_file_that_can_not_be_read_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(dir.path());
        let path = state.settings().join("posthouse.toml");
        std::fs::write(&path, "colour = 'red'").unwrap();
        assert!(format!("{:#}", write(&state, &answers(""), true).unwrap_err()).contains("posthouse.toml"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "colour = 'red'");
    }
}
