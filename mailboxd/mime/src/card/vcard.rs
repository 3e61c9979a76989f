// SPDX-License-Identifier: AGPL-3.0-or-later
//! vCard 2.1, 3.0 and 4.0 in; 3.0 out, which everything reads.

use super::Card;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Cards read of one file.
const CARDS_MAX: usize = 50_000;
/// Octets of a line of content, unfolded: a picture may be long.
const LINE_BYTES_MAX: usize = 4 << 20;
/// RFC 2426 §2.6
const FOLD: usize = 75;

/// One line of content.
struct Line<'a> {
    name: String,
    params: Vec<(String, String)>,
    value: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Option<Line<'a>> {
        let mut quoted = false;
        let colon = text.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ':' && !quoted
        })?;
        let (head, value) = (&text[..colon.0], &text[colon.0 + 1..]);
        let mut parts = split(head, ';');
        let name = parts.next()?;
        // "item1.EMAIL": lines of one group; the group says nothing here
        let name = name.rsplit('.').next()?.trim().to_ascii_uppercase();
        let params = parts.flat_map(|param| match param.split_once('=') {
            Some((name, values)) => {
                let name = name.trim().to_ascii_uppercase();
                let values = values.split(',').map(|value| value.trim().trim_matches('"').to_ascii_lowercase());
                values.map(|value| (name.clone(), value)).collect::<Vec<_>>()
            }
            // 2.1: TEL;HOME;VOICE
            None => vec![("TYPE".to_owned(), param.trim().to_ascii_lowercase())],
        });
        Some(Line { name, params: params.collect(), value })
    }

    fn has(&self, kind: &str) -> bool {
        self.params.iter().any(|(name, value)| name == "TYPE" && value == kind)
    }

    fn param(&self, wanted: &str) -> Option<&str> {
        self.params.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    fn is_encoded(&self) -> bool {
        self.param("ENCODING").is_some_and(|how| how == "b" || how == "base64") || self.has("base64")
    }

    /// Of a value that may be quoted-printable (2.1).
    fn text(&self) -> String {
        let quoted = self.param("ENCODING") == Some("quoted-printable") || self.has("quoted-printable");
        if !quoted {
            return self.value.to_owned();
        }
        String::from_utf8_lossy(&unquoted(self.value)).into_owned()
    }
}

