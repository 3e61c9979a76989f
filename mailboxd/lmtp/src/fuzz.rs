// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets from the wire. Built for the fuzz target `smtp` and for the tests, which run its seeds.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is to be seen")]

use crate::config::{Config, Role};
use crate::session::Session;
use crate::session::fake::{Fake, Taken};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;

/// Of the pipe, each way: more than the session says.
const PIPE_BYTES: usize = 8 << 20;

/// The first two octets choose the role and into what pieces the network cuts the rest; the pieces make no difference.
pub fn session(octets: &[u8]) {
    let [role, cut, stream @ ..] = octets else { return };
    let role = [Role::Lmtp, Role::Smtp, Role::Submission][usize::from(*role) % 3];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let whole = runtime.block_on(converse(role, stream, stream.len()));
    let pieces = runtime.block_on(converse(role, stream, usize::from(*cut) + 1));
    assert_eq!(whole.0, pieces.0);
    assert_eq!(whole.1.len(), pieces.1.len());
    for (one, other) in whole.1.iter().zip(&pieces.1) {
        assert_eq!((&one.from, &one.to), (&other.from, &other.to));
        assert!(!one.to.is_empty());
        // the others write a Received field with an id and a time
        if role == Role::Lmtp {
            assert_eq!(one.bytes, other.bytes);
        }
    }
}

/// All that the session says to a client who sends `stream` and closes, and the messages that it took.
async fn converse(role: Role, stream: &[u8], piece: usize) -> (String, Vec<Taken>) {
    let (mut client, server) = tokio::io::duplex(PIPE_BYTES);
    let (backend, (_stop, stopping)) = (Fake::default(), watch::channel(false));
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let config = Arc::new(Config::new(role, "mx.test"));
    let session = Session::new(Box::new(server), Some(peer), config, backend.clone(), stopping);
    let said = async {
        for piece in stream.chunks(piece.max(1)) {
            // it may have closed already
            if client.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let _ = client.shutdown().await;
        let mut said = String::new();
        client.read_to_string(&mut said).await.unwrap();
        said
    };
    let ((), said) = tokio::join!(session.run(), said);
    assert!(said.lines().all(|line| line.len() > 3 && line.as_bytes()[..3].iter().all(u8::is_ascii_digit)));
    let taken = std::mem::take(&mut backend.state().taken);
    (said, taken)
}

#[cfg(test)]
mod tests {
    #[test]
    fn seeds() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/smtp")).unwrap() {
            super::session(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
}
