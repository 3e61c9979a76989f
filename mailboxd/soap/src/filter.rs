// SPDX-License-Identifier: AGPL-3.0-or-later
//! Filter rules of the wire, kept as scripts in Zimbra's dialect of Sieve in attributes of the directory, as Zimbra has them: so
//! rules and scripts are the same thing seen from two sides, whoever wrote them, and one interpreter runs both.

mod actions;
mod read;
mod rules;
mod run;
mod tests_of_rules;

pub use rules::Rules;
pub use run::{Runner, dialect};

use sieve::quoted;

/// Which mail is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    In,
    Out,
}

/// Whose script it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Owner,
    /// An administrator's, before or after the owner's.
    Before,
    After,
}

/// The attribute that the script is kept in.
pub fn attribute(way: Way, whose: Whose) -> &'static str {
    match (way, whose) {
        (Way::In, Whose::Owner) => "zimbraMailSieveScript",
        (Way::In, Whose::Before) => "zimbraAdminSieveScriptBefore",
        (Way::In, Whose::After) => "zimbraAdminSieveScriptAfter",
        (Way::Out, Whose::Owner) => "zimbraMailOutgoingSieveScript",
        (Way::Out, Whose::Before) => "zimbraAdminOutgoingSieveScriptBefore",
        (Way::Out, Whose::After) => "zimbraAdminOutgoingSieveScriptAfter",
    }
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", "))
}

/// "a, b" as a list.
fn names(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}
