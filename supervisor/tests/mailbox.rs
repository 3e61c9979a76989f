// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse mailbox` against a real daemon: what scripts for zmmailbox do, and what they must not be able to.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct World {
    up: Up,
    dir: tempfile::TempDir,
}

const PASSWORD: &str = "open sesame";

impl World {
    fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let up = Up::start(&dir.path().join("state"));
        assert!(up.posthouse(&["prov", "cd", "example.org"]).status.success());
        for name in ["ann@example.org", "bob@example.org"] {
            assert!(up.posthouse(&["prov", "ca", name, PASSWORD]).status.success());
        }
        World { up, dir }
    }

    fn output(&self, words: &[&str], input: &str) -> Output {
        let mut child = Command::new(POSTHOUSE)
            .arg("mailbox")
            .args(words)
            .arg("--state")
            .arg(&self.up.state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who needs no input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// In ann's mailbox; what it prints.
    fn ann(&self, words: &[&str]) -> String {
        self.of("ann@example.org", words)
    }

    fn of(&self, account: &str, words: &[&str]) -> String {
        let output = self.output(&[&["-z", "-m", account], words].concat(), "");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn id(&self, words: &[&str]) -> String {
        let id = self.ann(words).trim().to_owned();
        assert!(id.parse::<i64>().is_ok(), "{words:?}: {id}");
        id
    }

    fn refused(&self, words: &[&str]) -> String {
        let output = self.output(&[&["-m", "ann@example.org"], words].concat(), "");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.lines().count() == 1 && output.stdout.is_empty(), "{words:?}: {said}");
        said
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn message(&self, name: &str, subject: &str, body: &str) -> String {
        let text = format!(
            "From: Cy <cy@example.net>\r\nTo: ann@example.org\r\nSubject: {subject}\r\nMessage-ID: <{name}@x>\r\n\r\n{body}\r\n"
        );
        self.file(name, &text)
    }
}

/// `grep mess | awk '{print $2}'`
fn ids(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.contains(" mess "));
    rows.map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect()
}

#[test]
fn folders_messages_and_searches() {
    let world = World::new();
    let work = world.id(&["cf", "--view", "message", "/Work"]);
    let inner = world.id(&["createFolder", "-c", "red", "/Work/a b"]);
    let tree = world.ann(&["gaf"]);
    assert!(
        tree.lines().any(|line| line.split_whitespace().next() == Some(&work) && line.ends_with("  /Work")),
        "{tree}"
    );
    assert!(tree.contains("  mess           0           0  /Inbox\n"), "{tree}");
    let shown: serde_json::Value = serde_json::from_str(&world.ann(&["gf", "/work/A B"])).unwrap();
    assert_eq!((shown["id"].as_str(), shown["color"].as_i64()), (Some(inner.as_str()), Some(5)));

    let one = world.message("one", "Kites on Monday", "wind");
    let two = world.message("two", "Apples", "fruit");
    let added = world.ann(&["am", "-F", "u", "/Work", &one, &two]);
    let added: Vec<&str> = added.lines().collect();
    assert_eq!(added.len(), 2);
    let found = world.ann(&["s", "-t", "message", "in:/Work kites"]);
    assert!(found.starts_with("num: 1, more: false\n\n"), "{found}");
    assert_eq!(ids(&found), [added[0]]);
    assert!(found.contains(" Cy ") && found.contains(" Kites on Monday "), "{found}");
    let read = world.ann(&["gm", added[0]]);
    assert!(
        read.contains("Subject: Kites on Monday\nFrom: Cy <cy@example.net>\n") && read.contains("\n\nwind\n"),
        "{read}"
    );
    let json: serde_json::Value = serde_json::from_str(&world.ann(&["gm", "-v", added[0]])).unwrap();
    assert_eq!(json["m"][0]["id"], added[0]);

    // A directory, and pages of what is in it.
    let dir = world.dir.path().join("many");
    std::fs::create_dir(&dir).unwrap();
    for n in 0..5 {
        let text = std::fs::read_to_string(world.message("x", &format!("number {n}"), "pear")).unwrap();
        std::fs::write(dir.join(format!("{n}.eml")), text.replace("<x@x>", &format!("<{n}@x>"))).unwrap();
    }
    assert_eq!(world.ann(&["am", "-d", "1700000000000", "/Work/a b", dir.to_str().unwrap()]).lines().count(), 5);
    let script = "s -t message -l 2 -s subjAsc \"in:\\\"/Work/a b\\\"\"\nsn\nsn\nsp\nsc\nsp\nsp\nnonsense\n# no more\nexit\ngaf\n";
    let output = world.output(&["-m", "ann@example.org"], script);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let heads: Vec<&str> = out.lines().filter(|line| line.starts_with("num: ")).collect();
    assert_eq!(
        heads,
        [
            "num: 2, more: true",
            "num: 2, more: true",
            "num: 1, more: false",
            "num: 2, more: true",
            "num: 2, more: true",
            "num: 2, more: true"
        ]
    );
    let subjects: Vec<&str> = out.split_whitespace().filter(|word| ["0", "1", "2", "3", "4"].contains(word)).collect();
    assert_eq!(subjects, ["0", "1", "2", "3", "4", "2", "3", "2", "3", "0", "1"]);
    assert!(!output.status.success() && !out.contains("/Inbox"));
    assert_eq!(err.lines().count(), 2, "{err}");
    assert!(err.contains("no search results before") && err.contains("no command nonsense"), "{err}");

    // What is done to them.
    let inbox_count = |path: &str| {
        let tree = world.ann(&["gaf"]);
        let line = tree.lines().find(|line| line.ends_with(&format!("  {path}"))).unwrap().to_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[2].parse::<u32>().unwrap(), words[3].parse::<u32>().unwrap())
    };
    assert_eq!(inbox_count("/Work"), (2, 2));
    world.ann(&["mmr", added[0]]);
    assert_eq!(inbox_count("/Work"), (1, 2));
    world.ann(&["mfr", "/Work"]);
    assert_eq!(inbox_count("/Work"), (0, 2));
    let green = world.id(&["ct", "urgent", "green"]);
    world.ann(&["tm", &added.join(","), "urgent"]);
    world.ann(&["flagMessage", added[1]]);
    assert_eq!(ids(&world.ann(&["s", "-t", "message", "tag:urgent is:flagged"])), [added[1]]);
    assert!(
        world
            .ann(&["gat"])
            .lines()
            .any(|l| l.split_whitespace().collect::<Vec<_>>() == [&green, "0", "green", "urgent"])
    );
    world.ann(&["rt", "urgent", "later"]);
    world.ann(&["mtc", "later", "blue"]);
    world.ann(&["tm", added[1], "later", "0"]);
    assert_eq!(ids(&world.ann(&["s", "-t", "message", "tag:later"])), [added[0]]);
    world.ann(&["mm", added[0], "/Inbox"]);
    assert_eq!((inbox_count("/Inbox").1, inbox_count("/Work").1), (1, 1));
    world.ann(&["rf", "/Work/a b", "/Plain"]);
    world.ann(&["dm", added[1]]);
    assert_eq!(inbox_count("/Work").1, 0);
    // It is in the dumpster, and comes back.
    assert_eq!(ids(&world.ann(&["s", "--dumpster", "-t", "message", "subject:apples"])), [added[1]]);
    world.ann(&["ri", added[1], "/Work"]);
    assert_eq!(inbox_count("/Work").1, 1);
    world.ann(&["ef", "/Plain"]);
    assert_eq!(inbox_count("/Plain").1, 0);
    world.ann(&["df", "/Plain"]);
    assert!(!world.ann(&["gaf"]).contains("/Plain"));
    let saved = world.id(&["csf", "-t", "message", "/Kites", "subject:kites"]);
    assert!(
        world.ann(&["gaf"]).contains(&format!("{saved:>10}  sear           0           0  /Kites (subject:kites)"))
    );
    assert!(world.up.posthouse(&["store", "verify"]).status.success());
}

