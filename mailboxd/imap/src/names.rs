// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mailbox names of IMAP and folders of the store.
//!
//! A name is the folder's path below the user root without the first `/`; `/` separates. The Inbox (item 2) is `INBOX`
//! in any case, whatever it is called in the web client (RFC 3501 §5.1). Folders of other views than mail (contacts,
//! calendar, tasks, briefcase) and chats don't show; saved searches for mail do, as folders that can only be read.

use crate::session::failure::Failure;
use crate::wire::mutf7;
use mailbox::{Folder, ItemId, Kind, Mailbox};

/// Longest mailbox name, in octets of UTF-8.
const NAME_BYTES_MAX: usize = 1024;

/// A mailbox name as the client wrote it, decoded.
pub fn decode(raw: &[u8], utf8: bool) -> Result<String, Failure> {
    let name = if utf8 { std::str::from_utf8(raw).ok().map(str::to_owned) } else { mutf7::decode(raw) };
    let valid = name.filter(|n| n.len() <= NAME_BYTES_MAX && !n.chars().any(char::is_control));
    valid.ok_or_else(|| Failure::no("CANNOT", "mailbox name is not valid"))
}

/// Folders of mail. Parents before children.
pub fn visible(mailbox: &Mailbox) -> mailbox::Result<Vec<(String, Folder)>> {
    let mut all = with_searches(mailbox)?;
    all.retain(|(_, folder)| folder.item.kind == Kind::Folder);
    Ok(all)
}

/// The same with saved searches: what IMAP shows to their owner.
pub fn with_searches(mailbox: &Mailbox) -> mailbox::Result<Vec<(String, Folder)>> {
    Ok(mailbox.folders()?.into_iter().filter_map(|folder| Some((name_of(&folder)?, folder))).collect())
}

/// A saved search for messages.
pub fn is_mail_search(folder: &Folder) -> bool {
    let types = folder.detail.types.as_deref().unwrap_or_default();
    let finds_mail = types.is_empty() || types.split(',').any(|kind| matches!(kind.trim(), "message" | "conversation"));
    folder.item.kind == Kind::SearchFolder && finds_mail
}

/// The name that IMAP shows for a folder; `None` for what it does not show.
pub fn name_of(folder: &Folder) -> Option<String> {
    let hidden = matches!(
        folder.item.id,
        ItemId::ROOT
            | ItemId::USER_ROOT
            | ItemId::TAGS
            | ItemId::CONVERSATIONS
            | ItemId::CONTACTS
            | ItemId::EMAILED_CONTACTS
            | ItemId::CALENDAR
            | ItemId::TASKS
            | ItemId::BRIEFCASE
            | ItemId::CHATS
    );
    let mail = matches!(folder.detail.view.as_str(), "" | "message" | "conversation");
    if hidden || !mail || !(folder.item.kind == Kind::Folder || is_mail_search(folder)) {
        return None;
    }
    let path = folder.path.strip_prefix('/').unwrap_or(&folder.path);
    if path.is_empty() {
        return None;
    }
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    if !first.eq_ignore_ascii_case("inbox") {
        return Some(path.to_owned());
    }
    Some(rest.map_or_else(|| "INBOX".to_owned(), |rest| format!("INBOX/{rest}")))
}

/// The folder of a name, if it exists and shows.
pub fn find(mailbox: &Mailbox, name: &str) -> mailbox::Result<Option<Folder>> {
    let name = name.trim_end_matches('/');
    if name.is_empty() {
        return Ok(None);
    }
    if name.eq_ignore_ascii_case("inbox") {
        return mailbox.folder(ItemId::INBOX).map(Some);
    }
    let found = mailbox.folder_by_path(&format!("/{name}"))?;
    Ok(found.filter(|folder| name_of(folder).is_some()))
}

/// Makes the missing folders of a path, the last one included. Answers the last one. `special_use` is for that one, which must
/// be new.
pub fn make(mailbox: &Mailbox, name: &str, special_use: Option<&str>) -> mailbox::Result<Folder> {
    let name = name.trim_end_matches('/');
    // From below: a visitor may see a folder and nothing above it.
    let ends = name.rmatch_indices('/').map(|(at, _)| at);
    let mut there = None;
    for end in std::iter::once(name.len()).chain(ends) {
        let prefix = &name[..end];
        let found = if prefix.is_empty() { None } else { mailbox.folder_by_path(&format!("/{prefix}"))? };
        if let Some(folder) = found {
            there = Some((folder, end));
            break;
        }
    }
    let (mut parent, rest) = match there {
        Some((folder, end)) => (folder, name[end..].trim_start_matches('/')),
        None if !mailbox.is_own() => return Err(mailbox::Error::Denied),
        None => (mailbox.folder(ItemId::USER_ROOT)?, name),
    };
    if parent.item.kind != Kind::Folder {
        return Err(mailbox::Error::CannotContain(parent.item.name.clone()));
    }
    let mut elements = rest.split('/').filter(|_| !rest.is_empty()).peekable();
    while let Some(element) = elements.next() {
        parent = match special_use.filter(|_| elements.peek().is_none()) {
            Some(special_use) => mailbox.create_special_folder(parent.item.id, element, special_use)?,
            None => mailbox.create_folder(parent.item.id, element, "message")?,
        };
    }
    Ok(parent)
}

/// RFC 6154 attribute of a folder: a system folder has it by its id, another one because it was made for that.
pub fn special_use(folder: &Folder) -> Option<&str> {
    match folder.item.id {
        ItemId::SENT => Some("\\Sent"),
        ItemId::DRAFTS => Some("\\Drafts"),
        ItemId::JUNK => Some("\\Junk"),
        ItemId::TRASH => Some("\\Trash"),
        _ => folder.detail.special_use.as_deref(),
    }
}

/// LIST patterns (RFC 3501 §6.3.8): `*` is anything, `%` anything but the separator. INBOX matches in any case.
pub fn matches(pattern: &str, name: &str) -> bool {
    let inbox = name == "INBOX" || name.starts_with("INBOX/");
    let folded;
    let pattern = match pattern.get(..5) {
        Some(head) if inbox && head.eq_ignore_ascii_case("inbox") => {
            folded = format!("INBOX{}", &pattern[5..]);
            &folded
        }
        _ => pattern,
    };
    wildcard(pattern.as_bytes(), name.as_bytes())
}

/// Greedy match with one point to go back to per kind of wildcard: `%` fails over to the last `*`. Linear space, no recursion.
fn wildcard(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut percent: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, n));
                percent = None;
                p += 1;
                continue;
            }
            Some(b'%') => {
                percent = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some(byte) if name.get(n) == Some(byte) => {
                p += 1;
                n += 1;
                continue;
            }
            None if n == name.len() => return true,
            _ => {}
        }
        match (percent, star) {
            (Some((after, from)), _) if name.get(from).is_some_and(|b| *b != b'/') => {
                percent = Some((after, from + 1));
                (p, n) = (after, from + 1);
            }
            (_, Some((after, from))) if from < name.len() => {
                star = Some((after, from + 1));
                percent = None;
                (p, n) = (after, from + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, want) in [
            ("*", "a/b", true),
            ("%", "a/b", false),
            ("%", "a", true),
            ("%/%", "a/b", true),
            ("%/b%", "a/bc/d", false),
            ("a*d", "a/bc/d", true),
            ("inbox", "INBOX", true),
            ("InBox/x", "INBOX/x", true),
            ("", "a", false),
            ("%b%d*", "abcd/e", true),
            ("*%", "a/b/c", true),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }
}
