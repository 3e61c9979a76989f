// SPDX-License-Identifier: AGPL-3.0-or-later
//! The owner is told that a script fails: by a message in the Inbox, once a day, in the record of the delivery that failed.
//! And a sender is told of a refusal that the protocol has no place for.

use super::plan::{Answer, Copy, Plan, Subject, stage};
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

/// To the sender of a message that was refused by one of several recipients, where the protocol has one answer for all. The
/// null sender is told nothing.
pub(super) fn refused(subject: &Subject, reason: &str) -> Option<Answer> {
    let Subject { owner, from, to, .. } = subject;
    let reason = one_line(reason);
    let title = "Your message was refused";
    let body = format!("Your message to <{to}> was refused by its recipient:\r\n\r\n    {reason}\r\n");
    let message = message(&format!("<{owner}>"), from, title, "auto-replied", &body, owner);
    let answer = || Answer { to: vec![from.clone()], message: message.into_bytes(), is_as_written: false };
    (!from.is_empty()).then(answer)
}

fn text(owner: &str, error: &str) -> String {
    let body = format!(
        "The filter script of your mailbox could not be run:\r\n\r\n    {}\r\n\r\n\
         Messages that it can't deal with are in your Inbox. You are told of this once a day at most.\r\n",
        one_line(error)
    );
    message(&format!("Mail filter <{owner}>"), owner, "Your mail filter fails", "auto-generated", &body, owner)
}

fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(ERROR_CHARS_MAX).collect()
}

fn message(from: &str, to: &str, subject: &str, automatic: &str, body: &str, owner: &str) -> String {
    let date = chrono::Utc::now().format("%a, %-d %b %Y %H:%M:%S +0000");
    let id = Uuid::new_v4().simple();
    let domain = owner.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    format!(
        "From: {from}\r\nTo: <{to}>\r\nSubject: {subject}\r\nDate: {date}\r\n\
         Message-ID: <{id}@{domain}>\r\nAuto-Submitted: {automatic}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    )
}
