// SPDX-License-Identifier: AGPL-3.0-or-later
//! HTML for a sandboxed frame. Two passes: ammonia parses and keeps what the lists below allow (it decides what is safe);
//! then the clean output is walked once for what depends on the reader: cid: links and remote images.

use super::{css, guard, remote, text};
use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const TAGS: [&str; 75] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "map",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "wbr",
];
const GENERIC: [&str; 9] = ["align", "bgcolor", "dir", "height", "lang", "style", "title", "valign", "width"];
const SPECIFIC: [(&str, &[&str]); 15] = [
    ("a", &["href"]),
    ("area", &["alt", "coords", "href", "shape"]),
    ("br", &["clear"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("font", &["color", "face", "size"]),
    ("hr", &["color", "noshade", "size"]),
    ("img", &["alt", "border", "hspace", "src", "usemap", "vspace"]),
    ("li", &["type", "value"]),
    ("map", &["name"]),
    ("ol", &["reversed", "start", "type"]),
    ("table", &["background", "border", "bordercolor", "cellpadding", "cellspacing", "frame", "rules", "summary"]),
    ("td", &["abbr", "background", "colspan", "nowrap", "rowspan"]),
    ("th", &["abbr", "background", "colspan", "nowrap", "rowspan", "scope"]),
    ("tr", &["background"]),
];
/// Elements that go with everything in them.
const REMOVED_WHOLE: [&str; 14] = [
    "applet", "head", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "style", "svg",
    "template", "textarea", "title",
];

pub struct SanitizeOptions<'a> {
    /// Rewrites `cid:` references to URLs.
    pub cid_url: &'a dyn Fn(&str) -> Option<String>,
    /// False: remote images and backgrounds are moved to data-src / data-background ("dfsrc" for Zimbra's clients).
    pub remote_images: bool,
}

/// Safe HTML for a sandboxed frame. Also tells if it had remote images.
/// What the parser can't be trusted with (see `guard`) is shown as text.
pub fn sanitize_html(html: &str, options: &SanitizeOptions<'_>) -> (String, bool) {
    if !guard::fits(html) {
        let text = text::html_to_text(html);
        return (format!("<pre style=\"white-space: pre-wrap\">{}</pre>", ammonia::clean_text(&text)), false);
    }
    let clean = CLEANER.clean(html).to_string();
    remote::apply(&clean, options)
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from(REMOVED_WHOLE))
        .generic_attributes(HashSet::from(GENERIC))
        .tag_attributes(SPECIFIC.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect())
        .tag_attribute_values(HashMap::new())
        .set_tag_attribute_values(HashMap::from([
            ("a", HashMap::from([("target", "_blank")])),
            ("area", HashMap::from([("target", "_blank"), ("rel", "noopener noreferrer")])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(attribute);
    builder
});

fn attribute<'u>(element: &str, name: &str, value: &'u str) -> Option<Cow<'u, str>> {
    let keep = match name {
        "style" => return css::filter(value).map(Cow::Owned),
        "href" => matches!(scheme(value), Scheme::Http | Scheme::Cid | Scheme::Contact),
        "src" | "background" => matches!(scheme(value), Scheme::Http | Scheme::Cid | Scheme::Image),
        "usemap" => value.starts_with('#') && element == "img",
        _ => true,
    };
    keep.then_some(Cow::Borrowed(value))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// http, https
    Http,
    Cid,
    /// data: with a raster image
    Image,
    /// mailto, tel
    Contact,
    Other,
}

pub(crate) fn scheme(url: &str) -> Scheme {
    // As browsers read it (URL Standard §4.4): control characters and spaces around it go, these three wherever they stand
    // ("java\nscript:"). With others inside it is no scheme that we know.
    let url = url.trim_matches(|c: char| c <= ' ');
    let head: String = url.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).take(32).collect();
    let head = head.to_ascii_lowercase();
    let is = |prefix: &str| head.starts_with(prefix);
    if is("http:") || is("https:") {
        Scheme::Http
    } else if is("cid:") {
        Scheme::Cid
    } else if is("mailto:") || is("tel:") {
        Scheme::Contact
    } else if ["png", "gif", "jpeg", "jpg", "webp", "bmp"].iter().any(|t| {
        head.strip_prefix("data:image/").and_then(|h| h.strip_prefix(t)).is_some_and(|h| h.starts_with([';', ',']))
    }) {
        Scheme::Image
    } else {
        Scheme::Other
    }
}
