// SPDX-License-Identifier: AGPL-3.0-or-later
//! The owner is told that a script fails: by a message in the Inbox, once a day, in the record of the delivery that failed.

use super::plan::{Copy, Plan, Subject, stage};
use mailbox::{Flags, ItemId, Mailbox, Remembered, Store, TOLD};
use uuid::Uuid;

const ONCE_MS: i64 = 86_400_000;
const NAME: &str = "script fails";
/// Characters of an error that are shown.
const ERROR_CHARS_MAX: usize = 400;

pub(super) fn add(store: &Store, mailbox: &Mailbox, subject: &Subject, plan: &mut Plan) -> mailbox::Result<()> {
    let Some(error) = &plan.error else { return Ok(()) };
    if mailbox.is_noted(TOLD, NAME)? {
        return Ok(());
    }
    let message = Some(stage(store, text(&subject.owner, error).as_bytes())?);
    plan.copies.push(Copy { message, folder: ItemId::INBOX, flags: Flags::UNREAD, tags: Vec::new() });
    plan.remember.push(Remembered { space: TOLD, name: NAME.to_owned(), ms: ONCE_MS });
    Ok(())
}

fn text(owner: &str, error: &str) -> String {
    let date = chrono::Utc::now().format("%a, %-d %b %Y %H:%M:%S +0000");
    let id = Uuid::new_v4().simple();
    let domain = owner.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let error: String = error.chars().filter(|c| !c.is_control()).take(ERROR_CHARS_MAX).collect();
    format!(
        "From: Mail filter <{owner}>\r\nTo: <{owner}>\r\nSubject: Your mail filter fails\r\nDate: {date}\r\n\
         Message-ID: <{id}@{domain}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         The filter script of your mailbox could not be run:\r\n\r\n    {error}\r\n\r\n\
         Messages that it can't deal with are in your Inbox. You are told of this once a day at most.\r\n"
    )
}
