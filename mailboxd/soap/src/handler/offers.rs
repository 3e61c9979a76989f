// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a client may choose from: languages, themes, formats of CSV, versions.

use crate::element::Element;
use crate::render::VERSION;

/// Languages of the web client: code and name in itself.
const LOCALES: &[(&str, &str)] = &[("en", "English"), ("en_US", "English (United States)"), ("de", "Deutsch")];
const SKINS: &[&str] = &["harmony"];
const CSV_FORMATS: &[&str] =
    &["zimbra-csv", "outlook-2003-csv", "yahoo-csv", "google-csv", "thunderbird-csv", "windows-live-mail-csv"];

fn list(request: &Element, children: impl Iterator<Item = Element>) -> Element {
    let mut answer = Element::answer_to(request);
    children.for_each(|child| answer.push(child));
    answer
}

pub fn locales(request: &Element) -> Element {
    let locale =
        |(id, name): &(&str, &str)| Element::new("locale").attr("id", *id).attr("name", *name).attr("localName", *name);
    list(request, LOCALES.iter().map(locale))
}

pub fn skins(request: &Element) -> Element {
    list(request, SKINS.iter().map(|name| Element::new("skin").attr("name", *name)))
}

pub fn csv_formats(request: &Element) -> Element {
    list(request, CSV_FORMATS.iter().map(|name| Element::new("csv").attr("name", *name)))
}

pub fn version(request: &Element) -> Element {
    let info =
        Element::new("info").attr("version", VERSION).attr("release", VERSION).attr("buildDate", "").attr("host", "");
    list(request, std::iter::once(info))
}
