// SPDX-License-Identifier: AGPL-3.0-or-later
//! STARTTLS and TLS from the first octet, with Python's client; what is injected before the handshake is not obeyed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Server, acceptor, python};

#[test]
fn starttls() {
    let server = Server::with(|config| config.tls = Some(acceptor()));
    python(
        &server,
        r#"
import imaplib, ssl, sys
c = ssl._create_unverified_context()
m = imaplib.IMAP4(sys.argv[1], int(sys.argv[2]))
assert 'STARTTLS' in m.capabilities
assert m.starttls(c)[0] == 'OK'
m._get_capabilities()
assert 'STARTTLS' not in m.capabilities and 'AUTH=PLAIN' in m.capabilities, m.capabilities
assert m.login('alice@example.test', sys.argv[3])[0] == 'OK'
big = b'Subject: big\r\n\r\n' + b'0123456789abcdef\r\n' * 60000
assert m.append('INBOX', None, None, big)[0] == 'OK'
m.select()
assert m.fetch('1', '(BODY[])')[1][0][1] == big
m.logout()
"#,
    );
}

#[test]
fn tls_from_the_start() {
    let server = Server::with(|config| {
        config.tls = Some(acceptor());
        config.implicit_tls = true;
    });
    python(
        &server,
        r#"
import imaplib, ssl, sys
m = imaplib.IMAP4_SSL(sys.argv[1], int(sys.argv[2]), ssl_context=ssl._create_unverified_context())
assert m.login('alice@example.test', sys.argv[3])[0] == 'OK'
m.logout()
"#,
    );
}

#[test]
fn nothing_is_taken_over_from_before_the_handshake() {
    let server = Server::with(|config| config.tls = Some(acceptor()));
    let mut client = server.connect();
    client.line();
    client.raw(b"a STARTTLS\r\nb NOOP\r\n");
    assert!(client.line().starts_with("a OK"));
    assert_eq!(client.rest(), "");
}
