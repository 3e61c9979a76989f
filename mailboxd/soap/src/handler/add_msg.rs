// SPDX-License-Identifier: AGPL-3.0-or-later
//! AddMsgRequest: a raw message into a folder, from the request or an upload.

use crate::compose::stage;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::filter::Runner;
use crate::handler::action::all_tags;
use crate::render::{self, Names, SETTABLE, parse_flags};
use mailbox::{AddMessage, Flags, ItemId};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("m")?;
    let place = wanted.need_filled("l")?;
    let handle = context.open().await?;
    let folder = match place.strip_prefix('/') {
        None => crate::args::folder_id(&place, &own)?,
        Some(_) => {
            let path = place.clone();
            let found = handle.run(move |mailbox| mailbox.folder_by_path(&path)).await?;
            found.ok_or_else(|| Fault::no_such("folder", place))?.item.id
        }
    };
    let text = wanted.get("f").unwrap_or_default();
    let flags = parse_flags(&text).ok_or_else(|| Fault::invalid(format!("unknown flag in: {text}")))?;
    let mut flags = Flags(flags.0 & SETTABLE.with(Flags::DRAFT).0);
    if folder == ItemId::DRAFTS {
        flags = flags.with(Flags::DRAFT);
    }
    let tags = all_tags(wanted, &own)?.unwrap_or_default();
    let date_ms = wanted.number::<i64>("d")?.filter(|date| *date > 0);
    wanted.flag("noICal")?;
    let upload = match wanted.get("aid").filter(|aid| !aid.is_empty()) {
        Some(aid) if !aid.contains(':') => return Err(Fault::invalid(format!("malformed upload id: {aid}"))),
        Some(aid) => Some(context.state.uploads.get(&aid, &context.auth()?.account.id)?),
        None => None,
    };
    let used = upload.as_ref().map(|upload| upload.id.clone());
    let content = if upload.is_some() { Vec::new() } else { crlf(&wanted.need("content")?) };
    let staging = context.state.store.stage();
    // As if it had been sent from here.
    let runner = match request.is("filterSent")? {
        true => Runner::outgoing(&context.state.engine, context.target()?),
        false => None,
    };
    let message = handle
        .run(move |mailbox| {
            let staged = match &upload {
                Some(upload) => stage::file(staging, &upload.path)?,
                None => stage::bytes(staging, &content)?,
            };
            let tags = tags.iter().map(|tag| tag.find(mailbox)).collect::<mailbox::Result<_>>()?;
            let add = AddMessage { folder, flags, tags, date_ms };
            let added = match runner {
                Some(runner) => runner.judge(mailbox, &staged.content)?.add(mailbox, &staged, &add)?,
                None => vec![mailbox.add_message(&staged, &add)?],
            };
            let names = Names::of(mailbox)?;
            Ok(added.first().map_or_else(|| Element::new("m"), |item| render::message_summary(item, &names)))
        })
        .await?;
    context.state.uploads.forget(used.as_slice());
    Ok(Element::answer_to(request).child(message))
}

/// XML parsers turn CRLF into LF (XML 1.0 §2.11); mail has CRLF (RFC 5322 §2.1).
fn crlf(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 32);
    let mut last = 0;
    // Layout before the first header field is not the message's.
    for byte in text.trim_start().bytes() {
        if byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        last = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn line_ends() {
        assert_eq!(super::crlf("\n a: b\nc\r\nd"), b"a: b\r\nc\r\nd");
    }
}
