// SPDX-License-Identifier: AGPL-3.0-or-later
//! Questions on a terminal. Each shows what an empty line means.

use crate::setup::{Administrator, Answers, Certificate, Language, Protection, Relay};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, Write};
use std::process::Command;

pub fn ask(facts: &Value) -> Result<Answers> {
    let hostname = line("Name of this server on the Internet", facts["hostname"].as_str().unwrap_or_default())?;
    let guess = hostname.split_once('.').map_or("", |(_, domain)| domain);
    let domain = line("Mail domain, what is behind the @", guess)?;
    let administrator = administrator()?;
    let protection = protection(facts)?;
    let relay = if agreed_or("Does mail leave by somebody else's relay host?", false)? { Some(relay()?) } else { None };
    let alerts = line("Who is told when something is wrong (addresses, with commas; empty: the administrator)", "")?;
    let alerts = alerts.split(',').map(str::trim).filter(|address| !address.is_empty()).map(str::to_owned).collect();
    let language =
        if line("Language of the administrator, en or de", "en")? == "de" { Language::De } else { Language::En };
    let certificate = certificate()?;
    Ok(Answers {
        language,
        hostname,
        domain,
        administrator,
        certificate,
        protection,
        relay,
        alerts,
        ..Answers::default()
    })
}

fn administrator() -> Result<Administrator> {
    let name = line("Administrator, what is before the @", "admin")?;
    let display_name = line("The administrator's whole name (may be empty)", "")?;
    let password = secret("Password")?;
    if secret("The same once more")? != password {
        bail!("the passwords differ; nothing was changed");
    }
    Ok(Administrator { name, display_name, password, password_file: None })
}

fn protection(facts: &Value) -> Result<Protection> {
    if facts["is_appliance"] != true {
        return Ok(Protection::default());
    }
    let mebibytes = |key: &str| facts[key].as_u64().unwrap_or(0) >> 20;
    let (price, memory, rest) = (mebibytes("antivirus_bytes"), mebibytes("memory_bytes"), mebibytes("rest_bytes"));
    let question = format!("Scan for viruses? It takes {price} MiB of memory; this machine has {memory}");
    Ok(Protection { antispam: true, antivirus: agreed_or(&question, memory > price + rest)? })
}

fn relay() -> Result<Relay> {
    let host = line("Relay host", "")?;
    let port = line("Port", "587")?.parse().context("a port is a number")?;
    let user = line("User there (may be empty)", "")?;
    let password = if user.is_empty() { String::new() } else { secret("Password there")? };
    Ok(Relay { host, port, user, password, password_file: None, require_tls: true })
}

fn certificate() -> Result<Certificate> {
    let question = "Shall a certificate be had from Let's Encrypt, and renewed by itself, under its terms of service?";
    if agreed_or(question, false)? {
        let contact = line("Address at which Let's Encrypt reaches you (may be empty)", "")?;
        return Ok(Certificate::Acme { contact, agreed: true, directory: None, ca_file: None });
    }
    let file = line("File with a certificate of your own, in PEM (empty: self-signed)", "")?;
    if file.is_empty() {
        return Ok(Certificate::SelfSigned);
    }
    let read = |path: &str| std::fs::read_to_string(path).with_context(|| path.to_owned());
    let chain = read(&file)?;
    let key = read(&line("File with its key", "")?)?;
    Ok(Certificate::Own { chain, key, chain_file: None, key_file: None })
}

pub fn agreed(question: &str) -> Result<bool> {
    agreed_or(question, false)
}

fn agreed_or(question: &str, usual: bool) -> Result<bool> {
    let answer = line(&format!("{question} (yes, no)"), if usual { "yes" } else { "no" })?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

fn line(question: &str, usual: &str) -> Result<String> {
    let shown = if usual.is_empty() { String::new() } else { format!(" [{usual}]") };
    eprint!("{question}{shown}: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    if std::io::stdin().lock().read_line(&mut answer)? == 0 {
        bail!("the answers ended; nothing was changed");
    }
    let answer = answer.trim();
    Ok(if answer.is_empty() { usual } else { answer }.to_owned())
}

/// Unseen, where the terminal can do that.
fn secret(question: &str) -> Result<String> {
    let echo = |word: &str| Command::new("stty").arg(word).status().is_ok_and(|status| status.success());
    let is_hidden = echo("-echo");
    let answer = line(question, "");
    if is_hidden {
        echo("echo");
        eprintln!();
    }
    answer
}
