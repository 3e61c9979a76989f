// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets on the socket. Built for the fuzz target `sasl` and for the tests, which run its seeds.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is to be seen")]

use crate::session::{Session, Shared};
use directory::Error;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Semaphore, watch};

/// Of the pipe, each way: more than the session says.
const PIPE_BYTES: usize = 8 << 20;
const PASSWORD: &str = "geheim";
const USER: &str = "ann@example.test";

/// The first octet says into what pieces the rest comes. Nobody gets in without the password, and nobody is answered who
/// did not ask.
pub fn session(octets: &[u8]) {
    let [cut, stream @ ..] = octets else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let said = runtime.block_on(converse(stream, usize::from(*cut) + 1));
    let asked: BTreeSet<&[u8]> = stream
        .split(|octet| *octet == b'\n')
        .filter_map(|line| line.splitn(3, |octet| *octet == b'\t').nth(1))
        .collect();
    let (_, answers) = said.split_once("DONE\n").unwrap();
    for line in answers.lines() {
        let mut fields = line.split('\t');
        let (word, id) = (fields.next().unwrap(), fields.next().unwrap());
        // An id may have been written with zeros before it.
        let is_asked = |text: &&[u8]| std::str::from_utf8(text).is_ok_and(|text| text.parse() == id.parse::<u32>());
        assert!(asked.iter().any(is_asked), "{line}");
        match word {
            "OK" => assert_eq!(fields.next(), Some(&*format!("user={USER}"))),
            "FAIL" | "CONT" => assert!(fields.next().is_some()),
            other => panic!("{other}"),
        }
    }
}

async fn converse(stream: &[u8], piece: usize) -> String {
    let (mut client, server) = tokio::io::duplex(PIPE_BYTES);
    let (_stop, stopping) = watch::channel(false);
    let judge = |credentials: &crate::mechanism::Credentials, _| match &*credentials.password {
        PASSWORD => Ok(USER.to_owned()),
        "away" => Err(Error::Unavailable("away".into())),
        _ => Err(Error::AuthFailed),
    };
    let shared = Arc::new(Shared { judge: Box::new(judge), checks: Semaphore::new(4) });
    let session = Session::new(server, 1, shared, stopping);
    let said = async {
        for piece in stream.chunks(piece) {
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
    said
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn seeds() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/sasl")).unwrap() {
            super::session(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    proptest! {
        #[test]
        fn any_lines(
            cut in any::<u8>(),
            lines in proptest::collection::vec("(AUTH|CONT|CANCEL|VERSION|CPID|X)\t[0-3]{1,2}(\t(PLAIN|LOGIN|secured|rip=::1|resp=AGEAZ2VoZWlt|=|\\PC{0,9})){0,4}", 0..30),
        ) {
            let stream = format!("{}VERSION\t1\t2\n{}\n", char::from(cut % 128), lines.join("\n"));
            super::session(stream.as_bytes());
        }

        #[test]
        fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            super::session(&octets);
        }
    }
}
