// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is found. Every case is asked twice, of the index and of the document before it is indexed: one answer.
#![expect(clippy::unwrap_used, reason = "a test")]

use ids::{ItemId, MailboxId, ModSeq};
use ph_index::{Document, Field, Header, Holding, Indexes, TERM_WORDS_MAX, Term};
use proptest::prelude::*;

const MAILBOX: MailboxId = MailboxId(7);

fn term(fields: &[Field], text: &str) -> Term {
    let bare = text.trim_end_matches('*');
    Term { fields: fields.to_vec(), text: bare.to_owned(), prefix: bare.len() < text.len() }
}

fn message() -> Document {
    Document {
        subject: "Re: Quarterly figures, Zürich".into(),
        from: "Bob Smith bob.smith@mail.example.test".into(),
        to: "Alice alice@example.test".into(),
        cc: "Éric eric+lists@other.test".into(),
        body: "The invoice no. 2026-0815 is attached.\nPlease pay 1,234.56 by Friday. 東京都に行きます。 See \
               https://shop.example.test/a?b=c"
            .into(),
        filenames: "final.report.pdf".into(),
        types: vec!["text/plain".into(), "application/pdf".into()],
        message_id: "<abc.123$x@mail.example.test>".into(),
        attachments: "Sternanis".into(),
        waits: false,
        headers: vec![
            (Header::Subject, "re: quarterly figures, zürich".into()),
            (Header::From, "bob smith <bob.smith@mail.example.test>".into()),
            (Header::To, "alice <alice@example.test>".into()),
            (Header::To, "carol".into()),
        ],
    }
}

#[track_caller]
fn check(field: Field, text: &str, expected: bool) {
    let dir = tempfile::tempdir().unwrap();
    let indexes = Indexes::open(dir.path(), 1).unwrap();
    let term = term(&[field], text);
    assert_eq!(Indexes::matches(&message(), &term), expected, "{text} in the document");
    indexes.apply(MAILBOX, vec![(ItemId(300), message())], &[], ModSeq(1)).unwrap();
    let found = indexes.search(MAILBOX, &term).unwrap();
    assert_eq!(found, if expected { vec![ItemId(300)] } else { vec![] }, "{text} in the index");
}

#[test]
fn words_and_phrases() {
    check(Field::Content, "INVOICE", true);
    check(Field::Content, "zurich", true);
    check(Field::Content, "the invoice", true);
    check(Field::Content, "invoice the", false);
    check(Field::Content, "please friday", false);
    check(Field::Content, "inv*", true);
    check(Field::Content, "inv", false);
    check(Field::Content, "pay 1,23*", true);
    check(Field::Content, "is att*", true);
    check(Field::Content, "pay 9*", false);
    check(Field::Content, "2026-0815", true);
    check(Field::Content, "1,234.56", true);
    check(Field::Content, "...", false);
    check(Field::Content, "", false);
}

#[test]
fn addresses() {
    check(Field::From, "bob", true);
    check(Field::From, "bob.smith@mail.example.test", true);
    check(Field::From, "<Bob.Smith@mail.example.test>", true);
    check(Field::From, "example.test", true);
    check(Field::From, "mail.example.test", true);
    check(Field::From, "smith@mail.example.test", false);
    check(Field::From, "bob.smith@ma*", true);
    check(Field::From, "bob smith bob.smith@mail.example.test", true);
    check(Field::From, "alice", false);
    check(Field::Content, "eric+lists@other.test", true);
    check(Field::MessageId, "<abc.123$x@mail.example.test>", true);
    check(Field::Content, "shop.example.test", true);
}

#[test]
fn other_fields_and_scripts() {
    check(Field::Filename, "report.pdf", true);
    check(Field::Content, "report.pdf", true);
    check(Field::Type, "application/pdf", true);
    check(Field::Type, "image/*", false);
    check(Field::Type, "text/*", true);
    check(Field::Type, "plain application", false);
    check(Field::Content, "application", false);
    check(Field::Body, "invoice", true);
    check(Field::Body, "quarterly", false);
    check(Field::Content, "東京", true);
    check(Field::Content, "京都", true);
    check(Field::Content, "東", true);
    check(Field::Content, "都", true);
    check(Field::Content, "す", true);
    check(Field::Content, "東都", false);
    check(Field::Content, "東京*", true);
}

