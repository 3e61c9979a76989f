// SPDX-License-Identifier: AGPL-3.0-or-later
//! A delivery of which somebody filters something: scripts are run, what goes on is handed over, then one record takes
//! everything that stays, for all recipients, and last the answers go out.

use super::plan::{Copy, Plan, Subject};
use super::told;
use crate::backend::{Envelope, Local};
use crate::deliver::{Filtering, Posthouse, folder, open};
use crate::reply::{self, Reply};
use directory::Directory;
use mailbox::{ActiveScript, Flags, Parcel, ParcelCopy, Staged, Store};

/// Characters of a reason that fit a reply.
const REASON_CHARS_MAX: usize = 400;

/// One mailbox of the delivery, and which recipients it is.
struct Work {
    subject: Subject,
    script: Option<ActiveScript>,
    recipients: Vec<usize>,
    plan: Plan,
    refusal: Option<Reply>,
}

impl Posthouse {
    /// An answer per recipient, in order; those that the relay has taken are Ok.
    pub(crate) async fn accept_filtered(&self, filtering: Filtering) -> Vec<Result<(), Reply>> {
        let Filtering { staged, envelope, scripts } = filtering;
        let count = envelope.recipients.len();
        let directory = self.directory.clone();
        let sorted = self.store.run(move |store| sort(store, &directory, envelope, scripts)).await;
        let mut all = match sorted {
            Ok(all) => all,
            Err(error) => return vec![Err(reply::of_store(&error)); count],
        };
        for work in &mut all {
            let script = work.script.take();
            if script.is_some() || work.subject.local.rules.is_some() {
                work.plan = self.filters.plan(&self.store, &staged, work.subject.clone(), script).await;
                work.refusal = match &work.plan.reject {
                    Some(reason) => Some(refusal(reason)),
                    None => self.redirect(&work.subject, &mut work.plan).await.err(),
                };
            }
            // Of what the owner does not get nobody is told that the owner is away.
            let is_kept = work.refusal.is_none() && !work.plan.copies.is_empty();
            if let Some(script) = work.subject.local.away.take().filter(|_| is_kept) {
                let answer = self.filters.answer_away(&self.store, &staged, work.subject.clone(), script).await;
                work.plan.take_answers(answer);
            }
        }
        let trusts = self.trusts_spam_flag;
        let delivered = self.store.run(move |store| (deliver(store, &staged, &mut all, trusts), all)).await;
        let (outcomes, all) = match delivered {
            Ok(delivered) => delivered,
            Err(error) => return vec![Err(reply::of_store(&error)); count],
        };
        let mut answers = vec![Ok(()); count];
        let says_itself = self.tells_refusals || (self.has_one_answer && is_taken_by_others(&all, &outcomes, count));
        for (mut work, mut outcome) in all.into_iter().zip(outcomes) {
            if let Some(reason) = work.plan.reject.take().filter(|_| says_itself) {
                outcome = Ok(());
                work.plan.answers = told::refused(&work.subject, &reason).into_iter().collect();
            }
            for at in &work.recipients {
                if let Some(answer) = answers.get_mut(*at) {
                    answer.clone_from(&outcome);
                }
            }
            if outcome.is_ok() && !work.plan.answers.is_empty() {
                self.answer(work.subject, work.plan.answers);
            }
        }
        answers
    }
}

/// Blocking. Recipients by mailbox and folder: who is named twice, by an alias for instance, is filtered once.
fn sort(store: &Store, directory: &Directory, envelope: Envelope, scripts: Vec<Option<ActiveScript>>) -> Vec<Work> {
    let mut all: Vec<Work> = Vec::new();
    for (at, (recipient, script)) in envelope.recipients.into_iter().zip(scripts).enumerate() {
        let Some(local) = recipient.local else { continue };
        let folder = folder(store, &local);
        let same = |work: &&mut Work| work.subject.local.account == local.account && work.subject.folder == folder;
        if let Some(known) = all.iter_mut().find(same) {
            known.recipients.push(at);
            continue;
        }
        let (owner, owner_name) = owner(directory, &local, &recipient.address);
        let subject = Subject { local, from: envelope.from.clone(), to: recipient.address, owner, owner_name, folder };
        let plain = Copy { message: None, folder, flags: Flags::UNREAD, tags: Vec::new() };
        let plan = Plan { copies: vec![plain], ..Plan::default() };
        all.push(Work { subject, script, recipients: vec![at], plan, refusal: None });
    }
    all
}

fn owner(directory: &Directory, local: &Local, address: &str) -> (String, String) {
    match directory.account_by_id(&local.account) {
        Ok(Some(account)) => {
            let name = account.display_name().unwrap_or_default().to_owned();
            (account.name, name)
        }
        _ => (address.to_owned(), String::new()),
    }
}

/// Blocking. One record for all who get something; an answer each, in order.
fn deliver(store: &Store, came: &Staged, all: &mut [Work], trusts_spam_flag: bool) -> Vec<Result<(), Reply>> {
    for Work { subject, plan, refusal, .. } in all.iter_mut().filter(|work| work.plan.error.is_some()) {
        let told = open(store, &subject.local.account, subject.local.quota_bytes)
            .and_then(|handle| told::add(store, handle.mailbox(), subject, plan));
        if let (Err(error), None) = (told, &refusal) {
            *refusal = Some(reply::of_store(&error));
        }
    }
    let mut messages = vec![came];
    let mut parcels = Vec::new();
    for Work { subject, plan, .. } in all.iter().filter(|work| work.refusal.is_none()) {
        let mut copies = Vec::with_capacity(plan.copies.len());
        for copy in &plan.copies {
            let message = match &copy.message {
                Some(own) => {
                    messages.push(own);
                    messages.len() - 1
                }
                None => 0,
            };
            copies.push(ParcelCopy { message, folder: copy.folder, flags: copy.flags, tags: copy.tags.clone() });
        }
        parcels.push(Parcel {
            account: subject.local.account.clone(),
            quota_bytes: subject.local.quota_bytes,
            trusts_spam_flag,
            envelope_from: subject.from.clone(),
            envelope_to: subject.to.clone(),
            copies,
            remember: plan.remember.iter().chain(&subject.local.remember).cloned().collect(),
        });
    }
    let mut delivered = store.deliver_parcels(&messages, &parcels).into_iter();
    let missing = || Err(reply::internal("a recipient was not answered"));
    let mut answer = |work: &Work| match &work.refusal {
        Some(refusal) => Err(refusal.clone()),
        None => {
            delivered.next().map_or_else(missing, |answer| answer.map(drop).map_err(|error| reply::of_store(&error)))
        }
    };
    all.iter().map(&mut answer).collect()
}

/// Whether all who do not refuse the message have it: then a refusal in the one answer of SMTP would be a lie (RFC 5429 §2.1).
fn is_taken_by_others(all: &[Work], outcomes: &[Result<(), Reply>], count: usize) -> bool {
    let refusing: usize = all.iter().filter(|work| work.plan.reject.is_some()).map(|work| work.recipients.len()).sum();
    let others = all.iter().zip(outcomes).filter(|(work, _)| work.plan.reject.is_none());
    refusing < count && others.map(|(_, outcome)| outcome).all(Result::is_ok)
}

/// RFC 5429 §2.2: the reason is in the reply, on one line.
fn refusal(reason: &str) -> Reply {
    let words = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason: String = words.chars().take(REASON_CHARS_MAX).collect();
    let reason = if reason.is_empty() { "Refused by the recipient".to_owned() } else { reason };
    Reply::of(550, "5.7.1", reason)
}
