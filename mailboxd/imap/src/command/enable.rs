// SPDX-License-Identifier: AGPL-3.0-or-later
//! ENABLE (RFC 5161, IMAP4rev2 RFC 9051). What is not known is passed over.

use crate::session::{Done, Outcome, Session};

pub fn run(session: &mut Session, names: &[String]) -> Outcome {
    session.user()?;
    let mut enabled = String::from("* ENABLED");
    for name in names {
        match name.as_str() {
            "CONDSTORE" => session.enabled.condstore = true,
            "IMAP4REV2" => enable_rev2(session),
            "QRESYNC" => (session.enabled.condstore, session.enabled.qresync) = (true, true),
            "UTF8=ACCEPT" => session.enabled.utf8 = true,
            _ => continue,
        }
        enabled.push(' ');
        enabled.push_str(name);
    }
    enabled.push_str("\r\n");
    session.connection.put(enabled.as_bytes());
    Ok(Done::text("ENABLE completed"))
}

/// RFC 9051 §6.3.1
fn enable_rev2(session: &mut Session) {
    (session.enabled.rev2, session.enabled.utf8) = (true, true);
    if let Ok((_, selected)) = session.selected() {
        selected.view.hide_recent();
    }
}
