// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the sanitiser may let through, whatever comes in. The fuzz target of the same name includes this file.

use ph_mime::{SanitizeOptions, sanitize_html};

/// For any octets.
pub fn check(octets: &[u8]) {
    let html = String::from_utf8_lossy(octets);
    assert_harmless(&html, false);
    assert_harmless(&html, true);
    ph_mime::html_to_text(&html);
}

pub fn clean_with(html: &str, remote_images: bool) -> (String, bool) {
    let cid_url = |id: &str| (id != "missing").then(|| format!("/part?id={id}&x=1"));
    sanitize_html(html, &SanitizeOptions { cid_url: &cid_url, remote_images })
}

/// The output as the browser sees it: tags with their attributes, by a strict reader of serialised HTML.
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name_end = rest.find([' ', '>']).expect("a whole tag");
        let name = rest[..name_end].to_string();
        rest = &rest[name_end..];
        let mut attributes = Vec::new();
        while let Some(tail) = rest.strip_prefix(' ') {
            let (attribute, tail) = tail.split_once("=\"").expect("a quoted attribute");
            let (value, tail) = tail.split_once('"').expect("a closed quote");
            attributes.push((attribute.to_string(), value.to_string()));
            rest = tail;
        }
        rest = rest.strip_prefix('>').expect("nothing else in a tag");
        out.push((name, attributes));
    }
    out
}

pub fn assert_harmless(html: &str, remote_images: bool) {
    let (got, _) = clean_with(html, remote_images);
    let forbidden = [
        "script", "svg", "math", "iframe", "object", "embed", "form", "input", "button", "style", "link", "meta",
        "base", "textarea", "template", "noscript", "xmp", "applet", "frame", "body", "html", "video", "audio",
    ];
    for (name, attributes) in tags(&got) {
        assert!(!forbidden.contains(&name.trim_start_matches('/')), "{html:?} -> {got:?}");
        for (attribute, value) in attributes {
            // what browsers take off a URL (URL Standard §4.4)
            let value = value.trim_matches(|c: char| c <= ' ').replace(['\t', '\n', '\r'], "").to_ascii_lowercase();
            assert!(
                !attribute.starts_with("on") && attribute != "srcset" && attribute != "class" && attribute != "id",
                "{html:?} -> {got:?}"
            );
            let loads = matches!(attribute.as_str(), "src" | "background" | "href");
            let starts = |list: &[&str]| list.iter().any(|p| value.starts_with(p));
            if attribute == "href" {
                assert!(starts(&["http:", "https:", "mailto:", "tel:", "/part?"]), "{html:?} -> {got:?}");
            } else if loads {
                assert!(
                    starts(&["data:image/", "/part?"]) || (remote_images && starts(&["http:", "https:"])),
                    "{html:?} -> {got:?}"
                );
                assert!(!(value.starts_with("data:") && value.contains("svg")), "{html:?} -> {got:?}");
            }
            if attribute == "style" {
                for word in ["position", "expression", "javascript", "binding", "behavior", "\\", "@"] {
                    assert!(!value.contains(word), "{html:?} -> {got:?}");
                }
                assert!(
                    remote_images || !value.contains("url(http") && !value.contains("url('http"),
                    "{html:?} -> {got:?}"
                );
            }
        }
    }
}