#[test]
fn contacts_rules_personas_and_urls() {
    let world = World::new();
    let contact = world.id(&["cct", "firstName", "Dee", "email", "dee@example.net"]);
    world.ann(&["mcta", &contact, "company", "Kites & Co"]);
    let shown = world.ann(&["gact", "email", "company"]);
    assert!(shown.contains(&format!("Id: {contact}\n")) && shown.contains("  company: Kites & Co\n"), "{shown}");
    assert!(!shown.contains("firstName"), "{shown}");
    assert_eq!(world.ann(&["gct", &contact]).matches("Id: ").count(), 1);
    assert!(world.ann(&["ac", "dee"]).contains("dee@example.net"));
    world.ann(&["dct", &contact]);
    assert_eq!(world.ann(&["gact"]), "");

    let rule = r#""to do" active all header "subject" contains "kite" size under "1M" fileinto "/Kites" stop"#;
    let afrl = [
        "afrl", "to do", "active", "all", "header", "subject", "contains", "kite", "size", "under", "1M", "fileinto",
        "/Kites", "stop",
    ];
    world.ann(&afrl);
    assert_eq!(world.ann(&["gfrl"]), format!("{rule}\n"));
    assert!(world.refused(&afrl).contains("there is a rule with this name"));
    world.ann(&["afrl", "--first", "second", "any", "true", "keep"]);
    assert_eq!(world.ann(&["gfrl"]), format!("\"second\" active any true keep\n{rule}\n"));
    world.ann(&["mfrl", "second", "inactive", "any", "true", "discard"]);
    world.ann(&["dfrl", "to do"]);
    assert_eq!(world.ann(&["gfrl"]), "\"second\" inactive any true discard\n");

    world.ann(&["csig", "short", "Yours, Ann"]);
    assert!(world.ann(&["gsig"]).contains("# name short\n"));
    world.ann(&["msig", "short", "Ann"]);
    world.ann(&["rsig", "short", "long"]);
    let shown = world.ann(&["gsig"]);
    assert!(shown.contains("# name long\n") && shown.contains("\nAnn\n"), "{shown}");
    world.ann(&["dsig", "long"]);
    assert_eq!(world.ann(&["gsig"]), "");
    world.ann(&["cid", "shop", "zimbraPrefFromDisplay", "The Shop"]);
    assert!(world.ann(&["gid"]).contains("# name shop\n"));
    world.ann(&["did", "shop"]);

    // Folders as archives, out of one mailbox and into another.
    world.ann(&["am", "/Inbox", &world.message("one", "Grüße", "text")]);
    let archive = world.dir.path().join("inbox.tgz");
    let archive = archive.to_str().unwrap();
    world.ann(&["gru", "-o", archive, "/Inbox?fmt=tgz"]);
    world.of("bob@example.org", &["pru", "-r", "skip", "/?fmt=tgz", archive]);
    assert!(world.of("bob@example.org", &["s", "in:inbox"]).contains("Grüße"));
    assert!(!world.dir.path().join("missing").exists());
    let missing = world.dir.path().join("missing");
    assert!(world.refused(&["gru", "-o", missing.to_str().unwrap(), "/No such folder?fmt=tgz"]).contains("404"));
    assert!(!missing.exists());
    assert!(world.ann(&["gru", "/Inbox?fmt=json"]).contains("Grüße"));
    assert_eq!(
        world.ann(&["gms", "-v"]).trim().parse::<u64>().unwrap(),
        std::fs::metadata(world.dir.path().join("one")).unwrap().len()
    );
    assert_eq!(world.ann(&["whoami"]), "ann@example.org\n");
    world.ann(&["noOp"]);
}

