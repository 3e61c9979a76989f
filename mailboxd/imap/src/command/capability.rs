// SPDX-License-Identifier: AGPL-3.0-or-later
//! CAPABILITY (RFC 3501 §6.1.1). Only what works is listed.

use crate::session::{Done, Outcome, Session, State};

const ALWAYS: &str = "IMAP4rev2 IMAP4rev1 LITERAL+ SASL-IR ID ENABLE";
const AFTER_LOGIN: &str = "IDLE NAMESPACE UIDPLUS MOVE SPECIAL-USE CREATE-SPECIAL-USE CHILDREN UNSELECT ESEARCH SEARCHRES SORT \
    SORT=DISPLAY ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES LIST-EXTENDED LIST-STATUS STATUS=SIZE \
    CONDSTORE QRESYNC OBJECTID NOTIFY INPROGRESS SAVEDATE PREVIEW QUOTA QUOTA=RES-STORAGE ACL RIGHTS=kxte \
    METADATA FILTERS BINARY WITHIN MULTIAPPEND CATENATE REPLACE UTF8=ACCEPT";

pub fn run(session: &mut Session) -> Outcome {
    let line = format!("* CAPABILITY {}\r\n", list(session));
    session.connection.put(line.as_bytes());
    Ok(Done::text("CAPABILITY completed"))
}

/// For this moment of this session.
pub fn list(session: &Session) -> String {
    let mut list = ALWAYS.to_owned();
    if !session.connection.is_deflate() {
        list.push_str(" COMPRESS=DEFLATE");
    }
    if let State::NotAuthenticated { .. } = session.state {
        if session.shared.config.tls.is_some() && !session.connection.is_tls() && !session.connection.is_deflate() {
            list.push_str(" STARTTLS");
        }
        list.push_str(match (session.connection.is_private(), session.shared.logins.oauth()) {
            (false, _) => " LOGINDISABLED",
            (true, None) => " AUTH=PLAIN",
            (true, Some(_)) => " AUTH=PLAIN AUTH=OAUTHBEARER AUTH=XOAUTH2",
        });
    } else {
        list.push(' ');
        list.push_str(AFTER_LOGIN);
        list.push_str(&format!(" APPENDLIMIT={}", session.shared.config.message_bytes_max));
    }
    list
}
