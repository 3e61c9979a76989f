// SPDX-License-Identifier: AGPL-3.0-or-later
//! Answers from what the cache remembers alone: the page of a list that a client shows again and again. Only for the owner of a
//! mailbox, whose view says which messages there are; a visitor's rights are asked at each reading.

use super::render::{Target, brief_item, is_open, put_fields, section_name, separate};
use crate::content::cache::{Cache, Entry, Facts, Place};
use crate::session::view::Holder;
use crate::wire::encode;
use crate::wire::fetch::{Item, Section, SectionText};
use mailbox::{Mailbox, MailboxId};

/// Whether the cache could know all of it.
pub fn may_know(items: &[Item]) -> bool {
    items.iter().all(|item| match item {
        Item::InternalDate | Item::Rfc822Size | Item::Envelope | Item::Body | Item::BodyStructure => true,
        Item::Section(Section { part, text, partial: None, .. }) => {
            part.is_empty() && matches!(text, SectionText::Header | SectionText::HeaderFields { .. })
        }
        _ => false,
    })
}

/// The whole answer of each target, where it is known.
pub fn answers(
    mailbox: &Mailbox,
    holder: &Holder,
    cache: &Cache,
    items: &[Item],
    targets: &[Target],
) -> Vec<Option<Vec<u8>>> {
    let id = mailbox.id();
    let facts = cache.facts(targets.iter().map(|target| place(id, holder, target)));
    let answer = |(target, facts): (&Target, Option<Facts>)| {
        let facts = facts?;
        let entry = cache.get(&facts.digest);
        let mut out = Vec::with_capacity(target.head.len() + 1024);
        out.extend_from_slice(&target.head);
        let mut first = is_open(&target.head);
        for item in items {
            separate(&mut out, &mut first);
            write(&mut out, item, &facts, &entry)?;
        }
        out.extend_from_slice(b")\r\n");
        Some(out)
    };
    targets.iter().zip(facts).map(answer).collect()
}

fn place(id: MailboxId, holder: &Holder, target: &Target) -> Place {
    (id, target.id, holder.uid_of(target.uid).unwrap_or_default())
}

/// What was read of a message, for the next time.
pub fn learn(mailbox: &Mailbox, cache: &Cache, row: &mailbox::Item) {
    if let Some(digest) = row.digest {
        cache.learn((mailbox.id(), row.id, row.uid), Facts { digest, date_ms: row.date_ms, size: row.size });
    }
}

fn write(out: &mut Vec<u8>, item: &Item, facts: &Facts, entry: &Entry) -> Option<()> {
    match item {
        Item::Envelope => {
            out.extend_from_slice(b"ENVELOPE ");
            out.extend_from_slice(entry.envelope.as_ref()?);
        }
        Item::Body => {
            out.extend_from_slice(b"BODY ");
            out.extend_from_slice(&entry.structure.as_ref()?.body);
        }
        Item::BodyStructure => {
            out.extend_from_slice(b"BODYSTRUCTURE ");
            out.extend_from_slice(&entry.structure.as_ref()?.body_structure);
        }
        Item::Section(section) => {
            let header = entry.header.as_ref()?;
            section_name(out, section);
            out.push(b' ');
            match &section.text {
                SectionText::HeaderFields { fields, not } => put_fields(out, header, fields, *not, None),
                _ => {
                    encode::literal_head(out, header.len() as u64);
                    out.extend_from_slice(header);
                }
            }
        }
        other => brief_item(out, other, facts.date_ms, facts.size),
    }
    Some(())
}
