// SPDX-License-Identifier: AGPL-3.0-or-later
//! Settings across releases. `posthouse.toml` says which schema it has (`schema = 2`; nothing said: 1), and each release knows how to
//! get from the one before to its own and back.
//!
//! At the start of a newer release the file is migrated, and the one before is kept as `settings/kept/posthouse-N.toml`. A release
//! that finds a file newer than itself takes the kept one of its own schema: after an upgrade that came back by itself, and after the
//! administrator went back, for which the newer release has written its own settings there, migrated backward. The newer
//! file is kept as well. Each file is written whole or not at all, and the schema is in it: whoever dies in between does it again.
//!
//! Expand, then contract: a release adds what the next one needs, and only the one after that takes the old form away.

use crate::mistake;
use crate::settings::Settings;
use crate::state::{StateDir, write_private};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use toml::Table;

const KEY: &str = "schema";
const KEPT: &str = "kept";

/// From one schema to the next. Whatever it does not know it leaves alone.
pub struct Migration {
    pub name: &'static str,
    pub forward: fn(&mut Table) -> Result<()>,
    pub backward: fn(&mut Table) -> Result<()>,
}

/// From 1 to 2, from 2 to 3, and so on. Nothing is ever taken out of this list.
const ALL: &[Migration] = &[];

/// Brings the settings to this release's schema; answers what was done, if anything.
pub fn at_start(state: &StateDir) -> Result<Option<String>> {
    bring(state, ALL)
}

/// Whether this release could start with these settings. Changes nothing.
pub fn try_out(state: &StateDir) -> Result<()> {
    let path = file(state);
    let Some(text) = read(&path)? else { return Ok(()) };
    let migrated = forward(&text, ALL).with_context(|| path.display().to_string())?;
    check(&migrated).with_context(|| path.display().to_string())
}

/// For an older release that starts next: its settings, with all that was set since it ran.
pub fn prepare_for(state: &StateDir, schema: usize) -> Result<()> {
    prepare(state, schema, ALL)
}

fn file(state: &StateDir) -> PathBuf {
    state.settings().join("posthouse.toml")
}

fn kept(state: &StateDir, schema: usize) -> PathBuf {
    state.settings().join(KEPT).join(format!("posthouse-{schema}.toml"))
}

fn read(path: &std::path::Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| path.display().to_string()),
    }
}

fn keep(state: &StateDir, schema: usize, text: &str) -> Result<()> {
    let path = kept(state, schema);
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    }
    write_private(&path, text)
}

fn bring(state: &StateDir, migrations: &[Migration]) -> Result<Option<String>> {
    let path = file(state);
    let Some(text) = read(&path)? else { return Ok(None) };
    // What can't be read is for whoever reads the settings to complain of.
    let Ok(table) = text.parse::<Table>() else { return Ok(None) };
    let (found, own) = (schema_of(&table)?, migrations.len() + 1);
    if found == own {
        return Ok(None);
    }
    if found < own {
        let migrated = forward(&text, migrations).with_context(|| path.display().to_string())?;
        keep(state, found, &text)?;
        write_private(&path, &migrated)?;
        return Ok(Some(format!(
            "settings are migrated from schema {found} to {own}; those before are {}",
            kept(state, found).display()
        )));
    }
    let copy = kept(state, own);
    let Some(older) = read(&copy)? else {
        bail!(
            "{} is of a later release (schema {found}, this one knows {own}), and {} does not exist: \
             take the line `{KEY}` and what is not known out of it",
            path.display(),
            copy.display()
        );
    };
    keep(state, found, &text)?;
    write_private(&path, &older)?;
    Ok(Some(format!("settings are those of schema {own} again; the later ones are {}", kept(state, found).display())))
}

fn prepare(state: &StateDir, to: usize, migrations: &[Migration]) -> Result<()> {
    let Some(text) = read(&file(state))? else { return Ok(()) };
    let table: Table = mistake::parse(&text)?;
    if schema_of(&table)? <= to {
        return Ok(());
    }
    keep(state, to, &backward(table, to, migrations)?)
}

fn schema_of(table: &Table) -> Result<usize> {
    match table.get(KEY) {
        None => Ok(1),
        Some(value) => {
            let number =
                value.as_integer().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
            number.context("`schema` is no number of a schema")
        }
    }
}

fn forward(text: &str, migrations: &[Migration]) -> Result<String> {
    let mut table: Table = mistake::parse(text)?;
    let from = schema_of(&table)?;
    if from == migrations.len() + 1 {
        return Ok(text.to_owned());
    }
    for migration in migrations.iter().skip(from - 1) {
        (migration.forward)(&mut table).with_context(|| migration.name)?;
    }
    render(table, migrations.len() + 1)
}

fn backward(mut table: Table, to: usize, migrations: &[Migration]) -> Result<String> {
    let from = schema_of(&table)?;
    let back = migrations.get(to - 1..from - 1).context("there is no way back to that schema")?;
    for migration in back.iter().rev() {
        (migration.backward)(&mut table).with_context(|| migration.name)?;
    }
    render(table, to)
}

fn render(mut table: Table, schema: usize) -> Result<String> {
    table.remove(KEY);
    let head = if schema == 1 { String::new() } else { format!("{KEY} = {schema}\n") };
    Ok(format!("# Settings of Posthouse.\n{head}{}", toml::to_string(&table)?))
}

