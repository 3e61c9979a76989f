// SPDX-License-Identifier: AGPL-3.0-or-later
//! The actions of a rule as commands of Zimbra's dialect. [`super::read`] is the way back.

use super::rules::Script;
use super::{list, names, quoted};
use crate::element::Element;
use crate::fault::{Fault, Result};
use std::fmt::Write;

const LEVELS: &[&str] = &["fatal", "error", "warn", "info", "debug", "trace"];

/// A flag that a rule may set or take away.
pub(super) fn flag(name: &str) -> Result<String> {
    let name = name.to_lowercase();
    match name.as_str() {
        "read" | "unread" | "flagged" | "unflagged" | "priority" => Ok(name),
        other => Err(Fault::invalid(format!("unknown flag: {other}"))),
    }
}

fn text(action: &Element, name: &str) -> Result<String> {
    let value = action.get(name).unwrap_or_default();
    match value.trim().is_empty() {
        true => Err(Fault::invalid(format!("{} needs {name}", action.name))),
        false => Ok(value),
    }
}

/// What an action says: its text, or a child called content.
fn content(action: &Element) -> String {
    action.get("content").unwrap_or_else(|| action.text_or_empty().to_owned()).trim().to_owned()
}

/// One that is not made of variables is an address.
fn address(action: &Element) -> Result<String> {
    let value = text(action, "a")?.trim().to_owned();
    if value.contains("${") {
        return Ok(value);
    }
    match mime::parse_addresses(&value).first() {
        Some(found) if found.address.contains('@') => Ok(found.address.clone()),
        _ => Err(Fault::invalid(format!("not an address: {value}"))),
    }
}

pub(super) fn variables(script: &mut Script, variables: &Element) -> Result<()> {
    script.need("variables");
    for variable in variables.named("filterVariable") {
        let (name, value) = (text(variable, "name")?, variable.get("value").unwrap_or_default());
        let _ = writeln!(script.body, "set {} {};", quoted(&name), quoted(&value));
    }
    Ok(())
}

pub(super) fn write(script: &mut Script, action: &Element) -> Result<()> {
    if script.outgoing
        && matches!(
            action.name.as_str(),
            "actionRedirect"
                | "actionReply"
                | "actionNotify"
                | "actionRFCCompliantNotify"
                | "actionReject"
                | "actionEreject"
        )
    {
        return Err(Fault::invalid(format!("{} makes no sense for mail that goes out", action.name)));
    }
    let copy = if action.is("copy")? { ":copy " } else { "" };
    if !copy.is_empty() {
        script.need("copy");
    }
    let line = match action.name.as_str() {
        "filterVariables" => return variables(script, action),
        "actionKeep" => "keep".into(),
        "actionDiscard" => "discard".into(),
        "actionStop" => "stop".into(),
        "actionFileInto" => {
            script.need("fileinto");
            let path = text(action, "folderPath")?;
            if path.trim().trim_matches('/').is_empty() {
                return Err(Fault::invalid("a folder has a name"));
            }
            format!("fileinto {copy}{}", quoted(path.trim()))
        }
        "actionFlag" => {
            script.need("flag");
            format!("flag {}", quoted(&flag(&text(action, "flagName")?)?))
        }
        "actionTag" => {
            script.need("tag");
            format!("tag {}", quoted(text(action, "tagName")?.trim()))
        }
        "actionRedirect" => format!("redirect {copy}{}", quoted(&address(action)?)),
        "actionReject" => {
            script.need("reject");
            format!("reject {}", quoted(&said(action, "reject")?))
        }
        "actionEreject" => {
            script.need("ereject");
            format!("ereject {}", quoted(&said(action, "ereject")?))
        }
        "actionReply" => format!("reply {}", quoted(&said(action, "reply")?)),
        "actionNotify" => notify(action)?,
        "actionRFCCompliantNotify" => {
            script.need("enotify");
            method_notify(action)?
        }
        "actionLog" => {
            script.need("log");
            let level =
                action.get("level").map(|level| level.to_lowercase()).filter(|level| LEVELS.contains(&level.as_str()));
            let level = level.map(|level| format!(":{level} ")).unwrap_or_default();
            format!("log {level}{}", quoted(&content(action)))
        }
        "actionAddheader" => {
            script.need("editheader");
            let last = if action.is("last")? { ":last " } else { "" };
            let (Ok(name), Ok(value)) = (header_name(action), text(action, "headerValue")) else {
                let why = "parse error: Invalid addheader action: Missing headerName or headerValue";
                return Err(Fault::new("service.PARSE_ERROR", why));
            };
            format!("addheader {last}{} {}", quoted(&name), quoted(&value))
        }
        "actionDeleteheader" => {
            script.need("editheader");
            format!("deleteheader {}", fields(script, action, "")?)
        }
        "actionReplaceheader" => {
            script.need("editheader");
            let mut new = String::new();
            for (attr, tag) in [("newName", ":newname"), ("newValue", ":newvalue")] {
                if let Some(value) = action.get(attr).filter(|value| !value.is_empty()) {
                    let _ = write!(new, "{tag} {} ", quoted(&value));
                }
            }
            if new.is_empty() {
                return Err(Fault::invalid("actionReplaceheader needs newName or newValue"));
            }
            format!("replaceheader {}", fields(script, action, &new)?)
        }
        other => return Err(Fault::invalid(format!("unknown action: {other}"))),
    };
    let _ = writeln!(script.body, "  {line};");
    Ok(())
}

