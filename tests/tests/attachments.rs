// SPDX-License-Identifier: AGPL-3.0-or-later
//! Attachments through the real daemon and the real extractd: delivered, found, found after a crash, blocked at once.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{PASSWORD, Site, address};
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::victim::http;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(60);

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../mailboxd/extractd/tests/fixtures").join(name)).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, three) in bytes.chunks(3).enumerate() {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            let character = DIGITS[(number >> (18 - 6 * digit) & 63) as usize];
            out.push(if digit <= three.len() { char::from(character) } else { '=' });
        }
        if n % 19 == 18 {
            out.push_str("\r\n");
        }
    }
    out
}

fn mail(subject: &str, names: &[&str]) -> Vec<u8> {
    let mut out = format!(
        "From: s@example.test\r\nTo: alice@example.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nOwnwords\r\n"
    );
    for name in names {
        let head = format!(
            "--b\r\nContent-Type: application/octet-stream; name={name}\r\nContent-Transfer-Encoding: base64\r\n"
        );
        out.push_str(&format!("{head}\r\n{}\r\n", base64(&fixture(name))));
    }
    out.push_str("--b--\r\n");
    out.into_bytes()
}

/// Of REST; the status line and the body.
fn get(site: &Site, path: &str) -> (String, String) {
    let login = base64(format!("{}:{PASSWORD}", address("alice")).as_bytes()).replace("\r\n", "");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\nConnection: close\r\n\r\n");
    http(site.http, request.as_bytes())
}

/// How many subjects are found.
fn found(site: &Site, query: &str, subjects: &[&str]) -> usize {
    let (status, body) = get(site, &format!("/home/~/?query={query}&fmt=json"));
    assert!(status.contains(" 200"), "{status} {body}");
    subjects.iter().filter(|subject| body.contains(**subject)).count()
}

fn wait_until_found(site: &Site, query: &str, subjects: &[&str]) {
    let until = Instant::now() + SOON;
    while found(site, query, subjects) < subjects.len() {
        assert!(Instant::now() < until, "{query} is not found");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One request of the API; the answer's body, a fault as well.
fn soap(site: &Site, token: Option<&str>, body: Value) -> Value {
    let mut context = json!({"_jsns": "urn:zimbra"});
    if let Some(token) = token {
        context["authToken"] = json!([{"_content": token}]);
    }
    let text = json!({"Header": {"context": context}, "Body": body}).to_string();
    let head = "POST /service/soap/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json";
    let (_, answer) = http(site.http, format!("{head}\r\nContent-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    serde_json::from_str::<Value>(&answer).unwrap()["Body"].clone()
}

#[test]
fn attachments_are_found_whatever_happens_and_blocked_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::new(&dir.path().join("state"), "[store]\nreserve_bytes = 0").unwrap();
    let daemon = site.start().unwrap();
    site.provision(&daemon, &["alice"]).unwrap();
    let mut lmtp = Lmtp::connect(site.lmtp).unwrap();
    let mut deliver = |message: &[u8]| {
        assert!(lmtp.deliver("s@example.test", &[&address("alice")], message).unwrap()[0].is_ok());
    };
    deliver(&mail("First", &["text.docx", "text.pdf"]));
    assert_eq!(found(&site, "Ownwords", &["First"]), 1, "at once");
    wait_until_found(&site, "Sternanis", &["First"]);
    // Hostile ones between good ones, and the daemon dies before they are read.
    deliver(&mail("Second", &["protected.docx", "protected.pdf", "slides.ppt.gz"]));
    deliver(&mail("Third", &["sheet.xls"]));
    drop(lmtp);
    daemon.kill();
    let daemon = site.start().unwrap();
    wait_until_found(&site, "Quittenmarmelade", &["First", "Second", "Third"]);
    let stats = daemon.control(&json!({"verb": "stats"})).unwrap();
    assert_eq!((&stats["attachments_trouble"], &stats["attachments"]["failed"]), (&json!(""), &json!(0)), "{stats}");

    let (status, body) = get(&site, "/home/~/?query=First&fmt=json");
    assert!(status.contains(" 200"));
    let listed: Value = serde_json::from_str(&body).unwrap();
    let id = listed["m"][0]["id"].as_str().unwrap();
    let part = format!("/home/~/?id={id}&part=2");
    assert!(get(&site, &part).0.contains(" 200"));
    assert!(get(&site, &format!("{part}&view=html")).1.contains("Sternanis"));
    let block = |value: &str| {
        daemon.prov("modifyConfig", json!({"attrs": {"zimbraAttachmentsBlocked": [value]}})).unwrap();
    };
    let account = json!({"by": "name", "_content": address("alice")});
    let auth =
        json!({"AuthRequest": {"_jsns": "urn:zimbraAccount", "account": account, "password": {"_content": PASSWORD}}});
    let auth = soap(&site, None, auth);
    let token = auth["AuthResponse"]["authToken"][0]["_content"].as_str().unwrap().to_owned();
    let raw = || {
        let request = json!({"GetMsgRequest": {"_jsns": "urn:zimbraMail", "m": {"id": id, "raw": "1"}}});
        soap(&site, Some(&token), request)
    };
    let save = || {
        let doc = json!({"l": "16", "name": "x.docx", "m": [{"id": id, "part": "2"}]});
        soap(&site, Some(&token), json!({"SaveDocumentRequest": {"_jsns": "urn:zimbraMail", "doc": doc}}))
    };
    assert!(raw()["GetMsgResponse"].is_object(), "{}", raw());
    block("TRUE");
    assert!(get(&site, &part).0.contains(" 403"), "from the next request on");
    for said in [raw(), save()] {
        assert!(said["Fault"].to_string().contains("service.PERM_DENIED"), "{said}");
    }
    block("FALSE");
    assert!(save()["SaveDocumentResponse"].is_object());
    assert!(get(&site, &part).0.contains(" 200"));
    daemon.verify().unwrap();
    daemon.stop().unwrap();
    site.verify_stopped().unwrap();
}
