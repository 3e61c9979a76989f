// SPDX-License-Identifier: AGPL-3.0-or-later
//! A database belongs to one state directory: both hold the same token. Another directory's journal replayed into it would
//! mix two servers' mail, and an empty database in its place would look like mailboxes without mail.

use super::store::text;
use super::{Connection, Value};
use crate::{Error, Result};
use std::io::ErrorKind;
use std::path::Path;

const GET: &str = "SELECT token FROM owner WHERE id = 1";
const PUT: &str = "REPLACE INTO owner (id, token) VALUES (1, ?)";

pub(super) fn check(connection: &Connection, file: &Path) -> Result<()> {
    let theirs = text(connection, GET)?;
    let ours = match std::fs::read_to_string(file) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(Error::file(file, "read", e)),
    };
    let unfit = |what| Err(Error::Unfit { path: connection.path.clone(), what });
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours == theirs => Ok(()),
        (None, None) => take(connection, file),
        // cut off while it was taken: nothing was written yet
        (None, Some(_)) if is_empty(connection)? => take(connection, file),
        (None, Some(_)) => unfit("the database holds mailboxes of another state directory".into()),
        (Some(_), _) => unfit(format!(
            "this is not the database that holds our mailboxes (see {}): it was replaced or made anew; restore it",
            file.display()
        )),
    }
}

/// The database first: what is cut off between is taken again.
fn take(connection: &Connection, file: &Path) -> Result<()> {
    let token = text(connection, "SELECT UUID()")?.unwrap_or_default();
    connection.write(|c| c.execute("take", PUT, &[Value::Text(&token)]).map(drop))?;
    super::barrier::barrier(connection)?;
    super::super::homes::write_durably(file, &token)
}

fn is_empty(connection: &Connection) -> Result<bool> {
    Ok(text(connection, "SELECT CAST(COUNT(*) AS CHAR) FROM mailbox")?.as_deref() == Some("0"))
}
