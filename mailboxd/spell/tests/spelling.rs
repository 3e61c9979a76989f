// SPDX-License-Identifier: AGPL-3.0-or-later
//! With Debian's own dictionaries (hunspell-en-us, hunspell-de-de), and with small and broken ones.

use proptest::prelude::*;
use spell::{Error, Ignore, Misspelled, Speller, TEXT_BYTES_MAX};

fn debian() -> Speller {
    Speller::new(spell::DEBIAN)
}

fn wrong(found: &[Misspelled]) -> Vec<&str> {
    found.iter().map(|one| one.word.as_str()).collect()
}

#[test]
fn english() {
    let speller = debian();
    let check = |text: &str, ignore: &Ignore| speller.check("en_US", text, ignore).unwrap();
    let none = Ignore::default();
    assert!(check("Hello! Good morning, it's RIM’s day; the World doesn't end.", &Ignore::new([], true)).is_empty());
    let found = check("Helloo mornin, Helloo. HELLO HeLLo", &none);
    assert_eq!(wrong(&found), ["Helloo", "mornin", "HeLLo"]);
    assert!(found[0].suggestions.contains(&"Hello".to_owned()), "{found:?}");
    let ignore = Ignore::new(["Posthouse".into(), "zimlet".into()], true);
    assert_eq!(wrong(&check("POSTHOUSE Posthouse's Zimlet XQZ Xqz", &ignore)), ["Xqz"]);
}

/// Its files are in ISO 8859-1.
#[test]
fn german() {
    let found = debian().check(
        "de_DE",
        "Herzliche Grüße aus Köln, und schönne Grüße an die Straßenbahnhaltestelle",
        &Ignore::default(),
    );
    let found = found.unwrap();
    assert_eq!(wrong(&found), ["schönne"]);
    assert!(found[0].suggestions.contains(&"schöne".to_owned()), "{found:?}");
}

#[test]
fn which_dictionary() {
    let speller = debian();
    let choose = |languages: &[&str]| speller.choose(languages);
    assert_eq!(choose(&["en_US"]).as_deref(), Some("en_US"));
    assert_eq!(choose(&["de-at"]).as_deref(), Some("de_DE"));
    assert_eq!(choose(&["de"]).as_deref(), Some("de_DE"));
    assert_eq!(choose(&["tlh", "en"]).as_deref(), Some("en_US"));
    assert_eq!(choose(&["tlh"]), None);
    assert_eq!(Speller::new("/nowhere").dictionaries(), Vec::<String>::new());
    assert_eq!(Speller::new("/nowhere").choose(&["en"]), None);
}

#[test]
fn what_is_no_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, octets: &[u8]| std::fs::write(folder.path().join(name), octets).unwrap();
    write("xx.aff", b"SET UTF-8\n");
    write("xx.dic", b"1\nword\n");
    write("alone.dic", b"1\nword\n");
    write("odd.aff", b"SET KLINGON\n");
    write("odd.dic", b"1\nword\n");
    write("rot.aff", b"SET UTF-8\nSFX \xff A\n\0\0");
    write("rot.dic", b"\xff\xfe\0no number\n");
    let speller = Speller::new(folder.path());
    assert_eq!(speller.dictionaries(), ["odd", "rot", "xx"]);
    let check = |name: &str| speller.check(name, "word wrod", &Ignore::default());
    assert_eq!(wrong(&check("xx").unwrap()), ["wrod"]);
    for name in ["alone", "", "../xx", "xx/../xx", "xx.dic", &"x".repeat(200)] {
        assert!(matches!(check(name), Err(Error::NoDictionary(_))), "{name}");
    }
    assert!(matches!(check("odd"), Err(Error::Broken { .. })));
    assert!(matches!(check("rot"), Err(Error::Broken { .. })));
    // the broken ones cost the others nothing
    assert_eq!(wrong(&check("xx").unwrap()), ["wrod"]);
}

#[test]
fn bounds() {
    let speller = debian();
    let check = |text: &str| speller.check("en_US", text, &Ignore::default());
    assert!(matches!(check(&"word ".repeat(TEXT_BYTES_MAX)), Err(Error::TooLong)));
    let long = "x".repeat(100_000);
    assert_eq!(check(&long).unwrap(), [Misspelled { word: long, suggestions: vec![] }]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text(text in "\\PC{0,40}") {
        static SPELLER: std::sync::LazyLock<Speller> = std::sync::LazyLock::new(debian);
        let found = SPELLER.check("en_US", &text, &Ignore::default()).unwrap();
        for one in found {
            let plain = text.replace(['\u{2019}', '\u{2018}', '\u{2bc}'], "'");
            prop_assert!(plain.contains(&one.word), "{} of {}", one.word, text);
        }
    }
}
