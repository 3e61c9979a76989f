// SPDX-License-Identifier: AGPL-3.0-or-later
//! COMPRESS=DEFLATE (RFC 4978): commands and answers pass through it whole, and it gives a stranger nothing to grow.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, PASSWORD, Server, acceptor, message};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A connection behind `COMPRESS DEFLATE`.
struct Packed {
    stream: TcpStream,
    packer: Compress,
    unpacker: Decompress,
    /// Unpacked, and not looked at.
    came: Vec<u8>,
}

impl Packed {
    fn new(mut client: Client) -> Packed {
        client.ok("c COMPRESS DEFLATE");
        let (packer, unpacker) = (Compress::new(Compression::default(), false), Decompress::new(false));
        Packed { stream: client.into_stream(), packer, unpacker, came: Vec::new() }
    }

    fn packed(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut wire = Vec::with_capacity(plain.len() / 10 + 1024);
        let start = self.packer.total_in();
        loop {
            let at = usize::try_from(self.packer.total_in() - start).unwrap();
            self.packer.compress_vec(&plain[at..], &mut wire, FlushCompress::Sync).unwrap();
            if self.packer.total_in() - start == plain.len() as u64 && wire.len() < wire.capacity() {
                return wire;
            }
            wire.reserve(wire.capacity());
        }
    }

    fn raw(&mut self, plain: &[u8]) {
        let wire = self.packed(plain);
        self.stream.write_all(&wire).unwrap();
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.came.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.came.drain(..=end).collect();
                return String::from_utf8(line).unwrap().trim_end().to_owned();
            }
            let mut wire = [0; 4096];
            let n = self.stream.read(&mut wire).unwrap();
            assert!(n > 0, "the server has closed");
            let mut rest = &wire[..n];
            while !rest.is_empty() {
                let (before, mut out) = (self.unpacker.total_in(), Vec::with_capacity(64 * 1024));
                self.unpacker.decompress_vec(rest, &mut out, FlushDecompress::None).unwrap();
                rest = &rest[usize::try_from(self.unpacker.total_in() - before).unwrap()..];
                self.came.extend_from_slice(&out);
            }
        }
    }

    fn command(&mut self, command: &str) -> Vec<String> {
        self.raw(format!("{command}\r\n").as_bytes());
        let tag = command.split(' ').next().unwrap();
        let mut lines = vec![self.line()];
        while lines.last().unwrap().split(' ').next() != Some(tag) {
            let line = self.line();
            lines.push(line);
        }
        lines
    }
}

#[test]
fn all_of_a_session_is_compressed_and_others_see_what_it_does() {
    let server = Server::new();
    let mut other = server.login();
    other.ok("a SELECT INBOX");
    let mut client = server.login();
    assert!(client.ok("a CAPABILITY")[0].contains(" COMPRESS=DEFLATE"));
    assert!(client.command("a COMPRESS LZ4")[0].starts_with("a BAD"));
    let mut client = Packed::new(client);
    assert!(!client.command("a CAPABILITY")[0].contains("COMPRESS"));
    assert!(client.command("a COMPRESS DEFLATE")[0].starts_with("a NO [COMPRESSIONACTIVE]"));
    let big = message("big", &"0123456789abcdef\r\n".repeat(40_000));
    client.raw(format!("b APPEND INBOX {{{}}}\r\n", big.len()).as_bytes());
    assert!(client.line().starts_with("+ "));
    client.raw(&big);
    client.raw(b"\r\n");
    assert!(client.line().starts_with("b OK [APPENDUID"));
    assert_eq!(other.ok("a NOOP"), ["* 1 EXISTS", "* 1 RECENT"]);
    client.command("c SELECT INBOX");
    client.raw(b"d FETCH 1 BODY.PEEK[]\r\n");
    assert_eq!(client.line(), format!("* 1 FETCH (BODY[] {{{}}}", big.len()));
    let lines = String::from_utf8(big).unwrap();
    for line in lines.lines() {
        assert_eq!(client.line(), line);
    }
    assert!(client.line().starts_with(")"));
    assert!(client.line().starts_with("d OK"));
    // What happens elsewhere comes at once.
    client.raw(b"e IDLE\r\n");
    assert!(client.line().starts_with("+ "));
    other.ok("a STORE 1 +FLAGS (\\Flagged)");
    assert!(client.line().starts_with("* 1 FETCH (UID 1 FLAGS (\\Flagged"));
    client.raw(b"DONE\r\n");
    assert!(client.line().starts_with("e OK"));
}

/// Before login too (RFC 4978 §5 has it among the commands of any state), and many commands in one piece.
#[test]
fn a_login_may_be_compressed_and_pipelined() {
    let server = Server::new();
    let mut client = server.connect();
    client.line();
    let mut client = Packed::new(client);
    assert!(client.command("a STARTTLS")[0].starts_with("a BAD"));
    let login = format!("a LOGIN alice@example.test \"{PASSWORD}\"\r\nb SELECT INBOX\r\nc NOOP\r\n");
    client.raw(login.as_bytes());
    for tag in ["a OK", "b OK", "c OK"] {
        while !client.line().starts_with(tag) {}
    }
}

#[test]
fn a_bomb_is_a_long_line_and_rubbish_ends_the_connection() {
    let server = Server::new();
    let mut client = Packed::new(server.login());
    client.raw(b"a NOOP ");
    client.raw(&vec![b'x'; 64 << 20]);
    client.raw(b"\r\n");
    assert_eq!(client.line(), "a BAD command line too long");
    assert!(client.command("b NOOP")[0].starts_with("b OK"));
    client.stream.write_all(&[0xff; 64]).unwrap();
    let mut rest = Vec::new();
    let _reset_is_fine = client.stream.read_to_end(&mut rest);
}

/// Inside TLS, with zlib's own deflate and Python's client.
#[test]
fn python_and_zlib_inside_tls() {
    let server = Server::with(|config| {
        config.tls = Some(acceptor());
        config.implicit_tls = true;
    });
    common::python(
        &server,
        r#"
import imaplib, ssl, sys, zlib
class Packed:
    def __init__(self, sock):
        self.sock, self.buf = sock, b''
        self.c, self.d = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.decompressobj(-15)
    def send(self, data):
        self.sock.sendall(self.c.compress(data) + self.c.flush(zlib.Z_SYNC_FLUSH))
    def take(self, n):
        out, self.buf = self.buf[:n], self.buf[n:]
        return out
    def more(self):
        got = self.sock.recv(65536)
        assert got
        self.buf += self.d.decompress(got)
    def read(self, n):
        while len(self.buf) < n: self.more()
        return self.take(n)
    def readline(self):
        while b'\n' not in self.buf: self.more()
        return self.take(self.buf.index(b'\n') + 1)
m = imaplib.IMAP4_SSL(sys.argv[1], int(sys.argv[2]), ssl_context=ssl._create_unverified_context())
assert m.login('alice@example.test', sys.argv[3])[0] == 'OK'
imaplib.Commands['COMPRESS'] = ('AUTH', 'SELECTED')
assert m._simple_command('COMPRESS', 'DEFLATE')[0] == 'OK'
p = Packed(m.sock)
m.send, m.read, m.readline = p.send, p.read, p.readline
big = b'Subject: big\r\n\r\n' + b'0123456789abcdef\r\n' * 60000
assert m.append('INBOX', None, None, big)[0] == 'OK'
m.select()
for _ in range(50):
    assert m.noop()[0] == 'OK'
assert m.fetch('1', '(BODY[])')[1][0][1] == big
"#,
    );
}
