// SPDX-License-Identifier: AGPL-3.0-or-later
use super::*;
use proptest::prelude::*;

/// What survives either encoding: names, texts, nesting; attributes before children, all values as text, one namespace.
fn plain(element: &Element) -> Element {
    let mut out = Element::new(element.name.clone());
    out.text = element.text.clone();
    for attr in element.attrs.iter().filter(|a| !a.content) {
        out.set(&attr.name, attr.value.to_text());
    }
    for attr in element.attrs.iter().filter(|a| a.content) {
        out.push(Element::new(attr.name.clone()).text(attr.value.to_text()));
    }
    for pair in &element.pairs {
        out.push(Element::new(pair.element).attr(pair.key, pair.name.clone()).text(pair.value.clone()));
    }
    for child in &element.children {
        out.push(plain(&child.element));
    }
    out
}

/// An empty text is no text once it went over XML.
fn without_empty_text(mut element: Element) -> Element {
    element.text = element.text.filter(|text| !text.is_empty());
    for child in &mut element.children {
        child.element = without_empty_text(std::mem::take(&mut child.element));
    }
    element
}

fn tree() -> impl Strategy<Value = Element> {
    let name = "[a-z][a-zA-Z0-9]{0,5}";
    let text = "[ -~\u{e9}\u{4e2d}\n\r\t]{1,12}";
    let leaf = (name, proptest::option::of(text)).prop_map(|(name, text)| Element { text, ..Element::new(name) });
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let attrs = proptest::collection::btree_map("[A-Z][a-z0-9]{0,4}", "[ -~\u{e9}\n\r\t]{0,8}", 0..4);
        (name, attrs, proptest::collection::vec((inner, any::<bool>()), 0..5)).prop_map(|(name, attrs, children)| {
            let mut element = Element::new(name);
            attrs.into_iter().for_each(|(k, v)| element.set(&k, v));
            let mut names = std::collections::BTreeSet::new();
            for (child, unique) in children {
                // JSON groups children by name: keep each name once, so that order is comparable.
                if names.insert(child.name.clone()) {
                    if unique { element.push_unique(child) } else { element.push(child) }
                }
            }
            element
        })
    })
}

proptest! {
    #[test]
    fn xml_round_trip(element in tree()) {
        let back = from_xml(to_xml(&element).as_bytes()).unwrap();
        prop_assert_eq!(without_empty_text(plain(&back)), without_empty_text(plain(&element)));
    }

    #[test]
    fn json_round_trip(element in tree()) {
        let mut root = element;
        root.name = "Envelope".into();
        let mut back = from_json(to_json(&root).to_string().as_bytes()).unwrap();
        back.ns.clear();
        prop_assert_eq!(back, root);
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = from_xml(&bytes);
        let _ = from_json(&bytes);
    }

    #[test]
    fn markup_like_garbage_never_panics(text in "[<>/&;!\\[\\]{}\":,a-c0-9 =xmlns-]{0,120}") {
        let _ = from_xml(text.as_bytes());
        let _ = from_json(text.as_bytes());
    }
}

#[test]
fn shapes_of_json() {
    let element = Element::in_ns("Envelope", ns::SOAP12).unique(
        Element::in_ns("XResponse", ns::MAIL)
            .attr("more", true)
            .attr("n", 3)
            .content("su", "hello")
            .pair("a", "n", "k", "v")
            .pair("a", "n", "multi", "1")
            .pair("a", "n", "multi", "2")
            .child(Element::new("m").attr("id", "257"))
            .unique(Element::new("u").text("t")),
    );
    insta::assert_snapshot!(to_json(&element).to_string(), @r#"{"XResponse":{"more":true,"n":3,"su":"hello","_attrs":{"k":"v","multi":["1","2"]},"m":[{"id":"257"}],"u":{"_content":"t"},"_jsns":"urn:zimbraMail"},"_jsns":"urn:zimbraSoap"}"#);
    insta::assert_snapshot!(to_xml(&element), @r#"<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><XResponse xmlns="urn:zimbraMail" more="1" n="3"><su>hello</su><a n="k">v</a><a n="multi">1</a><a n="multi">2</a><m id="257"></m><u>t</u></XResponse></soap:Envelope>"#);
}

#[test]
fn entity_bomb_is_refused() {
    let bomb = r#"<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><a>&lol2;</a>"#;
    assert_eq!(from_xml(bomb.as_bytes()), Err(DecodeError::Doctype));
    assert_eq!(from_xml(b"<a>&lol;</a>"), Err(DecodeError::Doctype));
    assert!(from_xml(b"<a b='&lol;'/>").is_err());
    assert_eq!(from_xml(b"<a>&lt;&#65;</a>").unwrap().text.as_deref(), Some("<A"));
}

#[test]
fn deep_and_wide_is_refused() {
    let deep = "<a>".repeat(100_000);
    assert_eq!(from_xml(deep.as_bytes()), Err(DecodeError::TooDeep));
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    assert_eq!(from_json(deep.as_bytes()), Err(DecodeError::TooDeep));
    let wide = format!("<a>{}</a>", "<b/>".repeat(NODES_MAX));
    assert_eq!(from_xml(wide.as_bytes()), Err(DecodeError::TooMany));
    let wide = format!("{{\"a\":[{}0]}}", "0,".repeat(NODES_MAX));
    assert_eq!(from_json(wide.as_bytes()), Err(DecodeError::TooMany));
}
