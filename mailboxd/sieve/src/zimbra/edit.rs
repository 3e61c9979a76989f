// SPDX-License-Identifier: AGPL-3.0-or-later
//! Header fields (RFC 5293), and `replaceheader`, which the standard does not have: a field that matches is taken out, and
//! another one is put in.

use super::syntax::{Arg, Node};
use super::tests_of_dialect;
use super::write::{Args, Result, Writer, fail, pattern};
use std::fmt::Write;

/// Fields of one name that `replaceheader` looks at.
const REPLACED_MAX: usize = 8;
/// Between taking out and putting in.
const SCRATCH: &str = "X-Posthouse-Replaced";

pub(super) fn write(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<()> {
    let names = match node.name.as_str() {
        "addheader" => vec![name(node, args)?],
        "deleteheader" => vec![name(node, args)?],
        _ => [Some(name(node, args)?), args.value("newname")].into_iter().flatten().collect(),
    };
    let Some(guard) = guard(writer, node, &names)? else { return Ok(()) };
    if !writer.dialect.edits {
        return Ok(());
    }
    writer.need("editheader");
    if !guard.is_empty() {
        writer.line(format!("if {guard} {{"));
    }
    match node.name.as_str() {
        "addheader" => {
            let line = writer.as_it_is(node, 2, &[])?;
            writer.line(format!("{line};"));
        }
        "deleteheader" => delete(writer, node, args)?,
        _ => replace(writer, node, args)?,
    }
    if !guard.is_empty() {
        writer.line("}");
    }
    Ok(())
}

fn name<'n>(node: &Node, args: &Args<'n>) -> Result<&'n str> {
    match args.rest.first() {
        Some(Arg::Text(name)) if args.rest.len() <= 2 => Ok(name),
        _ => fail(node, format!("{} takes the name of one header field, and values", node.name)),
    }
}

/// Names must be names (RFC 5322 §3.6.8), and fields that may not be touched are not. `None`: nothing is done; empty: no condition.
fn guard(writer: &mut Writer<'_>, node: &Node, names: &[&str]) -> Result<Option<String>> {
    let mut conditions = Vec::new();
    for name in names {
        if !name.contains("${") {
            if !is_field(name) {
                return fail(node, format!("not the name of a header field: {name:?}"));
            }
            // What is only added harms nothing that is there.
            if node.name != "addheader" && writer.dialect.immutable.contains(&name.to_ascii_lowercase()) {
                return Ok(None);
            }
            continue;
        }
        writer.need("variables");
        writer.need("ihave");
        let name = writer.text(node, name)?;
        let bad = tests_of_dialect::any_string(":contains ", &name, &[" ", ":"]);
        writer.line(format!("if {bad} {{ error \"not the name of a header field\"; }}"));
        if node.name != "addheader" && !writer.dialect.immutable.is_empty() {
            conditions.push(format!("not {}", tests_of_dialect::any_string(":is ", &name, &writer.dialect.immutable)));
        }
    }
    Ok(Some(match conditions.len() {
        0 => String::new(),
        1 => conditions.remove(0),
        _ => format!("allof ({})", conditions.join(", ")),
    }))
}

pub(super) fn is_field(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

/// `header` with the same conditions, for the field of this number. `None`: there are none.
fn condition(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>, index: &str) -> Result<String> {
    let tags = writer.tags(node, args, &["index", "last", "newname", "newvalue"])?;
    let field = writer.arg(node, args.rest[0])?;
    Ok(match args.rest.get(1) {
        Some(values) => {
            let values = if args.has("matches") { pattern(values) } else { (*values).clone() };
            let values = writer.arg(node, &values)?;
            format!("header {index}{tags}{field} {values}")
        }
        None if index.is_empty() => format!("exists {field}"),
        None => format!("header {index}:matches {field} \"*\""),
    })
}

fn index(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<Option<String>> {
    let Some((_, Some(number))) = args.tags.iter().find(|(name, _)| *name == "index") else { return Ok(None) };
    let Arg::Number(number) = number else { return fail(node, ":index is a number") };
    writer.need("index");
    Ok(Some(format!(":index {number} {}", if args.has("last") { ":last " } else { "" })))
}

fn delete(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<()> {
    let index = index(writer, node, args)?.unwrap_or_default();
    let field = writer.arg(node, args.rest[0])?;
    if args.has("count") {
        let condition = condition(writer, node, args, "")?;
        writer.line(format!("if {condition} {{ deleteheader {index}{field}; }}"));
        return Ok(());
    }
    let Some(values) = args.rest.get(1) else {
        writer.line(format!("deleteheader {index}{field};"));
        return Ok(());
    };
    let tags = writer.tags(node, args, &["index", "last"])?;
    // The engine takes a match of this command for the last one, and finds no variables there: so it has a block to itself, and
    // what of the last match it is about is looked at before.
    let mut keys = Vec::new();
    let values = if args.has("matches") { pattern(values) } else { (*values).clone() };
    for (at, value) in values.texts().into_iter().enumerate() {
        let value = writer.text(node, value)?;
        if value.contains("${") {
            let name = format!("posthouse_key{at}");
            writer.variable(&name);
            writer.line(format!("set \"{name}\" {value};"));
            keys.push(format!("\"${{{name}}}\""));
        } else {
            keys.push(value);
        }
    }
    writer.line(format!("if true {{ deleteheader {index}{tags}{field} [{}]; }}", keys.join(", ")));
    Ok(())
}

/// Each field that matches is put aside under a name of its own, from the last to the first, so that numbers hold; then those
/// are put in under the new name.
fn replace(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<()> {
    writer.variable("posthouse_value");
    writer.need("index");
    let field = writer.arg(node, args.rest[0])?;
    let new_name = match args.value("newname") {
        Some(name) => writer.text(node, name)?,
        None => field.clone(),
    };
    let new_value = match args.value("newvalue") {
        Some(value) => Some(writer.text(node, value)?),
        None => None,
    };
    if args.value("newname").is_none() && new_value.is_none() {
        return fail(node, "replaceheader needs :newname or :newvalue");
    }
    let indexes = match index(writer, node, args)? {
        Some(one) => vec![one],
        None => (1..=REPLACED_MAX).rev().map(|at| format!(":index {at} ")).collect(),
    };
    let counts = args.has("count");
    if counts {
        let condition = condition(writer, node, args, "")?;
        writer.line(format!("if {condition} {{"));
    }
    // Nobody from outside puts anything aside.
    let mut out = format!("deleteheader \"{SCRATCH}\";\n");
    for index in &indexes {
        let condition = if counts {
            format!("header {index}:matches {field} \"*\"")
        } else {
            condition(writer, node, args, index)?
        };
        let _ = write!(out, "if {condition} {{ ");
        match &new_value {
            Some(value) => {
                let _ = write!(out, "set \"posthouse_value\" {value}; ");
            }
            None => {
                let _ =
                    write!(out, "if header {index}:matches {field} \"*\" {{ set \"posthouse_value\" \"${{1}}\"; }} ");
            }
        }
        let _ = writeln!(out, "deleteheader {index}{field}; addheader \"{SCRATCH}\" \"${{posthouse_value}}\"; }}");
    }
    for at in (1..=indexes.len()).rev() {
        let _ =
            writeln!(out, "if header :index {at} :matches \"{SCRATCH}\" \"*\" {{ addheader {new_name} \"${{1}}\"; }}");
    }
    let _ = writeln!(out, "deleteheader \"{SCRATCH}\";");
    writer.out.push_str(&out);
    if counts {
        writer.line("}");
    }
    Ok(())
}
