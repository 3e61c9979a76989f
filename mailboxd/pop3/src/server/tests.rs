// SPDX-License-Identifier: AGPL-3.0-or-later
//! A client from another machine: the socket is a real one, only its peer's address is not that of the loopback.
#![allow(clippy::unwrap_used, reason = "a test")]

use super::*;
use net::Counts;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

/// RFC 5737
const STRANGER: &str = "192.0.2.7:40000";

#[tokio::test]
async fn passwords_are_not_taken_in_the_clear_from_another_machine() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(dir.path()) }).unwrap();
    let directory = Directory::open(&dir.path().join("directory")).unwrap();
    let (_stop, shutdown) = watch::channel(false);
    let config = Config::new("pop.example.test");
    let gate = Gate {
        protocol: "pop3",
        connections_max: 1,
        connections_per_ip_max: 1,
        connections_per_ip_minute: 600,
        too_many: None,
        metrics: config.metrics.clone(),
    };
    let shared = Arc::new(Shared { config, store, logins: Logins::new(directory.clone()), shutdown });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let peer: SocketAddr = STRANGER.parse().unwrap();
    let place = Arc::new(Counts::default()).enter(&gate, peer.ip()).unwrap();
    let task = converse(stream, peer, shared, place);
    assert!(size_of_val(&task) <= 1024, "task: {}", size_of_val(&task));
    let session = tokio::spawn(task);
    let (reader, mut writer) = client.into_split();
    let mut lines = BufReader::new(reader).lines();
    assert!(lines.next_line().await.unwrap().unwrap().starts_with("+OK pop.example.test"));
    for command in ["USER ann@example.test", "AUTH PLAIN", "AUTH PLAIN AGFubgB4", "PASS x"] {
        writer.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
        let answer = lines.next_line().await.unwrap().unwrap();
        assert!(answer.starts_with("-ERR"), "{command}: {answer}");
    }
    writer.write_all(b"CAPA\r\nQUIT\r\n").await.unwrap();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said.push(line);
    }
    assert!(said.iter().any(|line| line == "PIPELINING"), "{said:?}");
    assert!(!said.iter().any(|line| line == "USER" || line.starts_with("SASL")), "{said:?}");
    assert_eq!(directory.logins(), (0, 0), "no password was looked at");
    session.await.unwrap();
}
