// SPDX-License-Identifier: AGPL-3.0-or-later
//! Files of the briefcase.

use index::Document;
use metadata::{DocumentDetail, Item};

/// Octets of text of one document that are searchable.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Content that is its own text.
pub(crate) fn is_text(content_type: &str) -> bool {
    content_type.starts_with("text/")
}

/// What the index knows of a document. `content`: of one that is text.
pub(crate) fn searchable(item: &Item, detail: &DocumentDetail, content: Option<&[u8]>) -> Document {
    let text = content.map(|content| &content[..content.len().min(TEXT_BYTES_MAX)]);
    let text = text.map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
    let is_html = detail.content_type.starts_with("text/html");
    Document {
        subject: item.name.clone(),
        from: format!("{} {}", detail.creator, detail.author),
        body: format!("{} {}", if is_html { mime::html_to_text(&text) } else { text }, detail.description),
        filenames: item.name.clone(),
        types: vec![detail.content_type.split(';').next().unwrap_or_default().trim().to_lowercase()],
        ..Document::default()
    }
}
