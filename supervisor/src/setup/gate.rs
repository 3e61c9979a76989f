// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who may set this machine up over the network: whoever has read the code at its console. The process that browsers talk
//! to knows neither the code nor who has a session: it asks here each time.

use anyhow::Result;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use std::path::Path;
use std::time::{Duration, Instant};

/// No letter that looks like another one.
const LETTERS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LETTERS: usize = 8;
/// What is typed is longer by spaces and hyphens at most.
const TYPED_MAX: usize = 64;
/// Wrong codes before the first wait.
const FREE_TRIES: u32 = 5;
const WAIT_FIRST: Duration = Duration::from_secs(2);
/// Six thousand million years for half of all codes; and whoever has the right one waits no longer than that.
const WAIT_MAX: Duration = Duration::from_secs(30);
const SESSIONS_MAX: usize = 8;
const IDLE_MAX: Duration = Duration::from_secs(4 * 3_600);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("this is not the set-up code; the console of the machine shows it, and so does `posthouse status`")]
    WrongCode,
    #[error("too many wrong codes: try again in {0} s")]
    Wait(u64),
    #[error("the session is over: enter the set-up code again")]
    NoSession,
}

pub struct Gate {
    code: String,
    failures: u32,
    closed_until: Option<Instant>,
    sessions: Vec<Session>,
}

#[derive(Clone)]
pub struct Session {
    pub token: String,
    /// Sent in a header by our own page, which no other page can.
    pub csrf: String,
    seen: Instant,
}

/// The code of this machine, made once: it stays the same until set-up is done, so that a paper at the console stays true.
pub fn code(path: &Path) -> Result<String> {
    if let Ok(text) = std::fs::read_to_string(path)
        && normal(text.trim()).len() == CODE_LETTERS
    {
        return Ok(text.trim().to_owned());
    }
    let mut letters = String::new();
    while letters.len() < CODE_LETTERS {
        let byte = u8::from_str_radix(&crate::secrets::random()?[..2], 16)?;
        // Above the last whole multiple some letters would come more often.
        let is_even = usize::from(byte) < 256 / LETTERS.len() * LETTERS.len();
        letters.extend(is_even.then(|| char::from(LETTERS[usize::from(byte) % LETTERS.len()])));
    }
    let (left, right) = letters.split_at(CODE_LETTERS / 2);
    let code = format!("{left}-{right}");
    crate::state::write_private(path, &format!("{code}\n"))?;
    Ok(code)
}

/// As typed by anybody: small letters, no hyphen.
fn normal(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

impl Gate {
    pub fn new(code: &str) -> Gate {
        Gate { code: normal(code), failures: 0, closed_until: None, sessions: Vec::new() }
    }

    pub fn unlock(&mut self, typed: &str, now: Instant) -> Result<Session, Refused> {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Err(Refused::Wait((until - now).as_secs() + 1));
        }
        let typed = normal(typed.get(..TYPED_MAX).unwrap_or(typed));
        if verify_slices_are_equal(typed.as_bytes(), self.code.as_bytes()).is_err() {
            self.failures += 1;
            if self.failures >= FREE_TRIES {
                let doubled = WAIT_FIRST.saturating_mul(1 << (self.failures - FREE_TRIES).min(16));
                self.closed_until = Some(now + doubled.min(WAIT_MAX));
            }
            return Err(Refused::WrongCode);
        }
        (self.failures, self.closed_until) = (0, None);
        let random = || crate::secrets::random().map_err(|_| Refused::Wait(1));
        let session = Session { token: random()?, csrf: random()?, seen: now };
        if self.sessions.len() == SESSIONS_MAX {
            self.sessions.remove(0);
        }
        self.sessions.push(session.clone());
        Ok(session)
    }

    /// The session with this token. `csrf`: what came with a request that changes something.
    pub fn admit(&mut self, token: &str, csrf: Option<&str>, now: Instant) -> Result<Session, Refused> {
        self.sessions.retain(|session| now.saturating_duration_since(session.seen) < IDLE_MAX);
        let is_same = |one: &str, other: &str| verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok();
        let found = self.sessions.iter_mut().find(|session| is_same(&session.token, token));
        let session = found.filter(|session| csrf.is_none_or(|csrf| is_same(&session.csrf, csrf)));
        let session = session.ok_or(Refused::NoSession)?;
        session.seen = now;
        Ok(session.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_once_and_typed_as_people_type() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("code");
        let code = code(&path).unwrap();
        assert_eq!(super::code(&path).unwrap(), code);
        assert_eq!((code.len(), code.chars().filter(|c| *c == '-').count()), (9, 1), "{code}");
        let mut gate = Gate::new(&code);
        assert!(gate.unlock(&format!(" {} ", code.to_lowercase().replace('-', " ")), Instant::now()).is_ok());
        std::fs::write(&path, "cut").unwrap();
        assert_ne!(super::code(&path).unwrap(), "cut");
    }

    #[test]
    fn guessing_gets_slower_and_the_right_code_waits_too() {
        let mut gate = Gate::new("ABCD-2345");
        let begun = Instant::now();
        for _ in 0..FREE_TRIES {
            assert_eq!(gate.unlock("WRONG", begun).err(), Some(Refused::WrongCode));
        }
        assert_eq!(gate.unlock("ABCD-2345", begun).err(), Some(Refused::Wait(3)));
        let mut now = begun + WAIT_FIRST;
        assert_eq!(gate.unlock("", now).err(), Some(Refused::WrongCode));
        assert_eq!(gate.unlock("ABCD-2345", now + WAIT_FIRST).err(), Some(Refused::Wait(3)));
        for _ in 0..20 {
            now += WAIT_MAX;
            assert_eq!(gate.unlock(&"x".repeat(10_000), now).err(), Some(Refused::WrongCode));
        }
        assert!(matches!(gate.unlock("ABCD-2345", now).err(), Some(Refused::Wait(seconds)) if seconds <= 31));
        assert!(gate.unlock("ABCD-2345", now + WAIT_MAX).is_ok());
    }

    #[test]
    fn a_session_needs_its_token_and_where_something_changes_the_other_one() {
        let mut gate = Gate::new("ABCD-2345");
        let now = Instant::now();
        let session = gate.unlock("ABCD-2345", now).unwrap();
        assert!(gate.admit(&session.token, None, now).is_ok());
        assert!(gate.admit(&session.token, Some(&session.csrf), now).is_ok());
        assert!(gate.admit(&session.token, Some(""), now).is_err());
        assert!(gate.admit("", None, now).is_err());
        assert!(gate.admit(&session.token, None, now + IDLE_MAX).is_err());
        for _ in 0..2 * SESSIONS_MAX {
            gate.unlock("ABCD-2345", now).unwrap();
        }
        assert_eq!(gate.sessions.len(), SESSIONS_MAX);
    }
}
