// SPDX-License-Identifier: AGPL-3.0-or-later
//! What commands mean, what is BAD, and that nothing panics.

use super::*;
use crate::wire::fetch::{Item, SectionText};
use crate::wire::flag::Flag;
use crate::wire::search::{Key, TextField};
use crate::wire::store::StoreMode;
use proptest::prelude::*;

fn body_of(text: &str) -> Body {
    command(format!("a1 {text}").as_bytes()).unwrap_or_else(|bad| panic!("{text}: {bad:?}")).body
}

fn is_bad(text: &str) {
    let bad = command(format!("a1 {text}").as_bytes()).expect_err(text);
    assert_eq!(bad.tag.as_deref(), Some("a1"), "{text}");
}

#[test]
fn login_in_all_spellings() {
    for text in ["login bob secret", "LOGIN \"bob\" \"secret\"", "LOGIN {3}\r\nbob {6+}\r\nsecret"] {
        let want = Body::Login { user: b"bob".to_vec(), password: Secret(b"secret".to_vec()) };
        assert_eq!(body_of(text), want, "{text}");
    }
    assert!(!format!("{:?}", body_of("LOGIN bob secret")).contains("secret,"));
    assert!(format!("{:?}", body_of("LOGIN bob xyzzy")).contains("<secret>"));
}

#[test]
fn compress() {
    assert_eq!(body_of("compress deflate"), Body::Compress { algorithm: "DEFLATE".into() });
    ["COMPRESS", "COMPRESS ", "COMPRESS DEFLATE 9", "COMPRESS \"DEFLATE\""].iter().for_each(|bad| is_bad(bad));
}

#[test]
fn save_dates() {
    let Body::Search { search, .. } = body_of("SEARCH SAVEDATESUPPORTED SAVEDON 1-Feb-2020 SAVEDBEFORE \"2-Feb-2020\"")
    else {
        panic!()
    };
    let day = |day| chrono::NaiveDate::from_ymd_opt(2020, 2, day).unwrap();
    assert_eq!(search.key, Key::And(vec![Key::SaveDateSupported, Key::SavedOn(day(1)), Key::SavedBefore(day(2))]));
    let Body::Fetch { fetch, .. } = body_of("FETCH 1 (SAVEDATE UID)") else { panic!() };
    assert_eq!(fetch.items, [Item::SaveDate, Item::Uid]);
}

#[test]
fn create_with_a_use() {
    let of = |text: &str| match body_of(text) {
        Body::Create { uses, .. } => uses,
        other => panic!("{other:?}"),
    };
    assert!(of("CREATE x").is_empty());
    assert!(of("CREATE x (USE ())").is_empty());
    assert_eq!(of("create {1+}\r\nx (use (\\Archive \\All))"), ["\\Archive", "\\All"]);
    for bad in [
        "CREATE x ()",
        "CREATE x (USE)",
        "CREATE x (USE (Archive))",
        "CREATE x (KEEP 1)",
        "CREATE x (USE (\\a) USE (\\b))",
    ] {
        is_bad(bad);
    }
}

#[test]
fn fetch_items() {
    let Body::Fetch { uid: true, fetch } =
        body_of("UID FETCH 1:*,7 (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (From \"To\")]<0.2048> BODY[] RFC822.SIZE)")
    else {
        panic!()
    };
    assert_eq!(fetch.items.len(), 4);
    let Item::Section(section) = &fetch.items[1] else { panic!() };
    assert!(section.peek);
    assert_eq!(section.part, [1, 2]);
    assert_eq!(section.partial, Some((0, 2048)));
    assert_eq!(section.text, SectionText::HeaderFields { fields: vec!["From".into(), "To".into()], not: false });
    let Body::Fetch { fetch, .. } = body_of("FETCH 1 full (CHANGEDSINCE 12)") else { panic!() };
    assert_eq!((fetch.items.len(), fetch.changed_since), (5, Some(12)));
    for bad in [
        "FETCH 1 ()",
        "FETCH 0 FLAGS",
        "FETCH 1 BODY[MIME]",
        "FETCH 1 BODY[0]",
        "FETCH 1 BODY[]<0.0>",
        "FETCH 1 BODY[1",
    ] {
        is_bad(bad);
    }
}

