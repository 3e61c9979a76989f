// SPDX-License-Identifier: AGPL-3.0-or-later
//! Real clients: Python's imaplib, mbsync, mutt. They must be installed (`cargo xtask test` sees to it).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{PASSWORD, Server, message};
use std::path::Path;
use std::process::Command;

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

#[test]
fn python_imaplib() {
    let server = Server::new();
    let script = r#"
import imaplib, sys, email
host, port, password = sys.argv[1], int(sys.argv[2]), sys.argv[3]
m = imaplib.IMAP4(host, port)
ok = lambda r: (r[1] if r[0] == 'OK' else sys.exit(repr(r)))
ok(m.login('alice@example.test', password))
ok(m.create('"Some folder"'))
ok(m.append('"Some folder"', r'(\Seen)', imaplib.Time2Internaldate(1e9), b'Subject: hi\r\n\r\nbody\r\n'))
assert ok(m.select('"Some folder"')) == [b'1']
assert ok(m.search(None, 'SUBJECT', '"hi"')) == [b'1']
data = ok(m.fetch('1', '(FLAGS INTERNALDATE RFC822)'))
assert email.message_from_bytes(data[0][1])['subject'] == 'hi', data
assert b'09-Sep-2001 01:46:40 +0000' in data[0][0] or b' 9-Sep-2001 01:46:40 +0000' in data[0][0], data
ok(m.store('1', '+FLAGS', r'(\Deleted)'))
assert ok(m.expunge()) == [b'1']
ok(m.close())
assert len(ok(m.list())) >= 6
ok(m.enable('UTF8=ACCEPT'))
ok(m.append('INBOX', None, None, 'Subject: ä\r\n\r\nü\r\n'.encode()))
ok(m.select('INBOX'))
assert 'ü'.encode() in ok(m.fetch('1', '(BODY[])'))[0][1]
m.logout()
print('done')
"#;
    let text = run(Command::new("python3").args([
        "-c",
        script,
        &server.addr.ip().to_string(),
        &server.addr.port().to_string(),
        PASSWORD,
    ]));
    assert!(text.contains("done"), "{text}");
}

fn mbsync(server: &Server, dir: &Path) {
    let config = dir.join("mbsyncrc");
    std::fs::write(
        &config,
        format!(
            "FSync no\n\nIMAPAccount a\nHost {}\nPort {}\nUser alice@example.test\nPass \"{PASSWORD}\"\nSSLType None\nAuthMechs PLAIN\n\n\
             IMAPStore far\nAccount a\n\nMaildirStore near\nPath {dir}/mail/\nInbox {dir}/mail/INBOX\nSubFolders Verbatim\n\n\
             Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n",
            server.addr.ip(),
            server.addr.port(),
            dir = dir.display()
        ),
    )
    .unwrap();
    std::fs::create_dir_all(dir.join("mail")).unwrap();
    run(Command::new("mbsync").arg("-c").arg(&config).arg("-a"));
}

