// SPDX-License-Identifier: AGPL-3.0-or-later
//! What holds of any octets that are taken for a document; the fuzz target `document` states it, too.

use extract::{About, HTML_BYTES_MAX, TEXT_BYTES_MAX, View};
use extractd::{Tools, extract};

/// An answer within its bounds, the same twice, and none of nothing.
pub fn check(document: &[u8]) {
    for (name, content_type) in [("", "application/octet-stream"), ("x.csv", "text/csv"), ("x.eml", "message/rfc822")] {
        let about = About { name: name.into(), content_type: content_type.into(), charset: None };
        let text = extract(document, &about, View::Text, &Tools::default());
        assert!(text.text.len() <= TEXT_BYTES_MAX && text.of.bytes == text.text.len() as u64);
        assert!(!text.of.unknown || text.text.is_empty());
        assert_eq!(extract(document, &about, View::Text, &Tools::default()), text);
        let html = extract(document, &about, View::Html, &Tools::default());
        assert!(html.text.len() <= HTML_BYTES_MAX);
        assert_eq!(html.of.protected, text.of.protected);
    }
}
