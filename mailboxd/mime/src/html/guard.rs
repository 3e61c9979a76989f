// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bounds on what the HTML parser is given. A conforming parser needs quadratic time or space for some inputs: deep
//! nesting (every start tag looks down the stack), many attributes on one tag (each is compared with all before), open
//! formatting elements (they are opened again in every paragraph). One linear pass finds those before it starts.

use super::token::{Token, tokens};
use std::collections::HashMap;

pub(crate) const HTML_BYTES_MAX: usize = 4 << 20;
const DEPTH_MAX: usize = 1000;
const ATTRIBUTES_MAX: usize = 200;
/// Tags times open formatting elements: about the number of elements that the parser might make.
const REOPENED_MAX: usize = 2_000_000;

/// Elements whose end tag may be left out, or that have none: they can't nest in themselves without a container.
const UNCOUNTED: [&str; 32] = [
    "p", "li", "td", "tr", "th", "dt", "dd", "tbody", "thead", "tfoot", "option", "optgroup", "colgroup", "html",
    "head", "body", "br", "img", "hr", "meta", "link", "input", "base", "col", "area", "wbr", "embed", "param",
    "source", "track", "frame", "image",
];
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Custom names are counted together, so that the table stays small.
const NAME_BYTES_MAX: usize = 16;

/// True if the parser can be trusted with `html`.
pub(crate) fn fits(html: &str) -> bool {
    if html.len() > HTML_BYTES_MAX {
        return false;
    }
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut depth, mut formatting, mut formatting_max, mut tags) = (0usize, 0usize, 0usize, 0usize);
    for token in tokens(html) {
        match token {
            Token::Text(_) => {}
            Token::Open(tag) => {
                tags += 1;
                let name = key(tag.name);
                if tag.attribute_count > ATTRIBUTES_MAX {
                    return false;
                }
                if tags.saturating_mul(formatting_max) > REOPENED_MAX {
                    return false;
                }
                if UNCOUNTED.contains(&name.as_str()) {
                    continue;
                }
                formatting += usize::from(FORMATTING.contains(&name.as_str()));
                formatting_max = formatting_max.max(formatting);
                depth += 1;
                *open.entry(name).or_default() += 1;
                if depth > DEPTH_MAX {
                    return false;
                }
            }
            Token::Close(name) => {
                tags += 1;
                let name = key(name);
                // An end tag without a start tag closes nothing.
                if let Some(count) = open.get_mut(&name) {
                    *count -= 1;
                    if *count == 0 {
                        open.remove(&name);
                    }
                    depth -= 1;
                    formatting -= usize::from(FORMATTING.contains(&name.as_str()));
                }
            }
        }
    }
    true
}

fn key(name: &str) -> String {
    if name.len() > NAME_BYTES_MAX { "-".to_string() } else { name.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_mail_fits_and_bombs_do_not() {
        let row = "<tr><td><font color=red><a href='x'><b>t</b></a></font><p>x<p>y</td></tr>";
        assert!(fits(&format!("<table>{}</table>", row.repeat(10_000))));
        assert!(!fits(&"<div>".repeat(20_000)));
        assert!(!fits(&format!("<a {}>", (0..1000).map(|i| format!("x{i}=1 ")).collect::<String>())));
        let reopen: String = (0..500).map(|i| format!("<b id={i}>")).collect();
        assert!(!fits(&format!("{reopen}{}", "<p>x</p>".repeat(10_000))));
    }
}
