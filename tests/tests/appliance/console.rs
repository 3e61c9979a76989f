// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the administrators' console asks of an appliance: the admin requests about Postfix's queue, the quarantine, logs and backups, all
//! the way through mailboxd's own user to the supervisor.

use posthouse_tests::appliance::mails::Mail;
use posthouse_tests::appliance::net::{FRIEND, MX};
use posthouse_tests::appliance::sink::Sink;
use posthouse_tests::appliance::{ARRIVAL_MAX, Appliance, PASSWORD, Setup, address};
use posthouse_tests::wait::until;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;

#[test]
fn the_console_sees_queue_quarantine_and_backups() {
    // What is put off stays there until it is let go.
    let postfix = "queue_run_delay = 900s\nminimal_backoff_time = 900s\nmaximal_backoff_time = 900s\n";
    let appliance = Appliance::start(&Setup { antivirus: false, postfix, ..Setup::default() }).unwrap();
    queue(&appliance);
    quarantine(&appliance);
    logs(&appliance);
    backups(&appliance);
    appliance.finish().unwrap();
}

/// A request of urn:zimbraAdmin over the daemon's control socket.
fn ask(appliance: &Appliance, name: &str, body: &Value) -> Result<Value, String> {
    // A socket's name has 108 bytes at most, a state directory more.
    let run = std::fs::File::open(appliance.state.join("run")).unwrap();
    let at = format!("/proc/self/fd/{}/control.sock", std::os::fd::AsRawFd::as_raw_fd(&run));
    let mut stream = UnixStream::connect(at).unwrap();
    let request = json!({"verb": "admin", "name": format!("{name}Request"), "body": body});
    stream.write_all(format!("{request}\n").as_bytes()).unwrap();
    for line in BufReader::new(stream).lines() {
        let mut answer: Value = serde_json::from_str(&line.unwrap()).unwrap();
        match answer["error"].as_str() {
            Some(error) => return Err(error.to_owned()),
            None if answer.get("ok").is_some() => return Ok(answer["ok"].take()),
            None => {}
        }
    }
    panic!("{name}: no answer")
}

fn ok(appliance: &Appliance, name: &str, body: &Value) -> Value {
    ask(appliance, name, body).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// One element or several, as JSON has them.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("no number: {value}"))
}

fn send(appliance: &Appliance, to: &str, mail: &Mail) {
    let at = appliance.at(587);
    let file = appliance.dir.path().join("message");
    std::fs::write(&file, mail.bytes()).unwrap();
    let mut swaks = Command::new("swaks");
    swaks.args(["--server", &at.ip().to_string(), "--port", &at.port().to_string(), "--tls"]);
    swaks.args(["--local-interface", &FRIEND.to_string(), "--auth", "PLAIN", "--auth-user", &address("alice")]);
    swaks.args(["--auth-password", PASSWORD, "--from", &address("alice"), "--to", to, "--data", "-"]);
    let output = swaks.stdin(std::fs::File::open(file).unwrap()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn counts(appliance: &Appliance) -> (u64, u64) {
    let info = ok(appliance, "GetMailQueueInfo", &json!({}));
    let server = list(&info["server"]).remove(0);
    assert_eq!(server["installed"], true, "{info}");
    let of = |name: &str| number(&list(&server["queue"]).into_iter().find(|queue| queue["name"] == name).unwrap()["n"]);
    (of("deferred"), of("hold"))
}

fn in_queue(name: &str, more: &Value) -> Value {
    let mut queue = json!({"name": name});
    queue.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"server": {"name": "mail.example.test", "queue": queue}})
}

fn listed(appliance: &Appliance, name: &str, query: &Value) -> Vec<Value> {
    let told = ok(appliance, "GetMailQueue", &in_queue(name, &json!({"query": query})));
    list(&list(&list(&told["server"])[0]["queue"])[0]["qi"])
}

fn queue(appliance: &Appliance) {
    let mails = ["one", "two", "three"].map(Mail::plain);
    for (mail, to) in mails.iter().zip(["x@example.net", "y@example.net", "z@example.net"]) {
        send(appliance, to, mail);
    }
    until("three messages are put off", ARRIVAL_MAX, || Ok(counts(appliance) == (3, 0))).unwrap();
    let all = listed(appliance, "deferred", &json!({"limit": 2}));
    assert_eq!(all.len(), 2, "{all:?}");
    let to = |to: &str| json!({"field": {"name": "to", "match": {"value": to}}});
    let one = listed(appliance, "deferred", &to("X@example.net")).remove(0);
    assert_eq!((&one["from"], &one["todomain"]), (&json!(address("alice")), &json!("example.net")), "{one}");
    assert!(one["reason"].as_str().unwrap().contains("refused"), "{one}");
    let id = one["id"].as_str().unwrap().to_owned();
    let act =
        |queue: &str, action: &Value| ask(appliance, "MailQueueAction", &in_queue(queue, &json!({"action": action})));
    act("deferred", &json!({"op": "hold", "by": "id", "_content": id})).unwrap();
    assert_eq!(counts(appliance), (2, 1));
    assert_eq!(listed(appliance, "hold", &json!({}))[0]["id"], id);
    // What is no id reaches no program: ALL would be everything.
    for bad in ["ALL", "-d", "x/y"] {
        assert!(act("deferred", &json!({"op": "delete", "by": "id", "_content": bad})).is_err(), "{bad}");
    }
    assert_eq!(counts(appliance), (2, 1));
    let query = json!({"op": "delete", "by": "query", "query": to("y@*")});
    let done = act("deferred", &query).unwrap();
    assert_eq!(number(&list(&list(&done["server"])[0]["queue"])[0]["n"]), 1, "{done}");
    assert_eq!(counts(appliance), (1, 1));
    // Somebody listens now. What is held stays.
    let mx = Sink::listen(MX).unwrap();
    ok(appliance, "MailQueueFlush", &json!({}));
    mx.until(&mails[2].id).unwrap();
    until("only what is held waits", ARRIVAL_MAX, || Ok(counts(appliance) == (0, 1))).unwrap();
    act("hold", &json!({"op": "release", "by": "id", "_content": id})).unwrap();
    mx.until(&mails[0].id).unwrap();
    until("nothing waits", ARRIVAL_MAX, || Ok(counts(appliance) == (0, 0))).unwrap();
    assert!(mx.all().iter().all(|one| !one.text().contains(&mails[1].id)), "what was deleted was sent");
    // One that has gone is no error.
    act("deferred", &json!({"op": "hold", "by": "id", "_content": id})).unwrap();
}

