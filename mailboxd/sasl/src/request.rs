// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a client says: one line, without its LF, to a value. No I/O.

use std::net::IpAddr;

#[derive(Clone, PartialEq, Eq)]
pub enum Request<'a> {
    /// The major number.
    Version(u32),
    /// A client tells its process id.
    Cpid,
    Auth {
        id: u32,
        mechanism: &'a str,
        params: Params<'a>,
    },
    Cont {
        id: u32,
        response: &'a str,
    },
    Cancel(u32),
    /// To be ignored, as the protocol asks.
    Unknown,
}

#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params<'a> {
    /// The client came over TLS.
    pub secured: bool,
    /// Of the client who wants in.
    pub remote: Option<IpAddr>,
    /// Base64.
    pub response: Option<&'a str>,
}

/// The connection ends: who breaks the protocol can't be answered by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

pub fn parse(line: &[u8]) -> Result<Request<'_>, Malformed> {
    let line = std::str::from_utf8(line).map_err(|_| Malformed)?;
    let (command, rest) = line.split_once('\t').unwrap_or((line, ""));
    match command {
        "VERSION" => number(rest.split('\t').next()).map(Request::Version),
        "CPID" => number(Some(rest)).map(|_| Request::Cpid),
        "AUTH" => auth(rest),
        "CONT" => {
            let (id, response) = rest.split_once('\t').unwrap_or((rest, ""));
            Ok(Request::Cont { id: number(Some(id))?, response })
        }
        "CANCEL" => number(Some(rest)).map(Request::Cancel),
        _ => Ok(Request::Unknown),
    }
}

fn auth(rest: &str) -> Result<Request<'_>, Malformed> {
    // resp= is the last parameter, whatever it has in it.
    let (rest, response) = match rest.split_once("\tresp=") {
        Some((rest, response)) => (rest, Some(response)),
        None => (rest, None),
    };
    let mut fields = rest.split('\t');
    let id = number(fields.next())?;
    let mechanism = fields.next().filter(|name| !name.is_empty()).ok_or(Malformed)?;
    let mut params = Params { response, ..Params::default() };
    for field in fields {
        match field.split_once('=') {
            None if field == "secured" => params.secured = true,
            // Since Dovecot 2.3 with the kind of security.
            Some(("secured", _)) => params.secured = true,
            // What can't be read is nobody's address: such a login counts as one from somewhere.
            Some(("rip", ip)) => params.remote = ip.parse().ok(),
            _ => {}
        }
    }
    Ok(Request::Auth { id, mechanism, params })
}

/// 32 bits, as the protocol has them.
fn number(text: Option<&str>) -> Result<u32, Malformed> {
    let text = text.filter(|text| text.bytes().all(|b| b.is_ascii_digit())).ok_or(Malformed)?;
    text.parse().map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(line: &str) -> (u32, String, bool, Option<IpAddr>, Option<String>) {
        match parse(line.as_bytes()) {
            Ok(Request::Auth { id, mechanism, params: p }) => {
                (id, mechanism.into(), p.secured, p.remote, p.response.map(str::to_owned))
            }
            _ => panic!("{line}"),
        }
    }

    #[test]
    fn what_postfix_sends() {
        assert!(parse(b"VERSION\t1\t1").is_ok_and(|r| r == Request::Version(1)));
        assert!(parse(b"CPID\t4711").is_ok_and(|r| r == Request::Cpid));
        let line = "AUTH\t7\tPLAIN\tservice=smtp\tnologin\tlip=10.0.0.1\trip=10.0.0.9\tsecured\tresp=AGEAYg==";
        let want = (7, "PLAIN".into(), true, "10.0.0.9".parse().ok(), Some("AGEAYg==".into()));
        assert_eq!(params(line), want);
        let line = "AUTH\t8\tLOGIN\tservice=smtp\tnologin\tlip=::1\trip=2001:db8::9";
        assert_eq!(params(line), (8, "LOGIN".into(), false, "2001:db8::9".parse().ok(), None));
        assert_eq!(params("AUTH\t1\tPLAIN\trip=x\tresp="), (1, "PLAIN".into(), false, None, Some(String::new())));
        assert!(parse(b"CONT\t8\tYQ==").is_ok_and(|r| r == Request::Cont { id: 8, response: "YQ==" }));
        assert!(parse(b"CANCEL\t8").is_ok_and(|r| r == Request::Cancel(8)));
    }

    /// A parameter that looks like another within the response is a part of the response.
    #[test]
    fn nothing_is_read_out_of_a_response() {
        let line = "AUTH\t1\tPLAIN\tservice=smtp\tresp=AA==\tsecured\trip=127.0.0.1";
        assert_eq!(params(line), (1, "PLAIN".into(), false, None, Some("AA==\tsecured\trip=127.0.0.1".into())));
    }

    #[test]
    fn refusals() {
        for line in [&b"VERSION"[..], b"VERSION\tx", b"AUTH", b"AUTH\t1", b"AUTH\t1\t", b"AUTH\t4294967296\tPLAIN"] {
            assert!(parse(line).is_err(), "{}", String::from_utf8_lossy(line));
        }
        for line in [&b"AUTH\t+1\tPLAIN"[..], b"CONT\tx\tAA==", b"CANCEL", b"CPID\t-1", b"\xff"] {
            assert!(parse(line).is_err(), "{}", String::from_utf8_lossy(line));
        }
        assert!(parse(b"").is_ok_and(|r| r == Request::Unknown));
        assert!(parse(b"HELLO\tthere").is_ok_and(|r| r == Request::Unknown));
    }
}
