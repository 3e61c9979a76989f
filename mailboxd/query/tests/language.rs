// SPDX-License-Identifier: AGPL-3.0-or-later
//! Text to tree, two lines a case. `now` is 2026-11-18 15:30 UTC, a Wednesday, on a clock two hours east.

#![expect(clippy::unwrap_used, reason = "a test")]

use ph_query::{Context, parse};

const CONTEXT: Context = Context { now_ms: 1_795_015_800_000, tz_offset_minutes: 120 };

/// The printed tree is the expectation; it must also read back as the same tree.
#[track_caller]
fn check(text: &str, expected: &str) {
    let query = parse(text, &CONTEXT).unwrap();
    let printed = query.to_string();
    assert_eq!(printed, expected, "{text}");
    assert_eq!(parse(&printed, &CONTEXT).unwrap(), query, "{printed}");
}

#[track_caller]
fn refused(text: &str, what: &str, at: usize) {
    let error = parse(text, &CONTEXT).unwrap_err();
    assert_eq!((error.what.as_str(), error.at), (what, at), "{text}");
}

/// Local time to the printed form.
fn at(date: &str) -> String {
    let local = chrono::NaiveDateTime::parse_from_str(date, "%Y-%m-%d %H:%M").unwrap();
    format!("@{}", local.and_utc().timestamp_millis() - 120 * 60_000)
}

#[track_caller]
fn check_date(text: &str, from: Option<&str>, until: Option<&str>) {
    let from = from.map(|d| format!(">={}", at(d))).unwrap_or_default();
    let until = until.map(|d| format!("<{}", at(d))).unwrap_or_default();
    check(text, &format!("date:{from}{until}"));
}

