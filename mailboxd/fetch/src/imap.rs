// SPDX-License-Identifier: AGPL-3.0-or-later
//! IMAP (RFC 3501), as far as reading takes: folders, UIDs, messages. Folders are opened by EXAMINE, so that nothing changes
//! over there.

mod response;

use crate::error::{Error, Result};
use crate::line::{Limits, Line};
use crate::place::{Place, Security, Tls};
use crate::utf7;
use response::{Value, atom, number, parse};

pub struct Client {
    line: Line,
    tag: u32,
}

/// One that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// As the server writes it.
    pub raw: Vec<u8>,
    /// The names on the way to it.
    pub path: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    pub uid: u32,
    /// "\Seen", "$Forwarded" …
    pub flags: Vec<String>,
    /// INTERNALDATE, milliseconds since 1970.
    pub date_ms: Option<i64>,
    pub content: Vec<u8>,
}

/// Untagged answers to one command, beyond which a server only wants to fill memory.
const ANSWERS_MAX: usize = 400_000;
/// One answer without literals: SEARCH has all UIDs in one line.
const ANSWER_BYTES_MAX: usize = 8 << 20;
/// Levels of folders.
const DEPTH_MAX: usize = 64;

impl Client {
    pub async fn login(place: &Place, tls: &Tls, limits: Limits, user: &str, password: &str) -> Result<Client> {
        let line = place.connect(tls, Limits { line_bytes_max: ANSWER_BYTES_MAX, ..limits }).await?;
        let mut client = Client { line, tag: 0 };
        let greeting = client.line.line().await?;
        if !greeting.to_ascii_uppercase().starts_with(b"* OK") {
            return Err(Error::Protocol("not IMAP"));
        }
        if matches!(place.security, Security::StartTls | Security::StartTlsIfAvailable) {
            match client.command("STARTTLS", &mut |_| Ok(())).await {
                Ok(()) => {
                    let line = place.secure(client.line, tls).await?;
                    client = Client { line, tag: client.tag };
                }
                Err(Error::Refused(_)) if place.security == Security::StartTlsIfAvailable => {}
                Err(Error::Refused(_)) => return Err(Error::Tls("the server has no STARTTLS".into())),
                Err(error) => return Err(error),
            }
        }
        let login = format!("LOGIN {} {}", quoted(user)?, quoted(password)?);
        match client.command(&login, &mut |_| Ok(())).await {
            Err(Error::Refused(why)) => Err(Error::Login(why)),
            other => other.map(|()| client),
        }
    }

    /// All folders that can be opened.
    pub async fn folders(&mut self) -> Result<Vec<Folder>> {
        let max = self.line.limits.entries_max;
        let mut folders = Vec::new();
        self.command("LIST \"\" \"*\"", &mut |answer| {
            if let Some(folder) = listed(&answer) {
                folders.push(folder);
            }
            if folders.len() > max { Err(Error::Protocol("too many folders")) } else { Ok(()) }
        })
        .await?;
        Ok(folders)
    }

    /// Opens a folder to read. Its UIDVALIDITY.
    pub async fn examine(&mut self, folder: &Folder) -> Result<u32> {
        let mut validity = None;
        let command = [b"EXAMINE ".as_slice(), &quoted_raw(&folder.raw)?].concat();
        self.raw_command(&command, &mut |answer| {
            // * OK [UIDVALIDITY 3857529045] UIDs valid
            if let [_, code, value, ..] = answer.as_slice()
                && atom(code).is_some_and(|code| code.eq_ignore_ascii_case("[UIDVALIDITY"))
            {
                validity = atom(value).and_then(|value| value.trim_end_matches(']').parse().ok());
            }
            Ok(())
        })
        .await?;
        validity.ok_or(Error::Protocol("a folder without UIDVALIDITY"))
    }

