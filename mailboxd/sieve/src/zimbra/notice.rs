// SPDX-License-Identifier: AGPL-3.0-or-later
//! Notifications, and what the texts of those and of replies may name.

use super::NOTICE_FROM;
use super::syntax::{Arg, Node};
use super::write::{Args, Result, Writer, fail};

/// Of RFC 5435, or `notify ADDRESS SUBJECT BODY [BYTES [HEADERS]]`.
pub(super) fn notify(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<()> {
    writer.need("enotify");
    if let [Arg::Text(method)] = args.rest.as_slice() {
        let tags = writer.tags(node, args, &["from"])?;
        let from = match args.value("from") {
            Some(from) => writer.text(node, from)?,
            None => "\"\"".to_owned(),
        };
        writer.variable("posthouse_from");
        writer.line(format!("set :encodeurl \"posthouse_from\" {from};"));
        // A space has no place in a URI (RFC 3986 §2); who writes a text there means it all the same.
        let glue = if method.contains('?') { "&" } else { "?" };
        let method = format!("{}{glue}{NOTICE_FROM}=%3C", method.replace(' ', "%20"));
        let method = writer.text(node, &method)?;
        let method = method.trim_end_matches('"');
        writer.line(format!("notify {tags}{method}${{posthouse_from}}%3E\";"));
        return Ok(());
    }
    let texts: Vec<&str> = args.rest.iter().filter_map(|arg| arg.texts().first().copied()).take(3).collect();
    let [to, subject, body] = texts[..] else { return fail(node, "notify takes an address, a subject and a text") };
    templates(writer, &[to, subject, body]);
    let (to, subject, body) = (writer.text(node, to)?, writer.text(node, subject)?, writer.text(node, body)?);
    writer.variable("posthouse_to");
    writer.variable("posthouse_body");
    writer.line(format!("set :encodeurl \"posthouse_to\" {to};"));
    writer.line(format!("set :encodeurl \"posthouse_body\" {body};"));
    writer.line(format!(
        "notify :message {subject} \"mailto:${{posthouse_to}}?body=${{posthouse_body}}&{NOTICE_FROM}=%3C%3E\";"
    ));
    Ok(())
}

/// What the texts of replies and notifications may name of the message: `${SUBJECT}`, `${FROM}`, `${TO}`, `${CC}`, `${BODY}`.
pub(super) fn templates(writer: &mut Writer<'_>, texts: &[&str]) {
    let texts: Vec<String> = texts.iter().map(|text| text.to_ascii_lowercase()).collect();
    let names = |name: &str| texts.iter().any(|text| text.contains(&format!("${{{name}}}")));
    for name in ["subject", "from", "to", "cc", "body"].into_iter().filter(|name| names(name)) {
        if writer.own_variables.contains(name) {
            continue;
        }
        writer.variable(name);
        let line = match name {
            "subject" => "if header :matches \"subject\" \"*\" { set \"subject\" \"${1}\"; }".to_owned(),
            "body" => {
                writer.need("foreverypart");
                writer.need("mime");
                writer.need("extracttext");
                "foreverypart { if string :is \"${body}\" \"\" { extracttext :first 65536 \"body\"; } }\n\
                 if string :matches \"${body}\" \"*\r\n\" { set \"body\" \"${1}\"; }"
                    .to_owned()
            }
            name => format!("if address :matches \"{name}\" \"*\" {{ set \"{name}\" \"${{1}}\"; }}"),
        };
        writer.line(line);
    }
}
