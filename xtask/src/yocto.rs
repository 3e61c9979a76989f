// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask yocto`: the crates of Cargo.lock, with their digests, as BitBake wants them beside the recipe.

use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::process::ExitCode;

const LOCK: &str = "Cargo.lock";
const CRATES: &str = "yocto/meta-posthouse/recipes-posthouse/posthouse/posthouse-crates.inc";
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn run(words: &[String]) -> Result<ExitCode> {
    if !words.is_empty() {
        bail!("cargo xtask yocto takes no words");
    }
    let text = render(&std::fs::read_to_string(LOCK)?)?;
    std::fs::write(CRATES, &text)?;
    println!("{CRATES}: {} crates", text.matches("crate://").count());
    Ok(ExitCode::SUCCESS)
}

/// Those of the registry; our own have no source.
fn render(lock: &str) -> Result<String> {
    let (mut crates, mut digests) = (String::new(), String::new());
    for package in lock.split("[[package]]").skip(1) {
        let value = |name: &str| {
            package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'))
        };
        let Some(source) = value("source") else { continue };
        let name = value("name").context("a package without a name")?;
        if source != REGISTRY {
            bail!("{name} comes from {source}");
        }
        let version = value("version").context("a package without a version")?;
        let digest = value("checksum").context("a package without a checksum")?;
        writeln!(crates, "    crate://crates.io/{name}/{version} \\")?;
        writeln!(digests, "SRC_URI[{name}-{version}.sha256sum] = \"{digest}\"")?;
    }
    Ok(format!("# Written by `cargo xtask yocto` from Cargo.lock.\nSRC_URI += \"\\\n{crates}\"\n\n{digests}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Here tests run in the crate's directory.
    fn read(path: &str) -> String {
        std::fs::read_to_string(format!("../{path}")).unwrap_or_default()
    }

    #[test]
    fn the_recipe_has_the_crates_of_the_lock() -> Result<()> {
        assert!(read(CRATES) == render(&read(LOCK))?, "run `cargo xtask yocto`");
        Ok(())
    }
}
