// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bad input over the wire: a clear error, or stored as it came; memory bounded; another session undisturbed; the daemon alive
//! and its stores whole afterwards.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{PASSWORD, address};
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::stream::Stream;
use posthouse_tests::victim::{Victim, blurt, http};
use std::net::SocketAddr;

/// Larger than a message may be (50 MiB).
const HUGE: usize = 100 << 20;
const CHUNK: usize = 1 << 20;

#[test]
fn messages_of_every_shape_are_stored_as_they_came_or_refused() {
    let mut victim = Victim::start();
    let mut nested = String::from("Subject: nested\r\n");
    for n in 0..10_000 {
        nested += &format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    }
    let mut wrapped = String::from("Subject: wrapped\r\n");
    for _ in 0..10_000 {
        wrapped += "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n";
    }
    let parts = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(10_000)
    );
    let shapes: Vec<(&str, Vec<u8>)> = vec![
        ("nested multiparts", nested.into_bytes()),
        ("nested messages", wrapped.into_bytes()),
        ("many parts", parts.into_bytes()),
        ("no header", b"\r\n\r\n".to_vec()),
        ("only a colon", b":\r\n:\r\n\r\n:\r\n".to_vec()),
        ("invalid UTF-8", b"Subject: \xff\xfe\xc3\x28\r\nFrom: \xf0\x28\x8c\xbc <a@\xff>\r\n\r\n\xff\xff\r\n".to_vec()),
        ("NULs", b"Subject: a\0b\r\nFrom: \0@\0\r\n\r\nx\0y\0\r\n".to_vec()),
        ("one header line of a megabyte", format!("Subject: {}\r\n\r\nx\r\n", "a".repeat(CHUNK)).into_bytes()),
        ("a hundred thousand addresses", format!("To: {}\r\n\r\nx\r\n", "a@b.test, ".repeat(100_000)).into_bytes()),
        ("a hundred thousand fields", format!("{}\r\nx\r\n", "X: y\r\n".repeat(100_000)).into_bytes()),
        ("many references", format!("References: {}\r\n\r\nx\r\n", "<a@b> ".repeat(50_000)).into_bytes()),
        ("encoded words without end", format!("Subject: {}\r\n\r\nx\r\n", "=?utf-8?B?".repeat(20_000)).into_bytes()),
        ("a boundary that never comes", b"Content-Type: multipart/mixed; boundary=never\r\n\r\nx\r\n".to_vec()),
        ("bad base64", format!("Content-Transfer-Encoding: base64\r\n\r\n{}\r\n", "=!@#".repeat(10_000)).into_bytes()),
        ("date from nowhere", b"Date: Mon, 99 Foo 999999 99:99:99 +9999\r\n\r\nx\r\n".to_vec()),
    ];
    let mut kept = Vec::new();
    for (what, bytes) in shapes {
        let mut lmtp = Lmtp::connect(victim.site.lmtp).unwrap();
        let reply = lmtp.deliver("s@example.test", &[&address("alice")], &bytes).unwrap().remove(0);
        match reply.code / 100 {
            2 => kept.push((what, bytes)),
            5 => {}
            _ => panic!("{what}: {reply:?}"),
        }
        victim.still_well(what);
    }
    let mut alice = victim.alice();
    for (mail, (what, bytes)) in alice.fetch_all().unwrap().iter().zip(&kept) {
        assert!(mail.bytes == *bytes, "{what} did not come back as it came");
    }
    // whatever can be asked of them is answered
    for items in ["ENVELOPE", "BODYSTRUCTURE", "BODY[HEADER]", "BODY[1.1.1.1.1.1.1.1]", "RFC822.SIZE", "BODY[TEXT]"] {
        alice.ok(&format!("FETCH 1:* ({items})")).unwrap_or_else(|error| panic!("{items}: {error:#}"));
        victim.still_well(items);
    }
    for key in ["TEXT x", "SUBJECT nested", "FROM a", "OLDER 10", "HEADER X y"] {
        alice.search(key).unwrap();
    }
    victim.end();
}

