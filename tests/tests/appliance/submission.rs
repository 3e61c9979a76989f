// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail of our own people: who may send, as whom, by which way it leaves, and what it tells about them.

use posthouse_tests::appliance::dns::Zone;
use posthouse_tests::appliance::mails::Mail;
use posthouse_tests::appliance::net::{FRIEND, MX, SMARTHOST};
use posthouse_tests::appliance::sink::Sink;
use posthouse_tests::appliance::{Appliance, PASSWORD, Setup, dkim};
use std::process::Command;

/// swaks(1), exit codes.
const REFUSED_SENDER: i32 = 23;
const REFUSED_RECIPIENTS: i32 = 24;
const NO_LOGIN: i32 = 28;

#[test]
fn people_send() {
    let mut appliance = Appliance::start(&Setup { antivirus: false, ..Setup::default() }).unwrap();
    let mx = Sink::listen(MX).unwrap();
    let smarthost = Sink::listen(SMARTHOST).unwrap();
    for words in [
        &["aaa", "alice@example.test", "al@example.test"][..],
        &["ma", "bob@example.test", "zimbraAllowFromAddress", "sales@example.net"],
        &["cd", "second.test", "posthouseRelayHost", "[smarthost.provider.test]"],
        &["ca", "eve@second.test", PASSWORD],
    ] {
        appliance.prov(words).unwrap();
    }
    appliance.until_settled().unwrap();
    logins(&appliance);
    senders(&appliance);
    publish(&mut appliance);
    ways_out(&appliance, &mx, &smarthost);
    appliance.finish().unwrap();
}

struct Swaks<'a> {
    port: u16,
    tls: &'a str,
    login: Option<(&'a str, &'a str, &'a str)>,
    from: &'a str,
    to: &'a str,
}

/// By 587, as a mail program does.
fn usual<'a>(user: &'a str, from: &'a str, to: &'a str) -> Swaks<'a> {
    Swaks { port: 587, tls: "--tls", login: Some(("PLAIN", user, PASSWORD)), from, to }
}

