// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a client sends with a token: OAUTHBEARER (RFC 7628 §3.1), and XOAUTH2, which was before it and is what many still speak.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A token that is longer is none.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

#[derive(PartialEq, Eq)]
pub struct Bearer {
    /// Who the client says it is; `None`: whose the token is.
    pub user: Option<String>,
    /// Empty: the client asks how to get one.
    pub token: String,
}

#[derive(Debug, PartialEq, Eq)]
pub enum NotBearer {
    Base64,
    Malformed,
}

impl Bearer {
    /// From base64: `n,a=user,^Ahost=…^Aauth=Bearer token^A^A`.
    pub fn oauthbearer(coded: &[u8]) -> Result<Bearer, NotBearer> {
        let text = decoded(coded)?;
        let (header, pairs) = text.split_once('\x01').ok_or(NotBearer::Malformed)?;
        // RFC 5801 §4: gs2-header; channel binding (p=…) is not offered.
        let mut header = header.split(',');
        let (Some("n" | "y"), Some(identity), Some(""), None) =
            (header.next(), header.next(), header.next(), header.next())
        else {
            return Err(NotBearer::Malformed);
        };
        let user = match identity.strip_prefix("a=") {
            Some(name) => Some(saslname(name).ok_or(NotBearer::Malformed)?),
            None if identity.is_empty() => None,
            None => return Err(NotBearer::Malformed),
        };
        let mut bearer = Bearer { user, token: String::new() };
        bearer.take(pairs, |_, _| {})?;
        Ok(bearer)
    }

    /// From base64: `user=name^Aauth=Bearer token^A^A`.
    pub fn xoauth2(coded: &[u8]) -> Result<Bearer, NotBearer> {
        let text = decoded(coded)?;
        let mut user = None;
        let mut bearer = Bearer { user: None, token: String::new() };
        bearer.take(&text, |name, value| {
            if name == "user" && !value.is_empty() {
                user = Some(value.to_owned());
            }
        })?;
        bearer.user = user;
        Ok(bearer)
    }

    /// Pairs, each with its end, and an empty one at the end.
    fn take(&mut self, pairs: &str, mut other: impl FnMut(&str, &str)) -> Result<(), NotBearer> {
        let pairs =
            pairs.strip_suffix("\x01\x01").or_else(|| pairs.strip_suffix('\x01').filter(|rest| rest.is_empty()));
        let mut authorization = None;
        for pair in pairs.ok_or(NotBearer::Malformed)?.split('\x01').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').ok_or(NotBearer::Malformed)? {
                ("auth", value) if authorization.is_none() => authorization = Some(value),
                ("auth", _) => return Err(NotBearer::Malformed),
                (name, value) => other(name, value),
            }
        }
        let authorization = authorization.unwrap_or_default();
        if authorization.is_empty() {
            return Ok(());
        }
        let (scheme, token) = authorization.split_once(' ').ok_or(NotBearer::Malformed)?;
        let token = token.trim();
        // RFC 6750 §2.1: b64token
        let is_token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
        if !scheme.eq_ignore_ascii_case("bearer") || token.len() > TOKEN_BYTES_MAX || !token.bytes().all(is_token) {
            return Err(NotBearer::Malformed);
        }
        token.clone_into(&mut self.token);
        Ok(())
    }
}

fn decoded(coded: &[u8]) -> Result<String, NotBearer> {
    let octets = STANDARD.decode(coded).map_err(|_| NotBearer::Base64)?;
    String::from_utf8(octets).map_err(|_| NotBearer::Malformed)
}

/// RFC 5801 §4: `=2C` is a comma and `=3D` an equals sign.
fn saslname(name: &str) -> Option<String> {
    let mut parts = name.split('=');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        out.push(match code {
            "2C" => ',',
            "3D" => '=',
            _ => return None,
        });
        out.push_str(rest);
    }
    (!out.is_empty()).then_some(out)
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bearer({:?})", self.user)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Bearer, NotBearer> {
        Bearer::oauthbearer(STANDARD.encode(text).as_bytes())
    }

    fn bearer(user: Option<&str>, token: &str) -> Result<Bearer, NotBearer> {
        Ok(Bearer { user: user.map(str::to_owned), token: token.to_owned() })
    }

    #[test]
    fn both_mechanisms() {
        // RFC 7628 §4.1
        let example = "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmT\x01\x01";
        assert_eq!(of(example), bearer(Some("user@example.com"), "vF9dft4qmT"));
        assert_eq!(of("n,,\x01auth=bearer  a.b-c=\x01\x01"), bearer(None, "a.b-c="));
        assert_eq!(of("y,a=a=2Cb=3D,\x01auth=Bearer x\x01\x01"), bearer(Some("a,b="), "x"));
        // RFC 7628 §4.3: asks for the configuration.
        assert_eq!(of("n,a=u,\x01auth=\x01\x01"), bearer(Some("u"), ""));
        assert_eq!(of("n,,\x01\x01"), bearer(None, ""));
        let old = STANDARD.encode("user=u@x\x01auth=Bearer t\x01\x01");
        assert_eq!(Bearer::xoauth2(old.as_bytes()), bearer(Some("u@x"), "t"));
        assert!(!format!("{:?}", of(example)).contains("vF9"));
    }

    #[test]
    fn what_is_none() {
        for bad in [
            "",
            "n,,",
            "p=x,,\x01auth=Bearer x\x01\x01",
            "n,b=u,\x01auth=Bearer x\x01\x01",
            "n,a=,\x01auth=Bearer x\x01\x01",
            "n,a=x=2,\x01auth=Bearer x\x01\x01",
            "n,,\x01auth=Basic x\x01\x01",
            "n,,\x01auth=Bearer\x01\x01",
            "n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01",
            "n,,\x01auth=Bearer x y\x01\x01",
            "n,,\x01auth=Bearer x\x01",
            "n,,\x01x\x01\x01",
        ] {
            assert_eq!(of(bad), Err(NotBearer::Malformed), "{bad:?}");
        }
        assert_eq!(Bearer::oauthbearer(b"!"), Err(NotBearer::Base64));
        let long = "x".repeat(TOKEN_BYTES_MAX + 1);
        assert_eq!(of(&format!("n,,\x01auth=Bearer {long}\x01\x01")), Err(NotBearer::Malformed));
    }
}
