// SPDX-License-Identifier: AGPL-3.0-or-later
//! The style attribute: an allow-list of properties and functions. Nothing that places text over other text, loads, or runs.

use crate::html::sanitize::{Scheme, scheme};

const PROPERTIES: [&str; 37] = [
    "background",
    "border",
    "border-collapse",
    "border-radius",
    "border-spacing",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "height",
    "hyphens",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-position",
    "list-style-type",
    "margin",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow",
    "overflow-wrap",
    "padding",
    "table-layout",
    "unicode-bidi",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-wrap",
];
const FAMILIES: [&str; 6] = ["background-", "border-", "font-", "margin-", "padding-", "text-"];
const FUNCTIONS: [&str; 10] =
    ["rgb", "rgba", "hsl", "hsla", "calc", "min", "max", "clamp", "linear-gradient", "radial-gradient"];
const DECLARATIONS_MAX: usize = 200;

/// What of a style attribute may stay; None if nothing.
pub(crate) fn filter(style: &str) -> Option<String> {
    let kept: Vec<String> = declarations(style)
        .into_iter()
        .filter(|(property, value)| allowed(property, value))
        .map(|(property, value)| format!("{property}: {value}"))
        .collect();
    (!kept.is_empty()).then(|| kept.join("; "))
}

/// (property in lower case, value), split at the semicolons that are not inside quotes or parentheses.
pub(crate) fn declarations(style: &str) -> Vec<(String, &str)> {
    let mut out = Vec::new();
    let (mut start, mut quote, mut depth) = (0, None, 0usize);
    let ends = style.char_indices().chain([(style.len(), ';')]);
    for (at, c) in ends {
        let last = at == style.len();
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) if !last => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (_, ';') if depth == 0 || last => {
                if let Some((property, value)) = style[start..at].split_once(':')
                    && out.len() < DECLARATIONS_MAX
                {
                    out.push((property.trim().to_ascii_lowercase(), value.trim()));
                }
                start = (at + 1).min(style.len());
            }
            _ => {}
        }
    }
    out
}

fn allowed(property: &str, value: &str) -> bool {
    let known = PROPERTIES.contains(&property) || FAMILIES.iter().any(|f| property.starts_with(f));
    let named = property.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    // Escapes and comments can hide anything from this filter; mail has no need of them.
    let clear = !value.contains(['\\', '<', '>', '{', '}', '@', '`']) && !value.contains("/*");
    known && named && clear && !value.contains(char::is_control) && functions_allowed(property, value)
}

fn functions_allowed(property: &str, value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    if ["expression", "javascript", "vbscript", "binding", "behavior"].iter().any(|w| lower.contains(w)) {
        return false;
    }
    let mut rest = lower.as_str();
    while let Some(at) = rest.find('(') {
        let name = rest[..at].rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or_default();
        rest = &rest[at + 1..];
        if name == "url" {
            if !property.starts_with("background") || !url_allowed(rest) {
                return false;
            }
        } else if !name.is_empty() && !FUNCTIONS.contains(&name) {
            return false;
        }
    }
    true
}

fn url_allowed(after: &str) -> bool {
    let Some(end) = after.find(')') else { return false };
    matches!(scheme(unquote(&after[..end])), Scheme::Http | Scheme::Cid | Scheme::Image)
}

pub(crate) fn unquote(url: &str) -> &str {
    url.trim().trim_matches(['"', '\'']).trim()
}

/// The URL of the first `url(…)` in a value and where that stands.
pub(crate) fn first_url(value: &str) -> Option<(std::ops::Range<usize>, &str)> {
    let start = value.to_ascii_lowercase().find("url(")?;
    let end = start + value[start..].find(')')?;
    Some((start..end + 1, unquote(&value[start + 4..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_harmless() {
        for (style, want) in [
            ("color:red;; Font-Size : 12px", "color: red; font-size: 12px"),
            ("font-family: 'A;B', serif", "font-family: 'A;B', serif"),
            ("position:fixed; top:0; color: blue", "color: blue"),
            ("background: url(cid:x) no-repeat", "background: url(cid:x) no-repeat"),
            ("background-image: url('https://x/y;z.png')", "background-image: url('https://x/y;z.png')"),
            ("background: rgb(1, 2, 3)", "background: rgb(1, 2, 3)"),
        ] {
            assert_eq!(filter(style).as_deref(), Some(want), "{style}");
        }
    }

    #[test]
    fn drops_the_rest() {
        for style in [
            "position: absolute",
            "behavior: url(x.htc)",
            "width: expression(alert(1))",
            "background: url(javascript:alert(1))",
            "background: u\\72l(javascript:x)",
            "background: url(/relative)",
            "background: url(data:image/svg+xml,x)",
            "list-style-image: url(https://x)",
            "list-style: url(https://x)",
            "color: /* x */ red",
            "color: image-set('https://x' 1x)",
            "background: url(https://x",
            "z-index: 5",
            "no colon",
            "",
        ] {
            assert_eq!(filter(style), None, "{style}");
        }
    }
}
