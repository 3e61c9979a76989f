// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether the filter does what it is there for: it is given the two messages that every scanner must know (GTUBE, EICAR) on a
//! port where nothing is withheld or passed on, and has to refuse both. A greeting would only prove that it listens.

use crate::engine::Done;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A machine without DNS makes SpamAssassin wait.
const PATIENCE: Duration = Duration::from_secs(90);
const GTUBE: &str = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";
/// In two pieces, so that no scanner takes our program for the test file itself.
const EICAR: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

pub fn run(address: SocketAddr, scans_viruses: bool, scans_spam: bool) -> Result<Done> {
    let mut found = Vec::new();
    if scans_spam {
        offer(address, GTUBE, "spam").context("the spam filter does not know a test message")?;
        found.push("the test spam");
    }
    if scans_viruses {
        offer(address, &EICAR.concat(), "infected").context("the virus scanner does not know a test virus")?;
        found.push("the test virus");
    }
    Ok(Done { text: format!("found {}", found.join(" and ")), needs_restart: false })
}

/// It must be refused, and for that reason.
fn offer(address: SocketAddr, body: &str, reason: &str) -> Result<()> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut answers = BufReader::new(stream.try_clone()?);
    answer(&mut answers, "220")?;
    let message = format!("From: <probe@localhost>\r\nTo: <probe@localhost>\r\nSubject: probe\r\n\r\n{body}\r\n.");
    for (line, code) in [
        ("EHLO localhost", "250"),
        ("MAIL FROM:<probe@localhost>", "250"),
        ("RCPT TO:<probe@localhost>", "250"),
        ("DATA", "354"),
    ] {
        (&stream).write_all(format!("{line}\r\n").as_bytes())?;
        answer(&mut answers, code)?;
    }
    (&stream).write_all(format!("{message}\r\n").as_bytes())?;
    let said = answer(&mut answers, "554")?;
    if !said.to_lowercase().contains(reason) {
        bail!("it was refused for another reason: {said}");
    }
    let _ = (&stream).write_all(b"QUIT\r\n");
    Ok(())
}

fn answer(answers: &mut impl BufRead, code: &str) -> Result<String> {
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            bail!("the connection was closed");
        }
        if line.as_bytes().get(3) == Some(&b'-') {
            continue;
        }
        let line = line.trim().to_owned();
        return if line.starts_with(code) { Ok(line) } else { Err(anyhow::anyhow!("it said {line}")) };
    }
}
