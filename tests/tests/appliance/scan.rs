// SPDX-License-Identifier: AGPL-3.0-or-later
//! Spam, viruses and what people should not be sent: marked, or withheld where the administrator finds it.

use posthouse_tests::appliance::mails::{Mail, eicar, zip};
use posthouse_tests::appliance::net::FRIEND;
use posthouse_tests::appliance::{ARRIVAL_MAX, Appliance, PASSWORD, Setup, address};
use posthouse_tests::wait::until;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// Nine points, between the tag level (6.6) and the kill level (15): a rule of the administrator's own.
const RULE: &str = "header PH_ADVERT Subject =~ /A fine offer/\nscore PH_ADVERT 9\n";

#[test]
fn bad_mail_is_marked_or_withheld() {
    let mut appliance = Appliance::prepare(&Setup { dns: false, ..Setup::default() }).unwrap();
    std::fs::write(appliance.state.join("settings/spamassassin.cf"), RULE).unwrap();
    appliance.up().unwrap();
    appliance.populate(false).unwrap();
    incoming(&appliance);
    lesson(&appliance, "text@example.net");
    outgoing(&appliance);
    is_learnt(&appliance);
    appliance.finish().unwrap();
}

fn incoming(appliance: &Appliance) {
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    let program = b"MZ this is no program at all";
    let withheld = [
        Mail::gtube("spam"),
        Mail::eicar("virus"),
        Mail::attached("virus-in-zip", "report.zip", &zip("report.txt", &eicar()).unwrap()),
        Mail::attached("virus-in-zip-in-zip", "r.zip", &zip("r.zip", &zip("r.txt", &eicar()).unwrap()).unwrap()),
        Mail::attached("program", "invoice.pdf.exe", program),
        Mail::attached("program-in-zip", "invoice.zip", &zip("invoice.exe", program).unwrap()),
    ];
    for mail in &withheld {
        let sent = smtp.send("friend@example.net", &[&address("alice"), &address("bob")], &mail.bytes()).unwrap();
        assert!(sent.is_taken(), "{}: {sent:?}", mail.id);
    }
    let harmless = [
        Mail::attached("text", "report.txt", b"Nothing to see here"),
        Mail::attached("text-in-zip", "report.zip", &zip("report.txt", b"Nothing to see here").unwrap()),
    ];
    let advert = Mail { subject: "A fine offer".into(), ..Mail::plain("advert") };
    for mail in harmless.iter().chain([&advert]) {
        assert!(smtp.send("friend@example.net", &[&address("alice")], &mail.bytes()).unwrap().is_taken());
    }
    for mail in &harmless {
        let got = appliance.arrives("alice", "INBOX", &mail.id).unwrap();
        assert!(got.ends_with(&mail.bytes()), "{}", mail.id);
        assert!(String::from_utf8_lossy(&got).contains("X-Virus-Scanned"), "{}", mail.id);
    }
    marked(appliance, &advert);
    released(appliance, &withheld);
    for (mail, user) in withheld[1..].iter().flat_map(|mail| [(mail, "alice"), (mail, "bob")]) {
        assert_eq!(appliance.count(user, "INBOX", &mail.id).unwrap(), 0, "{} reached {user}", mail.id);
    }
}

/// What the quarantine has, by subject: number and reason.
fn quarantine(appliance: &Appliance) -> BTreeMap<String, (u64, String)> {
    let list: Value = serde_json::from_str(&appliance.ok(&["quarantine", "list", "--json"]).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let messages = list["messages"].as_array().unwrap().iter();
    messages.map(|one| (text(&one["subject"]), (one["id"].as_u64().unwrap(), text(&one["why"])))).collect()
}

/// All of it is in the quarantine, and one message comes out as it was sent.
fn released(appliance: &Appliance, withheld: &[Mail]) {
    let mut found = BTreeMap::new();
    until("everything bad in the quarantine", ARRIVAL_MAX, || {
        found = quarantine(appliance);
        Ok(withheld.iter().all(|mail| found.contains_key(&mail.subject)))
    })
    .map_err(|error| format!("{error}: {found:?}"))
    .unwrap();
    let first = &withheld[0];
    appliance.ok(&["quarantine", "release", &found[&first.subject].0.to_string()]).unwrap();
    for user in ["alice", "bob"] {
        let got = appliance.arrives(user, "INBOX", &first.id).unwrap();
        let text = String::from_utf8_lossy(&got);
        assert!(got.ends_with(&first.bytes()) && !text.contains("X-Spam-Flag"), "{text}");
    }
}

/// Whoever moves a message to Junk teaches the filter.
fn lesson(appliance: &Appliance, id: &str) {
    let mut imap = appliance.imap("alice").unwrap();
    imap.select("INBOX").unwrap();
    let uids = imap.search(&format!("HEADER Message-ID \"<{id}>\"")).unwrap();
    imap.ok(&format!("UID MOVE {} Junk", uids[0])).unwrap();
}

fn is_learnt(appliance: &Appliance) {
    until("one message learnt", ARRIVAL_MAX, || {
        Ok(appliance.status()?["health"].to_string().contains("1 spam and 0 wanted messages learnt"))
    })
    .unwrap();
}

fn marked(appliance: &Appliance, advert: &Mail) {
    let got = appliance.arrives("alice", "Junk", &advert.id).unwrap();
    let text = String::from_utf8_lossy(&got);
    assert!(text.contains("X-Spam-Flag: YES") && text.contains("PH_ADVERT=9"), "{text}");
    assert!(got.ends_with(advert.body.as_bytes()), "{text}");
}

/// Whoever sends a virus with our login is told, and it goes nowhere.
fn outgoing(appliance: &Appliance) {
    let from = address("dave");
    let mail = Mail::eicar("own-virus").from(&from);
    let at = appliance.at(587);
    let file = appliance.dir.path().join("message");
    std::fs::write(&file, mail.bytes()).unwrap();
    let sent = Command::new("swaks")
        .args(["--server", &at.ip().to_string(), "--port", &at.port().to_string(), "--tls", "--auth", "PLAIN"])
        .args(["--auth-user", &from, "--auth-password", PASSWORD, "--from", &from, "--to", &address("carol")])
        .args(["--data", "-"])
        .stdin(std::fs::File::open(file).unwrap())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stdout));
    let mut imap = appliance.imap("dave").unwrap();
    imap.select("INBOX").unwrap();
    until("the bounce of a virus", ARRIVAL_MAX, || {
        imap.ok("NOOP")?;
        Ok(!imap.search("BODY \"Eicar\"")?.is_empty())
    })
    .unwrap();
    assert_eq!(appliance.count("carol", "INBOX", &mail.id).unwrap(), 0);
}
