// SPDX-License-Identifier: AGPL-3.0-or-later
//! Asks a component, in its own protocol, whether it does its work.

use crate::occupied;
use crate::ports::{Endpoint, Greets};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

const PROBE_MAX: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 1_024;
/// Between two looks at something that is starting.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Clone)]
pub enum Probe {
    Listener(Endpoint),
    /// A client program of the protocol ends with exit code 0.
    Command {
        what: &'static str,
        words: Vec<String>,
    },
    /// On a unix socket `say` is answered with `expect`; nothing to say: it greets.
    Dialogue {
        what: &'static str,
        socket: PathBuf,
        say: &'static [u8],
        expect: &'static [u8],
    },
}

/// Returns once all of them answer.
pub async fn until_all_answer(probes: &[Probe]) {
    for probe in probes {
        while !probe.answers(true).await {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The first one that does not say that it is ready.
pub async fn first_silence(probes: &[Probe]) -> Option<String> {
    first(probes, true).await
}

/// The first one that does not live. A daemon that says that another one is away lives, and starting it again helps nobody.
pub async fn first_hung(probes: &[Probe]) -> Option<String> {
    first(probes, false).await
}

async fn first(probes: &[Probe], is_ready: bool) -> Option<String> {
    for probe in probes {
        if !probe.answers(is_ready).await {
            return Some(probe.what());
        }
    }
    None
}

/// Whether a listener is there and well.
pub async fn is_alive(endpoint: &Endpoint) -> bool {
    Probe::Listener(endpoint.clone()).answers(true).await
}

impl Probe {
    fn what(&self) -> String {
        match self {
            Probe::Listener(endpoint) => format!("no answer from {} on {}", endpoint.service, endpoint.address),
            Probe::Command { what, .. } | Probe::Dialogue { what, .. } => format!("no answer to {what}"),
        }
    }

    async fn answers(&self, is_ready: bool) -> bool {
        matches!(tokio::time::timeout(PROBE_MAX, self.ask(is_ready)).await, Ok(Ok(true)))
    }

    async fn ask(&self, is_ready: bool) -> io::Result<bool> {
        match self {
            Probe::Listener(endpoint) => ask_listener(endpoint, is_ready).await,
            Probe::Command { words, .. } => ask_command(words).await,
            Probe::Dialogue { socket, say, expect, .. } => ask_socket(socket, say, expect).await,
        }
    }
}

async fn ask_listener(endpoint: &Endpoint, is_ready: bool) -> io::Result<bool> {
    if endpoint.greets == Greets::Listens {
        return Ok(occupied::is_listening(endpoint.address.port()));
    }
    let mut stream = TcpStream::connect(endpoint.local()).await?;
    match endpoint.greets {
        Greets::Accept | Greets::Listens => Ok(true),
        Greets::With(greeting) => {
            let said = dialogue(&mut stream, b"", greeting.len()).await?;
            let is_well = said.starts_with(greeting.as_bytes());
            // Who says that it is busy, or that another one is away, lives.
            if !is_ready && !is_well {
                return Ok(!said.is_empty());
            }
            if is_well && greeting.starts_with("220") {
                take_leave(stream).await?;
            }
            Ok(is_well)
        }
        Greets::Http(path) => {
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let expect: &[u8] = if is_ready { b"HTTP/1.1 200" } else { b"HTTP/1.1 " };
            Ok(dialogue(stream, request.as_bytes(), expect.len()).await?.starts_with(expect))
        }
    }
}

/// RFC 5321 §4.1.1.10. Who just goes away is a line in the log each time.
async fn take_leave(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(b"QUIT\r\n").await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await.map(drop)
}

async fn ask_command(words: &[String]) -> io::Result<bool> {
    let Some((program, arguments)) = words.split_first() else { return Ok(false) };
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command.status().await?.success())
}

async fn ask_socket(socket: &Path, say: &[u8], expect: &[u8]) -> io::Result<bool> {
    Ok(dialogue(UnixStream::connect(socket).await?, say, expect.len()).await?.starts_with(expect))
}

/// The first octets of the answer, `length` of them or a few more; fewer at its end.
async fn dialogue(mut stream: impl AsyncRead + AsyncWrite + Unpin, say: &[u8], length: usize) -> io::Result<Vec<u8>> {
    stream.write_all(say).await?;
    let mut answer = Vec::new();
    let mut limited = stream.take(ANSWER_BYTES_MAX);
    while answer.len() < length && limited.read_buf(&mut answer).await? > 0 {}
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_greeting_decides() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint =
            |greeting| Endpoint { component: "mailboxd", service: "imap", address, greets: Greets::With(greeting) };
        let server = tokio::spawn(async move {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(b"* OK hello\r\n").await.unwrap();
            }
        });
        assert!(is_alive(&endpoint("* OK")).await);
        assert!(!is_alive(&endpoint("220 ")).await);
        server.await.unwrap();
        assert!(!is_alive(&endpoint("* OK")).await);
    }

    #[tokio::test]
    async fn a_command_and_a_socket_answer_or_do_not() {
        let command = |word: &str| Probe::Command { what: "a query", words: vec![word.to_owned()] };
        assert!(command("true").answers(true).await);
        assert!(!command("false").answers(true).await);
        assert!(!command("/nowhere").answers(true).await);
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("s");
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut said = [0; 4];
            stream.read_exact(&mut said).await.unwrap();
            stream.write_all(b"PONG\0").await.unwrap();
        });
        let probe = Probe::Dialogue { what: "PING", socket: socket.clone(), say: b"PING", expect: b"PONG" };
        assert!(probe.answers(true).await);
        assert_eq!(first_silence(&[command("false")]).await.unwrap(), "no answer to a query");
    }
}
