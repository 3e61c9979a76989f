// SPDX-License-Identifier: AGPL-3.0-or-later
//! Signs and verifies as others do (RFC 6376), with Mail::DKIM (Debian package libmail-dkim-perl).

use crate::appliance::mails::{perl, run};
use crate::appliance::net::Net;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

const SIGN: &str = "use Mail::DKIM::Signer; binmode STDIN; my $s = Mail::DKIM::Signer->new(Algorithm => \
    'rsa-sha256', Method => 'relaxed/simple', Domain => $ARGV[0], Selector => $ARGV[1], KeyFile => $ARGV[2]); \
    my $m = do { local $/; <STDIN> }; $s->PRINT($m); $s->CLOSE; print $s->signature->as_string, \"\\r\\n\", $m";
const VERIFY: &str = "use Mail::DKIM::Verifier; binmode STDIN; my $v = Mail::DKIM::Verifier->new; \
    $v->PRINT(do { local $/; <STDIN> }); $v->CLOSE; print $v->result_detail, ' ', \
    join ',', map { $_->domain } $v->signatures";

/// A domain's key; the answer is the record to publish.
pub fn make_key(file: &Path) -> Result<String> {
    let path = file.to_str().context("a path that is no text")?;
    run(Command::new("openssl").args(["genrsa", "-traditional", "-out", path, "1024"]), b"")?;
    let public = run(Command::new("openssl").args(["rsa", "-in", path, "-pubout", "-outform", "PEM"]), b"")?;
    let pem = String::from_utf8(public)?;
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    Ok(format!("v=DKIM1; k=rsa; p={base64}"))
}

/// The message with a signature in front.
pub fn sign(message: &[u8], domain: &str, selector: &str, key: &Path) -> Result<Vec<u8>> {
    perl(SIGN, &[domain, selector, key.to_str().context("a path that is no text")?], message)
}

/// "pass" or what is wrong, and the domains that signed. Asks the test's DNS.
pub fn verify(net: &Net, message: &[u8]) -> Result<String> {
    Ok(String::from_utf8(run(net.command("perl").args(["-e", VERIFY]), message)?)?)
}
