// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Sessions as transcripts over a pipe, with a backend that keeps messages in memory and fails on demand.

mod lmtp;
mod smtp;
mod submission;

use super::Session;
use super::fake::Fake;
use crate::config::{Config, Limits, Role};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::watch;

pub(super) struct Client {
    pipe: DuplexStream,
    pub backend: Fake,
    pub stop: watch::Sender<bool>,
    unread: String,
}

pub(super) fn connect_with(role: Role, peer: &str, change: impl FnOnce(&mut Limits)) -> Client {
    let mut config = Config::new(role, "mx.test");
    change(&mut config.limits);
    let (pipe, server) = tokio::io::duplex(1 << 20);
    let backend = Fake::default();
    let (stop, stopping) = watch::channel(false);
    let peer: IpAddr = peer.parse().unwrap();
    let session = Session::new(Box::new(server), Some(peer), Arc::new(config), backend.clone(), stopping);
    tokio::spawn(session.run());
    Client { pipe, backend, stop, unread: String::new() }
}

pub(super) fn connect(role: Role) -> Client {
    connect_with(role, "192.0.2.1", |_| {})
}

impl Client {
    pub async fn send(&mut self, bytes: &[u8]) {
        self.pipe.write_all(bytes).await.unwrap();
    }

    /// One line of the server, without CRLF; "" when it has closed.
    pub async fn line(&mut self) -> String {
        loop {
            if let Some((line, rest)) = self.unread.split_once("\r\n") {
                let line = line.to_string();
                self.unread = rest.to_string();
                return line;
            }
            let mut buffer = [0; 4096];
            let read = self.pipe.read(&mut buffer).await.unwrap();
            if read == 0 {
                return String::new();
            }
            self.unread.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
    }

    /// Plays "C: …" and "S: …" lines. Client lines in a row are sent as one write. A server line is a prefix of what comes.
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
            let want = line.strip_prefix("S:").unwrap_or_else(|| panic!("neither C: nor S: {line}")).trim();
            let got = self.line().await;
            assert!(got.starts_with(want) && (want.is_empty() == got.is_empty()), "expected {want:?}, got {got:?}");
        }
        assert!(pending.is_empty(), "a script ends with what the server says");
    }
}