#[test]
fn bare_line_feeds_end_no_message() {
    let mut victim = Victim::start();
    let mut lmtp = Lmtp::connect(victim.site.lmtp).unwrap();
    assert!(lmtp.begin("s@example.test", &[&address("alice")]).unwrap().is_none());
    let smuggled = b"Subject: outer\r\n\r\nx\n.\nMAIL FROM:<evil@example.test>\r\n\n.\r\n\r.\r\nend\r\n.\r\n";
    lmtp.stream.send(smuggled).unwrap();
    let reply = lmtp.reply().unwrap();
    let mails = victim.alice().fetch_all().unwrap();
    assert!(mails.len() <= 1, "a message was smuggled in: {reply:?}");
    if reply.is_ok() {
        assert_eq!(mails[0].bytes, smuggled[..smuggled.len() - 3].to_vec());
    }
    victim.still_well("a bare LF");
    victim.end();
}

#[test]
fn a_header_of_100_megabytes_is_refused_by_its_size() {
    let mut victim = Victim::start();
    let mut lmtp = Lmtp::connect(victim.site.lmtp).unwrap();
    assert!(lmtp.command(&format!("MAIL FROM:<s@example.test> SIZE={HUGE}")).unwrap().code == 552);
    assert!(lmtp.begin("s@example.test", &[&address("alice")]).unwrap().is_none());
    let field = format!("X-Long: {}\r\n", "a".repeat(CHUNK - 10));
    for _ in 0..HUGE / CHUNK {
        if lmtp.stream.send(field.as_bytes()).is_err() {
            break;
        }
    }
    let _ = lmtp.stream.send(b"\r\nx\r\n.\r\n");
    match lmtp.reply() {
        Ok(reply) => assert_eq!(reply.code, 552, "{reply:?}"),
        Err(error) => println!("closed: {error:#}"),
    }
    victim.still_well("a header of 100 MB");
    assert!(victim.alice().fetch_all().unwrap().is_empty());
    victim.end();
}

#[test]
fn garbage_gets_errors_and_disturbs_nobody() {
    let mut victim = Victim::start();
    let (lmtp, imap) = (victim.site.lmtp, victim.site.imap);
    let mut random = fs::Rng::new(7);
    let noise: Vec<u8> = (0..200_000).map(|_| random.draw() as u8).collect();
    let long_line = vec![b'a'; 8 << 20];
    let login = format!("a LOGIN {} {PASSWORD}\r\n", address("alice"));
    let mut append = format!("{login}b APPEND INBOX {{{HUGE}+}}\r\n").into_bytes();
    append.resize(append.len() + HUGE, b'x');
    let cases: Vec<(&str, SocketAddr, Vec<u8>)> = vec![
        ("LMTP noise", lmtp, noise.clone()),
        ("LMTP endless line", lmtp, long_line.clone()),
        ("LMTP pipelined nonsense", lmtp, b"FOO\r\n\0\r\nMAIL\r\nRCPT TO:<>\r\nDATA\r\n.\r\n".repeat(1_000)),
        (
            "LMTP cut in DATA",
            lmtp,
            b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nSubject: half".to_vec(),
        ),
        (
            "LMTP cut in BDAT",
            lmtp,
            b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nBDAT 999999\r\nhalf".to_vec(),
        ),
        (
            "LMTP huge BDAT",
            lmtp,
            b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nBDAT 99999999999999999999\r\n".to_vec(),
        ),
        ("IMAP noise", imap, noise),
        ("IMAP endless line", imap, long_line),
        ("IMAP NULs", imap, b"a LOGIN \0 \0\r\n\0\0\0\r\n".to_vec()),
        ("IMAP huge literal", imap, b"a LOGIN {99999999999}\r\n".to_vec()),
        ("IMAP huge literal+", imap, b"a LOGIN {4294967295+}\r\nxxxx".to_vec()),
        ("IMAP negative literal", imap, b"a LOGIN {-1}\r\n".to_vec()),
        ("IMAP cut in APPEND", imap, format!("{login}b APPEND INBOX {{100000+}}\r\nSubject: half").into_bytes()),
        ("IMAP APPEND without end", imap, append),
        ("IMAP nested lists", imap, format!("a FETCH 1 {}\r\n", "(".repeat(60_000)).into_bytes()),
        ("IMAP pipelined nonsense", imap, b"a\r\nb b\r\n* c\r\n+ d\r\na SELECT\r\n{5}\r\n".repeat(1_000)),
    ];
    for (what, to, bytes) in cases {
        let said = blurt(to, &bytes);
        assert!(said.len() < 4 << 20, "{what}: {} octets of answers", said.len());
        victim.still_well(what);
    }
    assert!(victim.alice().fetch_all().unwrap().is_empty(), "half a message was delivered");
    victim.end();
}

