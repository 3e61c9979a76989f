// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail from the Internet: who may get it, who is refused, and what is known about its sender.

use posthouse_tests::appliance::dns::Zone;
use posthouse_tests::appliance::mails::Mail;
use posthouse_tests::appliance::net::{FRIEND, STRANGER};
use posthouse_tests::appliance::{Appliance, Setup, address, dkim};
use posthouse_tests::smtp::Smtp;
use std::net::Ipv4Addr;

#[test]
fn mail_comes_in() {
    let mut appliance = Appliance::start(&Setup { antivirus: false, ..Setup::default() }).unwrap();
    recipients(&appliance);
    refusals(&appliance);
    early_talker(&appliance);
    authentication(&mut appliance);
    appliance.finish().unwrap();
}

/// One message for people, an alias, a list in a list, a domain that stands for ours and an address with a folder in it.
fn recipients(appliance: &Appliance) {
    for words in [
        &["aaa", "alice@example.test", "al@example.test"][..],
        &["cdl", "team@example.test"],
        &["cdl", "inner@example.test"],
        &["adlm", "team@example.test", "bob@example.test", "inner@example.test"],
        &["adlm", "inner@example.test", "carol@example.test"],
        &["cad", "example-alias.test", "example.test"],
    ] {
        appliance.prov(words).unwrap();
    }
    appliance.until_settled().unwrap();
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    for (name, to, arrive_at) in [
        ("several", &["alice@example.test", "bob@example.test"][..], &["alice", "bob"][..]),
        ("alias", &["al@example.test"], &["alice"]),
        ("list", &["team@example.test"], &["bob", "carol"]),
        ("alias-domain", &["dave@example-alias.test"], &["dave"]),
        ("sub-address", &["dave+bills@example.test"], &["dave"]),
        ("capitals", &["Alice@Example.Test"], &["alice"]),
    ] {
        let message = Mail::plain(name).bytes();
        let sent = smtp.send("friend@example.net", to, &message).unwrap();
        assert!(sent.is_taken(), "{name}: {sent:?}");
        for user in arrive_at {
            let got = appliance.arrives(user, "INBOX", &format!("{name}@example.net")).unwrap();
            assert!(got.ends_with(&message), "{name}: {}", String::from_utf8_lossy(&got));
        }
    }
    for (name, wrong) in [("several", "carol"), ("list", "alice"), ("alias", "bob")] {
        assert_eq!(appliance.count(wrong, "INBOX", &format!("{name}@example.net")).unwrap(), 0, "{name} for {wrong}");
    }
}

fn refusals(appliance: &Appliance) {
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    let message = Mail::plain("refused").bytes();
    let answer = |smtp: &mut Smtp, to: &str| smtp.send("friend@example.net", &[to], &message).unwrap().last;
    for (to, code, text) in [
        ("nobody@example.test", 550, "5.1.1"),
        ("nobody@example-alias.test", 550, "5.1.1"),
        ("somebody@elsewhere.test", 554, "5.7.1"),
        ("alice%elsewhere.test@example.test", 554, "5.7.1"),
    ] {
        let said = answer(&mut smtp, to);
        assert!(said.code / 100 == 5 && said.text.contains("5."), "{to}: {said:?}");
        assert!((said.code, &said.text[..text.len()]) == (code, text), "{to}: {said:?}");
    }
    // One good recipient gets it, although another one does not exist.
    let half = Mail::plain("half").bytes();
    let sent = smtp.send("friend@example.net", &["nobody@example.test", "bob@example.test"], &half).unwrap();
    assert!(sent.last.is_ok() && sent.recipients[0].code == 550, "{sent:?}");
    appliance.arrives("bob", "INBOX", "half@example.net").unwrap();
    // A domain that does not exist sends no mail.
    let said = smtp.send("x@does-not-exist.test", &["bob@example.test"], &message).unwrap().last;
    assert!(said.code / 100 >= 4 && said.text.contains("1.8"), "{said:?}");
    // Nobody is trusted for being on the machine, and there is no login where the Internet comes in.
    let local = (Ipv4Addr::LOCALHOST, appliance.at(25).port()).into();
    let said = appliance.net.inside(|| {
        let mut smtp = Smtp::connect(Ipv4Addr::LOCALHOST, local)?;
        smtp.send("alice@example.test", &["somebody@elsewhere.test"], &message)
    });
    assert_eq!(said.unwrap().last.code, 554);
    let offers = smtp.wire.command("EHLO out.example.net").unwrap();
    assert!(!offers.text.contains("AUTH") && offers.text.contains("STARTTLS"), "{offers:?}");
    // RFC 1870 §6.1: too much is refused before it is sent.
    let said = smtp.wire.command("MAIL FROM:<friend@example.net> SIZE=99999999").unwrap();
    assert_eq!(said.code, 552, "{said:?}");
}