#[test]
fn shares_and_permissions() {
    let world = World::new();
    world.ann(&["cf", "/Team"]);
    world.ann(&["mfg", "/Team", "account", "bob@example.org", "rw"]);
    let grants = world.ann(&["gfg", "/Team"]);
    assert_eq!(
        grants.lines().last().unwrap().split_whitespace().collect::<Vec<_>>(),
        ["rw", "account", "bob@example.org"]
    );
    world.of("bob@example.org", &["cm", "/Hers", "ann@example.org", "/Team"]);
    assert!(world.of("bob@example.org", &["gaf"]).contains("/Hers (ann@example.org:"));
    world.ann(&["mfg", "/Team", "account", "bob@example.org", "none"]);
    assert_eq!(world.ann(&["gfg", "/Team"]).lines().count(), 2);
    assert!(world.refused(&["mfg", "/Team", "account", "bob@example.org", "none"]).contains("no grant"));
    // What is no longer shared can't be mounted.
    let output = world.output(&["-m", "bob@example.org", "cm", "/Again", "ann@example.org", "/Team"], "");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("PERM_DENIED"));

    world.ann(&["grp", "account", "bob@example.org", "sendAs"]);
    let shown = world.ann(&["gp"]);
    assert!(
        shown.lines().any(|l| l.split_whitespace().collect::<Vec<_>>() == ["sendAs", "usr", "bob@example.org"]),
        "{shown}"
    );
    world.ann(&["rvp", "account", "bob@example.org", "sendAs"]);
    assert!(!world.ann(&["gp"]).contains("sendAs"));
}

