// SPDX-License-Identifier: AGPL-3.0-or-later
//! A real store and directory behind a real port. Every test ends with a consistency check of the whole store.
#![allow(dead_code, reason = "not every test file uses all of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use directory::{Attrs, Directory};
use mailbox::{Actor, ItemId, Mailbox, Store, Uid};
use ph_lmtp::{Config, Relay, Role, serve};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub const DOMAIN: &str = "example.test";

pub struct Server {
    pub store: Store,
    pub directory: Directory,
    pub relay: Relay,
    pub tls: Arc<rustls::ServerConfig>,
    pub certificate: rustls::pki_types::CertificateDer<'static>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    _dir: tempfile::TempDir,
}

impl Server {
    pub fn new() -> Server {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(dir.path()) }).unwrap();
        let directory = Directory::open(&dir.path().join("directory")).unwrap();
        directory.create_domain(DOMAIN, Attrs::new()).unwrap();
        let (tls, certificate) = certificate();
        let (stop, _) = watch::channel(false);
        Server { store, directory, relay: Relay::none(), tls, certificate, stop, tasks: Vec::new(), _dir: dir }
    }

    pub fn with_users(users: &[&str]) -> Server {
        let server = Server::new();
        for user in users {
            server.user(user, Attrs::new());
        }
        server
    }

    /// Id of the new account.
    pub fn user(&self, name: &str, attrs: Attrs) -> String {
        self.directory.create_account(&format!("{name}@{DOMAIN}"), "geheim", attrs).unwrap().id
    }

    pub async fn listen(&mut self, role: Role) -> SocketAddr {
        self.listen_with(role, |_| {}).await
    }

    pub async fn listen_with(&mut self, role: Role, change: impl FnOnce(&mut Config)) -> SocketAddr {
        let mut config = Config::new(role, "mx.example.test");
        config.tls = Some(self.tls.clone());
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (store, directory, relay) = (self.store.clone(), self.directory.clone(), self.relay.clone());
        self.tasks.push(tokio::spawn(serve(listener, config, store, directory, relay, self.stop.subscribe())));
        address
    }

    pub fn mailbox(&self, user: &str) -> Mailbox {
        let account = self.directory.account(&format!("{user}@{DOMAIN}")).unwrap().unwrap();
        let actor = Actor { account: account.id.clone(), is_admin: false };
        self.store.open_mailbox(&actor, &account.id, account.quota()).unwrap().mailbox().clone()
    }

    /// Bodies of the messages in a folder, by UID.
    pub fn messages(&self, user: &str, folder: ItemId) -> Vec<Vec<u8>> {
        let mailbox = self.mailbox(user);
        let list = mailbox.folder_messages(folder, Uid(0)).unwrap();
        list.iter().map(|brief| mailbox.content(&mailbox.item(brief.id).unwrap()).unwrap().to_vec()).collect()
    }

    /// Ends the services and checks the store.
    pub async fn finish(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            task.await.unwrap();
        }
        let report = self.store.verify(&mut |_| {}).unwrap();
        assert!(report.problems.is_empty(), "{:#?}", report.problems);
    }
}

fn certificate() -> (Arc<rustls::ServerConfig>, rustls::pki_types::CertificateDer<'static>) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let made = rcgen::generate_simple_self_signed(vec!["mx.example.test".into()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let certificate = made.cert.der().clone();
    let config =
        rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
    (Arc::new(config), certificate)
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub struct Client {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        Client { stream: Box::new(TcpStream::connect(address).await.unwrap()), unread: Vec::new() }
    }

    pub async fn start_tls(self, certificate: &rustls::pki_types::CertificateDer<'static>) -> Client {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let name = "mx.example.test".try_into().unwrap();
        Client { stream: Box::new(connector.connect(name, self.stream).await.unwrap()), unread: Vec::new() }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    pub async fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.windows(2).position(|w| w == b"\r\n") {
                let line = String::from_utf8(self.unread[..end].to_vec()).unwrap();
                self.unread.drain(..end + 2);
                return line;
            }
            if self.stream.read_buf(&mut self.unread).await.unwrap() == 0 {
                return String::new();
            }
        }
    }

    /// Plays "C: …" and "S: …" lines; a server line is a prefix of what comes, "S: *" is a reply of several lines.
    pub async fn play(&mut self, script: &str) {
        let mut pending = Vec::new();
        for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
            if let Some(sent) = line.strip_prefix("C:") {
                pending.extend_from_slice(sent.strip_prefix(' ').unwrap_or(sent).as_bytes());
                pending.extend_from_slice(b"\r\n");
                continue;
            }
            if !pending.is_empty() {
                self.send(&std::mem::take(&mut pending)).await;
            }
            let want = line.strip_prefix("S:").unwrap().trim();
            let mut got = self.line().await;
            while want == "*" && got.as_bytes().get(3) == Some(&b'-') {
                got = self.line().await;
            }
            assert!(
                want == "*" || (got.starts_with(want) && want.is_empty() == got.is_empty()),
                "expected {want:?}, got {got:?}"
            );
        }
        assert!(pending.is_empty(), "a script ends with what the server says");
    }
}
