// SPDX-License-Identifier: AGPL-3.0-or-later
//! GRUB's environment block: 1024 bytes of `NAME=value` lines, filled up with `#`. What says something is in the first 512
//! bytes, so that a change of it is the change of one sector.

pub const BYTES: usize = 1024;
const HEADER: &str = "# GRUB Environment Block\n";
const CONTENT_MAX: usize = 512;

/// Lines that are known here, so they fit.
pub fn render(lines: &[(&str, &str)]) -> Vec<u8> {
    let mut block = HEADER.as_bytes().to_vec();
    for (name, value) in lines {
        block.extend(format!("{name}={value}\n").bytes());
    }
    assert!(block.len() <= CONTENT_MAX, "an environment block has {} bytes of content", block.len());
    block.resize(BYTES, b'#');
    block
}

/// The three files of a new disk: slot A is there, nothing was tried.
pub fn fresh() -> [(&'static str, Vec<u8>); 3] {
    let state = |sequence| render(&[("SEQ", sequence), ("PRIMARY", "A"), ("A_OK", "1"), ("B_OK", "0")]);
    [("state0.env", state("1")), ("state1.env", state("2")), ("tries.env", render(&[("A_TRY", "0"), ("B_TRY", "0")]))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_what_grub_reads() {
        for (_, block) in fresh() {
            assert_eq!(block.len(), BYTES);
            assert!(block.starts_with(HEADER.as_bytes()));
            assert!(block[CONTENT_MAX..].iter().all(|byte| *byte == b'#'));
        }
        let text = String::from_utf8(render(&[("SEQ", "7"), ("PRIMARY", "B")])).unwrap();
        assert!(text.starts_with("# GRUB Environment Block\nSEQ=7\nPRIMARY=B\n####"), "{text}");
    }
}
