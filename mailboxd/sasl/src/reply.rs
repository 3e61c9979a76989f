// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the server says. All of it is one line; only names of accounts come from outside, and have neither TAB nor LF.

use crate::mechanism::{OFFERED, Refusal};
use directory::Error;

/// Why a login did not come to be, for the client who gets it in its SMTP answer and for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    reason: String,
    code: Option<&'static str>,
}

pub const NOT_SECURED: &str = "encryption is needed: STARTTLS first";

impl Failure {
    pub fn new(reason: &str) -> Failure {
        Failure { reason: reason.into(), code: None }
    }

    pub fn of_mechanism(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::NotOffered => Failure::new("mechanism is not offered"),
            Refusal::Malformed => Failure::new("malformed response"),
            Refusal::OtherIdentity => {
                Failure { code: Some("authz_fail"), ..Failure::new("acting for another account is not offered") }
            }
        }
    }

    /// None: the directory could not be asked, so nothing was judged.
    pub fn of_directory(error: &Error) -> Option<Failure> {
        let code = match error {
            Error::Unavailable(_) => return None,
            Error::AccountInactive(_) => Some("user_disabled"),
            Error::ChangePassword => Some("pass_expired"),
            _ => None,
        };
        let reason = match code {
            Some(_) => error.to_string(),
            // Never more than that to one who did not show the right password.
            None => Error::AuthFailed.to_string(),
        };
        Some(Failure { code, ..Failure::new(&reason) })
    }

    pub fn write(&self, id: u32, out: &mut Vec<u8>) {
        let code = self.code.map(|code| format!("\tcode={code}")).unwrap_or_default();
        out.extend_from_slice(format!("FAIL\t{id}\treason={}{code}\n", self.reason).as_bytes());
    }
}

/// What is said to whoever connects. `connection` is a number of its own.
pub fn greeting(connection: u32, cookie: [u8; 16], out: &mut Vec<u8>) {
    let cookie: String = cookie.iter().map(|octet| format!("{octet:02x}")).collect();
    let mechanisms: String = OFFERED.iter().map(|name| format!("MECH\t{name}\tplaintext\n")).collect();
    let process = std::process::id();
    out.extend_from_slice(
        format!("VERSION\t1\t2\n{mechanisms}SPID\t{process}\nCUID\t{connection}\nCOOKIE\t{cookie}\nDONE\n").as_bytes(),
    );
}

pub fn ask(id: u32, question: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("CONT\t{id}\t{question}\n").as_bytes());
}

pub fn ok(id: u32, user: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("OK\t{id}\tuser={user}\n").as_bytes());
}
