// SPDX-License-Identifier: AGPL-3.0-or-later
//! ORDEREDSUBJECT (RFC 5256 §4): those with one subject are a thread, the oldest is the parent of all others.

use super::Letter;
use super::tree::Forest;

pub fn thread(mut letters: Vec<Letter>) -> String {
    let order = |a: &Letter, b: &Letter| (a.sent_ms, a.number).cmp(&(b.sent_ms, b.number));
    letters.sort_by(|a, b| a.subject.cmp(&b.subject).then(order(a, b)));
    let mut threads: Vec<&[Letter]> = letters.chunk_by(|a, b| a.subject == b.subject).collect();
    threads.sort_by(|a, b| match (a.first(), b.first()) {
        (Some(a), Some(b)) => order(a, b),
        _ => std::cmp::Ordering::Equal,
    });
    let mut forest = Forest::default();
    for thread in threads {
        let Some((first, rest)) = thread.split_first() else { continue };
        let root = forest.add(Some(first.number));
        forest.roots.push(root);
        for letter in rest {
            let child = forest.add(Some(letter.number));
            forest.append(root, child);
        }
    }
    forest.write()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_the_parent() {
        let letter = |number, sent_ms, subject: &str| Letter {
            number,
            sent_ms,
            subject: subject.to_owned(),
            ..Letter::default()
        };
        let letters =
            vec![letter(1, 50, "b"), letter(2, 10, "a"), letter(3, 30, "a"), letter(4, 20, "a"), letter(5, 60, "b")];
        assert_eq!(thread(letters), "(2 (4)(3))(1 5)");
        assert_eq!(thread(Vec::new()), "");
    }
}