fn unquoted(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digit = |at: usize| bytes.get(at).and_then(|b| (*b as char).to_digit(16));
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'=', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// At marks that are neither quoted nor escaped.
fn split(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let mut out = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            c if c == mark && !quoted => {
                out.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out.into_iter()
}

/// RFC 6350 §3.4
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// All cards of a file, in order.
pub fn read(text: &str) -> Vec<Card> {
    let mut cards = Vec::new();
    let mut card: Option<Card> = None;
    let mut depth = 0_usize;
    for raw in unfolded(text) {
        let Some(line) = Line::of(&raw) else { continue };
        match (line.name.as_str(), line.value.trim().to_ascii_uppercase().as_str()) {
            ("BEGIN", "VCARD") => {
                depth += 1;
                if depth == 1 {
                    card = Some(Card::default());
                }
            }
            ("END", "VCARD") => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some(card) = card.take()
                    && !(card.attrs.is_empty() && card.members.is_empty())
                {
                    cards.push(card);
                }
                if cards.len() >= CARDS_MAX {
                    break;
                }
            }
            _ if depth == 1 => {
                if let Some(card) = &mut card {
                    property(card, &line);
                }
            }
            // A card within a card (AGENT) is somebody else.
            _ => {}
        }
    }
    cards
}

fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let soft = lines
            .last()
            .is_some_and(|last| last.ends_with('=') && last.to_ascii_uppercase().contains("QUOTED-PRINTABLE"));
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (_, Some(last)) if soft => {
                last.pop();
                last.push_str(line);
            }
            (Some(rest), Some(last)) if last.len() + rest.len() <= LINE_BYTES_MAX => last.push_str(rest),
            (Some(_), Some(_)) => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn property(card: &mut Card, line: &Line<'_>) {
    let raw = line.text();
    let text = unescaped(&raw);
    let part = |at: usize| split(&raw, ';').nth(at).map(unescaped).unwrap_or_default();
    match line.name.as_str() {
        "N" => {
            for (at, name) in ["lastName", "firstName", "middleName", "namePrefix", "nameSuffix"].iter().enumerate() {
                card.set(*name, part(at));
            }
        }
        "FN" => card.set("fullName", text),
        "NICKNAME" => card.set("nickname", text),
        "TITLE" => card.set("jobTitle", text),
        "ROLE" => card.set("role", text),
        "NOTE" => card.set("notes", text),
        "UID" => card.set("vCardUID", text),
        "BDAY" => card.set("birthday", date(&text)),
        "ANNIVERSARY" | "X-ANNIVERSARY" => card.set("anniversary", date(&text)),
        "ORG" => {
            card.set("company", part(0));
            card.set("department", part(1));
        }
        "EMAIL" => card.add("email", "email", &text),
        "URL" => {
            let place = place(line).unwrap_or("other");
            card.add(&format!("{place}URL"), &format!("{place}URL"), &text);
        }
        "TEL" => {
            let text = text.strip_prefix("tel:").unwrap_or(&text);
            let name = phone(line);
            card.add(&name, &name, text);
        }
        "ADR" => {
            let place = place(line).unwrap_or("other");
            let street = [part(0), part(1), part(2)].into_iter().filter(|line| !line.is_empty());
            card.set(format!("{place}Street"), street.collect::<Vec<_>>().join("\n"));
            for (at, name) in [(3, "City"), (4, "State"), (5, "PostalCode"), (6, "Country")] {
                card.set(format!("{place}{name}"), part(at));
            }
        }
        "CATEGORIES" => card.categories.extend(split(&raw, ',').map(unescaped).filter(|name| !name.is_empty())),
        "PHOTO" => card.photo = photo(line).or(card.photo.take()),
        "IMPP" => card.add("imAddress1", "imAddress", &text),
        "KIND" | "X-ADDRESSBOOKSERVER-KIND" if text.eq_ignore_ascii_case("group") => card.set("type", "group"),
        "MEMBER" | "X-ADDRESSBOOKSERVER-MEMBER" => {
            card.members.push(text.strip_prefix("mailto:").unwrap_or(&text).to_owned());
        }
        _ => {}
    }
}

/// "home", "work" or "other", as the types say.
fn place(line: &Line<'_>) -> Option<&'static str> {
    ["work", "home", "other"].into_iter().find(|place| line.has(place))
}

fn phone(line: &Line<'_>) -> String {
    let place = place(line);
    let plain = [("cell", "mobilePhone"), ("pager", "pager"), ("car", "carPhone")];
    if let Some((_, name)) = plain.iter().find(|(kind, _)| line.has(kind)) {
        return (*name).to_owned();
    }
    let what = if line.has("fax") { "Fax" } else { "Phone" };
    format!("{}{what}", place.unwrap_or("other"))
}

/// "20011123" and "2001-11-23T00:00:00Z" become "2001-11-23"; anything else stays.
fn date(text: &str) -> String {
    let day = text.split('T').next().unwrap_or(text);
    match day.len() {
        8 if day.bytes().all(|b| b.is_ascii_digit()) => format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]),
        _ => day.to_owned(),
    }
}

fn photo(line: &Line<'_>) -> Option<(String, Vec<u8>)> {
    let (kind, encoded) = match line.value.strip_prefix("data:") {
        Some(data) => {
            let (kind, encoded) = data.split_once(";base64,")?;
            (kind.to_owned(), encoded)
        }
        None if line.is_encoded() => {
            let kind = ["png", "gif", "webp"].into_iter().find(|kind| line.has(kind)).unwrap_or("jpeg");
            (format!("image/{kind}"), line.value)
        }
        None => return None,
    };
    let encoded: String = encoded.chars().filter(|c| !c.is_whitespace()).collect();
    Some((kind, STANDARD.decode(encoded).ok()?)).filter(|(_, octets)| !octets.is_empty())
}

