// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask package`: the appliance as a Debian package, for people with their own Debian 12 or 13. Its control file and scripts are
//! in packaging/debian/. `cargo xtask package test` installs it into a fresh tree of each, upgrades, removes and purges it.

use crate::run::{announce, step, target_dir};
use crate::{packages, up};
use anyhow::{Context, Result, bail};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const SOURCE: &str = "packaging/debian";
const SUITES: [&str; 2] = ["bookworm", "trixie"];
const MAINTAINER: &str = "Posthouse maintainers <maintainers@posthouse.invalid>";
const HOMEPAGE: &str = "https://posthouse.invalid/";

pub fn run(words: &[String]) -> Result<ExitCode> {
    match words {
        [] => build(None).map(|_| ExitCode::SUCCESS),
        [option, dir] if option == "--binaries" => build(Some(dir.into())).map(|_| ExitCode::SUCCESS),
        [verb, rest @ ..] if verb == "test" => {
            let binaries = match rest {
                [] => None,
                [option, dir] if option == "--binaries" => Some(dir.into()),
                _ => bail!("cargo xtask package test [--binaries DIR]"),
            };
            packages::install(packages::FOR_IMAGE)?;
            let package = build(binaries)?;
            SUITES.iter().try_for_each(|suite| try_in(suite, &package))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("cargo xtask package [test] [--binaries DIR]"),
    }
}

fn build(binaries: Option<PathBuf>) -> Result<PathBuf> {
    let binaries = match binaries {
        Some(dir) => dir,
        None => up::build(true)?.parent().context("no directory")?.to_owned(),
    };
    let out = target_dir().join("packages");
    let tree = out.join("tree");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let version = env!("CARGO_PKG_VERSION");
    let architecture = said(Command::new("dpkg").arg("--print-architecture"))?;
    fill(&tree, &binaries)?;
    let control = fs::read_to_string(Path::new(SOURCE).join("control"))?
        .replace("@VERSION@", version)
        .replace("@ARCHITECTURE@", architecture.trim())
        .replace("@MAINTAINER@", MAINTAINER)
        .replace("@HOMEPAGE@", HOMEPAGE)
        .replace("@SIZE@", &(bytes_below(&tree)? / 1024).to_string());
    put_text(&tree, "DEBIAN/control", &control, 0o644)?;
    for script in ["postinst", "prerm", "postrm"] {
        put(&tree, &Path::new(SOURCE).join(script), &format!("DEBIAN/{script}"), 0o755)?;
    }
    let package = out.join(format!("posthouse_{version}_{}.deb", architecture.trim()));
    // The same sources and programs give the same package.
    let date = said(Command::new("git").args(["log", "-1", "--format=%ct"])).unwrap_or_else(|_| "0".to_owned());
    let mut make = Command::new("dpkg-deb");
    make.env("SOURCE_DATE_EPOCH", date.trim()).args(["--root-owner-group", "--build"]).arg(&tree).arg(&package);
    step(&mut make)?;
    fs::remove_dir_all(&tree)?;
    println!("{}: {:.1} MiB", package.display(), package.metadata()?.len() as f64 / f64::from(1 << 20));
    Ok(package)
}

fn fill(tree: &Path, binaries: &Path) -> Result<()> {
    for name in ["posthouse", "mailboxd", "extractd"] {
        // Each finds the next one beside itself.
        let to = put(tree, &binaries.join(name), &format!("usr/lib/posthouse/{name}"), 0o755)?;
        step(Command::new("strip").arg("--strip-debug").arg(to))?;
    }
    fs::create_dir_all(tree.join("usr/bin"))?;
    symlink("../lib/posthouse/posthouse", tree.join("usr/bin/posthouse"))?;
    let units = "usr/lib/systemd/system";
    put(tree, Path::new("packaging/posthouse.service"), &format!("{units}/posthouse.service"), 0o644)?;
    let own = Path::new(SOURCE).join("posthouse.service.conf");
    put(tree, &own, &format!("{units}/posthouse.service.d/debian.conf"), 0o644)?;
    let doc = "usr/share/doc/posthouse";
    put(tree, &Path::new(SOURCE).join("copyright"), &format!("{doc}/copyright"), 0o644)?;
    for name in ["LICENSE", "CHANGELOG.md"] {
        put(tree, Path::new(name), &format!("{doc}/{name}"), 0o644)?;
    }
    for page in fs::read_dir("docs/admin")? {
        let page = page?;
        put(tree, &page.path(), &format!("{doc}/admin/{}", page.file_name().display()), 0o644)?;
    }
    Ok(())
}

fn put(tree: &Path, from: &Path, to: &str, mode: u32) -> Result<PathBuf> {
    let to = tree.join(to);
    fs::create_dir_all(to.parent().context("no parent")?)?;
    fs::copy(from, &to).with_context(|| from.display().to_string())?;
    fs::set_permissions(&to, PermissionsExt::from_mode(mode))?;
    Ok(to)
}

fn put_text(tree: &Path, to: &str, text: &str, mode: u32) -> Result<()> {
    let to = tree.join(to);
    fs::create_dir_all(to.parent().context("no parent")?)?;
    fs::write(&to, text)?;
    fs::set_permissions(&to, PermissionsExt::from_mode(mode))?;
    Ok(())
}

fn bytes_below(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let found = entry.path().symlink_metadata()?;
        bytes += if found.is_dir() { bytes_below(&entry.path())? } else { found.size() };
    }
    Ok(bytes)
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed ({})", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// What must hold, step by step, inside the tree.
const CHECK: &str = r#"
set -e
fail() { echo "FAILED: $*"; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends /tmp/posthouse.deb >/tmp/apt.log 2>&1 || { tail -30 /tmp/apt.log; fail install; }
posthouse --version
/usr/lib/posthouse/mailboxd --version
getent passwd posthouse >/dev/null || fail "there is no user"
[ "$(stat -c %a /srv/posthouse)" = 711 ] || fail "rights of /srv/posthouse"
[ -z "$(find /usr/lib/posthouse /usr/bin/posthouse -perm /6022 -type f)" ] || fail "somebody else can write to a program"
[ ! -e /etc/systemd/system/multi-user.target.wants/posthouse.service ] || fail "it was enabled by itself"
command -v systemd-analyze >/dev/null && { systemd-analyze verify /usr/lib/systemd/system/posthouse.service || fail unit; }
cat >/tmp/answers.toml <<'END'
hostname = 'mail.package.test'
domain = 'package.test'
[administrator]
name = 'ann'
password = 'a-long-password'
[protection]
antivirus = false
END
# mmdebstrap's own can't be written to, and the scanners' rank among those that memory is taken from stands there.
mount -t proc proc /proc
# Everything that it needs came with it: it sets itself up, and mail passes.
posthouse up --profile appliance --state /tmp/state --bind 127.0.0.1 --port-offset 23000 --setup \
    --answers /tmp/answers.toml >/tmp/up.log 2>&1 &
up=$!
for second in $(seq 600); do
    grep -q '"state":"done"' /tmp/state/setup/progress.json 2>/dev/null && break
    kill -0 $up 2>/dev/null || { tail -20 /tmp/up.log; fail "it ended"; }
    sleep 1
done
posthouse prov modifyConfig zimbraMtaDnsLookupsEnabled FALSE --state /tmp/state >/dev/null
posthouse apply --state /tmp/state >/dev/null
posthouse upgrade probe --state /tmp/state || { tail -20 /tmp/up.log; fail "mail does not pass"; }
posthouse stop --state /tmp/state
mkdir -p /srv/posthouse/settings /srv/posthouse/setup
echo mail >/srv/posthouse/settings/kept
echo '{}' >/srv/posthouse/setup/done.json
dpkg -i /tmp/posthouse.deb >/dev/null || fail upgrade
[ "$(cat /srv/posthouse/settings/kept)" = mail ] || fail "an upgrade touched data"
apt-get remove -y posthouse >/dev/null 2>&1 || fail remove
[ ! -e /usr/bin/posthouse ] || fail "programs are left"
[ "$(cat /srv/posthouse/settings/kept)" = mail ] || fail "a removal touched data"
dpkg --purge posthouse | grep -q /srv/posthouse || fail "a purge does not say where data is"
[ "$(cat /srv/posthouse/settings/kept)" = mail ] || fail "a purge touched data"
getent passwd posthouse >/dev/null || fail "the user is gone, its data is not"
dpkg -i /tmp/posthouse.deb >/dev/null || fail "installing again"
[ "$(cat /srv/posthouse/settings/kept)" = mail ] || fail "installing again touched data"
echo PASSED
"#;

fn try_in(suite: &str, package: &Path) -> Result<()> {
    let dir = target_dir().join("packages").join(suite);
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    let check = target_dir().join("packages/check.sh");
    fs::write(&check, CHECK)?;
    let (package, check) = (package.display(), check.display());
    let mut make = Command::new("mmdebstrap");
    make.args(["--variant=apt", "--include=systemd,ca-certificates"])
        .arg(format!("--customize-hook=copy-in {check} /tmp"))
        .arg(format!("--customize-hook=upload {package} /tmp/posthouse.deb"))
        // Daemons that are installed are not started in a tree.
        .arg("--customize-hook=printf '#!/bin/sh\\nexit 101\\n' >\"$1/usr/sbin/policy-rc.d\"; chmod 755 \"$1/usr/sbin/policy-rc.d\"")
        .arg("--customize-hook=chroot \"$1\" sh /tmp/check.sh")
        .args([suite, "/dev/null"]);
    announce(&make);
    let status = make.status().context("mmdebstrap")?;
    if !status.success() {
        bail!("the package failed in {suite} ({status})");
    }
    println!("{suite}: installed, upgraded, removed, purged, installed again; data was kept");
    Ok(())
}
