// SPDX-License-Identifier: AGPL-3.0-or-later
//! Dialogues over a real socket against a real directory.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

extern crate directory as ph_directory;

#[path = "../../directory/tests/suite/common/slapd.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod slapd;

use directory::{Attrs, Directory};
use ph_sasl::{Config, bind, serve};
use std::path::Path;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Server {
    directory: Directory,
    dir: tempfile::TempDir,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    fn start(change: impl FnOnce(&mut Config)) -> Server {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(&dir.path().join("directory")).unwrap();
        Server::over(dir, directory, change)
    }

    fn over(dir: tempfile::TempDir, directory: Directory, change: impl FnOnce(&mut Config)) -> Server {
        directory.create_domain("example.test", Attrs::new()).unwrap();
        let ann = directory.create_account("ann@example.test", "geheim", Attrs::new()).unwrap();
        directory.add_alias(&ann.id, "anna@example.test").unwrap();
        let mut config = Config::default();
        change(&mut config);
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(serve(bind(&dir.path().join("auth")).unwrap(), config, directory.clone(), stopping));
        Server { directory, dir, stop, task }
    }

    async fn connect(&self) -> Client {
        Client::connect(&self.dir.path().join("auth")).await
    }

    async fn finish(self) {
        self.stop.send_replace(true);
        self.task.await.unwrap();
    }
}

struct Client(BufReader<UnixStream>);

impl Client {
    /// After the greeting.
    async fn connect(path: &Path) -> Client {
        let mut client = Client(BufReader::new(UnixStream::connect(path).await.unwrap()));
        assert_eq!(client.line().await, "VERSION\t1\t2");
        let mut rest = Vec::new();
        while rest.last().is_none_or(|line: &String| line != "DONE" && !line.is_empty()) {
            rest.push(client.line().await);
        }
        assert!(
            rest.contains(&"MECH\tPLAIN\tplaintext".to_owned()) && rest.contains(&"MECH\tLOGIN\tplaintext".to_owned())
        );
        let words: Vec<&str> = rest.iter().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(words, ["MECH", "MECH", "SPID", "CUID", "COOKIE", "DONE"]);
        client.send("VERSION\t1\t1\nCPID\t99\n").await;
        client
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// "" at the end.
    async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.trim_end_matches('\n').to_owned()
    }

    async fn ask(&mut self, text: &str) -> String {
        self.send(&format!("{text}\n")).await;
        self.line().await
    }
}

/// NUL ann@example.test NUL geheim
const RIGHT: &str = "AGFubkBleGFtcGxlLnRlc3QAZ2VoZWlt";
/// NUL anna@example.test NUL geheim
const BY_ALIAS: &str = "AGFubmFAZXhhbXBsZS50ZXN0AGdlaGVpbQ==";
/// NUL ann@example.test NUL falsch
const WRONG: &str = "AGFubkBleGFtcGxlLnRlc3QAZmFsc2No";
/// NUL nobody@example.test NUL falsch
const NOBODY: &str = "AG5vYm9keUBleGFtcGxlLnRlc3QAZmFsc2No";