/// One card, with its last line ended.
pub fn write(card: &Card) -> String {
    let mut out = String::new();
    let get = |name: &str| escaped(card.get(name));
    put(&mut out, "BEGIN", "VCARD");
    put(&mut out, "VERSION", "3.0");
    put(&mut out, "FN", &escaped(&full_name(card)));
    let names = ["lastName", "firstName", "middleName", "namePrefix", "nameSuffix"].map(get);
    put(&mut out, "N", &names.join(";"));
    for (name, property) in [
        ("nickname", "NICKNAME"),
        ("jobTitle", "TITLE"),
        ("role", "ROLE"),
        ("birthday", "BDAY"),
        ("anniversary", "X-ANNIVERSARY"),
        ("notes", "NOTE"),
        ("vCardUID", "UID"),
    ] {
        put_filled(&mut out, property, &get(name));
    }
    match (get("company"), get("department")) {
        (company, department) if department.is_empty() => put_filled(&mut out, "ORG", &company),
        (company, department) => put(&mut out, "ORG", &format!("{company};{department}")),
    }
    for place in ["home", "work", "other"] {
        let parts = ["Street", "City", "State", "PostalCode", "Country"].map(|part| get(&format!("{place}{part}")));
        if parts.iter().any(|part| !part.is_empty()) {
            put(&mut out, &format!("ADR;TYPE={place}"), &format!(";;{}", parts.join(";")));
        }
    }
    for (name, value) in &card.attrs {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if let Some(property) = numbered(stem) {
            put_filled(&mut out, property, &escaped(value));
        }
    }
    if !card.categories.is_empty() {
        let names: Vec<String> = card.categories.iter().map(|name| escaped(name)).collect();
        put(&mut out, "CATEGORIES", &names.join(","));
    }
    if let Some((kind, octets)) = &card.photo {
        let kind = kind.rsplit('/').next().unwrap_or("jpeg").to_ascii_uppercase();
        let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
        put(&mut out, &format!("PHOTO;ENCODING=b;TYPE={kind}"), &STANDARD.encode(octets));
    }
    if card.get("type") == "group" {
        put(&mut out, "X-ADDRESSBOOKSERVER-KIND", "group");
        for member in &card.members {
            put(&mut out, "X-ADDRESSBOOKSERVER-MEMBER", &format!("mailto:{}", escaped(member)));
        }
    }
    put(&mut out, "END", "VCARD");
    out
}

/// Properties of attributes that may have a number behind them.
fn numbered(stem: &str) -> Option<&'static str> {
    Some(match stem {
        "email" => "EMAIL;TYPE=INTERNET",
        "workEmail" => "EMAIL;TYPE=INTERNET,WORK",
        "homeEmail" => "EMAIL;TYPE=INTERNET,HOME",
        "homePhone" => "TEL;TYPE=home,voice",
        "workPhone" | "companyPhone" => "TEL;TYPE=work,voice",
        "mobilePhone" => "TEL;TYPE=cell,voice",
        "pager" => "TEL;TYPE=pager",
        "carPhone" => "TEL;TYPE=car,voice",
        "otherPhone" => "TEL;TYPE=voice",
        "homeFax" => "TEL;TYPE=home,fax",
        "workFax" => "TEL;TYPE=work,fax",
        "otherFax" => "TEL;TYPE=fax",
        "homeURL" => "URL;TYPE=home",
        "workURL" => "URL;TYPE=work",
        "otherURL" => "URL;TYPE=other",
        "imAddress" => "IMPP",
        _ => return None,
    })
}

/// FN must not be empty (RFC 2426 §3.1.1).
fn full_name(card: &Card) -> String {
    let parts = ["namePrefix", "firstName", "middleName", "lastName", "nameSuffix"].map(|name| card.get(name).trim());
    let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let known = ["fullName", "nickname", "company", "email"].map(|name| card.get(name).to_owned());
    let mut all = std::iter::once(card.get("fullName").to_owned()).chain([name]).chain(known);
    all.find(|name| !name.trim().is_empty()).unwrap_or_else(|| "?".into())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

fn put_filled(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        put(out, name, value);
    }
}

/// A line of content, folded.
fn put(out: &mut String, name: &str, value: &str) {
    let mut room = FOLD;
    for c in name.chars().chain([':']).chain(value.chars()) {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = FOLD - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}
