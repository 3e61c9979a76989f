// SPDX-License-Identifier: AGPL-3.0-or-later
//! PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login): what a client answers, step by step, until there is a name and a
//! password. No I/O.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// As the greeting names them.
pub const OFFERED: [&str; 2] = ["PLAIN", "LOGIN"];

/// "Username:" and "Password:", as clients expect them, letter for letter.
const USERNAME: &str = "VXNlcm5hbWU6";
const PASSWORD: &str = "UGFzc3dvcmQ6";

/// Where an exchange stands.
pub enum Exchange {
    Plain,
    LoginName,
    LoginPassword { name: String },
}

pub enum Step {
    /// What to ask, in base64.
    Ask(Exchange, &'static str),
    Done(Credentials),
}

/// No Debug: there is a password in it.
pub struct Credentials {
    pub name: String,
    pub password: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotOffered,
    Malformed,
    /// Nobody acts for somebody else here.
    OtherIdentity,
}

pub fn begin(mechanism: &str, initial: Option<&str>) -> Result<Step, Refusal> {
    let (exchange, question) = match mechanism.to_ascii_uppercase().as_str() {
        "PLAIN" => (Exchange::Plain, ""),
        "LOGIN" => (Exchange::LoginName, USERNAME),
        _ => return Err(Refusal::NotOffered),
    };
    match initial {
        Some(response) => answer(exchange, response),
        None => Ok(Step::Ask(exchange, question)),
    }
}

pub fn answer(exchange: Exchange, response: &str) -> Result<Step, Refusal> {
    let text = decode(response)?;
    match exchange {
        Exchange::Plain => plain(&text).map(Step::Done),
        Exchange::LoginName => Ok(Step::Ask(Exchange::LoginPassword { name: text }, PASSWORD)),
        Exchange::LoginPassword { name } => Ok(Step::Done(Credentials { name, password: text })),
    }
}

/// RFC 4616 §2: authorization id, NUL, name, NUL, password.
fn plain(text: &str) -> Result<Credentials, Refusal> {
    let mut fields = text.split('\0');
    match (fields.next(), fields.next(), fields.next(), fields.next()) {
        (Some(other), Some(name), Some(_), None) if !other.is_empty() && !other.eq_ignore_ascii_case(name) => {
            Err(Refusal::OtherIdentity)
        }
        (Some(_), Some(name), Some(password), None) => {
            Ok(Credentials { name: name.to_owned(), password: password.to_owned() })
        }
        _ => Err(Refusal::Malformed),
    }
}

/// RFC 4954 §4: "=" is an empty response.
fn decode(response: &str) -> Result<String, Refusal> {
    if response == "=" {
        return Ok(String::new());
    }
    let octets = STANDARD.decode(response).map_err(|_| Refusal::Malformed)?;
    String::from_utf8(octets).map_err(|_| Refusal::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str) -> String {
        STANDARD.encode(text)
    }

    fn end(step: Result<Step, Refusal>) -> Result<(String, String), Refusal> {
        match step? {
            Step::Done(credentials) => Ok((credentials.name, credentials.password)),
            Step::Ask(_, question) => panic!("asks {question}"),
        }
    }

    #[test]
    fn plain() {
        let both = || Ok(("ann".to_owned(), "geheim".to_owned()));
        assert_eq!(end(begin("PLAIN", Some(&encode("\0ann\0geheim")))), both());
        assert_eq!(end(begin("plain", Some(&encode("Ann\0ann\0geheim")))), both());
        assert_eq!(end(begin("PLAIN", Some(&encode("bob\0ann\0geheim")))), Err(Refusal::OtherIdentity));
        for bad in ["ann", "\0ann", "\0ann\0a\0b"] {
            assert_eq!(end(begin("PLAIN", Some(&encode(bad)))), Err(Refusal::Malformed));
        }
        for bad in ["=", "", "*", "AGFubgBnZWhlaW0", "/w=="] {
            assert_eq!(end(begin("PLAIN", Some(bad))), Err(Refusal::Malformed), "{bad}");
        }
        let Ok(Step::Ask(exchange, "")) = begin("PLAIN", None) else { panic!("no question") };
        assert_eq!(end(answer(exchange, &encode("\0ann\0geheim"))), both());
    }

    #[test]
    fn login() {
        let Ok(Step::Ask(exchange, USERNAME)) = begin("LOGIN", None) else { panic!("no question") };
        let Ok(Step::Ask(exchange, PASSWORD)) = answer(exchange, &encode("ann")) else { panic!("no question") };
        assert_eq!(end(answer(exchange, &encode("geheim"))), Ok(("ann".into(), "geheim".into())));
        let Ok(Step::Ask(exchange, PASSWORD)) = begin("LOGIN", Some(&encode("ann"))) else { panic!("no question") };
        assert_eq!(end(answer(exchange, "!")), Err(Refusal::Malformed));
        assert_eq!(end(begin("CRAM-MD5", None)), Err(Refusal::NotOffered));
    }
}
