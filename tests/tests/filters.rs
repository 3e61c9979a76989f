// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the scanner and the daemon do for one another, with the daemon's side of it: a mark that is believed, lessons, what
//! the settings tell, the quarantine, what the DNS should say.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::victim::http;
use serde_json::{Value, json};

const SETTINGS: &str = "[store]\nreserve_bytes = 0\n[delivery]\nspam_header = true\ntrain = true";
const SPAM: &[u8] = b"X-Spam-Flag: YES\r\nSubject: offer\r\n\r\nbuy\r\n";
/// As amavisd writes it, with the trace of an MTA on top.
const BLOCK: &str = "Received: from localhost (localhost [127.0.0.1])\r\n\tby mail.example.test (Postfix) with ESMTP id 4XYZ\r\n\t\
    for <q@example.test>; Sat, 28 Nov 2026 17:43:29 +0000 (UTC)\r\nX-Envelope-From: <bad@remote.test>\r\n\
    X-Envelope-To: <alice@example.test>,\r\n <bob@example.test>\r\nX-Envelope-To-Blocked: <bob@example.test>\r\n\
    X-Quarantine-ID: <AxDCwr3uYpzS>\r\nX-Amavis-Alert: BANNED, message contains application/octet-stream,run.exe\r\n\
    X-Spam-Flag: YES\r\nX-Spam-Score: 7\r\nReceived: from mail.example.test ([127.0.0.1])\r\n by localhost \
    (mail.example.test [127.0.0.1]) (amavis, port 10024) with ESMTP\r\n id AxDCwr3uYpzS; Sat, 28 Nov 2026 17:43:29 +0000 (UTC)\r\n";
const WITHHELD: &str = "Received: from remote.test by mail.example.test (Postfix); Sat, 28 Nov 2026 17:43:28 +0000\r\n\
    From: bad@remote.test\r\nSubject: Free \x1b[2J things\r\n\r\n.dot\r\ntext\r\n";

struct World {
    daemon: Daemon,
    site: Site,
    _dir: tempfile::TempDir,
}

impl World {
    fn start() -> World {
        let dir = tempfile::tempdir().unwrap();
        let site = Site::new(&dir.path().join("state"), SETTINGS).unwrap();
        let daemon = site.start().unwrap();
        site.provision(&daemon, &["alice", "bob"]).unwrap();
        World { daemon, site, _dir: dir }
    }

    fn ask(&self, request: Value) -> Value {
        self.daemon.control(&request).unwrap()
    }

    fn prov(&self, request: Value) {
        self.ask(json!({"verb": "prov", "request": request}));
    }

    fn deliver(&self, to: &str, message: &[u8]) {
        let mut lmtp = Lmtp::connect(self.site.lmtp).unwrap();
        assert!(lmtp.deliver("s@remote.test", &[&address(to)], message).unwrap()[0].is_ok());
    }

    fn imap(&self, user: &str, folder: &str) -> Imap {
        let mut imap = Imap::login(self.site.imap, &address(user), PASSWORD).unwrap();
        imap.select(folder).unwrap();
        imap
    }

    fn quarantine(&self) {
        let system = json!({"zimbraIsSystemAccount": ["TRUE"]});
        self.prov(json!({"createAccount": {"name": address("q"), "password": PASSWORD, "attrs": system}}));
        self.prov(json!({"modifyConfig": {"attrs": {"zimbraAmavisQuarantineAccount": [address("q")]}}}));
    }

    fn end(self) {
        self.daemon.verify().unwrap();
        self.daemon.stop().unwrap();
        self.site.verify_stopped().unwrap();
    }
}

#[test]
fn marked_mail_goes_to_junk_and_who_takes_it_out_teaches_the_scanner() {
    let world = World::start();
    world.deliver("alice", SPAM);
    let mut imap = world.imap("alice", "Junk");
    assert_eq!(imap.fetch_all().unwrap()[0].bytes, SPAM);
    let waiting = |learnt: Value| {
        let answer = world.ask(json!({"verb": "training", "learnt": learnt}));
        (answer["spam"].as_u64().unwrap(), answer["ham"].as_u64().unwrap())
    };
    assert_eq!(waiting(json!([])), (0, 0));
    imap.ok("UID MOVE 1:* INBOX").unwrap();
    assert_eq!(waiting(json!([])), (0, 1));
    let batch = world.ask(json!({"verb": "training", "hand_out": 10}));
    let name = batch["lessons"]["ham"][0].as_str().unwrap().to_owned();
    let file = std::path::Path::new(batch["directory"].as_str().unwrap()).join("ham").join(&name);
    assert_eq!(std::fs::read(file).unwrap(), SPAM);
    assert_eq!(world.ask(json!({"verb": "status"}))["training"]["ham"], 1);
    assert_eq!(waiting(json!([name])), (0, 0));
    world.end();
}

#[test]
fn settings_tell_of_lists_and_policies() {
    let world = World::start();
    let first = world.ask(json!({"verb": "settings"}));
    assert_eq!((&first["sender_lists"], &first["policies"]), (&json!([]), &json!([])));
    let changes = json!({"amavisWhitelistSender": ["friend.test"], "zimbraMtaBlockedExtension": ["zip"]});
    world.prov(json!({"modifyAccount": {"name": address("alice"), "attrs": changes}}));
    // It waits until there is something new.
    let second = world.ask(json!({"verb": "settings", "known": first["revision"]}));
    let own = json!([address("alice")]);
    let list = json!([{"account": address("alice"), "addresses": own, "allow": ["friend.test"], "block": []}]);
    assert_eq!(second["sender_lists"], list);
    assert_eq!(second["policies"], json!([{"extensions": ["zip"], "addresses": own}]));
    world.end();
}

