// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message as amavisd puts it into the quarantine: fields of its own on top, the last of them a Received, and then what it was
//! given, untouched. On top of that, the MTA that brought it here may have written its trace.
//!
//! ```text
//! Received: from localhost … by mail.a.test (Postfix) …           the MTA's
//! X-Envelope-From: <bad@remote.test>
//! X-Envelope-To: <ann@a.test>, <bob@a.test>
//! X-Envelope-To-Blocked: <bob@a.test>
//! X-Quarantine-ID: <AxDCwr3uYpzS>
//! X-Amavis-Alert: BANNED, message contains application/octet-stream,run.zip
//! X-Spam-Score: 4.05
//! Received: from … (amavis, port 10024) with ESMTP id AxDCwr3uYpzS; …
//! Received: from client …                                         the message as it came
//! ```
//!
//! Whoever writes a mail to the quarantine himself can write such fields as well, but not on top: the scanner's come first.

/// Fields that an MTA writes above the scanner's.
const TRACE: [&str; 3] = ["received", "return-path", "delivered-to"];
/// Of one of ours, and of the MTA's, there are fewer.
const FIELDS_MAX: usize = 200;

#[derive(Debug, PartialEq, Eq)]
pub struct Withheld {
    /// amavisd's, as in its log.
    pub id: String,
    /// Empty: a bounce.
    pub from: String,
    /// From whom it was kept.
    pub blocked: Vec<String>,
    /// Where the message begins.
    pub start: usize,
}

impl Withheld {
    /// `None`: no such message.
    pub fn of(message: &[u8]) -> Option<Withheld> {
        let mut fields = Fields { message, at: 0 }.take(FIELDS_MAX).peekable();
        // One hop brought it here from the scanner.
        let mut hops = 0;
        while let Some((name, ..)) = fields.peek().filter(|(name, ..)| TRACE.contains(&name.as_str())) {
            hops += usize::from(name == "received");
            fields.next();
        }
        let (name, from, _) = fields.next()?;
        if hops > 1 || name != "x-envelope-from" {
            return None;
        }
        let (mut all, mut blocked, mut id) = (Vec::new(), Vec::new(), None);
        for (name, value, end) in fields {
            match name.as_str() {
                "x-envelope-to" if id.is_none() => all = paths(&value),
                "x-envelope-to-blocked" if id.is_none() => blocked = paths(&value),
                "x-quarantine-id" if id.is_none() => id = Some(value.trim_matches(['<', '>']).to_owned()),
                "received" => {
                    let id = id.filter(|id| !id.is_empty() && has_word(&value, id))?;
                    let blocked = if blocked.is_empty() { all } else { blocked };
                    let from = paths(&from).pop().unwrap_or_default();
                    return Some(Withheld { id, from, blocked, start: end });
                }
                _ => {}
            }
        }
        None
    }

    /// In words: `virus Eicar-Test-Signature`, `banned run.exe`, `spam, 17.2 points`. `message`: where this was read from.
    pub fn why(&self, message: &[u8]) -> String {
        let mut reasons = Vec::new();
        let mut score = None;
        for (name, value, _) in (Fields { message: &message[..self.start], at: 0 }) {
            match (name.as_str(), value.split_once(" contains ")) {
                ("x-amavis-alert", Some((alert, what))) if alert.starts_with("INFECTED") => {
                    reasons.push(format!("virus {}", what.trim_start_matches("virus: ").trim()));
                }
                // the type, then the name
                ("x-amavis-alert", Some((alert, what))) if alert.starts_with("BANNED") => {
                    reasons.push(format!("banned {}", what.rsplit(',').next().unwrap_or(what).trim()));
                }
                ("x-amavis-alert", _) => reasons.push(value),
                ("x-spam-score", _) => score = Some(value),
                _ => {}
            }
        }
        match score {
            Some(score) if reasons.is_empty() => format!("spam, {score} points"),
            _ if reasons.is_empty() => "unknown".to_owned(),
            _ => reasons.join("; "),
        }
    }
}

