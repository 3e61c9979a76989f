// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any script and any message. Built for the fuzz target `sieve` and for the tests, which run its seeds.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is to be seen")]

use crate::{Engine, Known, Mail, Outcome, Script, World};

struct Odd;

impl World for Odd {
    fn script(&mut self, name: &str) -> Option<Script> {
        name.len().is_multiple_of(2).then(|| Engine::new("h").compile(b"include \"xx\"; keep;").ok()).flatten()
    }

    fn has_folder(&mut self, path: &str) -> bool {
        path.len() > 3
    }

    fn has_special_use(&mut self, attribute: &str) -> bool {
        attribute == "\\Junk"
    }

    fn is_known(&mut self, id: &Known) -> bool {
        id.id.starts_with('0')
    }
}

/// A script and a message, with an octet 0 between. The message always goes somewhere or is refused or discarded on purpose; a
/// failure is the Inbox and nothing else; answers are whole messages.
pub fn script(octets: &[u8]) {
    let at = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
    let (text, raw) = (&octets[..at], octets.get(at + 1..).unwrap_or_default());
    let engine = Engine::new("mail.example.test");
    let Ok(script) = engine.compile(text) else { return };
    let mail = Mail { raw, from: "s@x.test", to: "ann@y.test", owner: "ann@y.test", owner_name: "Ann" };
    let outcome = engine.run(&script, &mail, &mut Odd);
    let Outcome { messages, filings, sends, error, reject, .. } = &outcome;
    assert!(
        filings
            .iter()
            .map(|filing| filing.message)
            .chain(sends.iter().map(|send| send.message))
            .all(|at| at <= messages.len())
    );
    if error.is_some() {
        assert!(filings.len() == 1 && sends.is_empty() && reject.is_none() && outcome.remember.is_empty());
    }
}

/// The same of a text in Zimbra's dialect: it is a script or an error, and what it becomes is one, too.
pub fn zimbra(text: &str, raw: &[u8]) {
    let engine = Engine::new("mail.example.test");
    let dialect = crate::zimbra::Dialect::by(|_| None);
    let Ok(script) = engine.compile_zimbra(text, &dialect) else { return };
    let mail = Mail { raw, from: "s@x.test", to: "ann@y.test", owner: "ann@y.test", owner_name: "Ann" };
    let outcome = engine.run(&script, &mail, &mut Odd);
    let count = outcome.messages.len();
    assert!(outcome.filings.iter().all(|filing| filing.message <= count));
    assert!(outcome.sends.iter().all(|send| send.message <= count));
    assert!(outcome.error.is_none() || (outcome.filings.len() == 1 && outcome.sends.is_empty()));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const WORDS: &[&str] = &[
        "if",
        "elsif",
        "else",
        "disabled_if",
        "anyof",
        "not",
        "(",
        ")",
        ",",
        "{",
        "}",
        ";",
        "true",
        "header",
        ":is",
        ":matches",
        ":count",
        ":index",
        "1",
        "2M",
        "[\"a\", \"b\"]",
        "\"subject\"",
        "\"*a?\"",
        "\"${1}\"",
        "\"${v}\\\\\"",
        "tag",
        "keep",
        "stop",
        "set",
        "\"v\"",
        "replaceheader",
        ":newvalue",
        "deleteheader",
        "addheader",
        "fileinto",
        "notify",
        "reject",
        "# x\n",
        "if header :matches \"subject\" \"*\" {",
        "tag \"${1}\";",
        "replaceheader :newvalue \"${1}\" :matches \"subject\" \"*\";",
    ];

    #[test]
    fn seeds() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/sieve")).unwrap() {
            super::script(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            super::script(&octets);
        }

        #[test]
        fn any_words(words in proptest::collection::vec(0..WORDS.len(), 0..40), raw in proptest::collection::vec(any::<u8>(), 0..60)) {
            let text: Vec<&str> = words.iter().map(|at| WORDS[*at]).collect();
            super::zimbra(&text.join(" "), &[b"Subject: a\r\n".as_slice(), &raw].concat());
        }

        #[test]
        fn any_message(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut octets = b"require [\"fileinto\",\"editheader\",\"vacation\",\"body\",\"mime\",\"foreverypart\",\"variables\"];\
                addheader \"X-A\" \"b\"; deleteheader \"Subject\"; foreverypart { if header :mime :contains \"Content-Type\" \"t\" { set \"x\" \"y\"; } }\
                if body :contains \"a\" { fileinto \"F\"; } vacation \"gone\"; keep;\0Subject: a\r\n".to_vec();
            octets.extend(raw);
            super::script(&octets);
        }
    }
}