    /// UIDs above `after`, in order.
    pub async fn uids(&mut self, after: u32) -> Result<Vec<u32>> {
        let Some(from) = after.checked_add(1) else { return Ok(Vec::new()) };
        let max = self.line.limits.entries_max;
        let mut uids = Vec::new();
        self.command(&format!("UID SEARCH UID {from}:*"), &mut |answer| {
            if answer.first().and_then(atom).is_some_and(|name| name.eq_ignore_ascii_case("SEARCH")) {
                uids.extend(answer[1..].iter().filter_map(number));
            }
            if uids.len() > max { Err(Error::Protocol("too many messages")) } else { Ok(()) }
        })
        .await?;
        // n:* always names the last one (RFC 3501 §6.4.8)
        uids.retain(|uid| *uid > after);
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// Octets of a message, if it is there.
    pub async fn size(&mut self, uid: u32) -> Result<Option<usize>> {
        let mut size = None;
        self.command(&format!("UID FETCH {uid} (UID RFC822.SIZE)"), &mut |answer| {
            if let Some(items) = fetched(&answer, uid) {
                size = pairs(items).find(|(name, _)| name == "RFC822.SIZE").and_then(|(_, value)| number(value));
            }
            Ok(())
        })
        .await?;
        Ok(size.and_then(|size| usize::try_from(size).ok()))
    }

    /// One message, if it is there. It is not marked as seen.
    pub async fn message(&mut self, uid: u32) -> Result<Option<Message>> {
        let mut found = None;
        self.command(&format!("UID FETCH {uid} (UID FLAGS INTERNALDATE BODY.PEEK[])"), &mut |answer| {
            if let Some(items) = fetched(&answer, uid) {
                found = message(uid, items).or(found.take());
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    pub async fn logout(mut self) -> Result<()> {
        self.command("LOGOUT", &mut |_| Ok(())).await
    }

    async fn command(&mut self, text: &str, each: &mut (dyn FnMut(Vec<Value>) -> Result<()> + Send)) -> Result<()> {
        self.raw_command(text.as_bytes(), each).await
    }

    /// Sends it and hands out each untagged answer, until the tagged one.
    async fn raw_command(
        &mut self,
        text: &[u8],
        each: &mut (dyn FnMut(Vec<Value>) -> Result<()> + Send),
    ) -> Result<()> {
        self.tag += 1;
        let tag = format!("P{}", self.tag);
        self.line.send(&[tag.as_bytes(), b" ", text, b"\r\n"].concat()).await?;
        for _ in 0..ANSWERS_MAX {
            let answer = self.answer().await?;
            if let Some(rest) = answer.text.strip_prefix(b"* ") {
                each(parse(rest, answer.literals)?)?;
                continue;
            }
            let Some(rest) = answer.text.strip_prefix(tag.as_bytes()).and_then(|rest| rest.strip_prefix(b" ")) else {
                return Err(Error::Protocol("an answer to nothing"));
            };
            let said = String::from_utf8_lossy(rest);
            let (state, why) = said.split_once(' ').unwrap_or((&said, ""));
            let why: String = why.chars().filter(|c| !c.is_control()).take(200).collect();
            return if state.eq_ignore_ascii_case("OK") { Ok(()) } else { Err(Error::Refused(why)) };
        }
        Err(Error::Protocol("the answer has no end"))
    }

    /// One answer: its lines as one text, in which a zero octet stands for each literal.
    async fn answer(&mut self) -> Result<Answer> {
        let mut answer = Answer { text: Vec::new(), literals: Vec::new() };
        let mut octets = 0;
        loop {
            let mut line = self.line.line().await?;
            line.retain(|b| *b != 0);
            let count = literal(&line);
            if let Some((at, _)) = count {
                line.truncate(at);
            }
            answer.text.extend_from_slice(&line);
            let Some((_, count)) = count else { return Ok(answer) };
            octets += count;
            let max = self.line.limits.message_bytes_max;
            if octets > max {
                return Err(Error::TooLarge(max));
            }
            if answer.text.len() > ANSWER_BYTES_MAX || answer.literals.len() > 1_000 {
                return Err(Error::Protocol("an answer is too long"));
            }
            answer.literals.push(self.line.exactly(count).await?);
            answer.text.push(0);
        }
    }
}

struct Answer {
    text: Vec<u8>,
    literals: Vec<Vec<u8>>,
}

/// Where `{42}` begins that ends a line, and 42.
fn literal(line: &[u8]) -> Option<(usize, usize)> {
    let inner = line.strip_suffix(b"}")?;
    let at = inner.iter().rposition(|b| *b == b'{')?;
    let digits = std::str::from_utf8(&inner[at + 1..]).ok()?;
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten().map(|count| (at, count))
}

fn quoted(text: &str) -> Result<String> {
    if !text.is_ascii() || text.contains(['\r', '\n', '\0']) || text.len() > 1024 {
        return Err(Error::Login("not a name or password that LOGIN can say".into()));
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn quoted_raw(name: &[u8]) -> Result<Vec<u8>> {
    if name.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(Error::Protocol("a name of a folder"));
    }
    let mut out = vec![b'"'];
    for b in name {
        if matches!(b, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*b);
    }
    out.push(b'"');
    Ok(out)
}

/// `LIST (\HasNoChildren) "/" "a/b"`
fn listed(answer: &[Value]) -> Option<Folder> {
    let [name, Value::List(flags), separator, folder] = answer else { return None };
    if !atom(name)?.eq_ignore_ascii_case("LIST") {
        return None;
    }
    let is = |flag: &str| flags.iter().filter_map(atom).any(|known| known.eq_ignore_ascii_case(flag));
    // what holds all, or all of some kind, has nothing of its own
    if ["\\Noselect", "\\NonExistent", "\\All", "\\Flagged"].into_iter().any(is) {
        return None;
    }
    let raw = folder.octets()?.to_vec();
    let separator = separator.octets().filter(|s| s.len() == 1).map(|s| s[0]);
    let names: Vec<&[u8]> = match separator {
        Some(separator) => raw.split(|b| *b == separator).collect(),
        None => vec![&raw],
    };
    let path: Option<Vec<String>> = names.into_iter().filter(|name| !name.is_empty()).map(utf7::decode).collect();
    let path = path.filter(|path| !path.is_empty() && path.len() <= DEPTH_MAX)?;
    Some(Folder { raw, path })
}

/// The items of `3 FETCH (…)`, if they are of this message.
fn fetched(answer: &[Value], uid: u32) -> Option<&[Value]> {
    let [_, name, Value::List(items)] = answer else { return None };
    let is_fetch = atom(name)?.eq_ignore_ascii_case("FETCH");
    let of = pairs(items).find(|(name, _)| name == "UID").and_then(|(_, value)| number(value));
    (is_fetch && of == Some(uid)).then_some(items)
}

fn pairs(items: &[Value]) -> impl Iterator<Item = (String, &Value)> {
    items.chunks_exact(2).filter_map(|pair| Some((atom(&pair[0])?.to_ascii_uppercase(), &pair[1])))
}

fn message(uid: u32, items: &[Value]) -> Option<Message> {
    let mut message = Message { uid, ..Message::default() };
    let mut has_content = false;
    for (name, value) in pairs(items) {
        match (name.as_str(), value) {
            ("FLAGS", Value::List(flags)) => {
                message.flags = flags.iter().filter_map(atom).take(1_000).map(str::to_owned).collect();
            }
            ("INTERNALDATE", value) => {
                let text = value.octets().and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
                let date = chrono::DateTime::parse_from_str(text.trim(), "%d-%b-%Y %H:%M:%S %z");
                message.date_ms = date.ok().map(|date| date.timestamp_millis());
            }
            ("BODY[]", value) => {
                message.content = value.octets()?.to_vec();
                has_content = true;
            }
            _ => {}
        }
    }
    has_content.then_some(message)
}
