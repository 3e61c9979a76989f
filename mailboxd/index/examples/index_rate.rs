// SPDX-License-Identifier: AGPL-3.0-or-later
//! Measures one index: `cargo run --release -p ph-index --example index_rate [documents]`.
#![expect(clippy::unwrap_used, reason = "an example")]

use ids::{ItemId, MailboxId, ModSeq};
use ph_index::{Document, Field, Indexes, Term};
use std::time::{Duration, Instant};

const MAILBOX: MailboxId = MailboxId(1);
const COMMIT_DOCUMENTS: u32 = 500;
const BODY_BYTES: usize = 5_000;
/// About the words that one mailbox uses; how often each comes falls as in a natural language.
const VOCABULARY: f64 = 60_000.0;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Zipf: the logarithm of the rank is about uniform.
    fn word(&mut self) -> String {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let mut rank = VOCABULARY.powf(uniform) as u64;
        let mut word = String::new();
        while rank > 0 {
            word.push_str(["ka", "to", "mi", "ser", "lun", "dra", "po", "ve", "ni", "gor"][(rank % 10) as usize]);
            rank /= 10;
        }
        word
    }

    fn document(&mut self, n: u32) -> Document {
        let mut body = String::new();
        while body.len() < BODY_BYTES {
            body.push_str(&self.word());
            body.push(if self.next().is_multiple_of(12) { '\n' } else { ' ' });
        }
        if n.is_multiple_of(10) {
            body.push_str("tenthword marker");
        }
        let person = self.next() % 300;
        Document {
            subject: format!("{} {} {}", self.word(), self.word(), self.word()),
            from: format!("Person {person} person{person}@example.test"),
            to: "Alice alice@example.test".into(),
            body,
            types: vec!["text/plain".into()],
            message_id: format!("{n}.{}@example.test", self.next()),
            ..Document::default()
        }
    }
}

fn main() {
    let documents = std::env::args().nth(1).map_or(100_000, |n| n.parse().unwrap());
    let dir = tempfile::tempdir_in(".").unwrap();
    let indexes = Indexes::open(dir.path(), 1).unwrap();
    let mut random = Random(88_172_645_463_325_252);
    let (mut raw, mut spent) = (0, Duration::ZERO);
    for first in (0..documents).step_by(COMMIT_DOCUMENTS as usize) {
        let batch: Vec<_> =
            (first..documents.min(first + COMMIT_DOCUMENTS)).map(|n| (ItemId(n + 256), random.document(n))).collect();
        raw += batch.iter().map(|(_, d)| d.body.len() + d.subject.len() + d.from.len() + d.to.len()).sum::<usize>();
        let begin = Instant::now();
        indexes.apply(MAILBOX, batch, &[], ModSeq(u64::from(first) + 1)).unwrap();
        spent += begin.elapsed();
    }
    println!(
        "{:.0} documents/s, {:.1} MB/s",
        f64::from(documents) / spent.as_secs_f64(),
        raw as f64 / 1e6 / spent.as_secs_f64()
    );
    let begin = Instant::now();
    indexes.release_idle(Duration::ZERO, Duration::MAX);
    println!("merges went on for {:.1} s", begin.elapsed().as_secs_f64());
    let size = |dir: &std::path::Path| -> u64 {
        std::fs::read_dir(dir.join("1")).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    };
    println!("{:.3} index bytes a raw byte", size(dir.path()) as f64 / raw as f64);
    for (field, text, prefix) in [
        (Field::Content, "tenthword", false),
        (Field::Body, "tenthword marker", false),
        (Field::Content, "tenth", true),
        (Field::Content, "to", false),
        (Field::Content, "to mi", false),
        (Field::Content, "to", true),
        (Field::From, "person7@example.test", false),
        (Field::From, "example.test", false),
        (Field::Content, "nosuchword", false),
    ] {
        let term = Term { fields: vec![field], text: text.to_owned(), prefix };
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..51 {
            let begin = Instant::now();
            hits = indexes.search(MAILBOX, &term).unwrap().len();
            times.push(begin.elapsed());
        }
        times.sort();
        let (star, ms) = (if prefix { "*" } else { "" }, |d: Duration| d.as_secs_f64() * 1e3);
        println!(
            "{text}{star} in {field:?}: {hits} hits, median {:.3} ms, worst {:.3} ms",
            ms(times[25]),
            ms(times[50])
        );
    }
}
