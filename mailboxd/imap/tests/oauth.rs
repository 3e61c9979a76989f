// SPDX-License-Identifier: AGPL-3.0-or-later
//! AUTHENTICATE OAUTHBEARER (RFC 7628) and XOAUTH2, with a server in this process that knows the tokens (RFC 7662).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Client, Server};
use net::oauth::{Config, Oauth};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Who gives tokens.
struct Giver {
    addr: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Giver {
    /// With TLS if there is a configuration for it.
    fn new(tls: Option<Arc<rustls::ServerConfig>>) -> Giver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let giver = Giver { addr: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = giver.asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                asked.fetch_add(1, Ordering::Relaxed);
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    Some(tls) => {
                        let connection = rustls::ServerConnection::new(tls).unwrap();
                        answer(rustls::StreamOwned::new(connection, stream));
                    }
                    None => answer(stream),
                });
            }
        });
        giver
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn config(&self, scheme: &str) -> Config {
        Config {
            introspection_url: format!("{scheme}://localhost:{}/introspect?realm=a", self.addr.port()),
            client_id: "mail server".into(),
            client_secret: "geh:eim".into(),
            account_claim: "email".into(),
            scope: Some("imap".into()),
            cache: Duration::from_secs(60),
            ca_file: None,
            openid_configuration: Some("https://id.test/.well-known/openid-configuration".into()),
        }
    }
}