#[test]
fn searches_over_many_mailboxes() {
    let world = World::new();
    world.ann(&[
        "am",
        "/Inbox",
        &world.message("one", "Kites by Ann", "wind"),
        &world.message("two", "Apples", "fruit"),
    ]);
    let three = world.message("three", "Kites by Bob", "wind");
    let id = world.of("bob@example.org", &["am", "/Inbox", &three]);
    world.of("bob@example.org", &["dm", id.trim()]);
    let admin = |words: &[&str]| {
        let output = world.output(words, "");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let found = admin(&["smm", "subject:kites"]);
    assert!(
        found.starts_with("num: 1, more: false\n\nann@example.org\t") && found.contains("\tKites by Ann\t"),
        "{found}"
    );
    assert!(admin(&["smm", "-d", "-D", "example.org", "subject:kites"]).contains("\tKites by Bob\t"));
    assert!(admin(&["smm", "-m", "bob@example.org", "kites"]).starts_with("num: 0,"));
    let page = admin(&["smm", "-l", "1", "-m", "ann@example.org", "is:anywhere"]);
    let cursor = page.lines().last().unwrap().split('\'').nth(1).unwrap().to_owned();
    let next = admin(&["smm", "-l", "1", "-m", "ann@example.org", "-c", &cursor, "is:anywhere"]);
    assert!(page.contains("more: true") && next.starts_with("num: 1, more: false"), "{page}{next}");

    let archive = world.dir.path().join("found.tgz");
    let archive = archive.to_str().unwrap();
    admin(&["emm", "-d", "-o", archive, "subject:kites"]);
    let listed = Command::new("tar").args(["-tzf", archive]).output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.status.success());
    let names: Vec<&str> = names.lines().filter(|name| !name.ends_with(".meta")).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!((names[0], names[3]), ("search.json", "report.json"));
    assert!(names.iter().any(|name| name.starts_with("bob@example.org/Dumpster/Inbox/")), "{names:?}");
    assert!(world.refused(&["emm", "-o", "/nonexistent/x", "kites"]).contains("/nonexistent/x"));
    assert!(world.refused(&["emm", "-o", archive, "((("]).contains("query"));
    assert!(!Path::new(archive).exists(), "no archive is better than an empty one");

    // Each mailbox that was looked into stands in the audit log, with what was looked for and by whom.
    let log = std::fs::read_to_string(world.up.state.join("audit/logins.log")).unwrap();
    for (account, what) in
        [("ann", "searches a mailbox"), ("bob", "searches a mailbox"), ("bob", "exports from a mailbox")]
    {
        let account = format!("account={account}@example.org");
        let is = |line: &&str| {
            line.contains(what) && line.contains(&account) && line.contains("by=root") && line.contains("subject:kites")
        };
        assert!(log.lines().any(|line| is(&line)), "{account} {what}: {log}");
    }

    // Who comes with a user's password searches his own; who administers, what he has a right to.
    let passfile = world.file("password", &format!("{PASSWORD}\n"));
    let url = format!("http://127.0.0.1:{}", world.up.offset + 80);
    let output = world.output(&["-u", &url, "-m", "ann@example.org", "-P", &passfile, "smm", "kites"], "");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("administrators"));
    let url = format!("https://127.0.0.1:{}", world.up.offset + 7071);
    let as_ann = ["-u", &url, "-a", "ann@example.org", "-P", &passfile];
    assert!(
        world
            .up
            .posthouse(&["prov", "ma", "ann@example.org", "zimbraIsDelegatedAdminAccount", "TRUE"])
            .status
            .success()
    );
    for words in [&["smm", "kites"][..], &["emm", "-o", archive, "kites"]] {
        let output = world.output(&[&as_ann, words].concat(), "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && (said.contains("PERM_DENIED") || said.contains("403")), "{said}");
    }
    assert!(
        world
            .up
            .posthouse(&["prov", "grr", "account", "bob@example.org", "usr", "ann@example.org", "adminLoginAs"])
            .status
            .success()
    );
    assert!(admin(&[&as_ann[..], &["smm", "-d", "kites"]].concat()).contains("Kites by Bob"));
    admin(&[&as_ann[..], &["emm", "-d", "-o", archive, "subject:\"kites by\""]].concat());
    let listed = Command::new("tar").args(["-tzf", archive]).output().unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().contains("bob@example.org/Dumpster/Inbox/"));
}

