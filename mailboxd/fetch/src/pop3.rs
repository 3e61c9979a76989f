// SPDX-License-Identifier: AGPL-3.0-or-later
//! POP3 (RFC 1939, STLS of RFC 2595).

use crate::error::{Error, Result};
use crate::line::{Limits, Line};
use crate::place::{Place, Security, Tls};

/// One login. Dropped without [`Client::quit`], what was marked for deletion stays.
pub struct Client(Line);

/// A message on the server: its number in this session, and what it is called in all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub number: u32,
    pub uidl: String,
}

impl Client {
    pub async fn login(place: &Place, tls: &Tls, limits: Limits, user: &str, password: &str) -> Result<Client> {
        let mut line = place.connect(tls, limits).await?;
        answer(&mut line).await?;
        if matches!(place.security, Security::StartTls | Security::StartTlsIfAvailable) {
            line.send(b"STLS\r\n").await?;
            match answer(&mut line).await {
                Ok(_) => line = place.secure(line, tls).await?,
                Err(Error::Refused(_)) if place.security == Security::StartTlsIfAvailable => {}
                Err(Error::Refused(_)) => return Err(Error::Tls("the server has no STLS".into())),
                Err(error) => return Err(error),
            }
        }
        let mut client = Client(line);
        client.command("USER", user).await.map_err(as_login)?;
        client.command("PASS", password).await.map_err(as_login)?;
        Ok(client)
    }

    async fn command(&mut self, name: &str, argument: &str) -> Result<String> {
        if argument.contains(['\r', '\n', '\0']) || argument.len() > 1024 {
            return Err(Error::Refused("not a name or password that POP3 can say".into()));
        }
        self.0.send(format!("{name} {argument}\r\n").as_bytes()).await?;
        answer(&mut self.0).await
    }

    /// All messages (RFC 1939 UIDL). A server without it can't be fetched from, since nobody could tell what was fetched already.
    pub async fn list(&mut self) -> Result<Vec<Listed>> {
        self.0.send(b"UIDL\r\n").await?;
        answer(&mut self.0).await?;
        let mut listed = Vec::new();
        loop {
            let line = self.0.line().await?;
            if line == b"." {
                return Ok(listed);
            }
            if listed.len() >= self.0.limits.entries_max {
                return Err(Error::Protocol("too many messages"));
            }
            let text = String::from_utf8(line).map_err(|_| Error::Protocol("UIDL"))?;
            let (number, uidl) = text.split_once(' ').ok_or(Error::Protocol("UIDL"))?;
            let number = number.parse().map_err(|_| Error::Protocol("UIDL"))?;
            // RFC 1939: 1 to 70 characters; some have longer ones
            if uidl.is_empty() || uidl.len() > 255 {
                return Err(Error::Protocol("UIDL"));
            }
            listed.push(Listed { number, uidl: uidl.to_owned() });
        }
    }

    /// [`Error::TooLarge`] leaves the session as it is not to be used any more.
    pub async fn retrieve(&mut self, number: u32) -> Result<Vec<u8>> {
        self.0.send(format!("RETR {number}\r\n").as_bytes()).await?;
        answer(&mut self.0).await?;
        let max = self.0.limits.message_bytes_max;
        let mut message = Vec::new();
        loop {
            // A line of a message may be as long as that may be: it is no line of the protocol.
            let line = self.0.line_up_to(max - message.len() + 2, Error::TooLarge(max)).await?;
            if line == b"." {
                return Ok(message);
            }
            let text = line.strip_prefix(b".").unwrap_or(&line);
            if message.len() + text.len() + 2 > max {
                return Err(Error::TooLarge(max));
            }
            message.extend_from_slice(text);
            message.extend_from_slice(b"\r\n");
        }
    }

    /// Octets, as the server has them (LIST).
    pub async fn size(&mut self, number: u32) -> Result<usize> {
        self.0.send(format!("LIST {number}\r\n").as_bytes()).await?;
        let answer = answer(&mut self.0).await?;
        answer.split(' ').nth(1).and_then(|size| size.parse().ok()).ok_or(Error::Protocol("LIST"))
    }

    /// Marks it; it goes with [`Client::quit`].
    pub async fn delete(&mut self, number: u32) -> Result<()> {
        self.0.send(format!("DELE {number}\r\n").as_bytes()).await?;
        answer(&mut self.0).await.map(drop)
    }

    pub async fn quit(mut self) -> Result<()> {
        self.0.send(b"QUIT\r\n").await?;
        answer(&mut self.0).await.map(drop)
    }
}

fn as_login(error: Error) -> Error {
    match error {
        Error::Refused(why) => Error::Login(why),
        other => other,
    }
}

/// What stands behind `+OK`.
async fn answer(line: &mut Line) -> Result<String> {
    let said = line.line().await?;
    let text = String::from_utf8_lossy(&said);
    let shown = |rest: &str| rest.trim().chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    match text.strip_prefix("+OK") {
        Some(rest) => Ok(shown(rest)),
        None => match text.strip_prefix("-ERR") {
            Some(rest) => Err(Error::Refused(shown(rest))),
            None => Err(Error::Protocol("not POP3")),
        },
    }
}
