// SPDX-License-Identifier: AGPL-3.0-or-later
//! A receiver in the test's Internet: takes what it is given, and remembers it to the byte.

use anyhow::{Context, Result, bail};
use parking_lot::{Condvar, Mutex};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SMTP: u16 = 25;
const ARRIVAL_MAX: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
struct Shelf {
    mails: Mutex<Vec<Received>>,
    more: Condvar,
}

/// Its threads end with the process: nobody connects once the network is gone.
pub struct Sink {
    shelf: Arc<Shelf>,
}

impl Received {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Sink {
    pub fn listen(address: Ipv4Addr) -> Result<Sink> {
        Ok(Sink::on(TcpListener::bind((address, SMTP)).with_context(|| format!("listen on {address}"))?))
    }

    pub fn on(listener: TcpListener) -> Sink {
        let shelf = Arc::new(Shelf::default());
        let own = Arc::clone(&shelf);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shelf = Arc::clone(&own);
                // A client that breaks off loses what it has not finished, as everywhere.
                std::thread::spawn(move || drop(converse(stream, &shelf)));
            }
        });
        Sink { shelf }
    }

    /// The message whose text has this in it, once it is here.
    pub fn until(&self, needle: &str) -> Result<Received> {
        let begun = Instant::now();
        let mut mails = self.shelf.mails.lock();
        loop {
            if let Some(found) = mails.iter().find(|mail| mail.text().contains(needle)) {
                return Ok(found.clone());
            }
            let left = ARRIVAL_MAX.saturating_sub(begun.elapsed());
            if left.is_zero() {
                let others: Vec<String> = mails.iter().map(|mail| format!("{} to {:?}", mail.from, mail.to)).collect();
                bail!("no mail with {needle} outside; there is {others:?}");
            }
            self.shelf.more.wait_for(&mut mails, left);
        }
    }

    pub fn all(&self) -> Vec<Received> {
        self.shelf.mails.lock().clone()
    }
}

/// RFC 5321, the receiver's part; no extension but 8BITMIME.
fn converse(mut stream: TcpStream, shelf: &Shelf) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut mail = Received { from: String::new(), to: Vec::new(), bytes: Vec::new() };
    stream.write_all(b"220 sink ESMTP\r\n")?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let words = line.trim_end().to_owned();
        line.clear();
        let path = || words.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned());
        let answer = match words.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-sink\r\n250 8BITMIME",
            "MAIL" => {
                mail = Received { from: path().unwrap_or_default(), to: Vec::new(), bytes: Vec::new() };
                "250 ok"
            }
            "RCPT" => {
                mail.to.extend(path());
                "250 ok"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                mail.bytes = body(&mut reader)?;
                shelf.mails.lock().push(mail.clone());
                shelf.more.notify_all();
                "250 taken"
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n"),
            "HELO" | "RSET" | "NOOP" => "250 ok",
            _ => "502 not here",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

/// To the lonely dot, dots undoubled (RFC 5321 §4.5.2).
fn body(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