fn auth(id: u32, rest: &str) -> String {
    format!("AUTH\t{id}\tPLAIN\tservice=smtp\tnologin\tlip=10.0.0.1\t{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_and_login() {
    let server = Server::start(|_| {});
    let mut client = server.connect().await;
    let secured = "rip=10.0.0.9\tsecured\tresp=";
    assert_eq!(client.ask(&auth(1, &format!("{secured}{RIGHT}"))).await, "OK\t1\tuser=ann@example.test");
    assert_eq!(client.ask(&auth(2, &format!("{secured}{BY_ALIAS}"))).await, "OK\t2\tuser=ann@example.test");
    // the same words, whether the password or the name is wrong
    assert_eq!(client.ask(&auth(3, &format!("{secured}{WRONG}"))).await, "FAIL\t3\treason=wrong name or password");
    assert_eq!(client.ask(&auth(4, &format!("{secured}{NOBODY}"))).await, "FAIL\t4\treason=wrong name or password");
    assert_eq!(client.ask(&auth(5, "rip=10.0.0.9\tsecured")).await, "CONT\t5\t");
    assert_eq!(client.ask(&format!("CONT\t5\t{RIGHT}")).await, "OK\t5\tuser=ann@example.test");
    assert_eq!(client.ask("AUTH\t6\tLOGIN\tservice=smtp\trip=10.0.0.9\tsecured").await, "CONT\t6\tVXNlcm5hbWU6");
    assert_eq!(client.ask("CONT\t6\tYW5uQGV4YW1wbGUudGVzdA==").await, "CONT\t6\tUGFzc3dvcmQ6");
    assert_eq!(client.ask("CONT\t6\tZ2VoZWlt").await, "OK\t6\tuser=ann@example.test");
    assert_eq!(client.ask("CONT\t6\tZ2VoZWlt").await, "FAIL\t6\treason=no such exchange");
    let failed = client.ask("AUTH\t7\tCRAM-MD5\tservice=smtp\tsecured").await;
    assert_eq!(failed, "FAIL\t7\treason=mechanism is not offered");
    assert_eq!(server.directory.logins(), (4, 2));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_in_the_clear() {
    let server = Server::start(|_| {});
    let mut client = server.connect().await;
    let refused = "reason=encryption is needed: STARTTLS first";
    for rip in ["rip=10.0.0.9\t", "rip=nonsense\t", ""] {
        assert_eq!(client.ask(&auth(1, &format!("{rip}resp={RIGHT}"))).await, format!("FAIL\t1\t{refused}"));
    }
    // on the machine itself nobody listens in
    let local = auth(2, &format!("rip=127.0.0.1\tresp={RIGHT}"));
    assert_eq!(client.ask(&local).await, "OK\t2\tuser=ann@example.test");
    assert_eq!(server.directory.logins(), (1, 0));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_log_in_is_told_why_after_the_right_password() {
    let server = Server::start(|_| {});
    let ann = server.directory.account("ann@example.test").unwrap().unwrap();
    let locked = Attrs::from([("zimbraAccountStatus".to_owned(), vec!["locked".to_owned()])]);
    server.directory.modify_account(&ann.id, locked).unwrap();
    let mut client = server.connect().await;
    let answer = client.ask(&auth(1, &format!("secured\tresp={RIGHT}"))).await;
    assert_eq!(answer, "FAIL\t1\treason=account is locked\tcode=user_disabled");
    let answer = client.ask(&auth(2, &format!("secured\tresp={WRONG}"))).await;
    assert_eq!(answer, "FAIL\t2\treason=wrong name or password");
    server.finish().await;
}

/// The address that a guesser comes from is slowed down, its owner elsewhere is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_guesser_is_told_from_the_owner_by_address() {
    let server = Server::start(|_| {});
    let mut client = server.connect().await;
    let from = |id, ip: &str, response: &str| auth(id, &format!("rip={ip}\tsecured\tresp={response}"));
    let mut id = 0;
    // From some wrong password on the right one is not looked at, either.
    loop {
        id += 1;
        client.ask(&from(id, "10.6.6.6", WRONG)).await;
        id += 1;
        if client.ask(&from(id, "10.6.6.6", RIGHT)).await.starts_with("FAIL") {
            break;
        }
        for _ in 0..8 {
            id += 1;
            client.ask(&from(id, "10.6.6.6", WRONG)).await;
        }
        assert!(id < 1000);
    }
    assert!(client.ask(&from(id + 1, "10.0.0.9", RIGHT)).await.starts_with("OK"));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_ends_the_connection_and_nothing_else() {
    let server = Server::start(|_| {});
    let mut other = server.connect().await;
    for rubbish in ["AUTH\tx\tPLAIN\n", "VERSION\t2\t0\n", "\u{1}\u{2}\nAUTH\n"] {
        let mut client = server.connect().await;
        client.send(rubbish).await;
        assert_eq!(client.line().await, "", "{rubbish}");
    }
    let mut client = server.connect().await;
    client.send(&"x".repeat(20_000)).await;
    assert_eq!(client.line().await, "");
    assert!(other.ask(&auth(1, &format!("secured\tresp={RIGHT}"))).await.starts_with("OK"));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanges_and_connections_are_bounded() {
    let server = Server::start(|config| config.connections_max = 1);
    let mut client = server.connect().await;
    for id in 1..=100 {
        assert_eq!(client.ask(&auth(id, "secured")).await, format!("CONT\t{id}\t"));
    }
    // the oldest were given up
    assert_eq!(client.ask(&format!("CONT\t1\t{RIGHT}")).await, "FAIL\t1\treason=no such exchange");
    assert!(client.ask(&format!("CONT\t100\t{RIGHT}")).await.starts_with("OK"));
    let mut refused = Client(BufReader::new(UnixStream::connect(server.dir.path().join("auth")).await.unwrap()));
    assert_eq!(refused.line().await, "");
    server.finish().await;
}

/// Postfix makes 454 of a lost connection; of FAIL it makes 535 whatever else it says.
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_away_judges_nobody() {
    let mut slapd = slapd::Slapd::start();
    let directory = Directory::ldap(&slapd.at()).unwrap();
    let server = Server::over(tempfile::tempdir().unwrap(), directory, |_| {});
    let right = auth(1, &format!("secured\tresp={RIGHT}"));
    let mut client = server.connect().await;
    assert!(client.ask(&right).await.starts_with("OK"));
    slapd.kill();
    assert_eq!(client.ask(&right).await, "");
    slapd.restart();
    while server.directory.domains().is_err() {
        tokio::task::yield_now().await;
    }
    let mut client = server.connect().await;
    assert!(client.ask(&right).await.starts_with("OK"));
    server.finish().await;
}
