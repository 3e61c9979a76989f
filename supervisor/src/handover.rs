// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message of our own into this machine's mail, by SMTP (RFC 5321) or LMTP (RFC 2033). Without a sender, so that nothing comes back.

use anyhow::{Result, anyhow, bail};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Smtp,
    Lmtp,
}

/// To one recipient. `message`: lines that end in CRLF, in UTF-8.
pub fn hand_over(protocol: Protocol, to: SocketAddr, recipient: &str, message: &str) -> Result<()> {
    let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let hello = if protocol == Protocol::Lmtp { "LHLO" } else { "EHLO" };
    let body = if message.is_ascii() { "" } else { " BODY=8BITMIME" };
    expect(&mut answers, '2')?;
    for (line, class) in [
        (format!("{hello} localhost"), '2'),
        (format!("MAIL FROM:<>{body}"), '2'),
        (format!("RCPT TO:<{recipient}>"), '2'),
        ("DATA".to_owned(), '3'),
        // RFC 5321 §4.5.2
        (format!("{}\r\n.", message.replace("\r\n.", "\r\n..").trim_end_matches("\r\n")), '2'),
        ("QUIT".to_owned(), '2'),
    ] {
        (&stream).write_all(format!("{line}\r\n").as_bytes())?;
        expect(&mut answers, class)?;
    }
    Ok(())
}

/// The last line of an answer has a space behind the code (RFC 5321 §4.2.1).
fn expect(answers: &mut impl BufRead, class: char) -> Result<()> {
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            bail!("the connection was closed");
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return if line.starts_with(class) { Ok(()) } else { Err(anyhow!("{}", line.trim())) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_several_lines_is_one() {
        assert!(expect(&mut "250-a\r\n250 b\r\n".as_bytes(), '2').is_ok());
        assert!(expect(&mut "451 4.3.0 no\r\n".as_bytes(), '2').unwrap_err().to_string().contains("4.3.0"));
        assert!(expect(&mut "".as_bytes(), '2').is_err());
    }
}
