// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used)]
use crate::{Chain, Engine, Filing, Known, Mail, Outcome, Place, Script, World, zimbra::Dialect};

const MAIL: &str = "From: Ann <ann@far.test>\r\nTo: bob@near.test\r\nSubject: A sample test of 3\r\nX-One: a\r\nX-One: b\r\n\
                    X-One: c\r\nReceived: from x\r\n\r\nHello\r\n";

struct Empty;

impl World for Empty {
    fn script(&mut self, _: &str) -> Option<Script> {
        None
    }
    fn has_folder(&mut self, _: &str) -> bool {
        false
    }
    fn has_special_use(&mut self, _: &str) -> bool {
        false
    }
    fn is_known(&mut self, _: &Known) -> bool {
        false
    }
}

fn dialect() -> Dialect {
    let immutable = vec!["received".to_owned()];
    Dialect { own: vec!["bob@near.test".into()], edits: true, rejects: true, immutable, ..Dialect::default() }
}

fn mail() -> Mail<'static> {
    let owner = "bob@near.test";
    Mail { raw: MAIL.as_bytes(), from: "ann@far.test", to: owner, owner, owner_name: "" }
}

fn all(texts: &[&str]) -> Chain {
    let engine = Engine::new("near.test");
    let scripts: Vec<Script> = texts
        .iter()
        .map(|text| engine.compile_zimbra(text, &dialect()).unwrap_or_else(|error| panic!("{text}: {error}")))
        .collect();
    engine.run_all(&scripts, &mail(), &mut Empty)
}

fn run(text: &str) -> Outcome {
    let chain = all(&[text]);
    assert_eq!(chain.failures, [], "{text}");
    chain.outcome
}

/// `Folder(flags)`, with the number of the message where it is not the one that came.
fn filed(outcome: &Outcome) -> Vec<String> {
    let one = |filing: &Filing| {
        let place = match &filing.place {
            Place::Inbox => "Inbox",
            Place::Folder { path, .. } => path,
        };
        let number = if filing.message == 0 { String::new() } else { format!("{} ", filing.message) };
        format!("{number}{place}({})", filing.flags.join(" "))
    };
    outcome.filings.iter().map(one).collect()
}

fn header(outcome: &Outcome) -> String {
    let octets = &outcome.messages[outcome.filings[0].message - 1];
    let text = String::from_utf8(octets.clone()).unwrap();
    text.split("\r\n\r\n").next().unwrap().replace("\r\n", "|")
}

#[test]
fn marks_hold_wherever_a_message_goes() {
    for (text, places) in [
        ("tag \"a b\"; flag \"read\";", vec!["Inbox(a\u{a0}b \\Seen)"]),
        ("fileinto \"/Work/\"; tag \"x\";", vec!["Work(x)"]),
        ("keep; fileinto \"inbox\"; fileinto \"/Work\"; tag \"x\";", vec!["Inbox(x)", "Work(x)"]),
        ("fileinto :copy \"Work\"; flag \"flagged\"; flag \"unflagged\"; stop; tag \"no\";", vec!["Work()", "Inbox()"]),
        ("discard; tag \"x\";", vec![]),
        ("keep; discard;", vec!["Inbox()"]),
        ("redirect \"x@far.test\";", vec![]),
        ("# old\ndisabled_if true { discard; } else { discard; }", vec!["Inbox()"]),
        ("if anyof true { tag \"t\"; } elsif true { tag \"no\"; }", vec!["Inbox(t)"]),
        ("flag \"flagged\"; if flagged \"flagged\" { tag \"t\"; }", vec!["Inbox(\\Flagged t)"]),
    ] {
        assert_eq!(filed(&run(text)), places, "{text}");
    }
}

