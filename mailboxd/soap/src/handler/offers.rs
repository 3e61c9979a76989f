// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a client may choose from: languages, themes, formats of CSV, versions.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::VERSION;
use directory::{Attrs, Kind};

/// Languages of the web client: code and name in itself.
const LOCALES: &[(&str, &str)] = &[("en", "English"), ("en_US", "English (United States)"), ("de", "Deutsch")];
const SKINS: &[&str] = &["harmony"];
const CSV_FORMATS: &[&str] = &[
    "zimbra-csv",
    "outlook-2003-csv",
    "outlook-unknown-csv",
    "yahoo-csv",
    "google-csv",
    "thunderbird-csv",
    "windows-live-mail-csv",
];

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

/// For whom the administrator lets know (`zimbraSoapExposeVersion` of the server or of all): a version tells what to attack.
pub fn version_for_accounts(context: &Context, request: &Element) -> Result<Element> {
    const NAME: &str = "zimbraSoapExposeVersion";
    let directory = &context.state.directory;
    let of = |attrs: &Attrs| attrs.get(NAME).and_then(|values| values.first()).map(|value| value == "TRUE");
    let server = directory.get(Kind::Server, &context.state.config.host).ok();
    let exposed = server.and_then(|server| of(&server.attrs)).or(of(&directory.config()?.attrs));
    if exposed == Some(true) { Ok(version(request)) } else { Err(Fault::denied()) }
}

pub fn version(request: &Element) -> Element {
    let info =
        Element::new("info").attr("version", VERSION).attr("release", VERSION).attr("buildDate", "").attr("host", "");
    list(request, std::iter::once(info))
}
