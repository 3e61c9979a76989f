// SPDX-License-Identifier: AGPL-3.0-or-later
//! The real backend: staging, delivery and folders of the store, addresses of the directory, the relay.

use crate::away;
use crate::backend::{Backend, Envelope, Local, Recipient, Resolved};
use crate::filter::{Filters, Rules};
use crate::lists;
use crate::relay::Relay;
use crate::reply::{self, Reply};
use directory::{Account, Directory, Member, Target};
use mailbox::{ActiveScript, Actor, Delivery, Flags, ItemId, Staged, Staging, Store};
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Posthouse {
    pub store: Store,
    pub directory: Directory,
    pub relay: Relay,
    /// What the scanner before us marked goes to Junk.
    pub trusts_spam_flag: bool,
    pub filters: Filters,
    /// SMTP: one answer for all recipients.
    pub has_one_answer: bool,
    /// Mail of our own clients has gone out when it is here: who wrote it gets a refusal as a mail, as from anywhere else.
    pub tells_refusals: bool,
}

const CLOSED: Reply = Reply::new(550, "5.2.1", "Mailbox is closed");
const NO_MEMBERS: Reply = Reply::new(550, "5.2.4", "Nobody is in this list");
const MAINTENANCE: Reply = Reply::new(450, "4.2.1", "Mailbox is in maintenance, try again later");

impl Backend for Posthouse {
    type Body = Staging;

    fn resolve(&self, address: &str) -> Result<Resolved, Reply> {
        let failed = |error| reply::of_directory(&error);
        match self.directory.target(address).map_err(failed)? {
            Some(Target::Account(account, detail)) => return self.local(*account, detail).map(Resolved::Local),
            Some(Target::List(members)) => return self.list(members),
            None => {}
        }
        let Some((_, domain)) = address.rsplit_once('@') else { return Ok(Resolved::Unknown) };
        Ok(if self.directory.is_local_domain(domain).map_err(failed)? { Resolved::Unknown } else { Resolved::Remote })
    }

    fn has_relay(&self) -> bool {
        self.relay.is_configured()
    }

    fn may_send_as(&self, account: &Account, address: &str) -> Result<bool, Reply> {
        self.directory.may_send_as(account, address).map_err(|error| reply::of_directory(&error))
    }

    async fn authenticate(&self, name: String, password: String, peer: Option<IpAddr>) -> Result<Account, Reply> {
        let directory = self.directory.clone();
        let done = tokio::task::spawn_blocking(move || directory.authenticate_from(&name, &password, peer)).await;
        match done {
            Ok(Ok(account)) => Ok(account),
            // RFC 4954 §6
            Ok(Err(directory::Error::Unavailable(_))) => Err(Reply::new(454, "4.7.0", "Temporarily not available")),
            Ok(Err(error)) => Err(reply::of_directory(&error)),
            Err(error) => Err(reply::internal(&error.to_string())),
        }
    }

    async fn has_room(&self, local: &Local) -> Result<(), Reply> {
        if local.quota_bytes == 0 {
            return Ok(());
        }
        let (account, quota) = (local.account.clone(), local.quota_bytes);
        let size = self.store.run(move |store| open(store, &account, quota)?.mailbox().row().map(|row| row.size)).await;
        match size.and_then(|size| size) {
            Ok(size) if size >= quota => Err(reply::OVER_QUOTA),
            Ok(_) => Ok(()),
            Err(error) => Err(reply::of_store(&error)),
        }
    }

    async fn write(&self, body: Option<Staging>, chunk: Vec<u8>) -> Result<Staging, Reply> {
        let written = self.store.run(move |store| append(store, body, &chunk)).await;
        written.map_err(|error| reply::of_store(&error))?
    }

    async fn accept(&self, body: Option<Staging>, tail: Vec<u8>, envelope: Envelope) -> Vec<Result<(), Reply>> {
        let (flat, lists) = lists::open(envelope);
        lists.answers(&self.accept_flat(body, tail, flat).await)
    }
}

/// How far a delivery came.
enum Step {
    Done(Vec<Result<(), Reply>>),
    Filter(Box<Filtering>),
}