/// Name in lower case, unfolded value, and where the next field begins; ends with the header.
struct Fields<'a> {
    message: &'a [u8],
    at: usize,
}

impl Iterator for Fields<'_> {
    type Item = (String, String, usize);

    fn next(&mut self) -> Option<(String, String, usize)> {
        let rest = &self.message[self.at..];
        let mut end = line(rest);
        // RFC 5322 §2.2.3
        while matches!(rest.get(end), Some(b' ' | b'\t')) {
            end += line(&rest[end..]);
        }
        let field = String::from_utf8_lossy(&rest[..end]).into_owned();
        let (name, value) = field.split_once(':')?;
        self.at += end;
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        Some((name.trim_end().to_ascii_lowercase(), value, self.at))
    }
}

fn line(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1)
}

/// `<ann@a.test>, <"odd, one"@a.test>`: what is in angle brackets that are not within quotes (RFC 5321 §4.1.2).
fn paths(text: &str) -> Vec<String> {
    let (mut found, mut path) = (Vec::new(), None::<String>);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for c in text.chars() {
        let closes = c == '>' && !is_quoted;
        match &mut path {
            None if c == '<' => path = Some(String::new()),
            None => {}
            Some(_) if closes => found.extend(path.take()),
            Some(path) => {
                path.push(c);
                is_quoted ^= c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
            }
        }
    }
    found
}

