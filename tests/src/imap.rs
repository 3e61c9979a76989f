// SPDX-License-Identifier: AGPL-3.0-or-later
//! A small IMAP client (RFC 3501): a command in, its untagged lines out, with literals in place.

use crate::stream::Stream;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;

pub struct Imap {
    pub stream: Stream,
    serial: u32,
}

/// A tagged answer that is not OK: the server answered, so nothing is undecided.
#[derive(Debug)]
pub struct Refused(pub String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused: {}", self.0)
    }
}

impl std::error::Error for Refused {}

#[derive(Debug)]
pub struct Answer {
    /// Without `* `; a literal stands where its length was announced, in a list of its own.
    pub untagged: Vec<Line>,
    /// What follows the tag: `OK …`.
    pub status: String,
}

#[derive(Debug, Default)]
pub struct Line {
    /// Literals left out, `{n}` stays.
    pub text: String,
    pub literals: Vec<Vec<u8>>,
}

/// A message as FETCH shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub uid: u32,
    /// Sorted, without `\Recent`.
    pub flags: Vec<String>,
    pub bytes: Vec<u8>,
}

impl Imap {
    pub fn connect(address: SocketAddr) -> Result<Imap> {
        let mut stream = Stream::connect(address)?;
        let greeting = stream.line()?;
        if !greeting.starts_with(b"* OK") {
            bail!("greeted with {}", String::from_utf8_lossy(&greeting));
        }
        Ok(Imap { stream, serial: 0 })
    }

    pub fn login(address: SocketAddr, user: &str, password: &str) -> Result<Imap> {
        let mut imap = Imap::connect(address)?;
        imap.ok(&format!("LOGIN {user} {password}"))?;
        Ok(imap)
    }

    pub fn command(&mut self, text: &str) -> Result<Answer> {
        self.serial += 1;
        let tag = format!("t{}", self.serial);
        self.stream.send(format!("{tag} {text}\r\n").as_bytes())?;
        self.answer(&tag)
    }

    /// Fails with [`Refused`] when the server says NO or BAD.
    pub fn ok(&mut self, text: &str) -> Result<Answer> {
        let answer = self.command(text)?;
        if answer.status.starts_with("OK") { Ok(answer) } else { Err(Refused(answer.status).into()) }
    }

    fn answer(&mut self, tag: &str) -> Result<Answer> {
        let mut untagged = Vec::new();
        loop {
            let line = self.logical_line()?;
            if let Some(status) = line.text.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
                return Ok(Answer { untagged, status: status.into() });
            }
            let text =
                line.text.strip_prefix("* ").with_context(|| format!("neither ours nor untagged: {}", line.text))?;
            if text.starts_with("BYE") {
                bail!("server said {text}");
            }
            untagged.push(Line { text: text.into(), literals: line.literals });
        }
    }

    /// A line with its literals (RFC 3501 §4.3).
    fn logical_line(&mut self) -> Result<Line> {
        let mut out = Line::default();
        loop {
            let line = self.stream.line()?;
            out.text += &String::from_utf8_lossy(&line);
            let Some(octets) = literal_octets(&out.text) else { return Ok(out) };
            out.literals.push(self.stream.exactly(octets)?);
        }
    }

    /// Folder's UIDVALIDITY.
    pub fn select(&mut self, folder: &str) -> Result<u32> {
        let answer = self.ok(&format!("SELECT \"{folder}\""))?;
        let validity = answer.untagged.iter().find_map(|line| number_after(&line.text, "[UIDVALIDITY "));
        validity.context("SELECT without UIDVALIDITY")
    }

    /// Everything in the selected folder.
    pub fn fetch_all(&mut self) -> Result<Vec<Fetched>> {
        let answer = self.ok("UID FETCH 1:* (UID FLAGS BODY.PEEK[])")?;
        let fetches =
            answer.untagged.into_iter().filter(|line| line.text.contains(" FETCH (") && !line.literals.is_empty());
        fetches.map(fetched).collect()
    }

    /// UIDs in the selected folder, by a search key.
    pub fn search(&mut self, key: &str) -> Result<Vec<u32>> {
        let answer = self.ok(&format!("UID SEARCH {key}"))?;
        let found = answer.untagged.iter().find_map(|line| line.text.strip_prefix("SEARCH"));
        let words = found.unwrap_or_default().split_whitespace();
        words.map(|uid| uid.parse().context("SEARCH answered no number")).collect()
    }

    /// `flags` as between the parentheses.
    pub fn append(&mut self, folder: &str, flags: &str, message: &[u8]) -> Result<()> {
        self.serial += 1;
        let tag = format!("t{}", self.serial);
        let mut bytes = format!("{tag} APPEND \"{folder}\" ({flags}) {{{}+}}\r\n", message.len()).into_bytes();
        bytes.extend_from_slice(message);
        bytes.extend_from_slice(b"\r\n");
        self.stream.send(&bytes)?;
        let answer = self.answer(&tag)?;
        if answer.status.starts_with("OK") { Ok(()) } else { Err(Refused(answer.status).into()) }
    }
}

fn fetched(line: Line) -> Result<Fetched> {
    let uid = number_after(&line.text, "UID ").context("FETCH without UID")?;
    let (_, rest) = line.text.split_once("FLAGS (").context("FETCH without FLAGS")?;
    let (flags, _) = rest.split_once(')').context("FLAGS without an end")?;
    let mut flags: Vec<_> = flags.split_whitespace().filter(|flag| *flag != "\\Recent").map(String::from).collect();
    flags.sort();
    let bytes = line.literals.into_iter().next().context("FETCH without a body")?;
    Ok(Fetched { uid, flags, bytes })
}

fn literal_octets(text: &str) -> Option<usize> {
    text.strip_suffix('}')?.rsplit_once('{')?.1.parse().ok()
}

fn number_after(text: &str, mark: &str) -> Option<u32> {
    let (_, rest) = text.split_once(mark)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}
