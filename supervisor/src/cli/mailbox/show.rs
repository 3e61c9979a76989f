// SPDX-License-Identifier: AGPL-3.0-or-later
//! What zmmailbox's output is made of: columns, dates, sizes, names of colours.

use chrono::{DateTime, Local};
use serde_json::Value;

pub fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// "" for what is not there.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // A member that stands alone may be a list of one, or an object with its text.
        Value::Array(list) => list.first().map(text).unwrap_or_default(),
        Value::Object(members) => members.get("_content").map(text).unwrap_or_default(),
        other => other.to_string(),
    }
}

pub fn number(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).unwrap_or(0)
}

/// Exactly so many characters.
pub fn column(text: &str, width: usize) -> String {
    let cut: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(width).collect();
    format!("{cut:width$}")
}

/// "11/30/26 17:05", here.
pub fn short_date(ms: &Value) -> String {
    local(ms).map(|date| date.format("%m/%d/%y %H:%M").to_string()).unwrap_or_default()
}

/// "Mon, 30 Nov 2026 17:05:00 +0000"
pub fn long_date(ms: &Value) -> String {
    local(ms).map(|date| date.to_rfc2822()).unwrap_or_default()
}

fn local(ms: &Value) -> Option<DateTime<Local>> {
    DateTime::from_timestamp_millis(number(ms)).map(|date| date.with_timezone(&Local))
}

/// "1.23 MB"
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub fn size(bytes: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.2} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} B"),
    }
}

/// Zimbra's colours, by their number.
pub const COLORS: [&str; 10] =
    ["defaultColor", "blue", "cyan", "green", "purple", "red", "yellow", "pink", "gray", "orange"];

pub fn color_name(element: &Value) -> String {
    let at = usize::try_from(number(&element["color"])).unwrap_or(0);
    match element["rgb"].as_str() {
        Some(rgb) => rgb.to_owned(),
        None => COLORS.get(at).copied().unwrap_or(COLORS[8]).to_owned(),
    }
}

/// A number, a name, or `#rrggbb`, put into a request.
pub fn set_color(element: &mut Value, color: &str) -> anyhow::Result<()> {
    if color.starts_with('#') {
        element["rgb"] = color.into();
        return Ok(());
    }
    let by_name = COLORS.iter().position(|known| known.eq_ignore_ascii_case(color));
    match by_name.or_else(|| color.parse().ok()).filter(|at| *at < COLORS.len()) {
        Some(at) => element["color"] = at.into(),
        None => anyhow::bail!("unknown color: {color}; there are {}, 0 to 9, and #rrggbb", COLORS.join(", ")),
    }
    Ok(())
}

/// `name: value` of an entry with attributes.
pub fn attributes(entry: &Value, indent: &str) -> String {
    let pairs = entry["_attrs"].as_object().into_iter().flatten().flat_map(|(name, value)| {
        let values = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
        values.into_iter().map(move |value| (name.clone(), text(value)))
    });
    let listed = list(entry, "a").iter().map(|a| {
        let name = a["n"].as_str().or_else(|| a["name"].as_str()).unwrap_or_default();
        (name.to_owned(), text(&a["_content"]))
    });
    pairs.chain(listed).map(|(name, value)| format!("{indent}{name}: {value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pieces() {
        assert_eq!([size(0), size(1023), size(1536), size(5 << 30)], ["0 B", "1023 B", "1.50 KB", "5.00 GB"]);
        assert_eq!((column("a\tbcd", 3), column("ü", 3)), ("a b".to_owned(), "ü  ".to_owned()));
        let mut tag = json!({});
        set_color(&mut tag, "Green").unwrap();
        assert_eq!((tag["color"].as_i64(), color_name(&tag)), (Some(3), "green".to_owned()));
        assert!(set_color(&mut tag, "mauve").is_err() && set_color(&mut tag, "10").is_err());
        let entry = json!({"_attrs": {"b": ["1", "2"], "c": "3"}});
        assert_eq!(attributes(&entry, " "), " b: 1\n b: 2\n c: 3\n");
    }
}
