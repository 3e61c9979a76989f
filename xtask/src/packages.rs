// SPDX-License-Identifier: AGPL-3.0-or-later
//! Debian packages: what the tests run (real mail programs and a real browser, never mocks), and what makes and boots the image.

use crate::run::{is_installed, step};
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

/// A program, a file with its whole path or a module of Perl, and the package that has it.
type Needed = &'static [(&'static str, &'static str)];

/// What builds the image: everything else comes from its own lock.
pub const FOR_IMAGE: Needed = &[("mmdebstrap", "mmdebstrap"), ("strip", "binutils")];

/// What boots it.
pub const FOR_BOOT: Needed =
    &[("qemu-system-x86_64", "qemu-system-x86"), ("/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "ovmf")];

pub const FOR_TESTS: Needed = &[
    ("chromium", "chromium"),
    ("swaks", "swaks"),
    ("mutt", "mutt"),
    ("mbsync", "isync"),
    ("neomutt", "neomutt"),
    ("offlineimap", "offlineimap3"),
    ("python3", "python3"),
    ("pip3", "python3-pip"),
    ("mariadbd", "mariadb-server"),
    ("mariadb-install-db", "mariadb-server"),
    ("slapd", "slapd"),
    ("ldapmodify", "ldap-utils"),
    ("postfix", "postfix"),
    ("/usr/lib/postfix/postfix-ldap.so", "postfix-ldap"),
    ("clamd", "clamav-daemon"),
    ("freshclam", "clamav-freshclam"),
    ("amavisd", "amavisd-new"),
    ("spamassassin", "spamassassin"),
    ("Mail::SPF", "libmail-spf-perl"),
    ("Mail::DMARC", "libmail-dmarc-perl"),
    ("Mail::DKIM", "libmail-dkim-perl"),
    // swaks speaks TLS with it
    ("Net::SSLeay", "libnet-ssleay-perl"),
    // the DNS of the tests: the program without its service
    ("dnsmasq", "dnsmasq-base"),
    ("ip", "iproute2"),
    ("openssl", "openssl"),
    ("pebble", "pebble"),
    ("curl", "curl"),
    // text of PDF
    ("pdftotext", "poppler-utils"),
    ("fetchmail", "fetchmail"),
    // accounts elsewhere
    ("/usr/lib/dovecot/imap", "dovecot-imapd"),
    ("/usr/lib/dovecot/pop3", "dovecot-pop3d"),
    ("sieve-connect", "sieve-connect"),
    ("/usr/share/hunspell/en_US.dic", "hunspell-en-us"),
    ("/usr/share/hunspell/de_DE.dic", "hunspell-de-de"),
    // what our own partition table and dm-verity tree are compared with
    ("sfdisk", "fdisk"),
    ("veritysetup", "cryptsetup-bin"),
];

/// Debian's own services (Postfix on port 25, MariaDB …) must not start: invoke-rc.d asks here, and 101 is "forbidden".
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// Else the package asks, or makes a configuration for this machine's name.
const ANSWERS: &str = "postfix postfix/main_mailer_type select No configuration\n";

/// As root everything that is missing is installed, and it is an error if anything is missing still. Others are told.
pub fn install(needed: Needed) -> Result<()> {
    let missing = missing(needed);
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() {
        eprintln!(
            "xtask: not root, so not installed: {}.\n\
             xtask: What needs them will fail, and so will tests of the appliance and builds of the image, which need root themselves.",
            missing.join(" ")
        );
        return Ok(());
    }
    eprintln!("xtask: installing Debian packages: {}", missing.join(" "));
    let _quiet = Quiet::begin()?;
    answer(ANSWERS)?;
    step(&mut apt(&["update", "-q"]))?;
    step(apt(&["install", "-q", "-y", "--no-install-recommends"]).args(missing))?;
    match self::missing(needed).as_slice() {
        [] => Ok(()),
        left => bail!("installed, but what is needed is still not there: {}", left.join(" ")),
    }
}

fn missing(needed: Needed) -> Vec<&'static str> {
    let is_there = |what: &str| match what {
        path if path.starts_with('/') => Path::new(path).exists(),
        module if module.contains("::") => has_perl(module),
        program => is_installed(program),
    };
    let mut missing: Vec<&str> =
        needed.iter().filter(|(what, _)| !is_there(what)).map(|(_, package)| *package).collect();
    missing.dedup();
    missing
}

fn has_perl(module: &str) -> bool {
    let mut perl = Command::new("perl");
    perl.arg(format!("-M{module}")).args(["-e", "1"]).stdout(Stdio::null()).stderr(Stdio::null());
    perl.status().is_ok_and(|status| status.success())
}

/// While it lives no service is started by an installation.
struct Quiet {
    is_ours: bool,
}

impl Quiet {
    fn begin() -> Result<Quiet> {
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(POLICY);
        match made {
            Ok(mut file) => {
                file.write_all(b"#!/bin/sh\nexit 101\n")?;
                Ok(Quiet { is_ours: true })
            }
            // Containers have one that says the same.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(Quiet { is_ours: false }),
            Err(e) => Err(e).context(POLICY),
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = std::fs::remove_file(POLICY);
        }
    }
}

/// Without debconf-utils nothing is asked either, as the front end is "noninteractive".
fn answer(lines: &str) -> Result<()> {
    let Ok(mut child) = Command::new("debconf-set-selections").stdin(Stdio::piped()).spawn() else { return Ok(()) };
    child.stdin.take().context("no stdin")?.write_all(lines.as_bytes())?;
    let status = child.wait()?;
    if status.success() { Ok(()) } else { bail!("debconf-set-selections: {status}") }
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
