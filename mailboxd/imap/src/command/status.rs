// SPDX-License-Identifier: AGPL-3.0-or-later
//! STATUS (RFC 3501 §6.3.10, SIZE RFC 8438, HIGHESTMODSEQ RFC 7162, MAILBOXID RFC 8474).

use super::select::missing;
use crate::names;
use crate::objectid;
use crate::session::{Done, Outcome, Session};
use crate::wire::encode;
use crate::wire::status::StatusItem;
use mailbox::{Flags, Folder, Mailbox, Uid};

pub async fn run(session: &mut Session, mailbox: Vec<u8>, items: Vec<StatusItem>) -> Outcome {
    let utf8 = session.enabled.utf8;
    let name = names::decode(&mailbox, utf8)?;
    // RFC 7162 §3.1.2: asking for it switches it on.
    session.enabled.condstore |= items.contains(&StatusItem::HighestModSeq);
    let place = session.user()?.existing(&name).await?;
    let target = name.clone();
    let line = place
        .handle
        .run(move |m| {
            let Some(folder) = names::find(m, &place.name)? else { return Ok(None) };
            let mut line = Vec::new();
            // The name as the client wrote it: some compare (RFC 3501 says nothing of case).
            write(&mut line, m, &folder, &target, &items, utf8)?;
            Ok(Some(line))
        })
        .await?;
    session.connection.put(&line.ok_or_else(|| missing(&name))?);
    Ok(Done::text("STATUS completed"))
}

/// One `* STATUS` line.
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