/// With CRLF, and without the field that mbsync finds its messages by.
fn as_sent(maildir: &str) -> String {
    maildir.lines().filter(|line| !line.starts_with("X-TUID: ")).map(|line| format!("{line}\r\n")).collect()
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut out: Vec<_> = ["cur", "new"]
        .iter()
        .filter_map(|part| std::fs::read_dir(dir.join(part)).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    out.sort();
    out
}

#[test]
fn mbsync_both_ways() {
    let server = Server::new();
    let dir = tempfile::tempdir().unwrap();
    let mut client = server.login();
    let sent: Vec<Vec<u8>> =
        (0..120).map(|n| message(&format!("number {n}"), &format!("body {n} {}", "x".repeat(n * 50)))).collect();
    for bytes in &sent {
        client.append("INBOX", "", bytes);
    }
    client.ok("a CREATE Work/Deep");
    client.append("Work/Deep", "(\\Seen) ", &message("deep", "x"));
    mbsync(&server, dir.path());
    let inbox = files(&dir.path().join("mail/INBOX"));
    assert_eq!(inbox.len(), 120);
    // Maildir has LF; byte for byte apart from that.
    let mut near: Vec<String> = inbox.iter().map(|path| as_sent(&std::fs::read_to_string(path).unwrap())).collect();
    let mut far: Vec<String> = sent.into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    near.sort();
    far.sort();
    assert!(near == far, "messages differ");
    assert_eq!(files(&dir.path().join("mail/Work/Deep")).len(), 1);

    // Changes on both sides: one deleted near, one added near, one flagged and one deleted far.
    std::fs::remove_file(&inbox[0]).unwrap();
    let new = dir.path().join("mail/INBOX/new/1.made.here");
    std::fs::write(new, "Subject: from near\n\nx\n").unwrap();
    client.ok("b SELECT INBOX");
    client.ok("c STORE 120 +FLAGS (\\Flagged)");
    client.ok("d STORE 119 +FLAGS (\\Deleted)");
    client.ok("e EXPUNGE");
    mbsync(&server, dir.path());
    let inbox = files(&dir.path().join("mail/INBOX"));
    assert_eq!(inbox.len(), 119);
    assert_eq!(inbox.iter().filter(|p| p.to_string_lossy().contains(":2,F")).count(), 1);
    client.ok("f NOOP");
    assert_eq!(client.ok("g STATUS INBOX (MESSAGES)"), ["* STATUS INBOX (MESSAGES 119)"]);
    assert_eq!(client.ok("h UID SEARCH SUBJECT \"from near\"").len(), 1);
}

#[test]
fn mutt_reads_and_deletes() {
    let server = Server::new();
    let mut client = server.login();
    client.append("INBOX", "", &message("first", "hello mutt"));
    client.append("INBOX", "", &message("second", "stay"));
    let home = tempfile::tempdir().unwrap();
    let saved = home.path().join("saved");
    std::fs::create_dir(home.path().join("Mail")).unwrap();
    // Shows the first message, deletes it, purges, quits.
    let keys = "<first-entry><display-message><delete-message><sync-mailbox><exit>";
    let pager = format!("set prompt_after=no pager=\"cp %s {}\"", saved.display());
    let mut mutt = Command::new("mutt");
    mutt.args(["-n", "-F", "/dev/null", "-f", &format!("imap://alice@example.test@{}/INBOX", server.addr)])
        .args(["-e", &format!("set imap_pass=\"{PASSWORD}\" ssl_starttls=no ssl_force_tls=no")])
        .args(["-e", "set delete=yes move=no wait_key=no sort=date-received"])
        .args(["-e", &pager])
        .args(["-e", &format!("push '{keys}'")])
        .env("HOME", home.path())
        .env("TERM", "xterm");
    // It wants a terminal: `script` gives it one.
    let line = format!("{mutt:?}");
    let text = run(Command::new("timeout")
        .args(["60", "script", "-qec", &line, "/dev/null"])
        .env("HOME", home.path())
        .env("TERM", "xterm"));
    let read = std::fs::read_to_string(&saved).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(read.contains("hello mutt"), "{read}");
    client.ok("a SELECT INBOX");
    assert_eq!(client.ok("b UID SEARCH ALL"), ["* SEARCH 2"]);
}

/// Neomutt's hooks and keys are mutt's; it is a program of its own, with its own IMAP.
#[test]
fn neomutt_moves_a_message() {
    let server = Server::new();
    let mut client = server.login();
    client.append("INBOX", "", &message("first", "hello neomutt"));
    client.append("INBOX", "", &message("second", "stay"));
    client.ok("a CREATE Kept");
    let home = tempfile::tempdir().unwrap();
    let keys = "<first-entry><save-message>=Kept<enter><sync-mailbox><exit>";
    let mut neomutt = Command::new("neomutt");
    let folder = format!("imap://alice@example.test@{}/", server.addr);
    neomutt
        .args(["-n", "-F", "/dev/null", "-f", &format!("{folder}INBOX")])
        .args(["-e", &format!("set imap_pass=\"{PASSWORD}\" ssl_starttls=no ssl_force_tls=no folder=\"{folder}\"")])
        .args(["-e", "set delete=yes confirmcreate=no confirmappend=no wait_key=no sort=date-received"])
        .args(["-e", &format!("push '{keys}'")]);
    let line = format!("{neomutt:?}");
    run(Command::new("timeout")
        .args(["60", "script", "-qec", &line, "/dev/null"])
        .env("HOME", home.path())
        .env("TERM", "xterm"));
    assert_eq!(client.ok("a STATUS INBOX (MESSAGES)"), ["* STATUS INBOX (MESSAGES 1)"]);
    client.ok("a SELECT Kept");
    assert_eq!(client.ok("a SEARCH SUBJECT first BODY neomutt"), ["* SEARCH 1"]);
}

fn offlineimap(server: &Server, dir: &Path) {
    let config = dir.join("offlineimaprc");
    std::fs::write(
        &config,
        format!(
            "[general]\naccounts = a\nmetadata = {dir}/meta\nfsync = False\n\n[Account a]\nlocalrepository = near\n\
             remoterepository = far\n\n[Repository near]\ntype = Maildir\nlocalfolders = {dir}/mail\n\n\
             [Repository far]\ntype = IMAP\nremotehost = {}\nremoteport = {}\nremoteuser = alice@example.test\n\
             remotepass = {PASSWORD}\nssl = no\nstarttls = no\n",
            server.addr.ip(),
            server.addr.port(),
            dir = dir.display()
        ),
    )
    .unwrap();
    run(Command::new("timeout").args(["120", "offlineimap", "-o", "-1", "-u", "basic", "-c"]).arg(&config));
}

/// Both sides change between two runs, the same message too: nothing is lost, and both sides are the same in the end.
#[test]
fn offlineimap_both_ways_with_a_conflict() {
    let server = Server::new();
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("mail")).unwrap();
    let mut client = server.login();
    for n in 0..30 {
        client.append("INBOX", "", &message(&format!("number {n}"), &"x".repeat(n * 100)));
    }
    offlineimap(&server, dir.path());
    let inbox = dir.path().join("mail/INBOX");
    let near = files(&inbox);
    assert_eq!(near.len(), 30);
    // the first: deleted far, flagged near; the second: deleted near, flagged far; one new on each side
    let of = |subject: &str| {
        let holds = |path: &&std::path::PathBuf| {
            std::fs::read_to_string(path).unwrap().contains(&format!("Subject: {subject}\n"))
        };
        near.iter().find(holds).unwrap().clone()
    };
    let (one, two) = (of("number 1"), of("number 2"));
    let base = one.file_name().unwrap().to_string_lossy().split(":2,").next().unwrap().to_owned();
    std::fs::rename(&one, inbox.join("cur").join(format!("{base}:2,F"))).unwrap();
    std::fs::remove_file(&two).unwrap();
    std::fs::write(inbox.join("new/1.made.here"), "Subject: from near\nMessage-ID: <near@x>\n\nx\n").unwrap();
    client.ok("b SELECT INBOX");
    client.ok("c STORE 2 +FLAGS (\\Deleted)");
    client.ok("d EXPUNGE");
    client.ok("e STORE 2 +FLAGS (\\Flagged)");
    client.append("INBOX", "", &message("from far", "x"));
    for _ in 0..2 {
        offlineimap(&server, dir.path());
    }
    client.ok("f NOOP");
    let subjects = |line: &String| line.starts_with("Subject: ").then(|| line[9..].to_owned());
    let mut far: Vec<String> =
        client.ok("g FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])").iter().filter_map(subjects).collect();
    let mut near: Vec<String> = files(&inbox)
        .iter()
        .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| subjects(&line))
        .collect();
    far.sort();
    near.sort();
    assert_eq!(near, far);
    for there in ["from near", "from far", "number 0", "number 29"] {
        assert!(far.contains(&there.to_owned()), "{there}: {far:?}");
    }
}