fn check(text: &str) -> Result<()> {
    mistake::parse::<Settings>(text).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TEMPLATE;

    /// Two releases as they could be: one renames, the next splits.
    const TWO: &[Migration] = &[
        Migration {
            name: "hostname becomes name",
            forward: |table| rename(table, "hostname", "name"),
            backward: |table| rename(table, "name", "hostname"),
        },
        Migration {
            name: "name becomes a section",
            forward: |table| {
                let Some(name) = table.remove("name") else { return Ok(()) };
                if name.as_str() == Some("refuse me") {
                    bail!("a name can't be moved");
                }
                table.insert("server".into(), Table::from_iter([("name".to_owned(), name)]).into());
                Ok(())
            },
            backward: |table| {
                let name = table.remove("server").and_then(|server| server.get("name").cloned());
                table.extend(name.map(|name| ("name".to_owned(), name)));
                Ok(())
            },
        },
    ];

    fn rename(table: &mut Table, from: &str, to: &str) -> Result<()> {
        let value = table.remove(from);
        table.extend(value.map(|value| (to.to_owned(), value)));
        Ok(())
    }

    fn state(text: &str) -> (tempfile::TempDir, StateDir) {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        std::fs::write(file(&state), text).unwrap();
        (dir, state)
    }

    fn settings(state: &StateDir) -> Table {
        std::fs::read_to_string(file(state)).unwrap().parse().unwrap()
    }

    const OLD: &str = "hostname = 'mail.a.test'\n[scan]\nupdate = false\n";

    #[test]
    fn an_upgrade_that_comes_back_finds_its_settings_and_one_that_stays_has_new_ones() {
        let (_dir, state) = state(OLD);
        assert_eq!(bring(&state, &TWO[..0]).unwrap(), None);
        assert!(bring(&state, TWO).unwrap().unwrap().contains("from schema 1 to 3"));
        assert_eq!(settings(&state)["server"]["name"].as_str(), Some("mail.a.test"));
        assert_eq!(settings(&state)["scan"]["update"].as_bool(), Some(false));
        assert_eq!(bring(&state, TWO).unwrap(), None, "once");
        // Three strikes: the old release starts, and takes its own.
        assert!(bring(&state, &TWO[..0]).unwrap().unwrap().contains("schema 1 again"));
        assert_eq!(std::fs::read_to_string(file(&state)).unwrap(), OLD);
        assert!(kept(&state, 3).exists(), "nothing is thrown away");
    }

    #[test]
    fn whoever_goes_back_keeps_what_was_set_since() {
        let (_dir, state) = state(OLD);
        bring(&state, TWO).unwrap();
        let text = std::fs::read_to_string(file(&state)).unwrap().replace("mail.a.test", "new.a.test");
        std::fs::write(file(&state), text).unwrap();
        prepare(&state, 1, TWO).unwrap();
        bring(&state, &TWO[..0]).unwrap();
        assert_eq!(settings(&state)["hostname"].as_str(), Some("new.a.test"));
        toml::from_str::<Settings>(&std::fs::read_to_string(file(&state)).unwrap()).unwrap();
        // By one release only.
        bring(&state, TWO).unwrap();
        prepare(&state, 2, TWO).unwrap();
        bring(&state, &TWO[..1]).unwrap();
        assert_eq!(
            (settings(&state)["name"].as_str(), settings(&state)["schema"].as_integer()),
            (Some("new.a.test"), Some(2))
        );
    }

    #[test]
    fn what_can_not_be_migrated_stays_as_it_is() {
        let text = OLD.replace("mail.a.test", "refuse me");
        let (_dir, state) = state(&text);
        assert!(format!("{:#}", bring(&state, TWO).unwrap_err()).contains("can't be moved"));
        assert_eq!(std::fs::read_to_string(file(&state)).unwrap(), text);
        for bad in ["schema = 0", "schema = 'x'", "schema = -1"] {
            std::fs::write(file(&state), bad).unwrap();
            assert!(bring(&state, TWO).is_err(), "{bad}");
        }
        std::fs::write(file(&state), "schema = 3").unwrap();
        let error = bring(&state, &TWO[..0]).unwrap_err().to_string();
        assert!(error.contains("later release") && error.contains("posthouse-1.toml"), "{error}");
        std::fs::write(file(&state), "not toml at all [").unwrap();
        assert_eq!(bring(&state, TWO).unwrap(), None);
    }

    /// Killed after the copy and before the settings: as if nothing had been.
    #[test]
    fn a_start_that_is_killed_in_between_is_done_again() {
        let (_dir, state) = state(OLD);
        keep(&state, 1, OLD).unwrap();
        assert!(bring(&state, TWO).unwrap().is_some());
        assert_eq!(std::fs::read_to_string(kept(&state, 1)).unwrap(), OLD);
    }

    /// For every migration that there is or will be.
    #[test]
    fn backward_undoes_forward() {
        let lines = TEMPLATE.lines().skip(2).map(|line| line.strip_prefix("# ").unwrap_or(line));
        let full: Table = lines.collect::<Vec<_>>().join("\n").parse().unwrap();
        for (migrations, from) in [(ALL, full), (TWO, OLD.parse().unwrap())] {
            let last = migrations.len() + 1;
            let newest: Table = forward(&from.to_string(), migrations).unwrap().parse().unwrap();
            let back: Table = backward(newest, 1, migrations).unwrap().parse().unwrap();
            assert_eq!(back, from, "schema {last}");
        }
    }

    #[test]
    fn the_image_says_which_schema_its_release_has() {
        let text = include_str!("../../image/release.toml");
        let release: Table = text.parse().unwrap();
        assert_eq!(release["settings"].as_integer(), Some(ALL.len() as i64 + 1));
    }

    #[test]
    fn a_trial_looks_and_changes_nothing() {
        let (_dir, state) = state(OLD);
        try_out(&state).unwrap();
        std::fs::write(file(&state), "colour = 'red'\n").unwrap();
        let error = format!("{:#}", try_out(&state).unwrap_err());
        assert!(error.contains("colour"), "{error}");
        assert_eq!(std::fs::read_to_string(file(&state)).unwrap(), "colour = 'red'\n");
    }
}
