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

/// A server in this task that knows one token (RFC 7662).
async fn giver() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let (mut length, mut line) = (0, String::new());
            while line != "\r\n" {
                line.clear();
                stream.read_line(&mut line).await.unwrap();
                if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = n.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut body).await.unwrap();
            let is_known = body.starts_with(b"token=good&");
            let json = format!("{{\"active\":{is_known},\"username\":\"ann@example.test\"}}");
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{json}", json.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    addr
}

#[tokio::test]
async fn a_token_is_a_login() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(dir.path()) }).unwrap();
    let directory = Directory::open(&dir.path().join("directory")).unwrap();
    directory.create_domain("example.test", Default::default()).unwrap();
    directory.create_account("ann@example.test", "correct horse", Default::default()).unwrap();
    let oauth = net::oauth::Oauth::new(net::oauth::Config {
        introspection_url: format!("http://{}/", giver().await),
        client_id: "mail".into(),
        client_secret: "geheim".into(),
        account_claim: "username".into(),
        scope: None,
        cache: net::oauth::CACHE_MAX,
        ca_file: None,
        openid_configuration: None,
    });
    let mut config = Config::new("pop.example.test");
    config.login_failure_delay = std::time::Duration::from_millis(1);
    config.oauth = Some(Arc::new(oauth.unwrap()));
    let (stop, shutdown) = watch::channel(false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener, config, store.clone(), directory, shutdown));
    let (reader, mut writer) = TcpStream::connect(addr).await.unwrap().into_split();
    let mut lines = BufReader::new(reader).lines();
    let coded = |token: &str| {
        use base64::Engine as _;
        let text = format!("n,a=ann@example.test,\x01auth=Bearer {token}\x01\x01");
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    assert!(lines.next_line().await.unwrap().unwrap().starts_with("+OK"));
    let (good, bad) = (coded("good"), coded("bad"));
    for (said, wanted) in [
        ("AUTH", "+OK"),
        ("", "PLAIN"),
        ("", "OAUTHBEARER"),
        ("", "XOAUTH2"),
        ("", "."),
        ("AUTH OAUTHBEARER !", "-ERR not base64"),
        (&format!("AUTH OAUTHBEARER {bad}"), "+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuI"),
        ("AQ==", "-ERR [AUTH]"),
        ("AUTH OAUTHBEARER", "+ "),
        (&good, "+OK 0 messages"),
        ("QUIT", "+OK"),
    ] {
        if !said.is_empty() {
            writer.write_all(format!("{said}\r\n").as_bytes()).await.unwrap();
        }
        let line = lines.next_line().await.unwrap().unwrap();
        assert!(line.starts_with(wanted), "{said}: {line}");
    }
    stop.send_replace(true);
    serving.await.unwrap();
    let report = store.verify(&mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:#?}", report.problems);
}
