// SPDX-License-Identifier: AGPL-3.0-or-later
//! XML as a walk, without namespaces: no tree is built, no entity is expanded but those of XML itself, and nothing is fetched.

use extract::About;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Open elements; what is deeper ends the walk.
const DEPTH_MAX: usize = 500;

pub enum Walk<'a> {
    /// Local name, and the tag.
    Start(&'a str, &'a BytesStart<'a>),
    End(&'a str),
    Text(&'a str),
}

/// Why a walk ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Damaged,
    Cut,
}

/// `each` answers whether to go on.
pub fn walk(bytes: &[u8], mut each: impl FnMut(Walk<'_>) -> bool) -> Result<(), Stop> {
    let text = crate::format::decoded(bytes, &About::default());
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().check_end_names = false;
    let mut depth = 0_usize;
    loop {
        let goes_on = match reader.read_event().map_err(|_| Stop::Damaged)? {
            Event::Start(start) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(Stop::Cut);
                }
                each(Walk::Start(start.local_name().as_ref(), &start))
            }
            Event::Empty(start) => {
                let name = start.local_name();
                each(Walk::Start(name.as_ref(), &start)) && each(Walk::End(name.as_ref()))
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                each(Walk::End(end.local_name().as_ref()))
            }
            Event::Text(text) => each(Walk::Text(&text.xml10_content())),
            Event::CData(data) => each(Walk::Text(&data.xml10_content())),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(character) => each(Walk::Text(character.encode_utf8(&mut [0; 4]))),
                None => true,
            },
            Event::Eof if depth > 0 => return Err(Stop::Damaged),
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => true,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// An attribute by its local name.
pub fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|one| one.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(quick_xml::XmlVersion::Implicit1_0);
    Some(value.map_or_else(|_| found.value.to_string(), |value| value.into_owned()))
}

/// Character references and the five entities of XML. A document's own are left out: they are how a bomb is made.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
