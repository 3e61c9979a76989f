// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetWhiteBlackListRequest, ModifyWhiteBlackListRequest: senders whom the owner lets in or keeps out. The scanner follows
//! within a minute or two.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::{Account, Attrs};

const LISTS: [(&str, &str); 2] = [("whiteList", "amavisWhitelistSender"), ("blackList", "amavisBlacklistSender")];
/// A list; Zimbra's own limits are 100 and 100.
const ENTRIES_MAX: usize = 100;
const ENTRY_BYTES_MAX: usize = 254;

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?;
    let mut answer = Element::answer_to(request);
    for (name, attribute) in LISTS {
        let mut list = Element::new(name);
        for sender in account.attrs.get(attribute).into_iter().flatten() {
            list.push(Element::new("addr").text(sender.clone()));
        }
        answer.push(list);
    }
    Ok(answer)
}

/// `<addr op="+">` adds, `op="-"` removes; without an op the addresses are the whole list, and none of them empties it.
pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let mut changes = Attrs::new();
    for (name, attribute) in LISTS {
        if let Some(list) = request.first(name) {
            changes.insert(attribute.to_owned(), changed(&account, attribute, list)?);
        }
    }
    context.state.directory.modify_account(&account.id, changes)?;
    Ok(Element::answer_to(request))
}

fn changed(account: &Account, attribute: &str, list: &Element) -> Result<Vec<String>> {
    let is_whole = !list.named("addr").any(|addr| addr.get("op").is_some_and(|op| !op.is_empty()));
    let old = account.attrs.get(attribute).cloned().unwrap_or_default();
    let mut senders = if is_whole { Vec::new() } else { old };
    for addr in list.named("addr") {
        let sender = addr.text_or_empty().trim().to_lowercase();
        if sender.is_empty() {
            continue;
        }
        match addr.get("op").as_deref() {
            Some("-") => senders.retain(|kept| !kept.eq_ignore_ascii_case(&sender)),
            Some("+" | "") | None => {
                if !is_sender(&sender) {
                    let text = format!("neither an address nor a domain: {}", shown(&sender));
                    return Err(Fault::invalid(text));
                }
                if !senders.contains(&sender) {
                    senders.push(sender);
                }
            }
            Some(_) => return Err(Fault::invalid("op is + or -")),
        }
    }
    if senders.len() > ENTRIES_MAX {
        return Err(Fault::invalid(format!("a list has at most {ENTRIES_MAX} entries")));
    }
    Ok(senders)
}

/// What ends up in the scanner's configuration is plainly an address or a domain.
fn is_sender(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"@.-_+=".contains(&byte);
    text.len() <= ENTRY_BYTES_MAX
        && text.contains('.')
        && !text.starts_with('.')
        && !text.ends_with(['.', '@'])
        && text.bytes().all(is_fine)
        && text.matches('@').count() <= 1
}

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}
