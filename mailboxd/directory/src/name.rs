// SPDX-License-Identifier: AGPL-3.0-or-later
//! Names as strangers write them, made canonical: lower case, domains as A-labels. Pure; hostile input is simply invalid.

/// RFC 5321 §4.5.3.1.1, octets.
pub const LOCAL_PART_MAX: usize = 64;
/// RFC 5321 §4.5.3.1.2, octets of the A-label form.
pub const DOMAIN_MAX: usize = 253;
/// Octets.
const PLAIN_MAX: usize = 64;
const FREE_MAX: usize = 128;
/// Longer input is refused before any work is done on it. U-labels are at most four times as long as what they encode.
const INPUT_MAX: usize = 1024;

/// Splits at the last `@`, takes quotes off a quoted local part, checks both sides. `None`: can't be an address of ours.
pub fn address(text: &str) -> Option<(String, String)> {
    if text.len() > INPUT_MAX {
        return None;
    }
    let (local, domain_part) = text.rsplit_once('@')?;
    Some((local_part(local)?, domain(domain_part)?))
}

/// Lower case (Zimbra's names ignore case, as RFC 5321 §2.4 lets the receiving host decide).
pub fn local_part(text: &str) -> Option<String> {
    let text = unquote(text);
    if text.is_empty() || text.len() > LOCAL_PART_MAX {
        return None;
    }
    let lower = text.to_lowercase();
    let dots_fine = lower.split('.').all(|atom| !atom.is_empty());
    (lower.len() <= LOCAL_PART_MAX && dots_fine && lower.chars().all(is_local_char)).then_some(lower)
}

/// `"alice"` and `alice` are the same mailbox (RFC 5321 §4.1.2: the unquoted form is the canonical one).
fn unquote(text: &str) -> &str {
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text)
}

/// atext (RFC 5322 §3.2.3) or UTF-8 (RFC 6531 §3.3), without `/`, so that a name is always one path element in a URL.
fn is_local_char(c: char) -> bool {
    match c {
        'a'..='z' | '0'..='9' | '.' => true,
        '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '=' | '?' | '^' | '_' | '`' | '{' | '|' | '}' | '~' => {
            true
        }
        c if c.is_ascii() => false,
        // Invisible characters and directional overrides make two names look alike.
        c => {
            !c.is_control()
                && !c.is_whitespace()
                && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        }
    }
}

/// Letters, digits, hyphens (RFC 5321 §4.1.2), international labels as A-labels; both spellings give the same name.
pub fn domain(text: &str) -> Option<String> {
    if text.is_empty() || text.len() > INPUT_MAX {
        return None;
    }
    let ascii = idna::domain_to_ascii(text).ok()?;
    let labels_fine = ascii.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    // A name of digits alone is an IPv4 address in disguise, unless it is a number that none can be.
    let is_digits = ascii.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_number = is_digits && (ascii.contains('.') || ascii.parse::<u32>().is_ok());
    (ascii.len() <= DOMAIN_MAX && labels_fine && !is_number).then_some(ascii)
}

/// Name of a class of service and the like: lower case, nothing that a terminal or a DN would stumble over.
pub fn plain(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let fine = (1..=PLAIN_MAX).contains(&lower.len()) && !lower.chars().any(char::is_control);
    fine.then_some(lower)
}

/// Name of an identity or a signature, as its owner wrote it.
pub fn free(text: &str) -> Option<String> {
    let trimmed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fine = (1..=FREE_MAX).contains(&trimmed.len()) && !trimmed.chars().any(char::is_control);
    fine.then_some(trimmed)
}

/// `user+detail` (RFC 5233): the base and the detail.
pub fn split_detail(local: &str) -> Option<(&str, &str)> {
    let (base, detail) = local.split_once('+')?;
    (!base.is_empty()).then_some((base, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        assert_eq!(address("Alice@Example.TEST"), Some(("alice".into(), "example.test".into())));
        assert_eq!(address("\"Alice\"@example.test"), Some(("alice".into(), "example.test".into())));
        assert_eq!(address("a@BÜCHER.example").unwrap().1, "xn--bcher-kva.example");
        assert_eq!(domain("xn--bcher-kva.example"), domain("bücher.example"));
        assert_eq!(domain("17960352042160"), Some("17960352042160".into()));
        assert_eq!(local_part("Jürgen"), Some("jürgen".into()));
        assert_eq!(split_detail("alice+lists"), Some(("alice", "lists")));
        assert_eq!(split_detail("+lists"), None);
    }

    #[test]
    fn hostile_names_are_invalid() {
        let long = format!("{}@example.test", "a".repeat(65));
        let huge = format!("a@{}", "x".repeat(1 << 20));
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a",
            "a b@c",
            "a\0@c.d",
            "a@c..d",
            ".a@c.d",
            "a.@c.d",
            "a..b@c.d",
            "a/b@c.d",
            "../etc@c.d",
            "a@-c.d",
            "a@c-.d",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@2130706433",
            "a\r\n@c.d",
            "a@c.d\r\n",
            "a\u{202e}b@c.d",
            "<a@c.d>",
            "a@c_d",
            "\"a b\"@c.d",
            "a@xn--",
            &long,
            &huge,
        ] {
            assert_eq!(address(bad), None, "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn canonical_names_are_fixed_points(text in "\\PC{0,40}@\\PC{0,20}") {
            if let Some((local, host)) = address(&text) {
                proptest::prop_assert_eq!(address(&format!("{local}@{host}")), Some((local, host)));
            }
        }
    }
}