#[test]
fn who_may_and_who_may_not() {
    let world = World::new();
    let url = format!("http://127.0.0.1:{}", world.up.offset + 80);
    let own = |account: &str, password: &str, words: &[&str]| {
        let before = ["-u", &url, "-m", account, "-p", "-"];
        world.output(&[&before, words].concat(), &format!("{password}\n"))
    };
    let output = own("bob@example.org", PASSWORD, &["whoami"]);
    assert_eq!(output.stdout, b"bob@example.org\n", "{}", String::from_utf8_lossy(&output.stderr));
    let wrong = own("bob@example.org", "sesame", &["whoami"]);
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("account.AUTH_FAILED"));
    // A password opens its owner's mailbox and no other.
    let script = format!("{PASSWORD}\nwhoami\nsm ann@example.org\nwhoami\n");
    let output = world.output(&["-u", &url, "-m", "bob@example.org", "-p", "-"], &script);
    assert!(!output.status.success());
    assert_eq!(output.stdout, b"bob@example.org\nbob@example.org\n");
    // Who is no administrator does not become one.
    let passfile = world.file("password", &format!("{PASSWORD}\n"));
    let admin = format!("https://127.0.0.1:{}", world.up.offset + 7071);
    let words = ["-u", &admin, "-a", "bob@example.org", "-P", &passfile, "-m", "ann@example.org", "whoami"];
    let output = world.output(&words, "");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("PERM_DENIED"));
    assert!(world.up.posthouse(&["prov", "ma", "bob@example.org", "zimbraIsAdminAccount", "TRUE"]).status.success());
    let output = world.output(&words, "");
    assert_eq!(output.stdout, b"ann@example.org\n", "{}", String::from_utf8_lossy(&output.stderr));

    let said = world.refused(&["gm", "999"]);
    assert!(said.starts_with("ERROR: mail.NO_SUCH_MSG ("), "{said}");
    assert!(world.refused(&["gf", "/Nowhere"]).contains("unknown folder: /Nowhere"));
    assert!(world.refused(&["s"]).contains("the query is missing; it is `search [OPTION]… QUERY`"));
    assert!(world.refused(&["mmr", "257", "2"]).contains("neither 0 nor 1"));
    assert!(world.refused(&["am", "/Inbox", "/no/such/file"]).contains("/no/such/file"));
    assert!(world.refused(&["am", "/Inbox", &world.file("empty", "")]).contains("empty file"));
    let nobody = world.output(&["-m", "nobody@example.org", "gaf"], "");
    assert!(!nobody.status.success() && String::from_utf8_lossy(&nobody.stderr).contains("no such account"));
    assert!(one_line(&run(&["mailbox", "-m", "ann", "gaf"], Path::new("/nonexistent"))).contains("not running"));
    let help = String::from_utf8(world.output(&["help", "folder"], "").stdout).unwrap();
    assert!(help.contains("getAllFolders(gaf)") && !help.contains("getMessage"), "{help}");
    assert!(String::from_utf8(world.output(&["gaf", "-h"], "").stdout).unwrap().contains("getAllFolders(gaf)"));
}