#[test]
fn the_quarantine_is_listed_shown_and_released() {
    let world = World::start();
    let quarantine = |request: Value| world.daemon.control(&json!({"verb": "quarantine", "request": request}));
    assert!(quarantine(json!({"list": {"query": null}})).unwrap_err().to_string().contains("no quarantine"));
    world.quarantine();
    world.deliver("q", format!("{BLOCK}{WITHHELD}").as_bytes());
    world.deliver("q", format!("Subject: forged\r\n{BLOCK}{WITHHELD}").as_bytes());
    let list = quarantine(json!({"list": {"query": null}})).unwrap();
    let [forged, withheld] = &list["messages"].as_array().unwrap()[..] else { panic!("{list:#}") };
    assert_eq!(withheld["why"], "banned run.exe");
    assert_eq!((&withheld["from"], &withheld["to"]), (&json!("bad@remote.test"), &json!([address("bob")])));
    let found = quarantine(json!({"list": {"query": "subject:things"}})).unwrap();
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    let shown = quarantine(json!({"show": {"id": withheld["id"]}})).unwrap();
    assert_eq!((shown["message"].as_str(), shown["scanner"].as_str()), (Some(WITHHELD), Some(BLOCK)));

    let release =
        |id: &Value, to: Value| quarantine(json!({"release": {"ids": [id], "to": to, "listener": null}})).unwrap();
    for again in [false, true] {
        let done = release(&withheld["id"], Value::Null);
        assert_eq!(done["released"], json!([{"id": withheld["id"], "to": [address("bob")], "again": again}]));
    }
    release(&withheld["id"], json!(address("alice")));
    assert_eq!(quarantine(json!({"list": {"query": null}})).unwrap()["messages"][1]["released"], true);
    for (user, count) in [("bob", 2), ("alice", 1)] {
        let mails = world.imap(user, "INBOX").fetch_all().unwrap();
        assert_eq!(mails.len(), count);
        assert!(mails.iter().all(|mail| mail.bytes == WITHHELD.as_bytes()), "as it was sent");
    }
    for (id, to) in
        [(&forged["id"], json!(address("bob"))), (&json!(9999), Value::Null), (&withheld["id"], json!("x@remote.test"))]
    {
        assert_eq!(release(id, to)["failed"].as_array().unwrap().len(), 1, "{id}");
    }
    let elsewhere = json!({"release": {"ids": [withheld["id"]], "to": null, "listener": "192.0.2.1:25"}});
    assert!(quarantine(elsewhere).is_err());
    world.end();
}

#[test]
fn nobody_gets_into_an_account_of_the_system() {
    let world = World::start();
    world.quarantine();
    assert!(Imap::login(world.site.imap, &address("q"), PASSWORD).is_err());
    let body = format!(
        r#"{{"Header":{{}},"Body":{{"AuthRequest":{{"_jsns":"urn:zimbraAccount","account":{{"by":"name","_content":"{}"}},"password":{{"_content":"{PASSWORD}"}}}}}}}}"#,
        address("q")
    );
    let soap = |body: &str| {
        let request = format!(
            "POST /service/soap HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        http(world.site.http, request.as_bytes()).1
    };
    assert!(soap(&body).contains("account.AUTH_FAILED"));
    assert!(soap(&body.replace(&address("q"), &address("alice"))).contains("authToken"), "the request is right");
    // "q@example.test:correct-horse-battery" in Basic authentication
    let basic = |user: &str| {
        let token = base64(&format!("{}:{PASSWORD}", address(user)));
        let request = format!(
            "GET /home/{}/inbox?fmt=tgz HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\nConnection: close\r\n\r\n",
            address(user)
        );
        http(world.site.http, request.as_bytes()).0
    };
    assert!(!basic("q").contains(" 200"), "{}", basic("q"));
    world.end();
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digit =
            move |n: usize| if n <= chunk.len() { DIGITS[(bits >> (18 - 6 * n) & 63) as usize] as char } else { '=' };
        (0..4).map(digit).collect::<String>()
    };
    text.as_bytes().chunks(3).map(group).collect()
}

#[test]
fn the_dns_is_told_what_the_pages_say() {
    let world = World::start();
    let dns = world.ask(json!({"verb": "dns", "domain": "example.test"}));
    let record = |name: &str| {
        let found = dns["records"].as_array().unwrap().iter().find(|r| r["name"] == name && !r["value"].is_null());
        found.unwrap_or_else(|| panic!("{name} is not in {dns:#}"))["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(record("example.test"), "10 mail.example.test.");
    assert_eq!(record("_imap._tcp.example.test"), format!("10 1 {} mail.example.test.", world.site.imap.port()));
    let key = dns["records"].as_array().unwrap().iter().find(|r| r["name"].as_str().unwrap().contains("._domainkey."));
    assert!(key.unwrap()["value"].as_str().unwrap().starts_with("v=DKIM1; k=rsa; p=MII"));
    let get = |host: &str, path: &str| {
        http(world.site.http, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
    };
    let (status, policy) = get("mta-sts.example.test", "/.well-known/mta-sts.txt");
    assert!(status.contains(" 200") && policy.contains("mx: mail.example.test\r\n"), "{status} {policy}");
    assert!(get("mta-sts.other.test", "/.well-known/mta-sts.txt").0.contains(" 404"));
    let (_, page) = get("autoconfig.example.test", "/mail/config-v1.1.xml");
    assert!(page.contains(&format!("<port>{}</port>", world.site.imap.port())), "{page}");
    assert!(world.daemon.control(&json!({"verb": "dns", "domain": "nowhere.test"})).is_err());
    world.end();
}
