// SPDX-License-Identifier: AGPL-3.0-or-later
//! Base subjects (RFC 5256 §2.1): what is left of a subject without Re:, Fwd:, [lists] and (fwd). Clients work out the same by
//! themselves, so it is to the letter; that of conversations (mime/src/subject.rs) knows the marks of many languages.

/// The base subject of a decoded subject, and whether what was taken off says that it is a reply or forwarded.
pub fn base(subject: &str) -> (String, bool) {
    let folded: Vec<&str> = subject.split_whitespace().collect();
    let folded = folded.join(" ");
    let mut rest = folded.as_str();
    let mut is_reply = false;
    loop {
        while let Some(short) = without_suffix_ignoring_case(rest, "(fwd)") {
            (rest, is_reply) = (short.trim_end(), true);
        }
        loop {
            let before = rest.len();
            if let Some(after) = leader(rest) {
                (rest, is_reply) = (after, true);
            }
            rest = rest.trim_start();
            if let Some(after) = blob(rest).filter(|after| !after.is_empty()) {
                rest = after;
            }
            if rest.len() == before {
                break;
            }
        }
        let inner = without_prefix_ignoring_case(rest, "[fwd:").and_then(|inner| inner.strip_suffix(']'));
        let Some(inner) = inner else { return (rest.to_owned(), is_reply) };
        (rest, is_reply) = (inner.trim(), true);
    }
}

/// After `subj-leader`: any blobs, then re, fw or fwd, perhaps a blob, a colon.
fn leader(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    while let Some(after) = blob(rest) {
        rest = after;
    }
    let word = ["fwd", "fw", "re"].iter().find_map(|word| without_prefix_ignoring_case(rest, word))?;
    let word = word.trim_start();
    blob(word).unwrap_or(word).strip_prefix(':')
}

/// After `subj-blob`: brackets with no brackets in them, and white space.
fn blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    let after = inner.get(end..)?.strip_prefix(']')?;
    Some(after.trim_start())
}

fn without_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    if start.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

fn without_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let end = text.get(at..)?;
    if end.eq_ignore_ascii_case(suffix) { text.get(..at) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_subjects() {
        for (subject, want, is_reply) in [
            ("hello", "hello", false),
            ("  Hello \t there ", "Hello there", false),
            ("Re: hello", "hello", true),
            ("RE:RE : re[2]: hello", "hello", true),
            ("[list] hello", "hello", false),
            ("[list] Re: [other] hello (fwd) (FWD)", "hello", true),
            ("[only]", "[only]", false),
            ("Re: [only]", "[only]", true),
            ("[fwd: Re: hello]", "hello", true),
            ("Fwd: [Fwd: [x] hello]", "hello", true),
            ("re", "re", false),
            ("Re:", "", true),
            ("Regards", "Regards", false),
            ("forward: x", "forward: x", false),
            ("ré: x", "ré: x", false),
            ("[a[b] c", "[a[b] c", false),
            ("", "", false),
        ] {
            assert_eq!(base(subject), (want.to_owned(), is_reply), "{subject:?}");
        }
    }

    #[test]
    fn a_long_subject_is_no_trouble() {
        assert_eq!(base(&"Re: ".repeat(50_000)).0, "");
        assert_eq!(base(&"[fwd:".repeat(50_000)).0.len(), 250_000);
    }
}