#[test]
fn a_user_who_asks_too_much_gets_an_error() {
    let mut victim = Victim::start();
    let mut lmtp = Lmtp::connect(victim.site.lmtp).unwrap();
    lmtp.deliver("s@example.test", &[&address("alice")], b"Subject: one\r\n\r\nx\r\n").unwrap();
    let commands = [
        format!("SEARCH {}ALL", "NOT ".repeat(10_000)),
        format!("SEARCH {}ALL{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("SEARCH {}", "OR ALL ".repeat(5_000)),
        format!("FETCH {} FLAGS", (1..9_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",")),
        "FETCH 1:4294967295 (BODY[1.2.3.4.5.6.7.8.9.10.11.12]<4294967295.4294967295>)".into(),
        format!("FETCH 1 BODY[{}1]", "1.".repeat(20_000)),
        format!("CREATE \"{}\"", "a/".repeat(20_000)),
        format!("STORE 1 +FLAGS ({})", (0..5_000).map(|n| format!("k{n}")).collect::<Vec<_>>().join(" ")),
        format!("LIST \"\" \"{}\"", "*%".repeat(20_000)),
        format!("SEARCH TEXT \"{}\"", "a ".repeat(30_000)),
    ];
    for command in &commands {
        let what = &command[..command.len().min(30)];
        let mut alice = victim.alice();
        // an answer, whatever it is, or the end of this one connection
        match alice.command(command) {
            Ok(answer) => assert!(["OK", "NO", "BAD"].iter().any(|word| answer.status.starts_with(word)), "{answer:?}"),
            Err(error) => assert!(!format!("{error:#}").contains("os error 11"), "{what}: no answer"),
        }
        victim.still_well(what);
    }
    victim.end();
}

#[test]
fn http_takes_no_bombs() {
    let mut victim = Victim::start();
    let mut entities = String::from("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"lol\">");
    for n in 0..20 {
        let (name, inner) = (char::from(b'b' + n), char::from(b'a' + n));
        entities += &format!("<!ENTITY {name} \"{}\">", format!("&{inner};").repeat(10));
    }
    entities += "]><soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Body>&u;</soap:Body></soap:Envelope>";
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let json = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let query = "x".repeat(1 << 20);
    let bodies = [("entity bomb", entities), ("deep XML", deep), ("deep JSON", json), ("megabyte of a word", query)];
    for (what, body) in bodies {
        let request = format!(
            "POST /service/soap/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, _) = http(victim.site.http, request.as_bytes());
        assert!(status.contains(" 4") || status.contains(" 5"), "{what}: {status}");
        victim.still_well(what);
    }
    let target = format!("GET /?q={} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(1 << 20));
    let (status, _) = http(victim.site.http, target.as_bytes());
    assert!(status.contains(" 4"), "{status}");
    victim.still_well("a megabyte of URL");
    blurt(victim.site.http, b"POST /service/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n");
    victim.still_well("an upload without end");
    victim.end();
}

/// Connections that begin and never go on; the others are served, and memory stays small.
#[test]
fn slow_clients_hold_up_nobody() {
    let mut victim = Victim::start();
    let mut held = Vec::new();
    for n in 0..200 {
        let (to, begin): (_, &[u8]) = match n % 3 {
            0 => (victim.site.lmtp, b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nSub"),
            1 => (victim.site.imap, b"a LOGIN {5+}\r\nal"),
            _ => (victim.site.http, b"POST /service/soap/ HTTP/1.1\r\nHost: x\r\nContent-Le"),
        };
        let mut stream = Stream::connect(to).unwrap();
        stream.send(begin).unwrap();
        held.push(stream);
    }
    for n in 0..20 {
        victim.still_well(&format!("round {n} with slow clients"));
    }
    drop(held);
    victim.end();
}
