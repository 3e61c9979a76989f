// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets taken for a request. Built for the fuzz target `soap` and for the tests, which run its seeds.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is to be seen")]

use crate::element::{Element, from_json, from_xml, to_json, to_xml};
use crate::envelope;

/// An envelope in either encoding: an element or a fault. Names in answers are ours, texts may be a stranger's: an answer
/// that says what the request said can be read again, in both.
pub fn request(octets: &[u8]) {
    let mut dialect = envelope::sniff(octets);
    let Ok(envelope) = envelope::decode(octets, &mut dialect) else { return };
    let mut answer = Element::new("Answer");
    echo(&envelope.context, &mut answer);
    echo(&envelope.request, &mut answer);
    let read = from_xml(to_xml(&answer).as_bytes()).unwrap();
    assert_eq!(read.children.len(), answer.children.len());
    let root = Element::new("Envelope").unique(answer);
    from_json(to_json(&root).to_string().as_bytes()).unwrap();
}

/// Everything that an element says, as text and as attribute.
fn echo(element: &Element, answer: &mut Element) {
    let texts = element.attrs.iter().map(|attr| attr.value.to_text()).chain(element.text.clone());
    for text in texts {
        answer.push(Element::new("said").attr("as", text.clone()).text(text));
    }
    element.children.iter().for_each(|child| echo(&child.element, answer));
}

#[cfg(test)]
mod tests {
    #[test]
    fn seeds() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/soap")).unwrap() {
            super::request(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
}