/// A message of which at least one recipient has an active script or rules, or is away.
pub(crate) struct Filtering {
    pub staged: Staged,
    pub envelope: Envelope,
    /// Of each recipient.
    pub scripts: Vec<Option<ActiveScript>>,
}

impl Posthouse {
    async fn accept_flat(&self, body: Option<Staging>, tail: Vec<u8>, envelope: Envelope) -> Vec<Result<(), Reply>> {
        let count = envelope.recipients.len();
        let trusts = self.trusts_spam_flag;
        let done = if envelope.recipients.iter().all(|r| r.local.is_some()) {
            // One crossing for a message: all of it happens over there, unless somebody filters it.
            self.store
                .run(move |store| stage(store, body, &tail).map(|staged| deliver(store, staged, envelope, trusts)))
                .await
        } else {
            self.accept_with_relay(body, tail, envelope).await
        };
        match done {
            Ok(Ok(Step::Done(answers))) => answers,
            Ok(Ok(Step::Filter(filtering))) => self.accept_filtered(*filtering).await,
            Ok(Err(reply)) => vec![Err(reply); count],
            Err(error) => vec![Err(reply::of_store(&error)); count],
        }
    }

    /// An account that takes mail, as far as it and its domain say.
    pub(crate) fn local(&self, account: Account, detail: Option<String>) -> Result<Local, Reply> {
        let status = self.directory.status(&account).map_err(|error| reply::of_directory(&error))?;
        match status.as_str() {
            "closed" | "pending" => Err(CLOSED),
            "maintenance" => Err(MAINTENANCE),
            _ => {
                let away = away::script(&account, chrono::Utc::now());
                let rules = Rules::of(&account).map(Arc::new);
                Ok(Local { quota_bytes: account.quota(), account: account.id, detail, away, rules, remember: None })
            }
        }
    }

    /// Members whose mailbox is closed are left out; one in maintenance is no reason to keep the others waiting.
    fn list(&self, members: Vec<Member>) -> Result<Resolved, Reply> {
        let members: Vec<Recipient> = members
            .into_iter()
            .filter_map(|member| match member {
                Member::Account(account) => {
                    let address = account.name.clone();
                    self.local(*account, None).ok().map(|local| Recipient::local(address, local))
                }
                Member::Remote(address) => Some(Recipient::remote(address)),
            })
            .collect();
        if !self.has_relay() && members.iter().any(|member| member.local.is_none()) {
            return Err(Reply::new(550, "5.7.1", "The list has members elsewhere and no relay host is configured"));
        }
        if members.is_empty() { Err(NO_MEMBERS) } else { Ok(Resolved::List(members)) }
    }

    /// The relay first: it fails more often, and nothing is delivered then.
    async fn accept_with_relay(
        &self,
        body: Option<Staging>,
        tail: Vec<u8>,
        envelope: Envelope,
    ) -> mailbox::Result<Result<Step, Reply>> {
        let staged = match self.store.run(move |store| stage(store, body, &tail)).await? {
            Ok(staged) => staged,
            Err(reply) => return Ok(Err(reply)),
        };
        let remote: Vec<&str> =
            envelope.recipients.iter().filter(|r| r.local.is_none()).map(|r| r.address.as_str()).collect();
        if let Err(reply) = self.relay.send(&envelope.from, &remote, &staged.content).await {
            return Ok(Err(reply));
        }
        if remote.len() == envelope.recipients.len() {
            return Ok(Ok(Step::Done(vec![Ok(()); remote.len()])));
        }
        let trusts = self.trusts_spam_flag;
        self.store.run(move |store| Ok(deliver(store, staged, envelope, trusts))).await
    }
}

fn append(store: &Store, body: Option<Staging>, chunk: &[u8]) -> Result<Staging, Reply> {
    let mut staging = body.unwrap_or_else(|| store.stage());
    match staging.write(chunk) {
        Ok(()) => Ok(staging),
        Err(error) => Err(of_staging(error)),
    }
}

fn stage(store: &Store, body: Option<Staging>, tail: &[u8]) -> Result<Staged, Reply> {
    append(store, body, tail)?.finish().map_err(of_staging)
}

