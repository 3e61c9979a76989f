// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Whatever text comes in, nothing panics; whatever tree comes out, it prints to text that reads back the same.

mod common;

use common::{CONTEXT, round_trip};
use ph_query::{Clause, Is, Priority, Query, TextField, parse};
use proptest::prelude::*;

/// Texts that once were, or look, dangerous.
const SEEDS: &[&str] = &[
    "",
    "(",
    ")",
    "\"",
    "\\",
    "\"\\",
    "{",
    "}",
    "-",
    "!",
    "not not",
    "in:(",
    "date:-",
    "date:+99999999999d",
    "date:@",
    "date:\u{2212}5",
    "size:>=<",
    "size:<",
    "size:<<5",
    "date:>=5<",
    "year:0000",
    "year:9999",
    "date:9999-12-31",
    "date:+1000000y",
    "week:0001-01-01",
    "date:9223372036854775807",
    "item:,",
    "item:4294967296",
    "conv:-9223372036854775808",
    "é:é",
    "\u{0}",
    "a\u{85}b",
    "from:*",
    "from:**.x",
    "in:\"\"",
    "||",
    "a||b",
    "&&",
    "date:1/2",
    "before:1/2/3/4",
    "size:1é",
    "\u{1f389}",
    "-\u{3000}x",
    "subject:\u{3000}x",
];

#[test]
fn seeds() {
    for seed in SEEDS {
        round_trip(seed);
    }
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/query");
    for file in std::fs::read_dir(dir).unwrap() {
        round_trip(&String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()));
    }
}

fn clause() -> impl Strategy<Value = Clause> {
    // What the parser can produce: trimmed, no star at either end, not empty.
    let text = "[a-zé日(){}:\"\\\\-]([ a-z*\"\\\\:(){}-]{0,12}[a-z\"\\\\)é])?";
    let fields = prop::sample::select(vec![TextField::Content, TextField::From, TextField::Type, TextField::MessageId]);
    prop_oneof![
        (fields, text, any::<bool>())
            .prop_filter("any and none are no types", |(_, text, _)| text != "any" && text != "none")
            .prop_map(|(field, text, prefix)| Clause::Text { field, text, prefix }),
        (any::<bool>(), text, any::<bool>()).prop_map(|(from, text, prefix)| Clause::Envelope { from, text, prefix }),
        (text, any::<bool>()).prop_map(|(path, under)| Clause::In { path, under }),
        (any::<u32>(), any::<bool>()).prop_map(|(id, under)| Clause::InId { id, under }),
        Just(Clause::Is(Is::Solo)),
        Just(Clause::HasAttachment),
        text.prop_map(Clause::Tag),
        Just(Clause::Priority(Priority::Low)),
        any::<(i64, i64)>().prop_map(|(a, b)| Clause::Date { from_ms: Some(a), until_ms: Some(b) }),
        any::<i64>().prop_map(|a| Clause::Changed { from_ms: None, until_ms: Some(a) }),
        any::<u64>().prop_map(|a| Clause::Size { from: Some(a), until: None }),
        any::<(u64, u64)>().prop_map(|(a, b)| Clause::ModSeq { from: Some(a), until: Some(b) }),
        prop::collection::vec(any::<u32>(), 1..4).prop_map(Clause::Item),
        any::<i64>().prop_map(Clause::Conversation),
        Just(Clause::None),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    clause().prop_map(Query::Clause).prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Query::and),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Query::or),
            inner.prop_map(Query::negate),
        ]
    })
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        round_trip(&text);
    }

    #[test]
    fn text_of_the_language(
        parts in prop::collection::vec(prop::sample::select(vec![
            "in:", "is:", "unread", "(", ")", "\"", " ", "or", "and", "not", "-", "!", "a", "*", "date:", "-1", "d", "1/2/2026", "size:", ">",
            "<", "=", "5", "kb", "@", "{", "}", "item:", ",", "from:", "attachment:", "none", "||", "&&", "é", "\\", ":", "sort:",
        ]), 0..30)
    ) {
        round_trip(&parts.concat());
    }

    #[test]
    fn any_tree(query in query()) {
        let printed = query.to_string();
        prop_assert_eq!(parse(&printed, &CONTEXT), Ok(query), "{}", printed);
    }
}
