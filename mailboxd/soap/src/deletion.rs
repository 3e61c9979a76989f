// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts go, and come back. The directory says whether an account lives; its mailbox holds what is needed to have it back.
//!
//! Deleting: the note in the mailbox, the directory, the mailbox out of sight. Bringing back: the directory, the mailbox in sight and
//! without the note. Each step is durable before the next; [`settle_deletions`] mends what was cut off between two.

use crate::fault::{Fault, Result};
use crate::order::Refusal;
use crate::state::now_ms;
use directory::{Account, Directory, Remains};
use mailbox::{Deletion, Store};
use parking_lot::Mutex;

/// One deletion, or return, at a time: what is half done is not mended meanwhile.
static TURN: Mutex<()> = Mutex::new(());

/// One that can be had back.
pub struct Deleted {
    pub id: String,
    pub deleted_ms: i64,
    /// None: it was written by a newer version, or is damaged. Nothing is done to such a one.
    pub remains: Option<Remains>,
}

impl Deleted {
    fn of(deletion: Deletion) -> Deleted {
        let remains = read(&deletion.memo);
        Deleted { id: deletion.account, deleted_ms: deletion.deleted_ms, remains }
    }

    pub fn name(&self) -> &str {
        self.remains.as_ref().map_or(&self.id, |remains| &remains.account.name)
    }

    pub fn need_remains(&self) -> Result<&Remains> {
        let text = "what the account was can't be read: restore it from a backup";
        self.remains.as_ref().ok_or_else(|| Fault::new("service.FAILURE", text))
    }

    /// When it goes for good, milliseconds since 1970; `None`: never. And whether it is on hold.
    pub fn expires(&self, directory: &Directory) -> Result<(Option<i64>, bool)> {
        let Some(remains) = &self.remains else { return Ok((None, false)) };
        let retention = directory.account_of_remains(remains)?.retention();
        let lifetime = retention.deleted_ms.and_then(|ms| i64::try_from(ms).ok());
        Ok((lifetime.map(|ms| self.deleted_ms.saturating_add(ms)), retention.is_held))
    }
}

/// See [`delete`]. Blocking.
pub fn delete_account(store: &Store, directory: &Directory, account: &Account) -> Result<(), Refusal> {
    Ok(delete(store, directory, account)?)
}

/// The account is gone, and can be had back for posthouseDeletedAccountLifetime. Blocking.
pub fn delete(store: &Store, directory: &Directory, account: &Account) -> Result<()> {
    let _turn = TURN.lock();
    store.note_deletion(&account.id, &write(&directory.remains(&account.id)?)?)?;
    if let Err(error) = directory.delete_account(&account.id) {
        // over LDAP some of it may be done; what can't be asked now is asked later
        if let Err(undone) = live_on(store, directory, &account.id) {
            tracing::warn!(account = %account.name, error = %undone.reason, "the deletion is undone later");
        }
        return Err(error.into());
    }
    if let Err(error) = store.hide_mailbox(&account.id) {
        // there is no account any more that could open it
        tracing::warn!(account = %account.name, %error, "the mailbox of the deleted account is put aside later");
    }
    Ok(())
}

/// All of them, the latest first. Blocking.
pub fn deleted(store: &Store) -> Result<Vec<Deleted>> {
    let mut all: Vec<_> = store.deleted_mailboxes()?.into_iter().map(Deleted::of).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.deleted_ms));
    Ok(all)
}

/// By id or by the name that it had. Blocking.
pub fn find(store: &Store, key: &str) -> Result<Deleted> {
    let is_meant = |one: &Deleted| one.id == key || one.name().eq_ignore_ascii_case(key);
    let mut found: Vec<_> = deleted(store)?.into_iter().filter(is_meant).collect();
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => Err(Fault::no_such("account", key)),
        _ => Err(Fault::new(
            "account.MULTIPLE_ACCOUNTS_MATCHED",
            format!("more than one had this name: say the id of {key}"),
        )),
    }
}

