// SPDX-License-Identifier: AGPL-3.0-or-later
//! HTML to the text that a reader would see: for search, fragments and plain alternatives.

use super::token::{Token, tokens};

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 26] = [
    "p",
    "div",
    "br",
    "tr",
    "table",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "blockquote",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "center",
    "dt",
    "dd",
    "address",
    "title",
];
/// The longest entity name ("CounterClockwiseContourIntegral") and then some.
const ENTITY_BYTES_MAX: usize = 40;

pub fn html_to_text(html: &str) -> String {
    to_text(html, usize::MAX)
}

/// Stops when about `text_max` bytes are written.
pub(crate) fn to_text(html: &str, text_max: usize) -> String {
    let mut out = Text { out: String::new(), space: false, pre: 0 };
    for token in tokens(html) {
        if out.out.len() >= text_max {
            break;
        }
        match token {
            Token::Text(text) => out.text(text),
            Token::Open(tag) if is(tag.name, &["td", "th"]) => out.space = true,
            Token::Open(tag) if is(tag.name, &BLOCKS) => {
                out.new_line();
                out.pre += usize::from(is(tag.name, &["pre"]));
                if is(tag.name, &["li"]) {
                    out.out.push_str("- ");
                }
            }
            Token::Close(name) if is(name, &BLOCKS) => {
                out.pre = out.pre.saturating_sub(usize::from(is(name, &["pre"])));
                out.new_line();
                if is(name, &["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"]) {
                    out.blank_line();
                }
            }
            _ => {}
        }
    }
    out.out.truncate(out.out.trim_end().len());
    out.out
}

fn is(name: &str, list: &[&str]) -> bool {
    list.iter().any(|n| name.eq_ignore_ascii_case(n))
}

struct Text {
    out: String,
    space: bool,
    pre: usize,
}

impl Text {
    fn at_line_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    fn new_line(&mut self) {
        self.space = false;
        if !self.at_line_start() {
            self.out.push('\n');
        }
    }

    fn blank_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn text(&mut self, mut text: &str) {
        while !text.is_empty() {
            let at = memchr::memchr(b'&', text.as_bytes()).unwrap_or(text.len());
            text[..at].chars().for_each(|c| self.push(c));
            text = &text[at..];
            if text.is_empty() {
                return;
            }
            let window = &text.as_bytes()[..text.len().min(ENTITY_BYTES_MAX)];
            match memchr::memchr(b';', window) {
                Some(end) => {
                    let mut decoded = String::new();
                    mail_parser::decoders::html::add_html_token(&mut decoded, &window[..=end], false);
                    decoded.chars().for_each(|c| self.push(c));
                    text = &text[end + 1..];
                }
                None => {
                    self.push('&');
                    text = &text[1..];
                }
            }
        }
    }

    fn push(&mut self, c: char) {
        // Newsletters pad their preview text with these.
        if matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}' | '\u{34f}')
            || (c.is_control() && !c.is_whitespace())
        {
            return;
        }
        if self.pre > 0 && c.is_whitespace() {
            self.out.push(c);
        } else if c.is_whitespace() {
            self.space = true;
        } else {
            if self.space && !self.at_line_start() {
                self.out.push(' ');
            }
            self.space = false;
            self.out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_the_page() {
        for (html, want) in [
            ("a<br>b", "a\nb"),
            ("<p>a  \n b</p><p>c</p>", "a b\n\nc"),
            ("<style>p { x: '</p>' }</style><script>if (a<b) x()</script>t", "t"),
            ("&auml;&#8364;&#x20AC; &amp;lt; &nosuch; & &", "ä€€ &lt; &nosuch; & &"),
            ("<ul><li>x<li>y</ul>", "- x\n- y"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
            ("<!-- > hidden --><!DOCTYPE html>x<!-->y", "xy"),
            ("<a title=\"a>b\" x='>'>t</a>", "t"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("unclosed <b", "unclosed"),
        ] {
            assert_eq!(html_to_text(html), want, "{html}");
        }
    }
}
