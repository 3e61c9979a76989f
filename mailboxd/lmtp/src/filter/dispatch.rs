// SPDX-License-Identifier: AGPL-3.0-or-later
//! What scripts send, on its way out: the way of the web client's mail.

use super::plan::{Answer, Plan, Subject};
use crate::deliver::Posthouse;
use crate::reply::Reply;
use crate::send::{SendError, dispatch};
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;

/// A delivery may send something that is delivered, and so on: the type of that future would have no end.
type Sending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

const NOT_REDIRECTED: Reply = Reply::new(451, "4.4.0", "The recipient's mail can't be sent on now, try again later");

impl Posthouse {
    /// All redirects of a plan; an error is to be answered to the sender, who tries again. What is refused for good is kept.
    pub(crate) fn redirect<'a>(&'a self, subject: &'a Subject, plan: &'a mut Plan) -> Sending<'a, Result<(), Reply>> {
        Box::pin(async move {
            // Bounces go to the owner, whose doing it is; those of bounces to nobody.
            let sender = if subject.from.is_empty() { "" } else { subject.owner.as_str() };
            for (to, message) in std::mem::take(&mut plan.redirects) {
                match dispatch(self, sender, &to, Bytes::from(message)).await {
                    Ok(()) => tracing::info!(account = %subject.owner, ?to, "redirected"),
                    Err(SendError::Aborted { refused }) if refused.iter().all(|one| one.permanent) => {
                        let why = refused.first().map(|one| one.why.clone()).unwrap_or_default();
                        plan.keep(subject, format!("redirect to {}: {why}", to.join(", ")));
                    }
                    Err(error) => {
                        tracing::warn!(account = %subject.owner, ?to, %error, "not redirected: the sender is to try again");
                        return Err(NOT_REDIRECTED);
                    }
                }
            }
            Ok(())
        })
    }

    /// Vacation and notify: nobody waits for them, and nobody is told when they can't be sent.
    pub(crate) fn answer(&self, subject: Subject, answers: Vec<Answer>) {
        let posthouse = self.clone();
        let sending: Sending<'static, ()> = Box::pin(async move {
            for Answer { to, message, is_as_written } in answers {
                if !is_as_written && !posthouse.may_be_from(&subject, &message).await {
                    tracing::warn!(account = %subject.owner, "an answer in the name of somebody else is not sent");
                    continue;
                }
                // RFC 5230 §5.1: the null sender, so that nobody answers.
                match dispatch(&posthouse, "", &to, Bytes::from(message)).await {
                    Ok(()) => tracing::info!(account = %subject.owner, ?to, "answered by script"),
                    Err(error) => tracing::warn!(account = %subject.owner, ?to, %error, "an answer could not be sent"),
                }
            }
        });
        tokio::spawn(sending);
    }

    async fn may_be_from(&self, subject: &Subject, message: &[u8]) -> bool {
        let from = mime::summary(message).from;
        let (directory, owner) = (self.directory.clone(), subject.owner.clone());
        let check = move || {
            let Ok(Some(account)) = directory.account(&owner) else { return false };
            let own = |one: &mime::Mailbox| directory.may_send_as(&account, &one.address).unwrap_or(false);
            !from.is_empty() && from.iter().all(own)
        };
        tokio::task::spawn_blocking(check).await.unwrap_or(false)
    }
}
