// SPDX-License-Identifier: AGPL-3.0-or-later
//! REFERENCES (RFC 5256 §4): who answers whom, by Message-ID; then threads with one subject are put together. The numbers in
//! the comments are the RFC's.

use super::Letter;
use super::tree::Forest;
use std::collections::HashMap;

/// Steps to a root, for one link: References that are made to cost time make long ways.
const WALK_MAX: usize = 10_000;

pub fn thread(letters: &[Letter]) -> String {
    let mut threading = Threading { letters, forest: Forest::default(), by_id: HashMap::new(), of: HashMap::new() };
    for at in 0..letters.len() {
        threading.place(at);
    }
    // (2)
    let nodes = threading.forest.nodes.iter().enumerate();
    threading.forest.roots = nodes.filter(|(_, node)| node.parent.is_none()).map(|(at, _)| at).collect();
    threading.prune();
    threading.sort();
    threading.gather_subjects();
    threading.sort();
    threading.forest.write()
}

struct Threading<'a> {
    letters: &'a [Letter],
    forest: Forest,
    by_id: HashMap<&'a str, usize>,
    /// Letters by node; a node without one is a dummy.
    of: HashMap<usize, &'a Letter>,
}

impl<'a> Threading<'a> {
    fn node(&mut self, id: &'a str) -> usize {
        let forest = &mut self.forest;
        *self.by_id.entry(id).or_insert_with(|| forest.add(None))
    }

    /// (1)
    fn place(&mut self, at: usize) {
        let Some(letter) = self.letters.get(at) else { return };
        let known = letter.id.as_deref().map(|id| self.node(id));
        // No id, or somebody else's: then it has one of its own that nobody refers to.
        let own = match known {
            Some(node) if !self.of.contains_key(&node) => node,
            _ => self.forest.add(None),
        };
        self.of.insert(own, letter);
        if let Some(node) = self.forest.nodes.get_mut(own) {
            node.number = Some(letter.number);
        }
        // (1A)
        let mut parent = None;
        for id in &letter.references {
            let node = self.node(id);
            if let Some(parent) = parent
                && self.parent(node).is_none()
                && !self.would_loop(parent, node)
            {
                self.forest.append(parent, node);
            }
            parent = Some(node);
        }
        // (1B)
        if let Some(parent) = parent
            && !self.would_loop(parent, own)
        {
            self.detach(own);
            self.forest.append(parent, own);
        }
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.forest.nodes.get(node).and_then(|node| node.parent)
    }

    /// Or would be too deep to tell.
    fn would_loop(&self, parent: usize, child: usize) -> bool {
        if parent == child || self.forest.children(child).is_empty() {
            return parent == child;
        }
        let mut upwards = std::iter::successors(Some(parent), |node| self.parent(*node));
        upwards.by_ref().take(WALK_MAX).any(|node| node == child) || upwards.next().is_some()
    }

    fn detach(&mut self, node: usize) {
        let Some(parent) = self.parent(node) else { return };
        if let Some(parent) = self.forest.nodes.get_mut(parent) {
            parent.children.retain(|child| *child != node);
        }
        if let Some(node) = self.forest.nodes.get_mut(node) {
            node.parent = None;
        }
    }

    fn is_dummy(&self, node: usize) -> bool {
        !self.of.contains_key(&node)
    }

    /// Every node of the trees below `roots`, children before their parents.
    fn upwards(&self) -> Vec<usize> {
        let mut order = self.forest.roots.clone();
        let mut at = 0;
        while let Some(node) = order.get(at) {
            order.extend_from_slice(self.forest.children(*node));
            at += 1;
        }
        order.reverse();
        order
    }

    /// (3): dummies without children go, and those with children give them to their parent; at the top only an only child is
    /// taken.
    fn prune(&mut self) {
        for node in self.upwards() {
            let kept = self.forest.children(node).to_vec().into_iter().flat_map(|child| self.promoted(child)).collect();
            self.set_children(node, kept);
        }
        let mut roots = Vec::new();
        for root in std::mem::take(&mut self.forest.roots) {
            match self.forest.children(root) {
                [] if self.is_dummy(root) => {}
                [only] if self.is_dummy(root) => roots.push(*only),
                _ => roots.push(root),
            }
        }
        for root in &roots {
            if let Some(node) = self.forest.nodes.get_mut(*root) {
                node.parent = None;
            }
        }
        self.forest.roots = roots;
    }

    /// What stands in the place of a node that is not at the top.
    fn promoted(&self, node: usize) -> Vec<usize> {
        if self.is_dummy(node) { self.forest.children(node).to_vec() } else { vec![node] }
    }

    fn set_children(&mut self, parent: usize, children: Vec<usize>) {
        for child in &children {
            if let Some(child) = self.forest.nodes.get_mut(*child) {
                child.parent = Some(parent);
            }
        }
        if let Some(parent) = self.forest.nodes.get_mut(parent) {
            parent.children = children;
        }
    }

    /// (4) and (6): siblings by date, a dummy by that of its first child.
    fn sort(&mut self) {
        let mut keys: HashMap<usize, (i64, u32)> = HashMap::new();
        for node in self.upwards() {
            let mut children = self.forest.children(node).to_vec();
            children.sort_by_key(|child| keys.get(child).copied());
            let key = match (self.of.get(&node), children.first()) {
                (Some(letter), _) => (letter.sent_ms, letter.number),
                (None, first) => first.and_then(|first| keys.get(first)).copied().unwrap_or_default(),
            };
            keys.insert(node, key);
            self.set_children(node, children);
        }
        self.forest.roots.sort_by_key(|root| keys.get(root).copied());
    }

