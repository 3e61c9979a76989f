// SPDX-License-Identifier: AGPL-3.0-or-later
//! ENABLE (RFC 5161). What is not known is passed over.

use crate::session::{Done, Outcome, Session};

pub fn run(session: &mut Session, names: &[String]) -> Outcome {
    session.user()?;
    let mut enabled = String::from("* ENABLED");
    for name in names {
        match name.as_str() {
            "CONDSTORE" => session.enabled.condstore = true,
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
