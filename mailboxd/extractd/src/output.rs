// SPDX-License-Identifier: AGPL-3.0-or-later
//! What formats write to: the same calls make text for the index and a fragment of HTML for people.

use extract::{HTML_BYTES_MAX, TEXT_BYTES_MAX, View};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    Paragraph,
    Heading,
    Table,
    Row,
    Cell,
}

impl Block {
    fn tag(self) -> &'static str {
        match self {
            Block::Paragraph => "p",
            Block::Heading => "h2",
            Block::Table => "table",
            Block::Row => "tr",
            Block::Cell => "td",
        }
    }
}

pub struct Output {
    view: View,
    text: String,
    is_full: bool,
}

impl Output {
    pub fn new(view: View) -> Output {
        Output { view, text: String::new(), is_full: false }
    }

    pub fn is_html(&self) -> bool {
        self.view == View::Html
    }

    /// Nothing more is kept.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    pub fn words(&mut self, text: &str) {
        match self.view {
            View::Text => self.push(text),
            View::Html => self.escaped(text),
        }
    }

    pub fn begin(&mut self, block: Block) {
        if self.is_html() {
            self.push("<");
            self.push(block.tag());
            self.push(">");
        }
    }

    pub fn end(&mut self, block: Block) {
        match (self.view, block) {
            (View::Html, _) => {
                self.push("</");
                self.push(block.tag());
                self.push(">\n");
            }
            (View::Text, Block::Cell) => self.push("\t"),
            (View::Text, _) => self.new_line(),
        }
    }

    pub fn block(&mut self, block: Block, text: &str) {
        self.begin(block);
        self.words(text);
        self.end(block);
    }

    pub fn line(&mut self) {
        match self.view {
            View::Text => self.push("\n"),
            View::Html => self.push("<br>"),
        }
    }

    /// Text that has its own lines.
    pub fn verbatim(&mut self, text: &str) {
        if self.is_html() {
            self.push("<pre>");
        }
        self.words(text);
        if self.is_html() {
            self.push("</pre>\n");
        }
        self.new_line();
    }

    /// A document's own HTML. Only in HTML; whoever shows it takes everything active out of it.
    pub fn markup(&mut self, html: &str) {
        if self.is_html() {
            self.push(html);
        }
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn new_line(&mut self) {
        if self.view == View::Text && !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push("\n");
        }
    }

    fn escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['<', '>', '&', '"']) {
            self.push(&rest[..at]);
            self.push(match rest.as_bytes()[at] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'&' => "&amp;",
                _ => "&quot;",
            });
            rest = &rest[at + 1..];
        }
        self.push(rest);
    }

    fn push(&mut self, text: &str) {
        let max = if self.is_html() { HTML_BYTES_MAX } else { TEXT_BYTES_MAX };
        let left = max - self.text.len();
        if text.len() > left {
            self.is_full = true;
        }
        self.text.push_str(&text[..text.floor_char_boundary(left)]);
    }
}
