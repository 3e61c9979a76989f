// SPDX-License-Identifier: AGPL-3.0-or-later
//! A real server on port 0 over a real store, and dialogues with it. Every test ends with a consistency check of the store.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "for tests, each of which uses a part")]

use directory::Directory;
use mailbox::{Config, Store};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

pub const PASSWORD: &str = "correct horse";

pub struct Server {
    pub addr: SocketAddr,
    pub store: Store,
    pub directory: Directory,
    stop: watch::Sender<bool>,
    runtime: Option<tokio::runtime::Runtime>,
    serving: Option<tokio::task::JoinHandle<()>>,
    _dir: tempfile::TempDir,
}

impl Server {
    pub fn new() -> Server {
        Server::with(|_| {})
    }

    pub fn with(adjust: impl FnOnce(&mut ph_imap::Config)) -> Server {
        let dir = tempfile::tempdir().unwrap();
        for part in ["state/journal", "directory"] {
            std::fs::create_dir_all(dir.path().join(part)).unwrap();
        }
        let store = Store::open(Config { reserve_bytes: 0, ..Config::new(dir.path().join("state")) }).unwrap();
        let directory = Directory::open(&dir.path().join("directory")).unwrap();
        directory.create_domain("example.test", Default::default()).unwrap();
        for user in ["alice", "bob"] {
            directory.create_account(&format!("{user}@example.test"), PASSWORD, Default::default()).unwrap();
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut config = ph_imap::Config::new("imap.example.test");
        config.login_failure_delay = Duration::from_millis(1);
        adjust(&mut config);
        let (stop, stopped) = watch::channel(false);
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = runtime.spawn(ph_imap::serve(listener, config, store.clone(), directory.clone(), stopped));
        Server { addr, store, directory, stop, runtime: Some(runtime), serving: Some(serving), _dir: dir }
    }

    /// Where its state is.
    pub fn state(&self) -> std::path::PathBuf {
        self._dir.path().join("state")
    }

    pub fn connect(&self) -> Client {
        Client::new(TcpStream::connect(self.addr).unwrap())
    }

    /// From another address of this machine.
    pub fn connect_from(&self, address: [u8; 4]) -> Client {
        let runtime = self.runtime.as_ref().unwrap();
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind((address, 0).into()).unwrap();
            socket.connect(self.addr).await.unwrap().into_std().unwrap()
        });
        stream.set_nonblocking(false).unwrap();
        Client::new(stream)
    }

    /// A connection that is logged in as alice.
    pub fn login(&self) -> Client {
        let mut client = self.connect();
        client.line();
        client.ok(&format!("l LOGIN alice@example.test \"{PASSWORD}\""));
        client
    }

    /// Ends every session; waits until the server has.
    pub fn stop(&mut self) {
        self.stop.send_replace(true);
        if let (Some(runtime), Some(serving)) = (&self.runtime, self.serving.take()) {
            runtime.block_on(serving).unwrap();
        }
    }

    /// Runs a dialogue: `C: ` is sent, `S: ` must come; `…` in an expected line is anything. `C2: `/`S2: ` are a second
    /// connection, and so on. All are logged in as alice.
    pub fn dialogue(&self, text: &str) {
        let mut clients: Vec<Client> = Vec::new();
        for raw in text.lines() {
            let raw = raw.trim_start();
            if raw.is_empty() || raw.starts_with('#') {
                continue;
            }
            let (who, line) = raw.split_once(": ").unwrap_or((raw.trim_end_matches(':'), ""));
            let n: usize = if who.len() > 1 { who[1..].parse().unwrap() } else { 1 };
            while clients.len() < n {
                clients.push(self.login());
            }
            let client = &mut clients[n - 1];
            if who.starts_with('C') {
                client.send(line);
            } else {
                let got = client.line();
                assert!(fits(line, &got), "expected {who}: {line}\n     got {got}\nin\n{text}");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.stop();
        self.runtime = None;
        let report = self.store.verify(&mut |_| {}).unwrap();
        assert!(report.problems.is_empty(), "{:#?}", report.problems);
    }
}

/// `…` stands for anything.
pub fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

pub struct Client {
    reader: BufReader<TcpStream>,
    stream: TcpStream,
}

impl Client {
    fn new(stream: TcpStream) -> Client {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    pub fn send(&mut self, line: &str) {
        self.raw(format!("{line}\r\n").as_bytes());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn try_raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).unwrap();
        assert!(line.ends_with(b"\r\n"), "cut off: {:?}", String::from_utf8_lossy(&line));
        line.truncate(line.len() - 2);
        String::from_utf8_lossy(&line).into_owned()
    }

    /// Sends a command and answers what comes up to its tagged line, which must be OK.
    pub fn ok(&mut self, command: &str) -> Vec<String> {
        let mut lines = self.command(command);
        let last = lines.pop().unwrap();
        assert!(last.split(' ').nth(1) == Some("OK"), "{command}: {last}");
        lines
    }

    pub fn command(&mut self, command: &str) -> Vec<String> {
        self.send(command);
        self.until_tag(command.split(' ').next().unwrap())
    }

    pub fn until_tag(&mut self, tag: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            lines.push(self.line());
            if lines.last().is_some_and(|line| line.split(' ').next() == Some(tag)) {
                return lines;
            }
        }
    }

    pub fn append(&mut self, mailbox: &str, args: &str, message: &[u8]) -> Vec<String> {
        self.raw(format!("ap APPEND {mailbox} {args}{{{}+}}\r\n", message.len()).as_bytes());
        self.raw(message);
        self.raw(b"\r\n");
        let mut lines = self.until_tag("ap");
        let last = lines.pop().unwrap();
        assert!(last.starts_with("ap OK"), "{last}");
        lines.push(last);
        lines
    }

    pub fn exactly(&mut self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        self.reader.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// For a layer of its own; nothing that came may be unread.
    pub fn into_stream(self) -> TcpStream {
        assert!(self.reader.buffer().is_empty());
        self.stream
    }

    /// Everything until the server closes.
    pub fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let _reset_is_fine = self.reader.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

pub fn message(subject: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@example.org>\r\nTo: alice@example.test\r\nSubject: {subject}\r\nMessage-ID: <{}@x>\r\n\
         Date: Mon, 7 Feb 1994 21:52:25 -0800\r\n\r\n{body}\r\n",
        subject.replace(' ', ".")
    )
    .into_bytes()
}

pub fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

pub fn python(server: &Server, script: &str) {
    let output = Command::new("python3")
        .args(["-c", script, &server.addr.ip().to_string(), &server.addr.port().to_string(), PASSWORD])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