#[test]
fn tests_of_the_dialect() {
    for test in [
        "header :matches \"subject\" \"*sample*\"",
        "header :contains :comparator \"i;ascii-casemap\" [\"subject\"] [\"SAMPLE\"]",
        "address :all :is [\"from\"] \"ann@far.test\"",
        "envelope :localpart :is \"to\" \"bob\"",
        "me :in \"to\"",
        "exists \"X-One\"",
        "header :count \"eq\" :comparator \"i;ascii-numeric\" \"X-One\" \"3\"",
        "not anyof (attachment, invite, list, bulk, facebook, importance \"high\", size :over 1M)",
        "body :contains \"hello\"",
        "current_day_of_week :is [\"0,1,2,3\", \"4\", \"5\", \"6\"]",
        "anyof (current_time :before \"1200\", current_time :after \"1200\")",
        "date :before \"20300101\"",
        "not date :after \"20300101\"",
        "importance \"normal\"",
        "not conversation :where \"started\"",
        "not invite :method [\"anyrequest\"]",
        "not mime_header :is \"Content-Type\" \"x\"",
    ] {
        // A message without a date is neither before nor after.
        if test.starts_with("date") {
            assert_eq!(filed(&run(&format!("if {test} {{ tag \"t\"; }}"))), ["Inbox()"]);
            continue;
        }
        assert_eq!(filed(&run(&format!("if {test} {{ tag \"t\"; }}"))), ["Inbox(t)"], "{test}");
    }
}

