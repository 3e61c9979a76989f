// SPDX-License-Identifier: AGPL-3.0-or-later
//! A line to a command (RFC 1939 §3, §9).

/// What must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Message numbers begin at 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    User(Vec<u8>),
    Pass(Secret),
    /// RFC 5034; without a mechanism: which are there?
    Auth {
        mechanism: Option<String>,
        initial: Option<Secret>,
    },
    /// RFC 2449
    Capa,
    /// RFC 2595
    Stls,
    /// RFC 6856
    Utf8,
    Quit,
    Stat,
    List(Option<u32>),
    Retr(u32),
    Dele(u32),
    Noop,
    Rset,
    /// Lines of the body.
    Top(u32, u32),
    Uidl(Option<u32>),
}

/// The text says what is wrong with the line.
pub fn parse(line: &[u8]) -> Result<Command, &'static str> {
    let (word, rest) = match memchr::memchr(b' ', line) {
        Some(at) => (&line[..at], Some(&line[at + 1..])),
        None => (line, None),
    };
    let word = word.to_ascii_uppercase();
    match (word.as_slice(), rest) {
        (b"USER", Some(name)) if !name.is_empty() => Ok(Command::User(name.to_vec())),
        // RFC 1939 §7: a password may hold spaces.
        (b"PASS", Some(password)) => Ok(Command::Pass(Secret(password.to_vec()))),
        (b"USER" | b"PASS", _) => Err("argument missing"),
        (b"AUTH", rest) => auth(rest.unwrap_or_default()),
        (b"CAPA", None) => Ok(Command::Capa),
        (b"STLS", None) => Ok(Command::Stls),
        (b"UTF8", None) => Ok(Command::Utf8),
        (b"QUIT", None) => Ok(Command::Quit),
        (b"STAT", None) => Ok(Command::Stat),
        (b"NOOP", None) => Ok(Command::Noop),
        (b"RSET", None) => Ok(Command::Rset),
        (b"LIST", rest) => Ok(Command::List(rest.map(one).transpose()?)),
        (b"UIDL", rest) => Ok(Command::Uidl(rest.map(one).transpose()?)),
        (b"RETR", Some(rest)) => Ok(Command::Retr(one(rest)?)),
        (b"DELE", Some(rest)) => Ok(Command::Dele(one(rest)?)),
        (b"TOP", Some(rest)) => {
            let (message, lines) = memchr::memchr(b' ', rest)
                .map(|at| (&rest[..at], &rest[at + 1..]))
                .ok_or("a message number and a number of lines, please")?;
            Ok(Command::Top(one(message)?, number(trim(lines)).ok_or("not a number of lines")?))
        }
        (b"RETR" | b"DELE" | b"TOP", None) => Err("a message number, please"),
        (b"CAPA" | b"STLS" | b"UTF8" | b"QUIT" | b"STAT" | b"NOOP" | b"RSET", Some(_)) => Err("no argument expected"),
        _ => Err("unknown command"),
    }
}

fn auth(rest: &[u8]) -> Result<Command, &'static str> {
    let mut words = rest.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let mechanism = words.next().map(|word| String::from_utf8_lossy(word).to_ascii_uppercase());
    let initial = words.next().map(|word| Secret(word.to_vec()));
    if words.next().is_some() {
        return Err("too many arguments");
    }
    Ok(Command::Auth { mechanism, initial })
}

fn one(text: &[u8]) -> Result<u32, &'static str> {
    number(trim(text)).filter(|number| *number > 0).ok_or("not a message number")
}

fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

fn number(text: &[u8]) -> Option<u32> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if digits { str::from_utf8(text).ok()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_any_case_and_with_arguments() {
        for (line, want) in [
            ("user ann@example.test", Command::User(b"ann@example.test".to_vec())),
            ("PASS two words ", Command::Pass(Secret(b"two words ".to_vec()))),
            ("Quit", Command::Quit),
            ("LIST", Command::List(None)),
            ("list 3", Command::List(Some(3))),
            ("TOP 1 0", Command::Top(1, 0)),
            ("UIDL 4294967295", Command::Uidl(Some(u32::MAX))),
            ("AUTH", Command::Auth { mechanism: None, initial: None }),
            ("auth plain =", Command::Auth { mechanism: Some("PLAIN".into()), initial: Some(Secret(b"=".to_vec())) }),
        ] {
            assert_eq!(parse(line.as_bytes()), Ok(want), "{line}");
        }
        for line in [
            "",
            " ",
            "USER",
            "USER ",
            "PASS",
            "LIST 0",
            "LIST -1",
            "RETR",
            "RETR 4294967296",
            "TOP 1",
            "TOP 1 x",
            "QUIT now",
            "XTND",
            "AUTH a b c",
        ] {
            assert!(parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
