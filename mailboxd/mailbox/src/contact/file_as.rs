// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a contact is called in a list: the attribute `fileAs` says how ("1" … "7", or "8:" and the words themselves).

use metadata::ContactDetail;

/// Where nothing says how.
const DEFAULT: &str = "1";
/// Tried in order when names and company say nothing.
const FALLBACK: [&str; 8] =
    ["company", "nickname", "fullName", "dlist", "email", "workEmail1", "homeEmail1", "mobilePhone"];

/// Empty if the contact has nothing to be called by.
pub fn file_as(detail: &ContactDetail) -> String {
    let value = |name: &str| {
        let found = detail.attrs.iter().find(|(known, value)| known == name && !value.trim().is_empty());
        found.map_or("", |(_, value)| value.trim())
    };
    let how = value("fileAs");
    if let Some(words) = how.strip_prefix("8:").filter(|words| !words.trim().is_empty()) {
        return words.trim().to_owned();
    }
    let (first, last, company) = (value("firstName"), value("lastName"), value("company"));
    let last_first = join(last, ", ", first);
    let first_last = join(first, " ", last);
    let name = match if how.is_empty() { DEFAULT } else { how } {
        "2" => first_last,
        "3" => company.to_owned(),
        "4" => with(&last_first, company),
        "5" => with(&first_last, company),
        "6" => with(company, &last_first),
        "7" => with(company, &first_last),
        _ => last_first.clone(),
    };
    let fallback = FALLBACK.iter().map(|name| value(name)).find(|value| !value.is_empty());
    let known = [name, last_first].into_iter().find(|name| !name.is_empty());
    known.or_else(|| fallback.map(str::to_owned)).unwrap_or_default()
}

fn join(one: &str, between: &str, other: &str) -> String {
    if one.is_empty() || other.is_empty() { format!("{one}{other}") } else { format!("{one}{between}{other}") }
}

/// "name (aside)"
fn with(name: &str, aside: &str) -> String {
    match (name, aside) {
        (name, "") => name.to_owned(),
        ("", aside) => aside.to_owned(),
        (name, aside) => format!("{name} ({aside})"),
    }
}