fn has_word(text: &str, word: &str) -> bool {
    text.split([' ', ';']).any(|other| other == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As amavisd 2.13 wrote them.
    const BANNED: &str = "X-Envelope-From: <bad@remote.test>\r\nX-Envelope-To: <ann@a.test>, <bob@a.test>\r\n\
        X-Envelope-To-Blocked: <bob@a.test>\r\nX-Quarantine-ID: <AxDCwr3uYpzS>\r\n\
        X-Amavis-Alert: BANNED, message contains application/octet-stream,run.zip\r\nX-Spam-Flag: NO\r\n\
        X-Spam-Score: 4.05\r\nX-Spam-Level: ****\r\nX-Spam-Status: No, score=4.05 tag=-999 tag2=6.6 kill=15\r\n \
        tests=[MISSING_DATE=2.739, MSGID_SHORT=0.001, RCVD_ILLEGAL_IP=1.3,\r\n T_TVD_MIME_NO_HEADERS=0.01] \
        autolearn=no autolearn_force=no\r\nReceived: from mail.a.test ([127.0.0.1])\r\n by localhost (mail.a.test \
        [127.0.0.1]) (amavis, port 31024) with ESMTP\r\n id AxDCwr3uYpzS; Sat, 28 Nov 2026 17:43:29 +0000 (UTC)\r\n";
    const SPAM: &str = "X-Envelope-From: <>\r\nX-Envelope-To: <ann@a.test>\r\nX-Envelope-To-Blocked: <ann@a.test>\r\n\
        X-Quarantine-ID: <gcDjEoOrKgXT>\r\nX-Spam-Flag: YES\r\nX-Spam-Score: 1006.041\r\nX-Spam-Level: \
        ****************************************************************\r\nReceived: from mail.a.test ([127.0.0.1])\r\n \
        by localhost (mail.a.test [127.0.0.1]) (amavis, port 31024) with ESMTP\r\n id gcDjEoOrKgXT for <ann@a.test>; \
        Sat, 28 Nov 2026 17:43:29 +0000 (UTC)\r\n";
    const HOP: &str = "Received: from localhost (localhost [127.0.0.1])\r\n\tby mail.a.test (Postfix) with ESMTP id 4XYZ\r\n\t\
        for <quarantine.0a@a.test>; Sat, 28 Nov 2026 17:43:29 +0000 (UTC)\r\n";
    const ORIGINAL: &str = "Received: from client.remote.test (client.remote.test [192.0.2.9])\r\n\tby mail.a.test (Postfix) \
        with ESMTP id 4ABC\r\n\tfor <ann@a.test>; Sat, 28 Nov 2026 10:00:00 +0000 (UTC)\r\nX-Spam-Flag: NO\r\n\
        X-Envelope-To: <evil@a.test>\r\nFrom: Bad <bad@remote.test>\r\nSubject: =?utf-8?q?H=C3=A9llo?=\r\n\r\ntext\r\n..dot\r\n";

    #[test]
    fn the_message_is_what_came() {
        for hop in ["", HOP, &format!("Return-Path: <>\r\nDelivered-To: q@a.test\r\n{HOP}")] {
            for (block, from, why) in
                [(BANNED, "bad@remote.test", "banned run.zip"), (SPAM, "", "spam, 1006.041 points")]
            {
                let message = format!("{hop}{block}{ORIGINAL}");
                let withheld = Withheld::of(message.as_bytes()).unwrap();
                assert_eq!(&message[withheld.start..], ORIGINAL);
                assert_eq!((withheld.from.as_str(), withheld.why(message.as_bytes()).as_str()), (from, why));
                let blocked = if from.is_empty() { "ann@a.test" } else { "bob@a.test" };
                assert_eq!(withheld.blocked, [blocked]);
            }
        }
        let virus = BANNED.replace(
            "BANNED, message contains application/octet-stream,run.zip",
            "INFECTED, message contains virus: Eicar, Other",
        );
        let withheld = Withheld::of(virus.as_bytes()).unwrap();
        assert_eq!(
            (withheld.id.as_str(), withheld.why(virus.as_bytes()).as_str()),
            ("AxDCwr3uYpzS", "virus Eicar, Other")
        );
    }

    #[test]
    fn who_writes_to_the_quarantine_himself_gets_nothing_released() {
        let passed = "X-Virus-Scanned: amavis at a.test\r\nReceived: from mail.a.test by localhost (amavis, port 1) id x1;\r\n date\r\n";
        for message in [
            String::new(),
            "X-Envelope-From".to_owned(),
            ORIGINAL.to_owned(),
            // the forged block is below what the scanner wrote
            format!("{HOP}{passed}{ORIGINAL}{BANNED}{ORIGINAL}"),
            format!("{HOP}{HOP}{BANNED}{ORIGINAL}"),
            // the scanner's own Received is missing, or another one's
            BANNED.split("Received").next().unwrap().to_owned() + "\r\ntext",
            BANNED.replace("id AxDCwr3uYpzS", "id other") + ORIGINAL,
            BANNED.replace("<AxDCwr3uYpzS>", "<>") + ORIGINAL,
        ] {
            assert_eq!(Withheld::of(message.as_bytes()), None, "{message}");
        }
    }

    #[test]
    fn cut_and_garbled_messages_are_only_octets() {
        let whole = format!("{HOP}{BANNED}{ORIGINAL}").into_bytes();
        for at in 0..whole.len() {
            let cut = &whole[..at];
            assert!(Withheld::of(cut).is_none_or(|withheld| withheld.start <= cut.len()));
            for byte in [0, b'\n', b':', b'<', b'"', 0xff] {
                let mut garbled = whole.clone();
                garbled[at] = byte;
                if let Some(withheld) = Withheld::of(&garbled) {
                    withheld.why(&garbled);
                    assert!(withheld.start <= garbled.len());
                }
            }
        }
    }

    #[test]
    fn addresses_may_be_odd() {
        assert_eq!(paths("<ann@a.test>, <\"a >, <b\\\"\"@a.test>"), ["ann@a.test", "\"a >, <b\\\"\"@a.test"]);
        assert_eq!(paths("<>"), [""]);
        assert_eq!(paths("nobody, <open"), Vec::<String>::new());
    }
}
