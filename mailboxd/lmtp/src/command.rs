// SPDX-License-Identifier: AGPL-3.0-or-later
//! Commands of LMTP and SMTP: one line, without its CRLF, to a value. No I/O.

use crate::address;
use crate::reply::{self, Reply};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command<'a> {
    Helo(&'a str),
    Ehlo(&'a str),
    Lhlo(&'a str),
    Mail(Mail),
    /// The address.
    Rcpt(String),
    Data,
    /// RFC 3030 §2: octets that follow, and whether they are the last.
    Bdat(u64, bool),
    Rset,
    Noop,
    Quit,
    Vrfy,
    Help,
    StartTls,
    /// Mechanism and initial response.
    Auth(&'a str, Option<&'a str>),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mail {
    /// "" for the null path.
    pub from: String,
    /// RFC 1870
    pub size: Option<u64>,
    /// RFC 6531
    pub smtputf8: bool,
}

const MALFORMED_ADDRESS: Reply = Reply::new(501, "5.1.3", "Malformed address");
const UNKNOWN_PARAMETER: Reply = Reply::new(555, "5.5.4", "Parameter not recognized");

pub(crate) fn parse(line: &[u8]) -> Result<Command<'_>, Reply> {
    let line = std::str::from_utf8(line).map_err(|_| Reply::new(500, "5.5.2", "Command is not UTF-8"))?;
    if line.contains(char::is_control) {
        return Err(Reply::new(500, "5.5.2", "Control character in command"));
    }
    let line = line.trim_end();
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut upper = verb.to_owned();
    upper.make_ascii_uppercase();
    match upper.as_str() {
        "HELO" => domain(rest).map(Command::Helo),
        "EHLO" => domain(rest).map(Command::Ehlo),
        "LHLO" => domain(rest).map(Command::Lhlo),
        "MAIL" => mail(rest).map(Command::Mail),
        "RCPT" => rcpt(rest).map(Command::Rcpt),
        "DATA" => bare(rest, Command::Data),
        "BDAT" => bdat(rest),
        "RSET" => bare(rest, Command::Rset),
        "QUIT" => bare(rest, Command::Quit),
        "STARTTLS" => bare(rest, Command::StartTls),
        "NOOP" => Ok(Command::Noop),
        "VRFY" | "EXPN" => Ok(Command::Vrfy),
        "HELP" => Ok(Command::Help),
        "AUTH" => auth(rest),
        _ => Err(Reply::new(500, "5.5.2", "Command not recognized")),
    }
}

fn bare<'a>(rest: &str, command: Command<'a>) -> Result<Command<'a>, Reply> {
    if rest.is_empty() { Ok(command) } else { Err(reply::SYNTAX) }
}

/// What it says is written into Received fields, so it must at least be one word.
fn domain(rest: &str) -> Result<&str, Reply> {
    let name = rest.trim();
    let valid = !name.is_empty() && name.len() <= 255 && !name.contains([' ', '(', ')', '<', '>', ';', '\\', '"']);
    if valid { Ok(name) } else { Err(Reply::new(501, "5.5.4", "A host name is needed")) }
}

fn after_keyword<'a>(rest: &'a str, keyword: &str) -> Result<&'a str, Reply> {
    let (head, tail) = rest.trim_start().split_once(':').ok_or(reply::SYNTAX)?;
    if head.trim_end().eq_ignore_ascii_case(keyword) { Ok(tail) } else { Err(reply::SYNTAX) }
}

fn mail(rest: &str) -> Result<Mail, Reply> {
    let (from, params) = address::path(after_keyword(rest, "FROM")?).map_err(|_| MALFORMED_ADDRESS)?;
    let mut mail = Mail { from, ..Mail::default() };
    for param in params.split(' ').filter(|p| !p.is_empty()) {
        let (name, value) = param.split_once('=').map_or((param, None), |(n, v)| (n, Some(v)));
        match (name.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(value)) => mail.size = Some(value.parse().map_err(|_| reply::SYNTAX)?),
            ("BODY", Some(value)) if ["7BIT", "8BITMIME"].iter().any(|b| value.eq_ignore_ascii_case(b)) => {}
            ("SMTPUTF8", None) => mail.smtputf8 = true,
            // RFC 4954 §5: taken and not relied on.
            ("AUTH", Some(_)) => {}
            _ => return Err(UNKNOWN_PARAMETER),
        }
    }
    // RFC 6531 §3.5
    if !mail.from.is_ascii() && !mail.smtputf8 {
        return Err(Reply::new(553, "5.6.7", "Address needs SMTPUTF8"));
    }
    Ok(mail)
}

