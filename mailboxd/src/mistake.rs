// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is wrong with a file in TOML, without what is in it: the parser's whole message shows the line, where a secret may stand,
//! and what we say at the start is in journals. As the supervisor's of posthouse.toml, whose sections come through to us.

/// In the text that was parsed: `line 3: unknown field `colour``.
pub fn of(text: &str, error: &toml::de::Error) -> String {
    let before = text.as_bytes().iter().take(error.span().map_or(0, |span| span.start));
    let line = before.filter(|byte| **byte == b'\n').count() + 1;
    let first = error.message().lines().next().unwrap_or_default();
    // Of a wrong type or value serde shows the value; names of fields are no secrets.
    let has_value = ["invalid type", "invalid value", "unknown variant"].iter().any(|kind| first.starts_with(kind));
    if !has_value {
        return format!("line {line}: {first}");
    }
    let expected = first.rfind(", expected ").and_then(|at| first.get(at..)).unwrap_or_default();
    format!("line {line}: not what belongs here{expected}")
}
