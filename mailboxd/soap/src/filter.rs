// SPDX-License-Identifier: AGPL-3.0-or-later
//! Filter rules of the wire, kept as Sieve scripts. Each rule is a comment with the rule itself, as JSON, and behind it the Sieve
//! that does what it says: so nothing is lost on the way back, and one interpreter filters whatever wrote the script.

mod actions;
mod rules;
mod run;
mod tests_of_rules;

pub use rules::{Rules, Who, read};
pub use run::Runner;

use sieve::quoted;

/// Names of the scripts that rules are kept in.
pub const INCOMING: &str = "Filter rules";
pub const OUTGOING: &str = "Outgoing filter rules";

fn list(values: &[String]) -> String {
    match values {
        [one] => quoted(one),
        many => format!("[{}]", many.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ")),
    }
}

/// "a, b" as a list.
fn names(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}
