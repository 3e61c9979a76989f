// SPDX-License-Identifier: AGPL-3.0-or-later
//! The second pass of the sanitiser, over its own serialised output: every '<' there begins a tag, every attribute value
//! stands in double quotes. Resolves cid: and holds remote images back.

use super::css;
use super::sanitize::{SanitizeOptions, Scheme, scheme};

/// (HTML, true if it had remote images).
pub(crate) fn apply(clean: &str, options: &SanitizeOptions<'_>) -> (String, bool) {
    let mut pass = Pass { out: String::with_capacity(clean.len() + clean.len() / 8), options, remote: false };
    let mut rest = clean;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        pass.out.push_str(&rest[..at]);
        let (tag, tail) = rest[at..].split_at(tag_len(&rest[at..]));
        pass.tag(tag);
        rest = tail;
    }
    pass.out.push_str(rest);
    (pass.out, pass.remote)
}

fn tag_len(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

struct Pass<'a> {
    out: String,
    options: &'a SanitizeOptions<'a>,
    remote: bool,
}

impl Pass<'_> {
    fn tag(&mut self, tag: &str) {
        let mut rest = tag;
        while let Some(equals) = rest.find("=\"") {
            let name_start = rest[..equals].rfind(' ').map_or(0, |s| s + 1);
            let (before, name) = (&rest[..name_start], &rest[name_start..equals]);
            let value = &rest[equals + 2..];
            let Some(end) = value.find('"') else { break };
            self.attribute(before, name, &value[..end]);
            rest = &value[end + 1..];
        }
        self.out.push_str(rest);
    }

    fn attribute(&mut self, before: &str, name: &str, escaped: &str) {
        let kept = match name {
            "src" | "background" | "href" => self.url(name, &unescape(escaped)),
            "style" if escaped.to_ascii_lowercase().contains("url(") => self.style(&unescape(escaped)),
            _ => {
                self.out.push_str(before);
                self.write(name, escaped);
                return;
            }
        };
        match kept.as_slice() {
            [] => self.out.push_str(before.trim_end()),
            list => {
                self.out.push_str(before.trim_end());
                for (name, value) in list {
                    self.out.push(' ');
                    self.write(name, &escape(value));
                }
            }
        }
    }

    fn write(&mut self, name: &str, escaped: &str) {
        for piece in [name, "=\"", escaped, "\""] {
            self.out.push_str(piece);
        }
    }

    fn url(&mut self, name: &str, url: &str) -> Vec<(String, String)> {
        match scheme(url) {
            Scheme::Cid => self.cid(url).map(|url| (name.to_string(), url)).into_iter().collect(),
            Scheme::Http if name != "href" => {
                self.remote = true;
                let held = if self.options.remote_images { "" } else { "data-" };
                vec![(format!("{held}{name}"), url.to_string())]
            }
            _ => vec![(name.to_string(), url.to_string())],
        }
    }

    fn style(&mut self, style: &str) -> Vec<(String, String)> {
        let (mut kept, mut held) = (Vec::new(), Vec::new());
        for (property, value) in css::declarations(style) {
            let Some((range, url)) = css::first_url(value) else {
                kept.push(format!("{property}: {value}"));
                continue;
            };
            // One image a declaration; layered backgrounds are not for mail.
            if css::first_url(&value[range.end..]).is_some() {
                self.remote |= scheme(url) == Scheme::Http;
                continue;
            }
            match scheme(url) {
                Scheme::Cid => {
                    if let Some(url) = self.cid(url).filter(|u| !u.contains(['\'', '\\', '\n', ')'])) {
                        kept.push(format!("{property}: {}url('{url}'){}", &value[..range.start], &value[range.end..]));
                    }
                }
                Scheme::Http => {
                    self.remote = true;
                    if self.options.remote_images {
                        kept.push(format!("{property}: {value}"));
                    } else if held.is_empty() {
                        held.push(("data-background".to_string(), url.to_string()));
                    }
                }
                _ => kept.push(format!("{property}: {value}")),
            }
        }
        if !kept.is_empty() {
            held.push(("style".to_string(), kept.join("; ")));
        }
        held
    }

    /// RFC 2392 §2: the id is percent-encoded and has no angle brackets.
    fn cid(&self, url: &str) -> Option<String> {
        let (_, id) = url.trim().split_once(':')?;
        let mut bytes = Vec::with_capacity(id.len());
        crate::params::percent(id.as_bytes(), &mut bytes);
        let id = String::from_utf8_lossy(&bytes);
        (self.options.cid_url)(id.trim_matches(['<', '>']))
    }
}

fn unescape(text: &str) -> String {
    let text = text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}");
    // Last, so that "&amp;lt;" stays "&lt;".
    text.replace("&amp;", "&")
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\u{a0}', "&nbsp;")
}
