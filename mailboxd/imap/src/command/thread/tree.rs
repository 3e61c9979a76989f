// SPDX-License-Identifier: AGPL-3.0-or-later
//! Trees of messages as THREAD answers them (RFC 5256 §5 thread-list). No recursion: hostile references make deep trees.

use std::fmt::Write as _;

#[derive(Debug, Default)]
pub struct Node {
    /// None: a message that is known by name only.
    pub number: Option<u32>,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
}

#[derive(Debug, Default)]
pub struct Forest {
    pub nodes: Vec<Node>,
    pub roots: Vec<usize>,
}

enum Step {
    Open,
    Node(usize),
    Close,
}

impl Forest {
    pub fn add(&mut self, number: Option<u32>) -> usize {
        self.nodes.push(Node { number, ..Node::default() });
        self.nodes.len() - 1
    }

    pub fn append(&mut self, parent: usize, child: usize) {
        if let Some(node) = self.nodes.get_mut(child) {
            node.parent = Some(parent);
        }
        if let Some(node) = self.nodes.get_mut(parent) {
            node.children.push(child);
        }
    }

    pub fn children(&self, node: usize) -> &[usize] {
        self.nodes.get(node).map_or(&[], |node| &node.children)
    }

    pub fn write(&self) -> String {
        let mut out = String::new();
        for root in &self.roots {
            self.write_tree(*root, &mut out);
        }
        out
    }

    fn write_tree(&self, root: usize, out: &mut String) {
        let mut steps = vec![Step::Close, Step::Node(root), Step::Open];
        while let Some(step) = steps.pop() {
            let node = match step {
                Step::Open => {
                    out.push('(');
                    continue;
                }
                Step::Close => {
                    out.push(')');
                    continue;
                }
                Step::Node(at) => self.nodes.get(at),
            };
            let Some(node) = node else { continue };
            if let Some(number) = node.number {
                let separator = if out.ends_with('(') { "" } else { " " };
                let _infallible = write!(out, "{separator}{number}");
            }
            match node.children.as_slice() {
                [] => {}
                [only] => steps.push(Step::Node(*only)),
                many => {
                    if !out.ends_with('(') {
                        out.push(' ');
                    }
                    steps.extend(many.iter().rev().flat_map(|child| [Step::Close, Step::Node(*child), Step::Open]));
                }
            }
        }
    }
}