#[test]
fn words_and_operators() {
    check("", "item:all");
    check("   ", "item:all");
    check("Invoice", r#"content:"Invoice""#);
    check("two words", r#"content:"two" content:"words""#);
    check("a and b AND c && d", r#"content:"a" content:"b" content:"c" content:"d""#);
    check("a b or c || d", r#"content:"a" content:"b" or content:"c" or content:"d""#);
    check("a (b or c)", r#"content:"a" (content:"b" or content:"c")"#);
    check("-a !b not c NOT (d e)", r#"not content:"a" not content:"b" not content:"c" not (content:"d" content:"e")"#);
    check("not not a", r#"content:"a""#);
    check("+a -+-b", r#"content:"a" content:"b""#);
    check("Tom & Jerry - friends", r#"content:"Tom" content:"Jerry" content:"friends""#);
    check("android order notes", r#"content:"android" content:"order" content:"notes""#);
    check("foo-bar x(y)z", r#"content:"foo-bar" content:"x" content:"y" content:"z""#);
    check("http://example.test/a?b", r#"content:"http://example.test/a?b""#);
}

#[test]
fn text_fields_and_quoting() {
    check("subject:hello", r#"subject:"hello""#);
    check("SUBJECT: \"hello  world\"", r#"subject:"hello  world""#);
    check(r#""say \"hi\" \\ there""#, r#"content:"say \"hi\" \\ there""#);
    check("{a (b) \"c\"}", r#"content:"a (b) \"c\"""#);
    check("from:bob@example.test", r#"from:"bob@example.test""#);
    check("from:*.example.test", r#"from:"example.test""#);
    check("tofromcc:bob tocc:x fromcc:y tofrom:z", r#"tofromcc:"bob" tocc:"x" fromcc:"y" tofrom:"z""#);
    check("from:(ann or bob) -to:(x y)", r#"(from:"ann" or from:"bob") not (to:"x" to:"y")"#);
    check("invo* \"two wor*\"", r#"content:"invo*" content:"two wor*""#);
    check("\"\" subject:\"\"", "item:none item:none");
    check("*", "item:all");
    check("msgid:<a.b@c> filename:report.pdf", r#"msgid:"<a.b@c>" filename:"report.pdf""#);
    check("envfrom:bob envto:x*", r#"envfrom:"bob" envto:"x*""#);
    check("日本語 café", r#"content:"日本語" content:"café""#);
}

#[test]
fn places_states_and_ids() {
    check("in:inbox under:\"Work/2026\" inid:5 underid:258", r#"in:"inbox" under:"Work/2026" inid:5 underid:258"#);
    check("is:unread IS:Flagged is:tofromme", "is:unread is:flagged is:tofromme");
    check("is:untagged", "not is:tagged");
    check("has:attachment attachment:any -attachment:none", "has:attachment has:attachment has:attachment");
    check("attachment:word type:image/*", r#"type:"word" type:"image/*""#);
    check("tag:\"to do\" priority:high priority:LOW", r#"tag:"to do" priority:high priority:low"#);
    check("item:1,2,3 item:{4 5} item:none", "item:1,2,3 item:4,5 item:none");
    check("conv:300 conv:-257 conv:\"-258\"", "conv:300 conv:-257 conv:-258");
    check("modseq:>7", "modseq:>=8");
}

#[test]
fn sizes() {
    check("larger:1mb", "size:>=1048577");
    check("bigger:10", "size:>=11");
    check("smaller:2KB", "size:<2048");
    check("size:>=5 size:<=5 size:<5", "size:>=5 size:<6 size:<5");
    check("size:\"3 kb\"", "size:>=3072<3073");
    check("larger:99999999999gb", "size:>=18446744073709551615");
}

#[test]
fn dates() {
    check_date("date:2/1/2026", Some("2026-02-01 00:00"), Some("2026-02-02 00:00"));
    check_date("day:31/12/25", Some("2025-12-31 00:00"), Some("2026-01-01 00:00"));
    check_date("date:1.2.2026", Some("2026-02-01 00:00"), Some("2026-02-02 00:00"));
    check_date("before:2026-02-03", None, Some("2026-02-03 00:00"));
    check_date("after:2026-02-03", Some("2026-02-04 00:00"), None);
    check_date("date:>=2026-02-03", Some("2026-02-03 00:00"), None);
    check_date("date:>2026-02-03", Some("2026-02-04 00:00"), None);
    check_date("date:\"<=2026-02-03\"", None, Some("2026-02-04 00:00"));
    check_date("week:2026-11-18", Some("2026-11-15 00:00"), Some("2026-11-22 00:00"));
    check_date("month:11/18/2026", Some("2026-11-01 00:00"), Some("2026-12-01 00:00"));
    check_date("year:2025", Some("2025-01-01 00:00"), Some("2026-01-01 00:00"));
    check_date("date:-1d", Some("2026-11-17 00:00"), Some("2026-11-18 00:00"));
    check_date("date:-0", Some("2026-11-18 00:00"), Some("2026-11-19 00:00"));
    check_date("after:\"-1 week\"", Some("2026-11-12 00:00"), None);
    check_date("before:+2months", None, Some("2027-01-18 00:00"));
    check_date("month:-1m", Some("2026-10-01 00:00"), Some("2026-11-01 00:00"));
    check_date("after:-2h", Some("2026-11-18 16:00"), None);
    check_date("after:-30minutes", Some("2026-11-18 17:01"), None);
    check_date("before:-1y", None, Some("2025-11-18 00:00"));
    check_date("date:1795015800000", Some("2026-11-18 00:00"), Some("2026-11-19 00:00"));
    check("date:>=@-5<@7 mdate:<@9", "date:>=@-5<@7 mdate:<@9");
}

#[test]
fn the_order_is_read_and_left_out_of_the_tree() {
    let (query, sort) = ph_query::parse_sorted("sort:dateAsc in:inbox", &CONTEXT).unwrap();
    assert_eq!((query.to_string().as_str(), sort.as_deref()), (r#"in:"inbox""#, Some("dateAsc")));
}

#[test]
fn errors_tell_what_and_where() {
    refused("a (b", "no closing )", 2);
    refused("a) b", "')' without its partner", 1);
    refused("()", "a condition is missing", 1);
    refused("a or", "a condition is missing", 4);
    refused("or a", "a condition is missing", 0);
    refused("and a", "AND has nothing before it", 3);
    refused("a and", "AND has nothing behind it", 5);
    refused("not", "a condition is missing", 3);
    refused("in:", "a value is missing", 3);
    refused("\"open", "no closing quote", 0);
    refused("{open", "no closing }", 0);
    refused("x is:purple", "is:purple is unknown", 5);
    refused("date:99/99/9999", "\"99/99/9999\" is no date", 5);
    refused("size:big", "\"big\" is no size", 5);
    refused("conv:abc", "\"abc\" is no number", 5);
    refused("title:x", "that field can't be searched", 6);
    refused("*foo", "a * at the start of a word is too wide", 0);
}

#[test]
fn the_limits_hold() {
    let nested = |n: usize| "(".repeat(n) + "a" + &")".repeat(n);
    check(&nested(ph_query::NESTING_MAX), r#"content:"a""#);
    refused(&nested(ph_query::NESTING_MAX + 1), "more than 64 parentheses within one another", 64);
    refused(&"(".repeat(60_000), "more than 64 parentheses within one another", 64);
    refused(&"x ".repeat(500_000), "longer than 65536 bytes", 65536);
    refused(&"x ".repeat(1025), "more than 1024 conditions", 2048);
    check(&("-".repeat(60_000) + "a"), r#"content:"a""#);
}

#[test]
fn places_are_told() {
    for (text, expected) in
        [("a", false), ("a in:inbox", true), ("not under:x or b", true), ("is:anywhere", true), ("is:unread", false)]
    {
        assert_eq!(ph_query::names_place(&parse(text, &CONTEXT).unwrap()), expected, "{text}");
    }
}

#[test]
fn a_guard_stands_where_no_place_is_named() {
    let guard = parse("-in:junk", &CONTEXT).unwrap();
    for (text, expected) in [
        ("ann", "ann -in:junk"),
        ("in:trash ann", "in:trash ann"),
        ("ann or in:trash", "(ann -in:junk) or in:trash"),
        ("bob (ann or in:trash)", "bob ((ann -in:junk) or in:trash)"),
        ("bob in:inbox (ann or in:trash)", "bob in:inbox (ann or in:trash)"),
        ("ann or bob", "(ann or bob) -in:junk"),
        ("not in:trash", "not in:trash"),
    ] {
        let guarded = ph_query::guarded(parse(text, &CONTEXT).unwrap(), &guard);
        assert_eq!(guarded.to_string(), parse(expected, &CONTEXT).unwrap().to_string(), "{text}");
    }
}

#[test]
fn subjects_and_senders_compare() {
    for (text, printed) in [
        ("subject:>Kite", "subject:\">kite\""),
        ("from:\"<= Zoe\"", "from:\"<=zoe\""),
        ("subject:\"> =x\"", "subject:\"> =x\""),
        ("subject:<", "item:none"),
        ("to:<x", "to:\"<x\""),
    ] {
        let query = parse(text, &CONTEXT).unwrap();
        assert_eq!(query.to_string(), printed, "{text}");
        assert_eq!(parse(printed, &CONTEXT).unwrap(), query, "{text}");
    }
}