fn quarantine(appliance: &Appliance) {
    let mails = [Mail::gtube("withheld"), Mail::attached("program", "invoice.pdf.exe", b"MZ no program")];
    let mut smtp = appliance.smtp(FRIEND).unwrap();
    for mail in &mails {
        assert!(smtp.send("friend@example.net", &[&address("bob")], &mail.bytes()).unwrap().is_taken());
    }
    let messages = || {
        let told = ok(appliance, "GetQuarantine", &json!({}));
        assert_eq!(told["exists"], true, "{told}");
        list(&told["message"])
    };
    until("both are withheld", ARRIVAL_MAX, || Ok(messages().len() == 2)).unwrap();
    let find = |why: &str| {
        let all = messages();
        all.into_iter().find(|one| one["why"].as_str().unwrap().contains(why)).unwrap_or_else(|| panic!("no {why}"))
    };
    let (spam, program) = (find("spam"), find("banned"));
    assert_eq!((&program["from"], &program["to"]), (&json!("friend@example.net"), &json!(address("bob"))));
    let shown = ok(appliance, "GetQuarantineMessage", &json!({"id": program["id"]}));
    let shown = list(&shown["message"]).remove(0);
    assert_eq!(list(&shown["attachment"])[0]["filename"], "invoice.pdf.exe", "{shown}");
    let act = |op: &str, id: &Value| {
        ok(appliance, "QuarantineAction", &json!({"action": {"op": op, "ids": number(id).to_string()}}))
    };
    let done = act("release", &spam["id"]);
    assert_eq!((list(&done["released"]).len(), list(&done["failed"]).len()), (1, 0), "{done}");
    appliance.arrives("bob", "INBOX", &mails[0].id).unwrap();
    assert_eq!(find("spam")["released"], true);
    assert_eq!(number(&act("delete", &program["id"])["deleted"]), 1);
    assert_eq!(messages().len(), 1);
    let none = act("release", &program["id"]);
    assert_eq!(list(&none["failed"]).len(), 1, "{none}");
}

fn logs(appliance: &Appliance) {
    let told =
        ok(appliance, "GetComponentLog", &json!({"component": "postfix", "query": "status=deferred", "limit": 5}));
    let lines: Vec<String> =
        list(&told["line"]).iter().map(|line| line["_content"].as_str().unwrap().to_owned()).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("status=deferred")), "{told}");
    assert!(list(&told["component"]).iter().any(|one| one["name"] == "openldap"), "{told}");
    for bad in ["../settings/posthouse", "nonsense"] {
        assert!(ask(appliance, "GetComponentLog", &json!({"component": bad})).unwrap_err().contains("no log"), "{bad}");
    }
    let audit = ok(appliance, "GetAuditLog", &json!({"query": "queue delete"}));
    let line = list(&audit["line"]).remove(0);
    assert!(line["_content"].as_str().unwrap().contains("by=root"), "{line}");
}

fn backups(appliance: &Appliance) {
    let status = || {
        let told = ok(appliance, "GetBackups", &json!({}));
        (list(&told["status"]).remove(0), list(&told["backup"]).len())
    };
    // One may be due just now, and be made by itself.
    until("a backup is ordered", ARRIVAL_MAX, || {
        Ok(ask(appliance, "OrderBackup", &json!({"backup": {"method": "full"}})).is_ok())
    })
    .unwrap();
    until("the backup is made", ARRIVAL_MAX, || {
        let (status, kept) = status();
        let run = list(&status["run"]).remove(0);
        Ok(run["running"] == false && run.get("error").is_none() && kept >= 1 && status["last"].is_number())
    })
    .unwrap();
    // Zimbra's request for one waits for the supervisor's files, too.
    let made = ok(appliance, "Backup", &json!({"backup": {"method": "full", "sync": 1}}));
    let label = list(&made["backup"]).remove(0)["label"].as_str().unwrap().to_owned();
    let found = ok(appliance, "BackupQuery", &json!({"query": {}}));
    assert!(list(&found["backup"]).iter().any(|one| one["label"] == label), "{found}");
    let target = appliance.state.join("backup");
    let has_files = walk(&target).iter().any(|path| path.contains(&label) && path.ends_with("system.rec"));
    assert!(has_files, "settings, certificates and keys are in it: {:?}", walk(&target));
}

fn walk(dir: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path.display().to_string()] })
        .filter(|path| !path.contains("/blobs/"))
        .collect()
}