fn said(action: &Element, what: &str) -> Result<String> {
    let said = content(action);
    if said.is_empty() { Err(Fault::invalid(format!("Empty {what} action"))) } else { Ok(said) }
}

fn header_name(element: &Element) -> Result<String> {
    Ok(text(element, "headerName")?.trim().to_owned())
}

/// RFC 5293 §5, and what is put in instead.
fn fields(script: &mut Script, action: &Element, new: &str) -> Result<String> {
    let test = action.need_element("test")?;
    let mut line = String::new();
    if let Some(offset) = action.number::<u32>("offset")? {
        let last = if action.is("last")? { ":last " } else { "" };
        let _ = write!(line, ":index {offset} {last}");
    }
    line.push_str(new);
    let values: Vec<String> = test.get_all("headerValue").into_iter().filter(|value| !value.is_empty()).collect();
    if !values.is_empty() {
        line.push_str(&field_match(script, test)?);
    }
    let _ = write!(line, "{}", quoted(&header_name(test)?));
    if !values.is_empty() {
        let _ = write!(line, " {}", list(&values));
    }
    Ok(line)
}

fn field_match(script: &mut Script, test: &Element) -> Result<String> {
    let mut line = String::new();
    let relation = test.get("relationalComparator").filter(|relation| !relation.is_empty());
    for (attr, tag) in [("countComparator", "count"), ("valueComparator", "value")] {
        if test.is(attr)? {
            script.need("relational");
            let relation = relation.as_deref().unwrap_or("eq");
            if !matches!(relation, "gt" | "ge" | "lt" | "le" | "eq" | "ne") {
                return Err(Fault::invalid(format!("unknown relationalComparator: {relation}")));
            }
            let _ = write!(line, ":{tag} \"{relation}\" ");
        }
    }
    if let Some(comparator) = test.get("comparator").filter(|comparator| !comparator.is_empty()) {
        if !matches!(comparator.as_str(), "i;octet" | "i;ascii-casemap" | "i;ascii-numeric") {
            return Err(Fault::invalid(format!("unknown comparator: {comparator}")));
        }
        let _ = write!(line, ":comparator \"{comparator}\" ");
    }
    match test.get("matchType").unwrap_or_default().as_str() {
        "" | "count" | "value" => {}
        how @ ("is" | "contains" | "matches") => {
            let _ = write!(line, ":{how} ");
        }
        other => return Err(Fault::invalid(format!("unknown matchType: {other}"))),
    }
    Ok(line)
}

/// `notify ADDRESS SUBJECT TEXT [BYTES [HEADERS]]`
fn notify(action: &Element) -> Result<String> {
    let (to, subject) = (address(action)?, action.get("su").unwrap_or_default());
    let mut line = format!("notify {} {} {}", quoted(&to), quoted(&subject), quoted(&content(action)));
    let headers = names(&action.get("origHeaders").unwrap_or_default());
    let size = action.number::<i32>("maxBodySize")?.filter(|size| *size >= 0);
    if size.is_some() || !headers.is_empty() {
        let _ = write!(line, " {}", size.unwrap_or(i32::MAX));
    }
    if !headers.is_empty() {
        let _ = write!(line, " {}", list(&headers));
    }
    Ok(line)
}

/// RFC 5435 §3
fn method_notify(action: &Element) -> Result<String> {
    let mut line = "notify ".to_owned();
    for tag in ["from", "importance", "message"] {
        if let Some(value) = action.get(tag).filter(|value| !value.is_empty()) {
            let _ = write!(line, ":{tag} {} ", quoted(&value));
        }
    }
    let _ = write!(line, "{}", quoted(&text(action, "method")?));
    Ok(line)
}
