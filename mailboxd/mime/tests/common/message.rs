// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets taken for a message. The fuzz target of the same name includes this file.

use ph_mime::{Part, parts};

/// What must hold for the tree of any message.
pub fn sound(message: &[u8], part: &Part) {
    assert_eq!(part.header.end, part.body.start);
    assert!(part.body.end <= message.len() && part.body.start <= part.body.end && part.header.start <= part.header.end);
    let mut at = part.body.start;
    for child in &part.children {
        assert!(child.header.start >= at && child.body.end <= part.body.end, "{part:?}");
        at = child.body.end;
        sound(message, child);
    }
    if part.is_message() {
        // An embedded message is the whole body.
        assert_eq!((part.children.len(), part.children[0].header.start), (1, part.body.start));
        assert_eq!(part.children[0].body.end, part.body.end);
    }
    assert!(!part.is_multipart() || !part.children.is_empty());
    if part.children.is_empty() {
        assert_eq!(part.decoded_size, ph_mime::decoded(message, part).len());
    }
}

/// Everything that can be asked of a message.
pub fn all_functions(message: &[u8]) {
    let root = parts(message);
    sound(message, &root);
    assert_eq!((root.header.start, root.body.end), (0, message.len()));
    for part in root.walk() {
        ph_mime::text(message, part);
    }
    let summary = ph_mime::summary(message);
    assert!(summary.fragment.chars().count() <= 160);
    assert!(!summary.subject.contains(['\r', '\n', '\0']));
    for max in [0, 7, 1 << 20] {
        assert!(ph_mime::search_text(message, max).body.len() <= max);
    }
    ph_mime::header(message, "subject");
}
