// SPDX-License-Identifier: AGPL-3.0-or-later
//! A client from another machine: the socket is a real one, only its peer's address is not that of the loopback.
#![allow(clippy::unwrap_used, reason = "a test")]

use super::*;
use net::Counts;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

/// RFC 5737
const STRANGER: &str = "192.0.2.7:40000";

fn shared(dir: &std::path::Path) -> (Arc<Shared>, Directory, watch::Sender<bool>) {
    let store = Store::open(mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(dir) }).unwrap();
    let directory = Directory::open(&dir.join("directory")).unwrap();
    let (stop, shutdown) = watch::channel(false);
    let config = Config::new("imap.example.test");
    let (cache, logins) = (Arc::new(Cache::new()), Logins::new(directory.clone()));
    (Arc::new(Shared { config, store, logins, seats: net::Seats::default(), cache, shutdown }), directory, stop)
}

/// The two ends of a connection.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

/// What a thousand clients cost who wait in the midst of nothing or in IDLE; more than this is a large local variable that
/// lives across an await.
#[tokio::test]
async fn a_waiting_session_is_small() {
    let dir = tempfile::tempdir().unwrap();
    let (shared, _directory, _stop) = shared(dir.path());
    let (_client, stream) = pair().await;
    let peer: SocketAddr = STRANGER.parse().unwrap();
    let place = Arc::new(Counts::default()).enter(&gate(&shared.config), peer.ip()).unwrap();
    let mut session = Session::new(Connection::new(stream, peer).unwrap(), shared.clone());
    assert!(size_of_val(&*session) <= 512, "state: {}", size_of_val(&*session));
    let idle = size_of_val(&crate::command::dispatch(&mut session, crate::wire::command::Body::Idle));
    assert!(idle <= 1280, "IDLE: {idle}");
    let (_client, stream) = pair().await;
    let task = size_of_val(&converse(stream, peer, shared, place));
    assert!(task <= 1024, "task: {task}");
}

#[tokio::test]
async fn passwords_are_not_taken_in_the_clear_from_another_machine() {
    let dir = tempfile::tempdir().unwrap();
    let (shared, directory, _stop) = shared(dir.path());
    directory.create_domain("example.test", Default::default()).unwrap();
    directory.create_account("alice@example.test", "correct horse", Default::default()).unwrap();
    let (client, stream) = pair().await;
    let peer: SocketAddr = STRANGER.parse().unwrap();
    let place = Arc::new(Counts::default()).enter(&gate(&shared.config), peer.ip()).unwrap();
    let session = tokio::spawn(converse(stream, peer, shared.clone(), place));

    let (reader, mut writer) = client.into_split();
    let mut lines = BufReader::new(reader).lines();
    let greeting = lines.next_line().await.unwrap().unwrap();
    assert!(greeting.contains(" LOGINDISABLED]") && !greeting.contains("AUTH="), "{greeting}");
    for (command, want) in [
        ("a LOGIN alice@example.test \"correct horse\"", "a NO [PRIVACYREQUIRED]"),
        ("b AUTHENTICATE PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl", "b NO [PRIVACYREQUIRED]"),
        // no challenge that would make a client send its password
        ("c AUTHENTICATE PLAIN", "c NO [PRIVACYREQUIRED]"),
        ("d SELECT INBOX", "d BAD"),
    ] {
        writer.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
        let answer = lines.next_line().await.unwrap().unwrap();
        assert!(answer.starts_with(want), "{command}: {answer}");
    }
    assert_eq!(directory.logins(), (0, 0), "no password was looked at");
    drop(writer);
    session.await.unwrap();
    assert_eq!(shared.config.metrics.sessions.get(), 0);
}
