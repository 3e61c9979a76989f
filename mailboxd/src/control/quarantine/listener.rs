// SPDX-License-Identifier: AGPL-3.0-or-later
//! Hands a message to the MTA behind the scanner, where it is not scanned again (RFC 5321, as much as that needs). Blocking.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const CONNECT_MAX: Duration = Duration::from_secs(10);
/// RFC 5321 §4.5.3.2.6: ten minutes for the answer to the message.
const ANSWER_MAX: Duration = Duration::from_secs(600);
/// RFC 5321 §4.5.3.1.5 says 512.
const LINE_MAX: u64 = 4096;
const LINES_MAX: usize = 100;

struct Session {
    reader: BufReader<TcpStream>,
}

/// All recipients or none: who is refused is named.
pub fn hand_over(listener: SocketAddr, hostname: &str, from: &str, to: &[String], message: &[u8]) -> Result<()> {
    if [from].into_iter().chain(to.iter().map(String::as_str)).any(|path| path.contains(['\r', '\n', '<', '>'])) {
        bail!("an address in it can't be used");
    }
    let stream = TcpStream::connect_timeout(&listener, CONNECT_MAX).with_context(|| listener.to_string())?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.set_write_timeout(Some(ANSWER_MAX))?;
    let mut session = Session { reader: BufReader::new(stream) };
    session.expect(b'2')?;
    session.command(&format!("EHLO {hostname}"), b'2')?;
    // RFC 6531 §3.4
    let is_ascii = from.is_ascii() && to.iter().all(|path| path.is_ascii());
    let parameters = if is_ascii { "" } else { " SMTPUTF8" };
    session.command(&format!("MAIL FROM:<{from}>{parameters}"), b'2')?;
    for path in to {
        session.command(&format!("RCPT TO:<{path}>"), b'2').with_context(|| path.clone())?;
    }
    session.command("DATA", b'3')?;
    session.send(&stuffed(message))?;
    session.expect(b'2')?;
    // It has the message: how the connection ends changes nothing.
    let _ = session.command("QUIT", b'2');
    Ok(())
}

impl Session {
    fn command(&mut self, line: &str, expected: u8) -> Result<()> {
        self.send(format!("{line}\r\n").as_bytes())?;
        self.expect(expected)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.reader.get_mut().write_all(bytes)?)
    }

    fn expect(&mut self, class: u8) -> Result<()> {
        for _ in 0..LINES_MAX {
            let mut line = Vec::new();
            (&mut self.reader).take(LINE_MAX).read_until(b'\n', &mut line)?;
            match line.get(3) {
                None => bail!("the MTA broke off"),
                // more lines of the same reply
                Some(b'-') => {}
                Some(_) if line[0] == class => return Ok(()),
                Some(_) => bail!("the MTA refused: {}", String::from_utf8_lossy(&line).trim()),
            }
        }
        bail!("the MTA does not end its reply")
    }
}

/// RFC 5321 §4.5.2: a dot before each line that begins with one, and the end. Lines end in CRLF, whatever they ended in.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 50 + 5);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(text);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Answers each line with the next of `answers`; gives back what it heard.
    fn serve(answers: &'static [&'static str]) -> (SocketAddr, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut heard = String::new();
            for answer in answers {
                stream.write_all(answer.as_bytes()).unwrap();
                let is_data = answer.starts_with('3');
                loop {
                    let begun = heard.len();
                    if reader.read_line(&mut heard).unwrap() == 0 {
                        return heard;
                    }
                    if !is_data || &heard[begun..] == ".\r\n" {
                        break;
                    }
                }
            }
            heard
        });
        (address, heard)
    }

    const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.dot\nlast";

    #[test]
    fn a_message_goes_over_with_its_dots() {
        let (address, heard) = serve(&[
            "220-a\r\n220 b\r\n",
            "250-x\r\n250 y\r\n",
            "250 ok\r\n",
            "250 ok\r\n",
            "354 go\r\n",
            "250 ok\r\n",
        ]);
        hand_over(address, "m.test", "", &["ann@a.test".into()], MESSAGE).unwrap();
        let expected = "EHLO m.test\r\nMAIL FROM:<>\r\nRCPT TO:<ann@a.test>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nlast\r\n.\r\nQUIT\r\n";
        assert_eq!(heard.join().unwrap(), expected);
    }

    #[test]
    fn a_refusal_is_told_and_nothing_is_smuggled() {
        let (address, heard) = serve(&["220 b\r\n", "250 y\r\n", "250 ok\r\n", "550 no such user\r\n"]);
        let why = hand_over(address, "m.test", "s@b.test", &["ann@a.test".into()], MESSAGE).unwrap_err();
        assert!(format!("{why:#}").contains("ann@a.test: the MTA refused: 550 no such user"), "{why:#}");
        assert!(!heard.join().unwrap().contains("DATA"));
        for bad in ["a@b.test>\r\nRSET", "<a@b.test"] {
            assert!(hand_over(address, "m.test", "s@b.test", &[bad.into()], MESSAGE).is_err());
        }
    }
}