fn send(appliance: &Appliance, how: &Swaks<'_>, mail: &Mail) -> (i32, String) {
    let mut command = Command::new("swaks");
    let at = appliance.at(how.port);
    command.args(["--server", &at.ip().to_string(), "--port", &at.port().to_string()]);
    command.args(["--local-interface", &FRIEND.to_string(), "--ehlo", "laptop.home.test"]);
    command.args(["--from", how.from, "--to", how.to, "--data", "-"]);
    if !how.tls.is_empty() {
        command.arg(how.tls);
    }
    if let Some((kind, user, password)) = how.login {
        command.args(["--auth", kind, "--auth-user", user, "--auth-password", password]);
    }
    let file = appliance.dir.path().join("message");
    std::fs::write(&file, mail.bytes()).unwrap();
    let output = command.stdin(std::fs::File::open(file).unwrap()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn logins(appliance: &Appliance) {
    let (from, to) = ("alice@example.test", "bob@example.test");
    let plain = |port, tls, kind| Swaks { port, tls, login: Some((kind, from, PASSWORD)), from, to };
    for (name, how) in [
        ("starttls-plain", plain(587, "--tls", "PLAIN")),
        ("starttls-login", plain(587, "--tls", "LOGIN")),
        ("tls-plain", plain(465, "--tls-on-connect", "PLAIN")),
    ] {
        let (code, said) = send(appliance, &how, &Mail::plain(name).from(from));
        assert_eq!(code, 0, "{name}: {said}");
        let got = appliance.arrives("bob", "INBOX", &format!("{name}@example.net")).unwrap();
        let text = String::from_utf8_lossy(&got).into_owned();
        assert!(text.contains(&Mail::plain(name).body), "{name}: {text}");
    }
    let mail = Mail::plain("never").from(from);
    for (name, how, code) in [
        ("wrong password", Swaks { login: Some(("PLAIN", from, "wrong")), ..usual(from, from, to) }, NO_LOGIN),
        (
            "unknown user",
            Swaks { login: Some(("PLAIN", "x@example.test", PASSWORD)), ..usual(from, from, to) },
            NO_LOGIN,
        ),
        ("login without TLS", Swaks { tls: "", ..usual(from, from, to) }, NO_LOGIN),
        ("no login", Swaks { login: None, ..usual(from, from, to) }, REFUSED_RECIPIENTS),
        ("neither", Swaks { login: None, tls: "", ..usual(from, from, to) }, REFUSED_SENDER),
        ("login on 25", plain(25, "--tls", "PLAIN"), NO_LOGIN),
    ] {
        let (is, said) = send(appliance, &how, &mail);
        assert_eq!(is, code, "{name}: {said}");
    }
    assert_eq!(appliance.count("bob", "INBOX", &mail.id).unwrap(), 0);
}

/// An address may be used by whom it belongs to, and by whom the administrator says.
fn senders(appliance: &Appliance) {
    for (name, user, from, is_allowed) in [
        ("own", "alice@example.test", "alice@example.test", true),
        ("own-alias", "alice@example.test", "al@example.test", true),
        ("granted", "bob@example.test", "sales@example.net", true),
        ("somebody-elses", "alice@example.test", "bob@example.test", false),
        ("invented", "alice@example.test", "nobody@example.test", false),
        ("foreign", "alice@example.test", "someone@example.net", false),
        ("granted-to-bob", "alice@example.test", "sales@example.net", false),
    ] {
        let (code, said) = send(appliance, &usual(user, from, "carol@example.test"), &Mail::plain(name).from(from));
        if is_allowed {
            assert_eq!(code, 0, "{name}: {said}");
            appliance.arrives("carol", "INBOX", &format!("{name}@example.net")).unwrap();
        } else {
            assert_eq!(code, REFUSED_RECIPIENTS, "{name}: {said}");
            assert!(said.contains("553 5.7.1"), "{name}: {said}");
        }
    }
}

/// What `posthouse dns` says, as far as signatures need it.
fn publish(appliance: &mut Appliance) {
    let mut zone = Zone::new();
    for domain in ["example.test", "second.test"] {
        let shown = appliance.ok(&["dns", domain]).unwrap();
        let mut lines = shown.lines();
        let name = lines.find(|line| line.contains("._domainkey.")).unwrap();
        zone.txt(name.split_whitespace().next().unwrap(), lines.next().unwrap().trim());
    }
    let dir = appliance.dir.path().to_owned();
    appliance.dns.restart(&appliance.net, &dir, &zone).unwrap();
}

/// To the receiver's MX, or to the smarthost of the sender's domain; without what is nobody's business.
fn ways_out(appliance: &Appliance, mx: &Sink, smarthost: &Sink) {
    let to = "someone@example.net";
    for (name, from, sink, other) in
        [("to-mx", "alice@example.test", mx, smarthost), ("to-smarthost", "eve@second.test", smarthost, mx)]
    {
        let mail = Mail::plain(name).from(from).headers("X-Originating-IP: [10.1.2.3]\r\n");
        let (code, said) = send(appliance, &usual(from, from, to), &mail);
        assert_eq!(code, 0, "{name}: {said}");
        let got = sink.until(&format!("{name}@example.net")).unwrap();
        assert_eq!((got.from.as_str(), &got.to[..]), (from, &[to.to_owned()][..]));
        assert!(got.text().contains(&mail.body), "{}", got.text());
        let domain = from.split_once('@').unwrap().1;
        assert_eq!(dkim::verify(&appliance.net, &got.bytes).unwrap(), format!("pass {domain}"), "{}", got.text());
        for private in [&FRIEND.to_string(), "laptop.home.test", "10.1.2.3", "X-Spam", "Authenticated"] {
            assert!(!got.text().contains(private), "{name} tells {private}:\n{}", got.text());
        }
        assert!(!other.all().iter().any(|mail| mail.text().contains(&format!("{name}@"))), "{name} went both ways");
    }
}