/// Who talks before the greeting is no mail server (postscreen).
fn early_talker(appliance: &Appliance) {
    use posthouse_tests::lmtp::Lmtp;
    use posthouse_tests::stream::Stream;
    let mut wire = Lmtp { stream: Stream::connect_from(STRANGER, appliance.at(25)).unwrap() };
    wire.stream.send(b"EHLO zombie.test\r\n").unwrap();
    // What came too early is thrown away.
    wire.reply().unwrap();
    wire.command("EHLO zombie.test").unwrap();
    wire.command("MAIL FROM:<friend@example.net>").unwrap();
    let said = wire.command("RCPT TO:<alice@example.test>").unwrap();
    assert_eq!(said.code / 100, 5, "{said:?}");
}

/// SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489): what fails where the sender's domain asks for refusal is spam.
fn authentication(appliance: &mut Appliance) {
    let key = appliance.dir.path().join("outside.pem");
    let mut zone = Zone::new();
    zone.txt("s1._domainkey.example.net", &dkim::make_key(&key).unwrap());
    let dir = appliance.dir.path().to_owned();
    appliance.dns.restart(&appliance.net, &dir, &zone).unwrap();
    let signed = dkim::sign(&Mail::plain("signed").bytes(), "example.net", "s1", &key).unwrap();
    let broken = dkim::sign(&Mail::plain("broken").bytes(), "example.net", "s1", &key).unwrap();
    let broken = String::from_utf8(broken).unwrap().replace("Yours", "Theirs").into_bytes();
    let from = |name: &str, domain: &str| Mail::plain(name).from(&format!("friend@{domain}")).bytes();
    for (name, domain, host, message, has, has_not, is_spam) in [
        (
            "spf-pass",
            "example.net",
            FRIEND,
            from("spf-pass", "example.net"),
            &["SPF_PASS", "DMARC_PASS"][..],
            "=none",
            false,
        ),
        ("spf-fail", "example.com", STRANGER, from("spf-fail", "example.com"), &["SPF_FAIL"], "DMARC_REJECT", false),
        ("signed", "example.net", STRANGER, signed, &["DKIM_VALID_AU", "DMARC_PASS", "dkim=pass"], "=none", false),
        ("broken", "example.net", STRANGER, broken, &["DKIM_INVALID", "DMARC_REJECT"], "dkim=pass", true),
        (
            "forged",
            "example.org",
            STRANGER,
            from("forged", "example.org"),
            &["SPF_FAIL", "DMARC_REJECT"],
            "dkim=pass",
            true,
        ),
    ] {
        let sent = appliance.smtp(host).unwrap().send(&format!("friend@{domain}"), &[&address("carol")], &message);
        assert!(sent.as_ref().unwrap().is_taken(), "{name}: {sent:?}");
        let folder = if is_spam { "Junk" } else { "INBOX" };
        let got = appliance.arrives("carol", folder, &format!("{name}@example.net")).unwrap();
        assert!(got.ends_with(&message), "{name}");
        let text = String::from_utf8_lossy(&got[..got.len() - message.len()]).into_owned();
        for word in has {
            assert!(text.contains(word), "{name}: no {word} in\n{text}");
        }
        assert!(!text.contains(has_not), "{name}: {has_not} in\n{text}");
        assert_eq!(text.contains("X-Spam-Flag: YES"), is_spam, "{name}:\n{text}");
    }
}