#[test]
fn backslashes() {
    let raw = MAIL.replace("A sample test of 3", "a\\b\\\\c*d\\");
    let run = |test: &str| {
        let engine = Engine::new("h");
        let text = format!("if {test} {{ tag \"t\"; }}");
        let script = engine.compile_zimbra(&text, &dialect()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let outcome = engine.run(&script, &Mail { raw: raw.as_bytes(), ..mail() }, &mut Empty);
        filed(&outcome) == ["Inbox(t)"]
    };
    let subject = r#""a\\b\\\\c*d\\""#;
    for how in [":is", ":contains", ":matches"] {
        assert!(run(&format!("header {how} \"subject\" {subject}")), "{how}");
    }
    assert!(run(r#"header :matches "subject" "a?b??c\\*d?""#) && !run(r#"header :matches "subject" "a\\?b*""#));
    assert!(run(r#"string :is "say \"\\\"" "say \"\\\"""#));
}

#[test]
fn variables_and_matches() {
    let text = "if true { set \"w\" \"1\"; } tag \"${W}\";";
    assert_eq!(filed(&run(text)), ["Inbox(1)"]);
    let text =
        "if string :is \"b\" [\"b\", \"c\"] { tag \"t\"; } if not string [\"a\", \"b\"] [\"c\", \"d\"] { tag \"u\"; }";
    assert_eq!(filed(&run(text)), ["Inbox(t u)"]);
    let text = "require \"variables\"; set :lower :upperfirst \"v\" \"demo TEST\"; tag \"${v}\";\n\
                if header :matches \"Subject\" \"A *test*\" { tag \"${01}-${00002}-${0}\"; }";
    assert_eq!(
        filed(&run(text)),
        ["Inbox(Demo\u{a0}test sample\u{a0}-\u{a0}of\u{a0}3-A\u{a0}sample\u{a0}test\u{a0}of\u{a0}3)"]
    );
}

#[test]
fn fields_are_replaced() {
    for (text, wanted) in [
        ("replaceheader :newvalue \"[x] ${1}\" :matches \"subject\" \"*\";", "Subject: [x] A sample test of 3|"),
        ("replaceheader :newname \"X-Two\" :matches \"X-One\" \"*\";", "X-Two: a|X-Two: b|X-Two: c|"),
        ("replaceheader :newvalue \"${1}${1}\" :matches \"X-One\" \"*\";", "X-One: aa|X-One: bb|X-One: cc|"),
        ("replaceheader :index 2 :newname \"X-Two\" :newvalue \"v\" :matches \"X-One\" \"*\";", "X-Two: v|"),
        ("replaceheader :newvalue \"v\" :is \"X-One\" [\"b\", \"d\"];", "X-One: v|"),
        (
            "replaceheader :newname \"X-Two\" :count \"ge\" :comparator \"i;ascii-numeric\" \"X-One\" \"3\";",
            "X-Two: a|X-Two: b|X-Two: c|",
        ),
        (
            "addheader \"X-A\" \"This is a\"; addheader \"X-B\" \"b\"; if header :matches \"X-A\" \"This*\" \
             { deleteheader :comparator \"i;ascii-casemap\" :matches \"X-A\" \"${0}\"; }",
            "X-B: b|From",
        ),
        (
            "set \"n\" \"X-One\"; deleteheader :index 1 \"${n}\"; addheader \"X-New\" \"テスト\";",
            "X-New: =?utf-8?B?44OG44K544OI?=|",
        ),
    ] {
        let header = header(&run(text));
        assert!(header.contains(wanted) && !header.contains("Posthouse"), "{text}: {header}");
    }
    let both = header(&run("replaceheader :newname \"X-Two\" :matches \"X-One\" \"*\";"));
    assert!(!both.contains("X-One"), "{both}");
}

#[test]
fn some_fields_stay() {
    for text in ["deleteheader \"Received\";", "replaceheader :newvalue \"x\" :matches \"received\" \"*\";"] {
        assert!(run(text).messages.is_empty(), "{text}");
    }
    let kept = run("set \"n\" \"Received\"; deleteheader \"${n}\"; addheader \"X\" \"y\";");
    assert!(header(&kept).contains("Received: from x"));
    let quiet = Dialect { edits: false, ..dialect() };
    let script = Engine::new("h").compile_zimbra("addheader \"X\" \"y\"; tag \"t\";", &quiet).unwrap();
    assert_eq!(filed(&Engine::new("h").run(&script, &mail(), &mut Empty)), ["Inbox(t)"]);
}

#[test]
fn mail_is_refused_answered_and_told_of() {
    assert_eq!(run("reject \"No\"; stop;").reject.as_deref(), Some("No"));
    let quiet = Dialect { rejects: false, ..dialect() };
    let script = Engine::new("h").compile_zimbra("ereject \"No\";", &quiet).unwrap();
    let kept = Engine::new("h").run(&script, &mail(), &mut Empty);
    assert!(kept.reject.is_none() && filed(&kept) == ["Inbox()"]);
    let told = run("notify \"carl@far.test\" \"New: ${n}\" \"Body & more\" 512 [\"Subject\"];");
    assert_eq!(told.sends[0].to, ["carl@far.test"]);
    let text = String::from_utf8_lossy(&told.messages[told.sends[0].message - 1]).into_owned();
    assert!(text.contains("Subject: New:") && text.contains("Body & more"), "{text}");
    let reply = run("reply \"You wrote ${BODY} about ${subject}, ${From}\";");
    let text = String::from_utf8_lossy(&reply.messages[reply.sends[0].message - 1]).into_owned();
    assert!(text.contains("\r\nSubject: Re: A sample test of 3\r\n"), "{text}");
    assert!(text.contains("You wrote Hello about A sample test of 3, ann@far.test"), "{text}");
    // From whom the script says, and never from whom the message says.
    let told = run("set \"x\" \"a&X-Posthouse-From=evil@far.test\"; notify :from \"desk@near.test\" :message \"m\" \
                    \"mailto:c@far.test?body=Two words ${x}\";");
    let text = String::from_utf8_lossy(&told.messages[told.sends[0].message - 1]).into_owned();
    assert!(told.sends[0].is_as_written && text.starts_with("From: <desk@near.test>\r\n"), "{text}");
    assert!(text.contains("Two words a") && !text.contains("evil"), "{text}");
    let told = run("notify :from \"boss@far.test\" \"mailto:c@far.test?body=x\";");
    let text = String::from_utf8_lossy(&told.messages[told.sends[0].message - 1]).into_owned();
    assert!(!told.sends[0].is_as_written && text.starts_with("From: bob@near.test\r\n"), "{text}");
    let told = run("set \"x\" \"a&X-Posthouse-From=evil@near.test\"; notify \"mailto:c@far.test?body=${x}\";");
    let text = String::from_utf8_lossy(&told.messages[told.sends[0].message - 1]).into_owned();
    assert!(!told.sends[0].is_as_written && !text.contains("evil"), "{text}");
    let outgoing = Dialect { outgoing: true, ..dialect() };
    let script = Engine::new("h")
        .compile_zimbra("redirect \"x@y.test\"; reply \"hi\"; if true { reject \"no\"; }", &outgoing)
        .unwrap();
    let kept = Engine::new("h").run(&script, &mail(), &mut Empty);
    assert!(kept.sends.is_empty() && kept.reject.is_none() && filed(&kept) == ["Inbox()"]);
}

#[test]
fn scripts_follow_each_other() {
    let before = "set \"v\" \"1\"; tag \"before\"; addheader \"X-Before\" \"yes\"; stop;";
    let own = "tag \"own${v}${1}\"; if header :is \"X-Before\" \"yes\" { fileinto \"Seen\"; }";
    let chain = all(&[before, own, "tag \"after\"; discard;"]);
    assert_eq!(filed(&chain.outcome), ["1 Seen(before own after)"]);
    assert!(header(&chain.outcome).starts_with("X-Before: yes|"));
    assert_eq!(filed(&all(&["discard;", "fileinto \"x\";"]).outcome), Vec::<String>::new());
    assert_eq!(filed(&all(&["tag \"t\";", "discard;", "tag \"u\";"]).outcome), Vec::<String>::new());
    assert_eq!(filed(&all(&["fileinto \"a\";", "tag \"t\";"]).outcome), ["a(t)"]);
    // One that fails while it runs costs only itself.
    let broken = "set \"n\" \"a b\"; tag \"no\"; addheader \"${n}\" \"x\";";
    let chain = all(&[broken, "tag \"t\";"]);
    assert_eq!((chain.failures.len(), filed(&chain.outcome)), (1, vec!["Inbox(t)".to_owned()]));
    assert!(chain.failures[0].error.contains("header field"), "{:?}", chain.failures);
    let torn = all(&["fileinto \"a\";", "reject \"no\";"]).outcome;
    assert!(torn.reject.is_none() && filed(&torn) == ["a()", "Inbox()"]);
}

#[test]
fn what_is_not_right_is_told_with_its_line() {
    let long = format!("tag \"{}\";", "x".repeat(2 << 20));
    for (text, line, part) in [
        ("keep;\ntag \"${10}\";", 2, "match variable"),
        ("tag \"${-2}\";", 1, "match variable"),
        ("set \"9a\" \"x\";", 1, "variable"),
        ("set :lower :upper \"a\" \"x\";", 1, "exclude"),
        ("addheader \"X Y\" \"x\";", 1, "header field"),
        ("\nif header :contains \"Subject \" \"x\" { keep; }", 2, "header field"),
        ("if address :count \"eq\" [\"to\"] [\"1\"] :comparator \"i;ascii-numeric\" { keep; }", 1, "before"),
        ("if address :domain :is [\"to\"] { keep; }", 1, "arguments"),
        ("require \"enclose\";", 1, "enclose"),
        ("frobnicate;", 1, "unknown command"),
        ("if frobnicate { keep; }", 1, "unknown test"),
        ("flag \"blue\";", 1, "unknown flag"),
        ("fileinto \" / \";", 1, "folder"),
        ("replaceheader \"x\" \"y\";", 1, ":newname"),
        ("include \"x\";", 1, "unknown command"),
        (long.as_str(), 0, "too large"),
        ("reject \"a\"; ereject \"b\";", 1, "once"),
        ("reject \"a\";\ntag \"b\";", 2, "exclude"),
    ] {
        let error = dialect().standard(text).unwrap_err();
        assert!(error.line == line && error.message.contains(part), "{}: {error}", &text[..text.len().min(80)]);
    }
}

#[test]
fn bombs_are_bounded() {
    let nested = "replaceheader :newvalue \"${1}${1}${1}${1}\" :matches \"subject\" \"*\";".repeat(200);
    let loud = "notify \"a@far.test\" \"s\" \"b\";".repeat(100);
    let copies = (0..100).map(|at| format!("fileinto \"{at}\";")).collect::<String>();
    for text in [nested, loud, copies] {
        let chain = all(&[&text]);
        assert!(chain.outcome.messages.len() <= 16 && chain.outcome.filings.len() <= 32, "{}", &text[..60]);
        assert!(!chain.outcome.filings.is_empty());
    }
}
