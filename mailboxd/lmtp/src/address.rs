// SPDX-License-Identifier: AGPL-3.0-or-later
//! Paths in MAIL and RCPT (RFC 5321 §4.1.2, RFC 6531 §3.3).

/// RFC 5321 §4.5.3.1 allows 64 and 255; a little more is let through, as senders do.
const ADDRESS_BYTES_MAX: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// `<address>` at the start of `text`: the address ("" for the null path, quotes only where they are needed) and what follows.
pub(crate) fn path(text: &str) -> Result<(String, &str), Malformed> {
    let inner = text.trim_start().strip_prefix('<').ok_or(Malformed)?;
    let end = closing(inner).ok_or(Malformed)?;
    let (address, rest) = (&inner[..end], &inner[end + 1..]);
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err(Malformed);
    }
    // RFC 5321 §4.1.1.3: a source route is accepted and ignored.
    let address = match address.strip_prefix('@') {
        Some(route) => route.split_once(':').ok_or(Malformed)?.1,
        None => address,
    };
    if address.is_empty() {
        return Ok((String::new(), rest));
    }
    Ok((mailbox(address)?, rest))
}

/// Index of the '>' that is not inside quotes.
fn closing(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

pub(crate) fn mailbox(address: &str) -> Result<String, Malformed> {
    if address.len() > ADDRESS_BYTES_MAX || address.contains(char::is_control) {
        return Err(Malformed);
    }
    // RFC 5321 §4.5.1: postmaster needs no domain.
    if address.eq_ignore_ascii_case("postmaster") {
        return Ok(address.to_string());
    }
    let (local, domain) = address.rsplit_once('@').ok_or(Malformed)?;
    if !is_domain(domain) {
        return Err(Malformed);
    }
    let local = match local.strip_prefix('"').and_then(|l| l.strip_suffix('"')) {
        Some(inner) => unquote(inner)?,
        None if is_dot_string(local) => local.to_string(),
        None => return Err(Malformed),
    };
    Ok(format!("{local}@{domain}"))
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        return literal.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-'))
            && !literal.is_empty();
    }
    domain.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii())
    })
}

/// RFC 5321 §4.1.2 Dot-string; dots in odd places are let through, as some real addresses have them.
fn is_dot_string(local: &str) -> bool {
    let specials = ['"', '(', ')', ',', ':', ';', '<', '>', '@', '[', ']', '\\', ' '];
    !local.is_empty() && !local.contains(specials)
}

/// The inside of a quoted string, in quotes again only if it needs them.
fn unquote(inner: &str) -> Result<String, Malformed> {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().ok_or(Malformed)?),
            '"' => return Err(Malformed),
            _ => out.push(c),
        }
    }
    if is_dot_string(&out) {
        return Ok(out);
    }
    Ok(format!("\"{}\"", out.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (input, want) in [
            ("<a@b.test>", Ok(("a@b.test", ""))),
            (" <a@b> SIZE=1", Ok(("a@b", " SIZE=1"))),
            ("<>", Ok(("", ""))),
            ("<@x,@y:a@b>", Ok(("a@b", ""))),
            ("<\"a\"@b>", Ok(("a@b", ""))),
            ("<\"a b>\"@c>", Ok(("\"a b>\"@c", ""))),
            ("<\"a\\\"b\"@c>", Ok(("\"a\\\"b\"@c", ""))),
            ("<a@[127.0.0.1]>", Ok(("a@[127.0.0.1]", ""))),
            ("<Postmaster>", Ok(("Postmaster", ""))),
            ("<jürgen@müller.test>", Ok(("jürgen@müller.test", ""))),
            ("a@b", Err(Malformed)),
            ("<a@b", Err(Malformed)),
            ("<a>", Err(Malformed)),
            ("<a@>", Err(Malformed)),
            ("<@b>", Err(Malformed)),
            ("<a b@c>", Err(Malformed)),
            ("<a@b>x", Err(Malformed)),
            ("<a@b..c>", Err(Malformed)),
            ("<\"a\"b\"@c>", Err(Malformed)),
        ] {
            let got = path(input);
            assert_eq!(got.as_ref().map(|(a, r)| (a.as_str(), *r)).map_err(|e| *e), want, "{input}");
        }
    }
}