/// With everything that it had, under its name or another one; lines about what could not be brought back. Blocking.
pub fn undelete(store: &Store, directory: &Directory, id: &str, name: Option<&str>) -> Result<(Account, Vec<String>)> {
    let _turn = TURN.lock();
    let back = directory.bring_back(find(store, id)?.need_remains()?, name)?;
    store.show_mailbox(id)?;
    Ok(back)
}

/// Before a restore into an account that is not there any more: it comes back if it can. Blocking.
pub fn restore_deleted(store: &Store, directory: &Directory, key: &str) -> Result<Option<Account>, Refusal> {
    match find(store, key) {
        Ok(one) if one.remains.is_some() => Ok(Some(undelete(store, directory, &one.id, None)?.0)),
        Ok(_) => Ok(None),
        Err(fault) if fault.code == "account.NO_SUCH_ACCOUNT" => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// zimbraDumpsterPurgeEnabled of one that is deleted; `None`: what its class of service says. Blocking.
pub fn hold(store: &Store, id: &str, is_held: bool) -> Result<()> {
    let _turn = TURN.lock();
    let mut remains = find(store, id)?.need_remains()?.clone();
    remains.set("zimbraDumpsterPurgeEnabled", Some(if is_held { "FALSE" } else { "TRUE" }));
    Ok(store.change_deletion(id, &write(&remains)?)?)
}

/// For good, before its time; not one on hold. Blocking.
pub fn purge(store: &Store, directory: &Directory, id: &str) -> Result<()> {
    let _turn = TURN.lock();
    if find(store, id)?.expires(directory)?.1 {
        return Err(Fault::invalid("the account is on hold: it stays"));
    }
    Ok(store.remove_deleted_mailbox(id)?)
}

/// Those whose time is over go for good. How many. Blocking.
pub fn expire_deleted(store: &Store, directory: &Directory) -> Result<usize, Refusal> {
    Ok(expire_at(store, directory, now_ms())?)
}

fn expire_at(store: &Store, directory: &Directory, now_ms: i64) -> Result<usize> {
    let _turn = TURN.lock();
    let mut gone = 0;
    for one in deleted(store)? {
        // the account may be about to come back, if a return was cut off
        let is_over = one.expires(directory)?.0.is_some_and(|expires_ms| expires_ms <= now_ms);
        if is_over && directory.account_by_id(&one.id)?.is_none() {
            store.remove_deleted_mailbox(&one.id)?;
            tracing::info!(account = %one.name(), id = %one.id, "the deleted account's time is over: it is gone for good");
            gone += 1;
        }
    }
    Ok(gone)
}

/// What a crash, or a directory that went away, cut off: the account and its mailbox are both there afterwards, or both gone. Blocking.
pub fn settle_deletions(store: &Store, directory: &Directory) -> Result<(), Refusal> {
    let _turn = TURN.lock();
    let settle = || -> Result<()> {
        for deletion in store.noted_deletions()? {
            tracing::warn!(account = %deletion.account, "a deletion was cut off: mending it");
            live_on(store, directory, &deletion.account)?;
        }
        for one in store.deleted_mailboxes()? {
            let Some(account) = directory.account_by_id(&one.account)? else { continue };
            tracing::warn!(account = %account.name, "the return of a deleted account was cut off: mending it");
            if let Some(remains) = read(&one.memo) {
                directory.bring_back(&remains, None)?;
            }
            store.show_mailbox(&one.account)?;
        }
        Ok(())
    };
    Ok(settle()?)
}

/// The mailbox in sight has the note: if the account is there, it is whole and without it afterwards, else it is put aside.
fn live_on(store: &Store, directory: &Directory, id: &str) -> Result<()> {
    if directory.account_by_id(id)?.is_none() {
        return Ok(store.hide_mailbox(id)?);
    }
    let noted = store.noted_deletions()?.into_iter().find(|noted| noted.account == id);
    if let Some(remains) = noted.and_then(|noted| read(&noted.memo)) {
        directory.bring_back(&remains, None)?;
    }
    Ok(store.forget_deletion(id)?)
}

fn write(remains: &Remains) -> Result<Vec<u8>> {
    serde_json::to_vec(remains).map_err(Fault::failure)
}

fn read(memo: &[u8]) -> Option<Remains> {
    serde_json::from_slice(memo).ok()
}
