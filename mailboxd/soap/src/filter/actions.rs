// SPDX-License-Identifier: AGPL-3.0-or-later
//! The actions of a rule as actions of Sieve.

use super::quoted;
use super::rules::Script;
use crate::element::Element;
use crate::fault::{Fault, Result};
use std::fmt::Write;

/// A flag of IMAP, and whether it is set or taken away.
pub(super) fn flag(name: &str) -> Result<(&'static str, bool)> {
    Ok(match name.to_lowercase().as_str() {
        "read" => ("\\Seen", true),
        "unread" => ("\\Seen", false),
        "flagged" => ("\\Flagged", true),
        "unflagged" => ("\\Flagged", false),
        "priority" => ("$Important", true),
        other => return Err(Fault::invalid(format!("unknown flag: {other}"))),
    })
}

pub(super) fn is_mark(action: &Element) -> bool {
    matches!(action.name.as_str(), "actionFlag" | "actionTag")
}

/// Tags are keywords here. A list of keywords is one text with spaces between: within a name a no-break space stands for one.
fn keyword(tag: &str) -> String {
    tag.trim().replace(' ', "\u{a0}")
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

fn address(action: &Element) -> Result<String> {
    let value = text(action, "a")?;
    match mime::parse_addresses(&value).first() {
        Some(found) if found.address.contains('@') => Ok(found.address.clone()),
        _ => Err(Fault::invalid(format!("not an address: {value}"))),
    }
}

pub(super) fn variables(script: &mut Script, variables: &Element) -> Result<()> {
    script.need("variables");
    for variable in variables.named("filterVariable") {
        let name = text(variable, "name")?;
        let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !first || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(Fault::invalid(format!("not the name of a variable: {name}")));
        }
        let _ =
            writeln!(script.body, "  set {} {};", quoted(&name), quoted(&variable.get("value").unwrap_or_default()));
    }
    Ok(())
}

pub(super) fn write(script: &mut Script, action: &Element) -> Result<()> {
    if script.who.outgoing
        && matches!(
            action.name.as_str(),
            "actionRedirect" | "actionReply" | "actionNotify" | "actionReject" | "actionEreject"
        )
    {
        return Err(Fault::invalid(format!("{} makes no sense for mail that goes out", action.name)));
    }
    let copy = if action.is("copy")? { ":copy " } else { "" };
    let line = match action.name.as_str() {
        "filterVariables" => return variables(script, action),
        "actionKeep" => "keep;".into(),
        "actionDiscard" => "discard;".into(),
        "actionStop" => "stop;".into(),
        "actionFileInto" => {
            script.need("fileinto");
            script.need("mailbox");
            if !copy.is_empty() {
                script.need("copy");
            }
            let path = text(action, "folderPath")?;
            let path = path.trim().trim_matches('/').to_owned();
            if path.is_empty() {
                return Err(Fault::invalid("a folder has a name"));
            }
            format!("fileinto {copy}:create {};", quoted(&path))
        }
        "actionFlag" => {
            script.need("imap4flags");
            let (flag, set) = flag(&text(action, "flagName")?)?;
            format!("{} {};", if set { "addflag" } else { "removeflag" }, quoted(flag))
        }
        "actionTag" => {
            script.need("imap4flags");
            format!("addflag {};", quoted(&keyword(&text(action, "tagName")?)))
        }
        "actionRedirect" => {
            if !copy.is_empty() {
                script.need("copy");
            }
            format!("redirect {copy}{};", quoted(&address(action)?))
        }
        "actionReject" => {
            script.need("reject");
            format!("reject {};", quoted(&said(action)?))
        }
        "actionEreject" => {
            script.need("ereject");
            format!("ereject {};", quoted(&said(action)?))
        }
        "actionReply" => {
            script.need("vacation");
            script.need("vacation-seconds");
            format!("vacation :seconds 0 {};", quoted(&said(action)?))
        }
        "actionNotify" => notify(script, action)?,
        // Nobody reads a log of somebody's filter.
        "actionLog" => return Ok(()),
        "actionAddheader" => {
            script.need("editheader");
            let last = if action.is("last")? { ":last " } else { "" };
            format!(
                "addheader {last}{} {};",
                quoted(&header_name(action, "headerName")?),
                quoted(&text(action, "headerValue")?)
            )
        }
        "actionDeleteheader" => {
            script.need("editheader");
            delete_header(action)?
        }
        "actionReplaceheader" => {
            script.need("editheader");
            let deleted = delete_header(action)?;
            let old = header_name(action.need_element("test")?, "headerName")?;
            let name = action.get("newName").filter(|name| !name.is_empty()).unwrap_or(old);
            let value = action.get("newValue").unwrap_or_default();
            format!("{deleted}\n  addheader {} {};", quoted(&name), quoted(&value))
        }
        other => return Err(Fault::invalid(format!("unknown action: {other}"))),
    };
    let _ = writeln!(script.body, "  {line}");
    Ok(())
}

fn said(action: &Element) -> Result<String> {
    let said = content(action);
    if said.is_empty() { Err(Fault::invalid(format!("{} says nothing", action.name))) } else { Ok(said) }
}

fn header_name(element: &Element, attr: &str) -> Result<String> {
    let name = text(element, attr)?.trim().to_owned();
    match name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
        true => Ok(name),
        false => Err(Fault::invalid(format!("not the name of a header field: {name}"))),
    }
}

/// RFC 5293 §5
fn delete_header(action: &Element) -> Result<String> {
    let test = action.need_element("test")?;
    let name = header_name(test, "headerName")?;
    let mut line = String::from("deleteheader ");
    if let Some(offset) = action.number::<u32>("offset")? {
        let last = if action.is("last")? { ":last " } else { "" };
        let _ = write!(line, ":index {offset} {last}");
    }
    let values: Vec<String> = test.get_all("headerValue").into_iter().filter(|value| !value.is_empty()).collect();
    if !values.is_empty() {
        let how = match test.get("matchType").unwrap_or_default().as_str() {
            "" | "is" => ":is",
            "contains" => ":contains",
            "matches" => ":matches",
            other => return Err(Fault::invalid(format!("unknown matchType: {other}"))),
        };
        let _ = write!(line, "{how} ");
    }
    let _ = write!(line, "{}", quoted(&name));
    if !values.is_empty() {
        let _ = write!(line, " {}", super::list(&values));
    }
    line.push(';');
    Ok(line)
}

/// RFC 5436: subject and text of the notification travel in the address.
fn notify(script: &mut Script, action: &Element) -> Result<String> {
    script.need("enotify");
    let to = address(action)?;
    let mut uri = format!("mailto:{}", escaped(&to));
    let body = content(action);
    if !body.is_empty() {
        let _ = write!(uri, "?body={}", escaped(&body));
    }
    let subject = action.get("su").filter(|subject| !subject.is_empty()).unwrap_or_else(|| "New mail".into());
    Ok(format!("notify :message {} {};", quoted(&subject), quoted(&uri)))
}

/// RFC 3986 §2.1
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
