// SPDX-License-Identifier: AGPL-3.0-or-later
//! The table as an OpenLDAP schema file.

use super::{Attribute, Syntax, all};
use crate::entry::Kind;
use std::fmt::Write;

/// 2.25.<UUID>: OIDs that anybody may make (ITU-T X.667).
const ARC: &str = "2.25.201727412080894390615928506228056763111";

/// What the table doesn't know, "name=value".
pub const OVERFLOW: &str = "posthouseAttribute";

pub fn schema() -> String {
    let mut out = String::from(
        "# Made from mailboxd/directory/src/known/table.rs; a test compares. Needs core, cosine and inetorgperson.\n\
         # Names as Zimbra's wire protocol shows them; the OIDs are our own.\n\n",
    );
    for attribute in all().iter().filter(|a| a.number != 0) {
        push_attribute(&mut out, attribute);
    }
    let _ = writeln!(
        out,
        "attributetype ( {ARC}.1.1 NAME '{OVERFLOW}'\n\tDESC 'an attribute that the schema does not know: name=value'\n\t\
         EQUALITY caseExactMatch\n\tSYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )\n"
    );
    for kind in Kind::ALL {
        push_class(&mut out, kind);
    }
    out
}

fn push_attribute(out: &mut String, a: &Attribute) {
    // RFC 4517: directoryString, boolean, integer, generalizedTime
    let (equality, rest, syntax) = match a.syntax {
        Syntax::Bool => ("booleanMatch", "", "7"),
        Syntax::Number | Syntax::Integer => ("integerMatch", "\n\tORDERING integerOrderingMatch", "27"),
        Syntax::Time => ("generalizedTimeMatch", "\n\tORDERING generalizedTimeOrderingMatch", "24"),
        _ => ("caseIgnoreMatch", "\n\tSUBSTR caseIgnoreSubstringsMatch", "15"),
    };
    let single = if a.multi { "" } else { "\n\tSINGLE-VALUE" };
    let _ = writeln!(
        out,
        "attributetype ( {ARC}.1.{} NAME '{}'\n\tEQUALITY {equality}{rest}\n\tSYNTAX 1.3.6.1.4.1.1466.115.121.1.{syntax}{single} )\n",
        a.number, a.name
    );
}

fn push_class(out: &mut String, kind: Kind) {
    // A calendar resource is an account; a domain's entry is also a node of the tree, whose class is `domain`.
    let (sup, sort) = match kind {
        Kind::Resource => ("zimbraAccount", "STRUCTURAL"),
        Kind::Domain => ("top", "AUXILIARY"),
        _ => ("top", "STRUCTURAL"),
    };
    let cn = if matches!(kind, Kind::Cos | Kind::Server | Kind::Config) { " $ cn" } else { "" };
    let written = |name: &str| name != "zimbraId" && (name != "cn" || cn.is_empty());
    let may: Vec<&str> = all().iter().filter(|a| a.is_on(kind)).map(|a| a.name).filter(|name| written(name)).collect();
    let lines: Vec<String> = may.chunks(4).map(|names| names.join(" $ ")).chain([OVERFLOW.to_owned()]).collect();
    let _ = writeln!(
        out,
        "objectclass ( {ARC}.2.{} NAME '{}'\n\tSUP {sup} {sort}\n\tMUST ( zimbraId{cn} )\n\tMAY ( {} ) )\n",
        kind as u16 + 1,
        kind.class(),
        lines.join(" $\n\t\t")
    );
}