fn rcpt(rest: &str) -> Result<String, Reply> {
    let (to, params) = address::path(after_keyword(rest, "TO")?).map_err(|_| MALFORMED_ADDRESS)?;
    match (to.is_empty(), params.trim().is_empty()) {
        (true, _) => Err(MALFORMED_ADDRESS),
        (false, false) => Err(UNKNOWN_PARAMETER),
        (false, true) => Ok(to),
    }
}

fn bdat(rest: &str) -> Result<Command<'static>, Reply> {
    let mut words = rest.split_ascii_whitespace();
    let size = words.next().and_then(|w| w.parse().ok()).ok_or(reply::SYNTAX)?;
    match (words.next(), words.next()) {
        (None, _) => Ok(Command::Bdat(size, false)),
        (Some(last), None) if last.eq_ignore_ascii_case("LAST") => Ok(Command::Bdat(size, true)),
        _ => Err(reply::SYNTAX),
    }
}

fn auth(rest: &str) -> Result<Command<'_>, Reply> {
    let mut words = rest.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(mechanism), initial, None) => Ok(Command::Auth(mechanism, initial)),
        _ => Err(reply::SYNTAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ok(line: &str) -> Command<'_> {
        parse(line.as_bytes()).unwrap()
    }

    fn code(line: &[u8]) -> u16 {
        parse(line).unwrap_err().code
    }

    #[test]
    fn commands() {
        assert_eq!(ok("ehlo a.test "), Command::Ehlo("a.test"));
        assert_eq!(ok("LHLO [127.0.0.1]"), Command::Lhlo("[127.0.0.1]"));
        let mail = Mail { from: "a@b".into(), size: Some(9), smtputf8: true };
        assert_eq!(ok("MAIL FROM:<a@b> SIZE=9 body=8bitmime SMTPUTF8"), Command::Mail(mail));
        assert_eq!(ok("mail from: <>"), Command::Mail(Mail::default()));
        assert_eq!(ok("RCPT TO:<x@y>"), Command::Rcpt("x@y".into()));
        assert_eq!(ok("BDAT 12 last"), Command::Bdat(12, true));
        assert_eq!(ok("AUTH plain abc="), Command::Auth("plain", Some("abc=")));
        assert_eq!(ok("NOOP anything"), Command::Noop);
    }

    #[test]
    fn refusals() {
        for (line, want) in [
            (&b"EHLO"[..], 501),
            (b"EHLO a b", 501),
            (b"MAIL", 501),
            (b"MAIL FROM:<a b@c>", 501),
            (b"MAIL FROM:<a@b> RET=FULL", 555),
            (b"MAIL FROM:<a@b> SIZE=x", 501),
            ("MAIL FROM:<ä@b>".as_bytes(), 553),
            (b"RCPT TO:<>", 501),
            (b"RCPT TO:<a@b> NOTIFY=NEVER", 555),
            (b"DATA now", 501),
            (b"BDAT -1", 501),
            (b"BDAT 99999999999999999999999", 501),
            (b"RCPT TO:<a@b>\rDATA", 500),
            (b"\xff\xfe", 500),
            (b"GET / HTTP/1.1", 500),
            (b"", 500),
        ] {
            assert_eq!(code(line), want, "{}", String::from_utf8_lossy(line));
        }
    }

    proptest! {
        #[test]
        fn any_line(line in proptest::collection::vec(any::<u8>(), 0..120), verb in 0..4usize, rest in "\\PC{0,60}") {
            let _ = parse(&line);
            let verb = ["MAIL FROM:<", "RCPT TO:<", "BDAT ", "AUTH "][verb];
            let _ = parse(format!("{verb}{rest}").as_bytes());
        }
    }
}