/// The domain knows what the errors of its blob store mean; of a full disk there is more to say.
fn of_staging<E: Into<mailbox::Error> + std::error::Error + 'static>(error: E) -> Reply {
    match reply::of_io(&error) {
        Some(reply) => reply,
        None => reply::of_store(&error.into()),
    }
}

/// Blocking. What a scanner marked goes to Junk whatever scripts there are: they are for mail that somebody wants.
fn deliver(store: &Store, staged: Staged, envelope: Envelope, trusts_spam_flag: bool) -> Step {
    let active = |local: &Local| store.active_script(&local.account).unwrap_or_default();
    let scripts: Vec<_> = envelope.recipients.iter().map(|r| r.local.as_ref().and_then(active)).collect();
    let is_away = |recipient: &Recipient| recipient.local.as_ref().is_some_and(|local| local.away.is_some());
    let notes = |recipient: &Recipient| recipient.local.as_ref().is_some_and(|local| local.remember.is_some());
    let has_rules = |recipient: &Recipient| recipient.local.as_ref().is_some_and(|local| local.rules.is_some());
    let is_filtered = scripts.iter().any(Option::is_some)
        || envelope.recipients.iter().any(|to| is_away(to) || notes(to) || has_rules(to));
    if is_filtered && !(trusts_spam_flag && mime::summary(&staged.content).is_marked_spam) {
        return Step::Filter(Box::new(Filtering { staged, envelope, scripts }));
    }
    Step::Done(deliver_plain(store, &staged, &envelope, trusts_spam_flag))
}

/// Blocking. An answer per recipient, in order; those that the relay has taken are Ok. An account that is named twice, by
/// an alias for instance, gets one copy a folder.
fn deliver_plain(
    store: &Store,
    staged: &Staged,
    envelope: &Envelope,
    trusts_spam_flag: bool,
) -> Vec<Result<(), Reply>> {
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut places: Vec<Option<usize>> = Vec::new();
    for Recipient { address, local, .. } in &envelope.recipients {
        let Some(local) = local else {
            places.push(None);
            continue;
        };
        let folder = folder(store, local);
        let known = deliveries.iter().position(|d| d.account == local.account && d.folder == folder);
        places.push(Some(known.unwrap_or(deliveries.len())));
        if known.is_none() {
            deliveries.push(Delivery {
                account: local.account.clone(),
                quota_bytes: local.quota_bytes,
                folder,
                trusts_spam_flag,
                flags: Flags::UNREAD,
                envelope_from: envelope.from.clone(),
                envelope_to: address.clone(),
            });
        }
    }
    let answers: Vec<Result<(), Reply>> = store
        .deliver(staged, &deliveries)
        .into_iter()
        .map(|answer| answer.map(drop).map_err(|error| reply::of_store(&error)))
        .collect();
    let missing = || Err(reply::internal("a recipient was not answered"));
    places.into_iter().map(|at| at.map_or(Ok(()), |at| answers.get(at).cloned().unwrap_or_else(missing))).collect()
}

pub(crate) fn open(store: &Store, account: &str, quota_bytes: u64) -> mailbox::Result<mailbox::Handle> {
    let actor = Actor { account: account.to_string(), is_admin: false };
    store.open_mailbox(&actor, account, quota_bytes)
}

/// Of user+detail@: the folder of that name at the top or in the Inbox. Junk may be chosen so (a filter does); Sent, Drafts
/// and Trash are the owner's own doing.
pub(crate) fn folder(store: &Store, local: &Local) -> ItemId {
    let Some(detail) = &local.detail else { return ItemId::INBOX };
    let found = open(store, &local.account, local.quota_bytes).and_then(|handle| {
        let mailbox = handle.mailbox();
        match mailbox.folder_by_path(&format!("/{detail}"))? {
            Some(folder) => Ok(Some(folder)),
            None => mailbox.folder_by_path(&format!("/Inbox/{detail}")),
        }
    });
    match found {
        Ok(Some(folder)) if folder.item.id == ItemId::JUNK || folder.item.id >= ItemId::FIRST_USER => folder.item.id,
        _ => ItemId::INBOX,
    }
}