    /// (5A): of the root, or of a dummy's first child.
    fn subject(&self, root: usize) -> Option<&'a Letter> {
        let letter = match self.of.get(&root) {
            Some(letter) => Some(*letter),
            None => self.forest.children(root).first().and_then(|first| self.of.get(first)).copied(),
        };
        letter.filter(|letter| !letter.subject.is_empty())
    }

    /// (5): a thread per subject. Who began it takes the others in.
    fn gather_subjects(&mut self) {
        let roots = std::mem::take(&mut self.forest.roots);
        let mut table: HashMap<&'a str, usize> = HashMap::new();
        for root in &roots {
            let Some(letter) = self.subject(*root) else { continue };
            let first = table.entry(&letter.subject).or_insert(*root);
            let (new, old) = (self.is_dummy(*root), self.is_dummy(*first));
            if !old && (new || (self.is_reply(*first) && !self.is_reply(*root))) {
                *first = *root;
            }
        }
        // Where a root was replaced by one that holds it and another.
        let mut in_place: HashMap<usize, usize> = HashMap::new();
        let mut left = Vec::new();
        for root in roots {
            let first = self.subject(root).and_then(|letter| table.get(letter.subject.as_str()).copied());
            match first {
                Some(first) if first != root => self.merge(first, root, &mut in_place),
                _ => left.push(root),
            }
        }
        self.forest.roots = left.into_iter().map(|root| in_place.get(&root).copied().unwrap_or(root)).collect();
    }

    fn is_reply(&self, node: usize) -> bool {
        self.of.get(&node).is_some_and(|letter| letter.is_reply)
    }

    /// (5C)
    fn merge(&mut self, first: usize, root: usize, in_place: &mut HashMap<usize, usize>) {
        let dummy = in_place.get(&first).copied().or_else(|| self.is_dummy(first).then_some(first));
        match dummy {
            Some(dummy) if self.is_dummy(root) => {
                for child in self.forest.children(root).to_vec() {
                    self.forest.append(dummy, child);
                }
            }
            Some(dummy) => self.forest.append(dummy, root),
            None if self.is_reply(root) && !self.is_reply(first) => self.forest.append(first, root),
            None => {
                let dummy = self.forest.add(None);
                self.forest.append(dummy, first);
                self.forest.append(dummy, root);
                in_place.insert(first, dummy);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::subject;

    /// `number id subject references…`
    fn letters(lines: &[&str]) -> Vec<Letter> {
        let mut all = Vec::new();
        for line in lines {
            let parts: Vec<&str> = line.split('|').collect();
            let (base, is_reply) = subject::base(parts[2]);
            let number: u32 = parts[0].parse().unwrap();
            all.push(Letter {
                number,
                sent_ms: i64::from(number),
                subject: base,
                is_reply,
                id: Some(parts[1].to_owned()).filter(|id| !id.is_empty()),
                references: parts[3..].iter().map(|id| (*id).to_owned()).collect(),
            });
        }
        all
    }

    #[test]
    fn who_answers_whom() {
        for (lines, want) in [
            (&["1|a|x", "2|b|Re: x|a", "3|c|Re: x|a|b", "4|d|Re: x|a"][..], "(1 (2 3)(4))"),
            // An unknown parent holds its children together only where there are several.
            (&["1|b|x|a", "2|c|y|a"], "((1)(2))"),
            (&["1|b|x|a"], "(1)"),
            // By subject: a reply without references goes to what it answers; equals get a parent that is not there.
            (&["1|a|x", "2|b|Re: x", "3|c|y"], "(1 2)(3)"),
            (&["1|a|x", "2|b|x"], "((1)(2))"),
            (&["1|a|Re: x", "2|b|x"], "(2 1)"),
            (&["1|a|x", "2|b|x", "3|c|Re: x", "4|d|x"], "((1)(2)(3)(4))"),
            // Two with one id, none at all, and circles.
            (&["1|a|x", "2|a|y", "3||z", "4|d|w|a"], "(1 4)(2)(3)"),
            (&["1|a|x|b", "2|b|Re: x|a"], "(2 1)"),
            (&["1|a|x|a"], "(1)"),
            (&["1|a||z", "2|b|"], "(1)(2)"),
            (&[], ""),
        ] {
            assert_eq!(thread(&letters(lines)), want, "{lines:?}");
        }
    }

    /// A reply that came before what it answers, whose References were cut.
    #[test]
    fn a_later_and_better_parent_wins() {
        assert_eq!(thread(&letters(&["1|c|z|a", "2|b|y|a", "3|d|w|a|b|c"])), "((1 3)(2))");
    }

    #[test]
    fn hostile_references_are_no_trouble() {
        let chain: Vec<Letter> = (1..20_000u32)
            .map(|n| Letter {
                number: n,
                sent_ms: i64::from(n),
                id: Some(n.to_string()),
                references: vec![(n - 1).to_string()],
                ..Letter::default()
            })
            .collect();
        let answer = thread(&chain);
        assert!(answer.starts_with("(1 2 3 ") && answer.ends_with(" 19999)"));
    }
}
