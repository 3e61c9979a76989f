// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets. Built for the fuzz target `managesieve` and for the tests, which run its seeds.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is to be seen")]

use crate::limits;
use crate::wire::{self, Argument};

/// Lines are read or refused; a string that is written is read back as it was.
pub fn lines(octets: &[u8]) {
    for line in octets.split(|octet| *octet == b'\n') {
        let mut arguments = Vec::new();
        if wire::line(line, &mut arguments).is_ok() {
            assert!(arguments.len() <= limits::ARGUMENTS_MAX);
        }
        let mut written = Vec::new();
        wire::string(&mut written, line);
        let mut read = Vec::new();
        match written.strip_prefix(format!("{{{}}}\r\n", line.len()).as_bytes()) {
            Some(literal) => assert_eq!(literal, line),
            None => {
                assert_eq!(wire::line(&written, &mut read), Ok(None));
                assert_eq!(read, [Argument::Text(line.to_vec())]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn seeds() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/managesieve")).unwrap() {
            super::lines(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    proptest! {
        #[test]
        fn any_lines(text in "([A-Z]{0,9}|\"(\\PC|\\\\\"){0,5}\"|\\{[0-9]{0,9}\\+?\\}| |[0-9]|\n){0,20}") {
            super::lines(text.as_bytes());
        }

        #[test]
        fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            super::lines(&octets);
        }
    }
}