#[test]
fn search_keys() {
    let Body::Search { uid: false, search } = body_of(
        "SEARCH RETURN (MIN COUNT) CHARSET UTF-8 OR (UNSEEN FROM \"x y\") NOT SINCE 1-Feb-1994 KEYWORD $Work 2:4",
    ) else {
        panic!()
    };
    assert!(search.extended.is_some_and(|r| r.min && r.count && !r.all));
    let Key::And(keys) = search.key else { panic!() };
    assert!(matches!(&keys[0], Key::Or(..)));
    assert_eq!(keys[1], Key::Flag(Flag::Keyword("$Work".into())));
    assert!(matches!(keys[2], Key::Sequence(_)));
    let Body::Search { search, .. } = body_of("SEARCH BODY {3}\r\na b") else { panic!() };
    assert_eq!(search.key, Key::Text(TextField::Body, b"a b".to_vec()));
    is_bad(&format!("SEARCH {}ALL", "NOT ".repeat(40)));
    is_bad(&format!("SEARCH {}", vec!["ALL"; 2000].join(" ")));
    is_bad("SEARCH");
    is_bad("SEARCH ()");
}

#[test]
fn store_and_others() {
    let Body::Store { store, .. } = body_of("STORE 1 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Seen Foo)") else { panic!() };
    assert_eq!((store.mode, store.silent, store.unchanged_since), (StoreMode::Add, true, Some(5)));
    let Body::Store { store, .. } = body_of("STORE 1 FLAGS \\Seen \\Deleted") else { panic!() };
    assert_eq!(store.flags, [Flag::Seen, Flag::Deleted]);
    assert_eq!(body_of("UID EXPUNGE 4"), Body::Expunge(Some(Set::parse(&mut Cursor::new(b"4")).unwrap())));
    assert_eq!(body_of("ID (\"name\" \"x\" \"version\" NIL)"), Body::Id);
    let Body::List(list) = body_of("LIST (SUBSCRIBED) \"\" (\"a\" b*) RETURN (CHILDREN STATUS (MESSAGES SIZE))") else {
        panic!()
    };
    assert_eq!((list.patterns.len(), list.return_status.len(), list.select_subscribed), (2, 2, true));
    let Body::List(list) = body_of("LIST \"\" %") else { panic!() };
    assert!(!list.extended);
    for bad in [
        "",
        "FOO",
        "NOOP x",
        "LOGIN a",
        "SELECT",
        "STATUS a ()",
        "LIST (RECURSIVEMATCH) \"\" *",
        "LOGIN \"a\\x\" b",
        "UID NOOP",
    ] {
        is_bad(bad);
    }
    assert!(command(b"").is_err_and(|bad| bad.tag.is_none()));
    assert!(command(b"+ NOOP").is_err_and(|bad| bad.tag.is_none()));
}

/// Seeds of the fuzz target of the same parser: anything that once was trouble goes here.
const SEEDS: [&[u8]; 8] = [
    b"\0\0\0\0",
    b"a1 LOGIN {4294967296}\r\nx",
    b"a1 FETCH 1 BODY[99999999999999999999]",
    b"a1 LOGIN \"\\",
    b"a1 SEARCH ((((((((((((((((((((((((((((((((((((((((",
    b"a1 APPEND {3}\r\nabc (\\Seen",
    b"a1 STORE 1:* +FLAGS (\\",
    b"\xff\xfe NOOP",
];

#[test]
fn seeds() {
    for seed in SEEDS {
        let _ = command(seed);
        segments(seed);
    }
}

fn segments(octets: &[u8]) {
    use crate::wire::append::{Place, segment};
    for place in [Place::Start, Place::Between, Place::Parts] {
        let _ = (segment(octets, place, false), segment(octets, place, true), crate::wire::url::parse(octets));
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("UID ".to_owned()),
        Just("FETCH ".to_owned()),
        Just("SEARCH ".to_owned()),
        Just("STORE ".to_owned()),
        Just("LIST ".to_owned()),
        Just("1:* ".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("BODY[".to_owned()),
        Just("NOT ".to_owned()),
        Just("OR ".to_owned()),
        Just("{3}\r\n".to_owned()),
        Just("RETURN (".to_owned()),
        Just("REPLACE ".to_owned()),
        Just("APPEND x ".to_owned()),
        Just("CATENATE (".to_owned()),
        Just("URL ".to_owned()),
        Just("/x;UIDVALIDITY=1/;UID=2/;SECTION=1.".to_owned()),
        "[ -~]{0,12}",
    ]
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = command(&bytes);
    }

    #[test]
    fn never_panics_near_the_grammar(parts in proptest::collection::vec(words(), 0..12)) {
        let text = format!("a {}", parts.concat());
        let _ = command(text.as_bytes());
        segments(text.as_bytes());
    }
}