fn answer(stream: impl Read + Write) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        // A client that does not trust us hangs up.
        if !reader.read_line(&mut line).is_ok_and(|n| n > 0) {
            return;
        }
        if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = n.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    assert!(head.starts_with("POST /introspect?realm=a HTTP/1.1\r\n"), "{head}");
    let credentials = STANDARD.encode("mail%20server:geh%3Aeim");
    let (status, json) = if !head
        .to_ascii_lowercase()
        .contains(&format!("authorization: basic {}", credentials.to_ascii_lowercase()))
    {
        ("401 Unauthorized", String::new())
    } else {
        let token = body.strip_prefix("token=").unwrap().split('&').next().unwrap();
        match token {
            // Until the client has enough.
            "hang" => {
                let _nothing = reader.read(&mut [0]);
                return;
            }
            "alice-1" => ("200 OK", r#"{"active":true,"scope":"openid imap","email":"Alice@Example.test"}"#.to_owned()),
            "bob-1" => ("200 OK", r#"{"active":true,"scope":"imap","email":"bob@example.test"}"#.to_owned()),
            "no-scope" => ("200 OK", r#"{"active":true,"scope":"web","email":"alice@example.test"}"#.to_owned()),
            "stranger" => ("200 OK", r#"{"active":true,"scope":"imap","email":"eve@elsewhere.test"}"#.to_owned()),
            "broken" => ("500 Internal Server Error", String::new()),
            "rubbish" => ("200 OK", "<html>".to_owned()),
            "large" => ("200 OK", format!("\"{}\"", "x".repeat(1 << 20))),
            _ => ("200 OK", r#"{"active":false}"#.to_owned()),
        }
    };
    let stream = reader.get_mut();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{json}", json.len());
    let _hung_up = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
}

fn server(giver: &Giver) -> Server {
    let oauth = Arc::new(Oauth::new(giver.config("http")).unwrap());
    Server::with(|config| config.oauth = Some(oauth))
}

fn greeted(server: &Server) -> Client {
    let mut client = server.connect();
    let greeting = client.line();
    assert!(greeting.contains(" AUTH=PLAIN AUTH=OAUTHBEARER AUTH=XOAUTH2]"), "{greeting}");
    client
}

fn oauthbearer(user: &str, token: &str) -> String {
    STANDARD.encode(format!("n,a={user},\x01host=imap.example.test\x01port=143\x01auth=Bearer {token}\x01\x01"))
}

fn xoauth2(user: &str, token: &str) -> String {
    STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"))
}

#[test]
fn a_token_is_a_login() {
    let giver = Giver::new(None);
    let server = server(&giver);
    let mut client = greeted(&server);
    client.send(&format!("a AUTHENTICATE OAUTHBEARER {}", oauthbearer("alice@example.test", "alice-1")));
    assert!(client.line().starts_with("a OK [CAPABILITY "));
    client.ok("b SELECT INBOX");
    // Without an initial response, by the older mechanism; what is known is not asked again.
    let mut client = greeted(&server);
    client.send("a AUTHENTICATE XOAUTH2");
    assert_eq!(client.line(), "+ ");
    client.send(&xoauth2("alice@example.test", "alice-1"));
    assert!(client.line().starts_with("a OK "));
    assert_eq!(giver.asked(), 1);
    // The token says who it is where the client does not.
    let mut client = greeted(&server);
    let anonymous = STANDARD.encode("n,,\x01auth=Bearer bob-1\x01\x01");
    client.send(&format!("a AUTHENTICATE OAUTHBEARER {anonymous}"));
    assert!(client.line().starts_with("a OK "));
    assert_eq!(giver.asked(), 2);
}

#[test]
fn what_is_not_valid_is_told_why() {
    let giver = Giver::new(None);
    let server = server(&giver);
    let refused = |mechanism: &str, response: &str, nothing: &str| {
        let mut client = greeted(&server);
        client.send(&format!("a AUTHENTICATE {mechanism} {response}"));
        let line = client.line();
        let json = STANDARD.decode(line.strip_prefix("+ ").unwrap_or_else(|| panic!("{line}"))).unwrap();
        assert_eq!(
            String::from_utf8(json).unwrap(),
            r#"{"status":"invalid_token","schemes":"bearer","scope":"imap","openid-configuration":"https://id.test/.well-known/openid-configuration"}"#
        );
        client.send(nothing);
        let line = client.line();
        assert!(line.starts_with("a NO [AUTHENTICATIONFAILED] "), "{line}");
        // The connection goes on.
        client.ok("b NOOP");
    };
    refused("OAUTHBEARER", &oauthbearer("alice@example.test", "unknown"), "AQ==");
    refused("XOAUTH2", &xoauth2("alice@example.test", "no-scope"), "");
    refused("XOAUTH2", &xoauth2("alice@example.test", "bob-1"), "");
    refused("XOAUTH2", &xoauth2("eve@elsewhere.test", "stranger"), "");
    refused("OAUTHBEARER", &oauthbearer("alice@example.test", "unknown"), "*");
    let before = giver.asked();
    refused("OAUTHBEARER", &STANDARD.encode("n,,\x01auth=\x01\x01"), "AQ==");
    assert_eq!(giver.asked(), before, "asks only how to get one");
    let mut client = greeted(&server);
    for bad in ["!", &STANDARD.encode("n,,"), &STANDARD.encode("n,,\x01auth=Basic x\x01\x01"), "*"] {
        client.send(&format!("a AUTHENTICATE OAUTHBEARER {bad}"));
        let line = client.line();
        assert!(line.starts_with("a BAD"), "{bad}: {line}");
    }
}

#[test]
fn a_giver_that_does_not_answer_is_no_wrong_token() {
    let giver = Giver::new(None);
    let server = server(&giver);
    let mut client = greeted(&server);
    for token in ["broken", "rubbish", "large"] {
        client.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", token)));
        let line = client.line();
        assert!(line.starts_with("a NO [UNAVAILABLE] "), "{token}: {line}");
    }
    client.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", "alice-1")));
    assert!(client.line().starts_with("a OK"));
}

/// However many wait for a giver that does not answer, passwords and what is known go on.
#[test]
fn a_giver_that_hangs_holds_up_nobody_else() {
    let giver = Giver::new(None);
    let server = server(&giver);
    let known = format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", "alice-1"));
    greeted(&server).ok(&known);
    let _waiting: Vec<Client> = (0..40)
        .map(|_| {
            let mut client = greeted(&server);
            client.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", "hang")));
            client
        })
        .collect();
    while giver.asked() < 17 {
        std::thread::yield_now();
    }
    greeted(&server).ok(&known);
    server.login();
    assert_eq!(giver.asked(), 17, "and the rest has not been asked yet");
}

#[test]
fn accounts_that_may_not_log_in_may_not_by_token() {
    let giver = Giver::new(None);
    let server = server(&giver);
    let alice = server.directory.account("alice@example.test").unwrap().unwrap();
    let attempt = |answer: &str| {
        let mut client = greeted(&server);
        client.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", "alice-1")));
        let line = client.line();
        assert!(line.starts_with(answer), "{line}");
    };
    let set = |name: &str, value: &str| {
        let change = [(name.to_owned(), vec![value.to_owned()])].into_iter().collect();
        server.directory.modify_account(&alice.id, change).unwrap();
    };
    set("zimbraAccountStatus", "closed");
    attempt("a NO [AUTHORIZATIONFAILED]");
    set("zimbraAccountStatus", "active");
    set("zimbraImapEnabled", "FALSE");
    attempt("a NO [AUTHORIZATIONFAILED]");
    set("zimbraImapEnabled", "TRUE");
    attempt("a OK");
}

/// Wrong tokens slow down as wrong passwords do: after some even a right one is not looked at, from there.
#[test]
fn who_guesses_tokens_is_slowed_down() {
    let giver = Giver::new(None);
    let server = server(&giver);
    for n in 0..9 {
        let mut client = greeted(&server);
        client.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", &format!("guess-{n}"))));
        assert!(client.line().starts_with("+ "));
        client.send("");
        assert!(client.line().starts_with("a NO"));
    }
    assert_eq!(giver.asked(), 9);
    let mut client = greeted(&server);
    client.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", "alice-1")));
    assert!(client.line().starts_with("+ "));
    assert_eq!(giver.asked(), 9);
    let mut elsewhere = server.connect_from([127, 0, 0, 3]);
    elsewhere.line();
    elsewhere.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", "alice-1")));
    assert!(elsewhere.line().starts_with("a OK"));
}

#[test]
fn without_a_giver_there_are_no_tokens() {
    let server = Server::new();
    let mut client = server.connect();
    assert!(!client.line().contains("OAUTH"));
    let lines = client.command(&format!("a AUTHENTICATE OAUTHBEARER {}", oauthbearer("alice@example.test", "alice-1")));
    assert!(lines[0].starts_with("a NO [CANNOT]"), "{lines:#?}");
}

#[test]
fn over_a_network_the_giver_is_asked_by_tls_only() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let giver = Giver::new(Some(Arc::new(tls)));
    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, made.cert.pem()).unwrap();
    let oauth = |config| Arc::new(Oauth::new(config).unwrap());
    let attempt = |oauth: Arc<Oauth>, answer: &str| {
        let server = Server::with(|config| config.oauth = Some(oauth));
        let mut client = greeted(&server);
        client.send(&format!("a AUTHENTICATE XOAUTH2 {}", xoauth2("alice@example.test", "alice-1")));
        let line = client.line();
        assert!(line.starts_with(answer), "{line}");
    };
    attempt(oauth(Config { ca_file: Some(ca_file.clone()), ..giver.config("https") }), "a OK");
    // Somebody else's certificate.
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&ca_file, other.cert.pem()).unwrap();
    attempt(oauth(Config { ca_file: Some(ca_file), ..giver.config("https") }), "a NO [UNAVAILABLE]");
    for bad in ["http://id.test/x", "ftp://localhost/x", "/x", "", "https://"] {
        assert!(Oauth::new(Config { introspection_url: bad.into(), ..giver.config("http") }).is_err(), "{bad}");
    }
}