/// A large mailbox comes down whole, octet for octet.
#[test]
fn mbsync_fetches_twenty_thousand() {
    const MESSAGES: usize = 20_000;
    let server = Server::new();
    let account = server.directory.account("alice@example.test").unwrap().unwrap().id;
    let bytes = |n: usize| message(&format!("number {n}"), &format!("body {n} {}", "x".repeat(n % 997)));
    let actor = mailbox::Actor { account, is_admin: false };
    let handle = server.store.open_mailbox(&actor, &actor.account, 0).unwrap();
    for batch in (0..MESSAGES).collect::<Vec<_>>().chunks(500) {
        let staged: Vec<_> = batch
            .iter()
            .map(|n| {
                let mut staging = server.store.stage();
                staging.write(&bytes(*n)).unwrap();
                let add = mailbox::AddMessage {
                    folder: mailbox::ItemId::INBOX,
                    flags: mailbox::Flags::default(),
                    tags: vec![],
                    date_ms: None,
                };
                (staging.finish().unwrap(), add)
            })
            .collect();
        handle.mailbox().add_messages(&staged).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    mbsync(&server, dir.path());
    let mut near: Vec<String> = files(&dir.path().join("mail/INBOX"))
        .iter()
        .map(|path| as_sent(&std::fs::read_to_string(path).unwrap()))
        .collect();
    let mut far: Vec<String> = (0..MESSAGES).map(|n| String::from_utf8(bytes(n)).unwrap()).collect();
    near.sort();
    far.sort();
    assert_eq!(near.len(), MESSAGES);
    assert!(near == far, "messages differ");
}
