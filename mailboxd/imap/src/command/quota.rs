// SPDX-License-Identifier: AGPL-3.0-or-later
//! GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208 §4.1). One root without a name holds all mailboxes of an account; its storage is
//! told in units of 1,024 octets. Only the administrator sets it.

use super::select::missing;
use crate::names;
use crate::place::Spot;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session, User};
use crate::wire::encode;

const UNIT_BYTES: u64 = 1_024;

pub async fn root(session: &mut Session, root: &[u8]) -> Outcome {
    let user = session.user()?.clone();
    if !root.is_empty() {
        return Err(Failure::no("NONEXISTENT", "no such quota root"));
    }
    let line = quota(&user).await?;
    session.connection.put(line.as_bytes());
    Ok(Done::text("GETQUOTA completed"))
}

pub async fn of_mailbox(session: &mut Session, mailbox: Vec<u8>) -> Outcome {
    let utf8 = session.enabled.utf8;
    let name = names::decode(&mailbox, utf8)?;
    let user = session.user()?.clone();
    let Spot { handle, name: inner } = user.existing(&name).await?;
    let is_own = handle.is_own();
    if !handle.run(move |m| Ok(names::find(m, &inner)?.is_some())).await? {
        return Err(missing(&name));
    }
    let mut out = b"* QUOTAROOT ".to_vec();
    encode::mailbox(&mut out, &name, utf8);
    if is_own {
        out.extend_from_slice(b" \"\"\r\n");
        out.extend_from_slice(quota(&user).await?.as_bytes());
    } else {
        // How full somebody else's mailbox is, is their affair.
        out.extend_from_slice(b"\r\n");
    }
    session.connection.put(&out);
    Ok(Done::text("GETQUOTAROOT completed"))
}

pub fn set(session: &Session) -> Outcome {
    session.user()?;
    Err(Failure::no("NOPERM", "the administrator sets quotas"))
}

/// Without a limit no resource is named (RFC 9208 §5.1).
async fn quota(user: &User) -> Result<String, Failure> {
    let (used, limit) = user.handle.run(|m| Ok((m.row()?.size, m.quota_bytes()))).await?;
    Ok(if limit == 0 {
        "* QUOTA \"\" ()\r\n".to_owned()
    } else {
        // Rounded up: what is full must not look as if it had room.
        format!("* QUOTA \"\" (STORAGE {} {})\r\n", used.div_ceil(UNIT_BYTES), limit / UNIT_BYTES)
    })
}
