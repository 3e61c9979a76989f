// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets. Built for the fuzz target `pop3` and for the tests, which run its seeds.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is to be seen")]

use crate::command::{self, Command};
use crate::encoder::Encoder;

/// The first octet says into what pieces a message comes, the second how many lines of it TOP wants.
pub fn wire(octets: &[u8]) {
    for line in octets.split(|octet| *octet == b'\n') {
        if let Ok(Command::Retr(0) | Command::Dele(0) | Command::Top(0, _)) = command::parse(line) {
            panic!("there is no message 0");
        }
    }
    let [piece, lines, message @ ..] = octets else { return };
    let lines = (*lines < 128).then_some(u32::from(*lines));
    let (mut encoder, mut out) = (Encoder::new(lines), Vec::new());
    message.chunks(usize::from(*piece) + 1).for_each(|piece| encoder.encode(piece, &mut out));
    encoder.finish(&mut out);
    // The one line that is a dot alone is the last, whatever a client takes for the end of a line.
    assert!(out.ends_with(b".\r\n"));
    let body = &out[..out.len() - 3];
    assert!(body.is_empty() || body.ends_with(b"\r\n"));
    assert!(body.split(|octet| *octet == b'\n').all(|line| line != b"." && line != b".\r"));
    if lines.is_none() {
        assert_eq!(unstuffed(body), with_crlf(message));
    }
}

fn unstuffed(body: &[u8]) -> Vec<u8> {
    let lines = body.split_inclusive(|octet| *octet == b'\n');
    lines.flat_map(|line| line.strip_prefix(b".").unwrap_or(line)).copied().collect()
}

fn with_crlf(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn seeds() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/pop3")).unwrap() {
            super::wire(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    proptest! {
        #[test]
        fn any_lines(text in "\\PC{2}([a.]{0,3}(\r|\n|\r\n)){0,9}[a.]{0,3}") {
            super::wire(text.as_bytes());
        }

        #[test]
        fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            super::wire(&octets);
        }
    }
}