#[test]
fn too_many_words_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let indexes = Indexes::open(dir.path(), 1).unwrap();
    let long = term(&[Field::Body], &"a ".repeat(TERM_WORDS_MAX + 1));
    assert_eq!(indexes.search(MAILBOX, &long).unwrap_err().to_string(), "more than 256 words in one condition");
    assert!(!Indexes::matches(&message(), &long));
}

fn text() -> impl Strategy<Value = String> {
    let words = vec![
        "a",
        "b",
        "ab",
        "abc",
        "A",
        "é",
        "e",
        "a@b.c",
        "b.c",
        "x@y",
        "日",
        "日本",
        "本",
        "語",
        "日本語",
        "-",
        ".",
        " ",
        "\n",
        "\u{1e}",
        "@",
        "12",
        "1",
        "ﬁ",
        "ß",
        "ss",
        "हि",
    ];
    let parts = prop::collection::vec((prop::sample::select(words), prop::sample::select(vec!["", " ", " "])), 0..8);
    parts.prop_map(|parts| parts.into_iter().flat_map(|(word, space)| [word, space]).collect())
}

fn document() -> impl Strategy<Value = Document> {
    (text(), text(), text(), prop::collection::vec(text(), 0..3)).prop_map(|(subject, from, body, types)| Document {
        subject,
        from,
        body,
        types,
        ..Document::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn index_and_document_agree(
        documents in prop::collection::vec(document(), 1..20),
        terms in prop::collection::vec((text(), any::<bool>(), prop::sample::select(
            vec![Field::Content, Field::Subject, Field::Body, Field::Type])), 1..40),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let indexes = Indexes::open(dir.path(), 1).unwrap();
        let mut rows: Vec<(ItemId, Document)> = (256..).map(ItemId).zip(documents).collect();
        // Two commits, so that there are two segments, and some that come twice.
        let half = rows.len() / 2;
        indexes.apply(MAILBOX, rows[..half].to_vec(), &[], ModSeq(1)).unwrap();
        indexes.apply(MAILBOX, rows[half / 2..].to_vec(), &[], ModSeq(2)).unwrap();
        let gone: Vec<ItemId> = removed.iter().map(|index| index.get(&rows).0).collect();
        indexes.apply(MAILBOX, vec![], &gone, ModSeq(3)).unwrap();
        rows.retain(|(id, _)| !gone.contains(id));
        let mut all = indexes.documents(MAILBOX).unwrap();
        all.sort();
        prop_assert_eq!(all, rows.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        for (text, prefix, field) in terms {
            let term = Term { fields: vec![field], text, prefix };
            let mut found = indexes.search(MAILBOX, &term).unwrap();
            found.sort();
            let expected: Vec<ItemId> =
                rows.iter().filter(|(_, document)| Indexes::matches(document, &term)).map(|(id, _)| *id).collect();
            prop_assert_eq!(found, expected, "{:?}", term);
        }
    }

    #[test]
    fn any_text_is_taken(body in any::<String>(), text in any::<String>()) {
        let document = Document { body, ..Document::default() };
        Indexes::matches(&document, &Term { fields: vec![Field::Body], text, prefix: true });
    }

    /// Any three words of a text that stand together are found in it.
    #[test]
    fn a_part_of_the_text_is_found(body in "([a-c日本]{1,4} ){6}") {
        let words: Vec<&str> = body.split_whitespace().collect();
        let document = Document { body: body.clone(), ..Document::default() };
        for part in words.windows(3) {
            let term = Term { fields: vec![Field::Content], text: part.join(" "), prefix: false };
            prop_assert!(Indexes::matches(&document, &term), "{:?}", term);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is looked for, a walk over the texts finds the documents that are sure, and none but those that are sure or
    /// may be. Without white space nothing is left open.
    #[test]
    fn who_holds_a_part_is_known(
        subject in header_text(),
        other in header_text(),
        from in prop::collection::vec(header_text(), 0..3),
        foreign in header_text(),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let indexes = Indexes::open(dir.path(), 1).unwrap();
        let document = |subject: &String, from: &[String]| Document {
            headers: std::iter::once((Header::Subject, subject.clone()))
                .chain(from.iter().map(|from| (Header::From, from.clone())))
                .collect(),
            ..Document::default()
        };
        let all = vec![(ItemId(300), document(&subject, &from)), (ItemId(301), document(&other, &[]))];
        indexes.apply(MAILBOX, all, &[], ModSeq(1)).unwrap();
        let chars: Vec<char> = subject.chars().collect();
        let (one, end) = (cut.0.index(chars.len()), cut.1.index(chars.len()));
        let part: String = chars[one.min(end)..=one.max(end)].iter().collect();
        for text in [part, foreign] {
            for (header, texts) in [
                (Header::Subject, vec![(ItemId(300), &subject), (ItemId(301), &other)]),
                (Header::From, from.iter().map(|from| (ItemId(300), from)).collect()),
                (Header::Cc, vec![]),
            ] {
                let Some(found) = indexes.holding(MAILBOX, header, &text).unwrap() else {
                    prop_assert!(text.trim().is_empty());
                    continue;
                };
                let holds: Vec<_> = texts.iter().filter(|(_, held)| held.contains(&text)).map(|(id, _)| *id).collect();
                for id in &found.sure {
                    prop_assert!(holds.contains(id) && !found.maybe.contains(id), "{text:?} {found:?}");
                }
                for id in holds {
                    prop_assert!(found.sure.contains(&id) || found.maybe.contains(&id), "{text:?} {found:?}");
                }
                prop_assert!(found.maybe.is_empty() || text.contains(char::is_whitespace), "{text:?} {found:?}");
            }
        }
    }
}

/// What [`Header`] fields have, in lower case.
fn header_text() -> impl Strategy<Value = String> {
    "([a-c0-1]{1,3}|[ .@_<>-]|\\PC|[\u{e9}\u{300}\u{130}\u{212a}\u{a0}\u{3000}\t]){1,12}"
        .prop_map(|text| text.to_lowercase())
}

#[test]
fn parts_of_words_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let indexes = Indexes::open(dir.path(), 1).unwrap();
    let long = Document { headers: vec![(Header::Subject, "x".repeat(400) + "end")], ..Document::default() };
    indexes.apply(MAILBOX, vec![(ItemId(300), message()), (ItemId(301), long)], &[], ModSeq(1)).unwrap();
    let (it, cut) = (ItemId(300), ItemId(301));
    let subject = |text: &str| indexes.holding(MAILBOX, Header::Subject, text).unwrap().unwrap();
    let found = |sure: &[ItemId], maybe: &[ItemId]| Holding { sure: sure.to_vec(), maybe: maybe.to_vec() };
    assert_eq!(subject("arter"), found(&[it], &[cut]), "what was cut off may be anything");
    assert_eq!(subject("zürich"), found(&[it], &[cut]));
    assert_eq!(subject("zurich"), found(&[], &[cut]), "accents count");
    assert_eq!(subject("xx"), found(&[cut], &[]));
    assert_eq!(subject("figures, z"), found(&[], &[it, cut]));
    assert_eq!(subject("figure z"), found(&[], &[cut]));
    assert_eq!(subject(" re:"), found(&[], &[it, cut]), "what is before it, the index does not know");
    assert_eq!(subject("invoice"), found(&[], &[cut]), "that is in the body");
    assert_eq!(indexes.holding(MAILBOX, Header::Subject, " \u{1e}").unwrap(), None);
    let to = |text: &str| indexes.holding(MAILBOX, Header::To, text).unwrap().unwrap();
    assert_eq!(to("<alice@"), found(&[it], &[]));
    assert_eq!(to("bob"), found(&[], &[]), "that is another field");
    assert_eq!(to("carol"), found(&[it], &[]));
}
