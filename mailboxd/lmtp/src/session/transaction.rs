// SPDX-License-Identifier: AGPL-3.0-or-later
//! MAIL and RCPT.

use super::intake::Intake;
use super::{Next, Session};
use crate::backend::{Backend, Recipient, Resolved};
use crate::command::Mail;
use crate::config::Role;
use crate::reply::{self, Reply};

pub(super) struct Transaction<Body> {
    pub mail: Mail,
    pub recipients: Vec<Recipient>,
    /// A body that BDAT has begun.
    pub chunks: Option<Intake<Body>>,
}

const AUTHENTICATE: Reply = Reply::new(530, "5.7.0", "Authentication is needed");
const NOT_YOURS: Reply = Reply::new(553, "5.7.1", "Not an address of yours");
const TOO_MANY: Reply = Reply::new(452, "4.5.3", "Too many recipients");
const NOT_LOCAL: Reply = Reply::new(550, "5.7.1", "Relaying denied: not a domain of this server");
const NO_RELAY: Reply =
    Reply::new(550, "5.7.1", "No relay host is configured: this server delivers to its own domains only");

impl<B: Backend> Session<B> {
    pub(super) fn mail(&mut self, mail: Mail) -> Next {
        if self.hello.is_none() || self.transaction.is_some() {
            return self.refuse(reply::SEQUENCE);
        }
        if let Err(reply) = self.may_send(&mail) {
            return self.refuse(reply);
        }
        // RFC 1870 §6.1
        if mail.size.is_some_and(|size| size > self.config.limits.message_bytes_max) {
            return self.refuse(reply::TOO_LARGE);
        }
        self.transaction = Some(Transaction { mail, recipients: Vec::new(), chunks: None });
        self.accept(&Reply::new(250, "2.1.0", "Ok"))
    }

    fn may_send(&self, mail: &Mail) -> Result<(), Reply> {
        if self.config.role != Role::Submission {
            return Ok(());
        }
        // RFC 6409 §4.3, §6.1
        let account = self.account.as_ref().ok_or(AUTHENTICATE)?;
        if mail.from.is_empty() || self.backend.may_send_as(account, &mail.from)? { Ok(()) } else { Err(NOT_YOURS) }
    }

    pub(super) async fn rcpt(&mut self, to: String) -> Next {
        let (count, started, smtputf8) = match &self.transaction {
            Some(t) => (t.recipients.len(), t.chunks.is_some(), t.mail.smtputf8),
            None => return self.refuse(reply::SEQUENCE),
        };
        if started {
            return self.refuse(reply::SEQUENCE);
        }
        if count >= self.config.limits.recipients_max {
            self.reply(&TOO_MANY);
            return Next::Command;
        }
        if !to.is_ascii() && !smtputf8 {
            return self.refuse(Reply::new(553, "5.6.7", "Address needs SMTPUTF8"));
        }
        let recipient = self.recipient(to).await;
        // one that is taken here counts when the message is
        if recipient.is_err() {
            self.config.metrics.recipient(&recipient);
        }
        match recipient {
            Ok(recipient) => {
                if let Some(transaction) = &mut self.transaction {
                    transaction.recipients.push(recipient);
                }
                self.accept(&Reply::new(250, "2.1.5", "Ok"))
            }
            // A trusted client with a long list may well have many that are gone; a stranger is harvesting.
            Err(reply) if self.config.role == Role::Lmtp || !reply.is_permanent() => {
                self.reply(&reply);
                Next::Command
            }
            Err(reply) => self.refuse(reply),
        }
    }

    async fn recipient(&self, address: String) -> Result<Recipient, Reply> {
        let local = match self.backend.resolve(&address)? {
            Resolved::Local(local) => local,
            Resolved::List(members) => return Ok(Recipient::list(address, members)),
            Resolved::Unknown => return Err(reply::NO_SUCH_USER),
            Resolved::Remote => {
                return match self.config.role {
                    Role::Submission if self.backend.has_relay() => Ok(Recipient::remote(address)),
                    Role::Submission => Err(NO_RELAY),
                    Role::Smtp | Role::Lmtp => Err(NOT_LOCAL),
                };
            }
        };
        // SMTP has one answer after the body: who can't take the message is refused here.
        if self.config.role != Role::Lmtp {
            self.backend.has_room(&local).await?;
        }
        Ok(Recipient::local(address, local))
    }
}
