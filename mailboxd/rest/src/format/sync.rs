// SPDX-License-Identifier: AGPL-3.0-or-later
//! `fmt=sync`: a message with what the mailbox knows of it as headers, in the answer's head and, unless that is unwanted, before the
//! message's own.

use mailbox::{Item, Tag};

pub fn headers(item: &Item, tags: &[Tag]) -> Vec<(&'static str, String)> {
    let alone = || format!("-{}", item.id);
    let ids: Vec<String> = item.tags.iter().map(ToString::to_string).collect();
    let names = tags.iter().filter(|tag| item.tags.contains(&tag.item.id)).map(|tag| clean(&tag.item.name));
    vec![
        ("X-Zimbra-ItemId", item.id.to_string()),
        ("X-Zimbra-FolderId", item.folder.to_string()),
        ("X-Zimbra-Tags", ids.join(",")),
        ("X-Zimbra-Tag-Names", names.collect::<Vec<_>>().join(",")),
        ("X-Zimbra-Flags", item.flags.letters()),
        ("X-Zimbra-Received", item.date_ms.to_string()),
        ("X-Zimbra-Modified", item.changed_ms.to_string()),
        ("X-Zimbra-Change", item.modseq.0.to_string()),
        ("X-Zimbra-Revision", item.revision.0.to_string()),
        ("X-Zimbra-Conv", item.conversation.map_or_else(alone, |id| id.to_string())),
    ]
}

/// A header of HTTP holds no more than that.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}
