// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether what is seen does what it should. Not every difference is a mistake: a domain may have more servers, or stricter
//! rules, than we propose.

use super::Record;
use super::lookup::Unanswered;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Good,
    Missing,
    /// Something else is there.
    Other,
    /// No name server answered.
    Unknown,
}

pub fn verdict(record: &Record, found: &Result<Vec<String>, Unanswered>) -> Verdict {
    let Ok(seen) = found else { return Verdict::Unknown };
    let Some(wanted) = &record.value else {
        return if seen.is_empty() { Verdict::Missing } else { Verdict::Good };
    };
    if record.kind == "TXT" {
        return of_text(wanted, seen);
    }
    let target = |value: &str| value.rsplit(' ').next().unwrap_or_default().trim_end_matches('.').to_lowercase();
    match seen.as_slice() {
        [] => Verdict::Missing,
        // A port or a priority of one's own is no mistake; another host is.
        seen if seen.iter().any(|value| target(value) == target(wanted)) => Verdict::Good,
        _ => Verdict::Other,
    }
}

/// Texts that begin with the same word are about the same thing: v=spf1, v=DMARC1, v=DKIM1.
fn of_text(wanted: &str, seen: &[String]) -> Verdict {
    let word = |text: &str| text.split([' ', ';']).next().unwrap_or_default().to_lowercase();
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let same: Vec<&String> = seen.iter().filter(|text| word(text) == word(wanted)).collect();
    let is_rule = matches!(word(wanted).as_str(), "v=dmarc1" | "v=tlsrptv1" | "v=stsv1");
    match same.as_slice() {
        [] => Verdict::Missing,
        // RFC 7489 §6.6.3: two of them count as none; the same holds for SPF (RFC 7208 §4.5).
        [_, _, ..] => Verdict::Other,
        [_] if is_rule => Verdict::Good,
        [one] if word(wanted) == "v=spf1" => {
            let lets_us_send = one.split(' ').any(|term| matches!(term, "mx" | "+mx"));
            if lets_us_send { Verdict::Good } else { Verdict::Other }
        }
        [one] if plain(one) == plain(wanted) => Verdict::Good,
        [_] => Verdict::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(kind: &str, wanted: Option<&str>, seen: &[&str]) -> Verdict {
        let record =
            Record { name: "a.test".into(), kind: kind.into(), value: wanted.map(str::to_owned), why: String::new() };
        verdict(&record, &Ok(seen.iter().map(|text| (*text).to_owned()).collect()))
    }

    #[test]
    fn what_does_its_work_is_good_and_what_does_not_is_named() {
        assert_eq!(judge("A", None, &["192.0.2.1"]), Verdict::Good);
        assert_eq!(judge("A", None, &[]), Verdict::Missing);
        assert_eq!(judge("MX", Some("10 mail.a.test."), &["5 other.test.", "20 MAIL.a.test."]), Verdict::Good);
        assert_eq!(judge("MX", Some("10 mail.a.test."), &["5 other.test."]), Verdict::Other);
        assert_eq!(judge("SRV", Some("0 1 993 mail.a.test."), &["0 1 993 mail.a.test."]), Verdict::Good);
    }

    #[test]
    fn texts_are_compared_by_what_they_are_about() {
        let spf = Some("v=spf1 mx -all");
        assert_eq!(judge("TXT", spf, &["google-site-verification=x", "v=spf1 mx include:x ~all"]), Verdict::Good);
        assert_eq!(judge("TXT", spf, &["v=spf1 include:x ~all"]), Verdict::Other);
        assert_eq!(judge("TXT", spf, &["v=spf1 mx -all", "v=spf1 -all"]), Verdict::Other);
        assert_eq!(judge("TXT", spf, &["something"]), Verdict::Missing);
        assert_eq!(judge("TXT", Some("v=DMARC1; p=none"), &["v=DMARC1; p=reject"]), Verdict::Good);
        assert_eq!(judge("TXT", Some("v=DKIM1; k=rsa; p=AAAA"), &["v=DKIM1;k=rsa; p=AA AA"]), Verdict::Good);
        assert_eq!(judge("TXT", Some("v=DKIM1; k=rsa; p=AAAA"), &["v=DKIM1; k=rsa; p=BBBB"]), Verdict::Other);
    }
}
