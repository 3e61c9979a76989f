// SPDX-License-Identifier: AGPL-3.0-or-later
//! STATUS (RFC 3501 §6.3.10, SIZE RFC 8438, HIGHESTMODSEQ RFC 7162, MAILBOXID RFC 8474).

use super::select::missing;
use crate::names;
use crate::objectid;
use crate::session::{Done, Outcome, Session};
use crate::wire::encode;
use crate::wire::status::StatusItem;
use mailbox::{Flags, Folder, Kind, Mailbox, Uid};

pub async fn run(session: &mut Session, mailbox: Vec<u8>, items: Vec<StatusItem>) -> Outcome {
    let utf8 = session.enabled.utf8;
    let name = names::decode(&mailbox, utf8)?;
    // RFC 7162 §3.1.2: asking for it switches it on.
    session.enabled.condstore |= items.contains(&StatusItem::HighestModSeq);
    let user = session.user()?;
    let (place, addresses) = (user.existing(&name).await?, user.addresses.clone());
    let target = name.clone();
    let line = place
        .handle
        .run(move |m| {
            let Some(folder) = names::find(m, &place.name)? else { return Ok(None) };
            let mut line = Vec::new();
            // The name as the client wrote it: some compare (RFC 3501 says nothing of case).
            let folder = now(m, folder, &addresses)?;
            write(&mut line, m, &folder, &target, &items, utf8)?;
            Ok(Some(line))
        })
        .await?;
    session.connection.put(&line.ok_or_else(|| missing(&name))?);
    Ok(Done::text("STATUS completed"))
}

/// A saved search with what it finds now in the place of the counters of a folder.
pub fn now(mailbox: &Mailbox, mut folder: Folder, addresses: &[String]) -> mailbox::Result<Folder> {
    if folder.item.kind == Kind::SearchFolder {
        let found = mailbox.virtual_folder(folder.item.id, addresses)?;
        let detail = &mut folder.detail;
        let count = |flag: Flags| found.messages.iter().filter(|message| message.brief.flags.contains(flag)).count();
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        (detail.total, detail.unread) = (number(found.messages.len()), number(count(Flags::UNREAD)));
        detail.size = found.messages.iter().map(|message| message.brief.size).sum();
        (detail.uid_next, detail.uid_validity) = (found.uid_next, found.uid_validity);
    }
    Ok(folder)
}

/// One `* STATUS` line; of a saved search after [`now`].
pub fn write(
    out: &mut Vec<u8>,
    mailbox: &Mailbox,
    folder: &Folder,
    name: &str,
    items: &[StatusItem],
    utf8: bool,
) -> mailbox::Result<()> {
    let detail = &folder.detail;
    out.extend_from_slice(b"* STATUS ");
    encode::mailbox(out, name, utf8);
    for (at, item) in items.iter().enumerate() {
        out.push(b' ');
        if at == 0 {
            out.push(b'(');
        }
        if *item == StatusItem::MailboxId {
            out.extend_from_slice(format!("MAILBOXID ({})", objectid::of_mailbox(folder.item.id)).as_bytes());
            continue;
        }
        let value = match item {
            StatusItem::Messages => u64::from(detail.total),
            StatusItem::UidNext => u64::from(detail.uid_next.max(1)),
            StatusItem::UidValidity => u64::from(detail.uid_validity),
            StatusItem::Unseen => u64::from(detail.unread),
            StatusItem::Size => detail.size,
            StatusItem::HighestModSeq => detail.highest_modseq.max(1),
            // Read-only, and not counted: nothing of it is \Recent, \Deleted is told message by message.
            StatusItem::Recent | StatusItem::Deleted if folder.item.kind == Kind::SearchFolder => 0,
            // Counted when asked for: rare, and no counter has to be kept for them.
            StatusItem::Recent => {
                let before = Uid(detail.recent_from.saturating_sub(1));
                mailbox.folder_messages(folder.item.id, before)?.len() as u64
            }
            // Written above.
            StatusItem::MailboxId => continue,
            StatusItem::Deleted => {
                let all = mailbox.folder_messages(folder.item.id, Uid(0))?;
                all.iter().filter(|m| m.flags.contains(Flags::DELETED)).count() as u64
            }
        };
        out.extend_from_slice(item.name().as_bytes());
        out.push(b' ');
        encode::number(out, value);
    }
    out.extend_from_slice(b")\r\n");
    Ok(())
}
