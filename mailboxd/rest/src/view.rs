// SPDX-License-Identifier: AGPL-3.0-or-later
//! Files that came from strangers: what may be had of them, and as HTML that we make of them.
//!
//! The HTML comes from extractd, is sanitised as that of mail is, and is a page of its own without scripts, forms, links to
//! pictures elsewhere, and without our origin.

use crate::State;
use crate::answer::{Refusal, page};
use crate::item::Answer;
use crate::open::Opened;
use axum::body::Body;
use directory::Attachments;
use mailbox::extract::{About, Answer as Extracted, Failure, View};
use mailbox::{Handle, Item};
use std::time::Duration;

/// For one of the places: others look, too.
const TURN_MAX: Duration = Duration::from_secs(30);
/// Images that are what they say they are.
const IMAGES: [(&[u8], &str); 5] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", "image/webp"),
];

/// How a file may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    AsIs,
    AsHtml,
}

impl Opened {
    /// Whether anything but text of our making is kept back.
    pub fn is_restricted(&self) -> bool {
        self.attachments != Attachments::Allowed
    }

    /// Of a file with this content. `wants_html`: the client asks for it.
    pub fn way(&self, content: &[u8], content_type: &str, wants_html: bool) -> Result<Way, Refusal> {
        match self.attachments {
            Attachments::Blocked => Err(Refusal::Blocked),
            Attachments::HtmlOnly if is_image(content, content_type) => Ok(Way::AsIs),
            Attachments::HtmlOnly => Ok(Way::AsHtml),
            Attachments::Allowed if wants_html => Ok(Way::AsHtml),
            Attachments::Allowed => Ok(Way::AsIs),
        }
    }

    /// A message as it came holds its files. One without any may be had.
    pub async fn may_have_whole(&self, handle: &Handle, item: &Item) -> Result<(), Refusal> {
        if !self.is_restricted() {
            return Ok(());
        }
        let item = item.clone();
        match handle.run(move |mailbox| Ok(mime::has_files(&mailbox.content(&item)?))).await? {
            true => Err(Refusal::Blocked),
            false => Ok(()),
        }
    }
}

fn is_image(content: &[u8], content_type: &str) -> bool {
    IMAGES.iter().any(|(magic, named)| content.starts_with(magic) && *named == content_type)
}

/// A document as a page.
pub async fn html(state: &State, handle: &Handle, content: Vec<u8>, about: About) -> Answer {
    let extractor = state.store.extractor().cloned().ok_or(Refusal::NoView)?;
    // A place of the store's pool is held while extractd works: few of them, whatever people look at.
    let turn = tokio::time::timeout(TURN_MAX, state.viewing.acquire()).await;
    let _turn = turn.map_err(|_| Refusal::Unavailable)?.map_err(Refusal::ours)?;
    let name = about.name.clone();
    let extracted = handle.run(move |_| Ok(extractor.extract(&content, &about, View::Html))).await?;
    match extracted {
        Ok(extracted) if extracted.of.unknown => Err(Refusal::NoView),
        Ok(extracted) => {
            let body = rendered(&name, &extracted);
            Ok(page(Body::from(body)))
        }
        Err(Failure::Unavailable(why)) => {
            tracing::warn!(%why, "no HTML view");
            Err(Refusal::Unavailable)
        }
        Err(Failure::TooLarge | Failure::Failed(_)) => Err(Refusal::NoView),
    }
}

fn rendered(name: &str, extracted: &Extracted) -> String {
    let options = mime::SanitizeOptions { cid_url: &|_| None, remote_images: false };
    let (clean, _) = mime::sanitize_html(&extracted.text, &options);
    let mut notes = String::new();
    for (is_so, text) in [
        (extracted.of.protected, "All or a part of this file is protected by a password, and is not shown."),
        (extracted.of.damaged, "All or a part of this file is damaged, and is not shown."),
        (extracted.of.cut, "This file is longer than what is shown."),
    ] {
        if is_so {
            notes.push_str(&format!("<p><em>{text}</em></p>\n"));
        }
    }
    let title = name.replace('&', "&amp;").replace('<', "&lt;");
    let style = "body{font-family:sans-serif;margin:1em}table{border-collapse:collapse}td{border:1px solid #999;padding:2px 6px}pre{white-space:pre-wrap}";
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title><style>{style}</style></head>\n<body>\n{notes}{clean}\n</body></html>\n"
    )
}
