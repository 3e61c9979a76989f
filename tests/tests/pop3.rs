// SPDX-License-Identifier: AGPL-3.0-or-later
//! POP3 on the whole daemon: what clients get, what a lost connection and a crash leave, what bad input does.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use fs::Rng;
use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::pop3::Pop3;
use posthouse_tests::run::seed;
use posthouse_tests::victim::{Victim, blurt};
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};

const SETTINGS: &str = "[store]\nreserve_bytes = 0\ninline_bytes_max = 4096";
const KILLS: usize = 12;
const PIPELINED: usize = 10_000;

struct Running {
    site: Site,
    daemon: Daemon,
    _dir: tempfile::TempDir,
}

fn start() -> Running {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::new(&dir.path().join("state"), SETTINGS).unwrap();
    let daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob"]).unwrap();
    Running { site, daemon, _dir: dir }
}

impl Running {
    fn deliver(&self, message: &[u8]) {
        let mut lmtp = Lmtp::connect(self.site.lmtp).unwrap();
        assert!(lmtp.deliver("s@example.test", &[&address("alice")], message).unwrap()[0].is_ok());
    }

    fn alice(&self) -> Pop3 {
        Pop3::login(self.site.pop3, &address("alice"), PASSWORD).unwrap()
    }

    /// What a second session sees.
    fn inbox(&self) -> Vec<Vec<u8>> {
        let mut imap = Imap::login(self.site.imap, &address("alice"), PASSWORD).unwrap();
        imap.select("INBOX").unwrap();
        imap.fetch_all().unwrap().into_iter().map(|mail| mail.bytes).collect()
    }

    fn end(self) {
        self.daemon.verify().unwrap();
        let log = self.daemon.log();
        assert!(!log.contains("panicked"), "{log}");
        self.daemon.stop().unwrap();
        self.site.verify_stopped().unwrap();
    }
}

fn message(n: usize, lines: usize) -> Vec<u8> {
    let body: String = (0..lines).map(|line| format!("{}line {line} of {n}\r\n", ".".repeat(line % 4))).collect();
    format!("From: a@example.test\r\nSubject: number {n}\r\n\r\n{body}.\r\n..\r\n").into_bytes()
}

#[test]
fn a_session_sees_the_inbox_byte_for_byte_and_removes_at_quit() {
    let running = start();
    let messages = [message(1, 3), message(2, 0), message(3, 60_000)];
    messages.iter().for_each(|message| running.deliver(message));
    let mut pop3 = running.alice();
    let octets: usize = messages.iter().map(Vec::len).sum();
    assert_eq!(pop3.ok("STAT").unwrap(), format!("3 {octets}"));
    let sizes: Vec<String> = messages.iter().enumerate().map(|(n, m)| format!("{} {}", n + 1, m.len())).collect();
    assert_eq!(pop3.lines("LIST").unwrap(), sizes);
    let ids = pop3.lines("UIDL").unwrap();
    for (n, message) in messages.iter().enumerate() {
        assert_eq!(pop3.many(&format!("RETR {}", n + 1)).unwrap(), *message);
    }
    let head = pop3.many("TOP 3 2").unwrap();
    assert_eq!(head, messages[2].split_inclusive(|b| *b == b'\n').take(5).flatten().copied().collect::<Vec<u8>>());
    // Only one at a time (RFC 1939 §4).
    let mut second = Pop3::connect(running.site.pop3).unwrap();
    second.ok(&format!("USER {}", address("alice"))).unwrap();
    assert!(second.command(&format!("PASS {PASSWORD}")).unwrap().starts_with("-ERR [IN-USE]"));

    pop3.ok("DELE 2").unwrap();
    for command in ["DELE 2", "RETR 2", "LIST 2", "UIDL 2", "TOP 2 0", "RETR 4", "RETR 0"] {
        assert!(pop3.command(command).unwrap().starts_with("-ERR"), "{command}");
    }
    pop3.ok("RSET").unwrap();
    pop3.ok("DELE 1").unwrap();
    assert_eq!(running.inbox().len(), 3, "nothing goes before QUIT");
    drop(pop3);
    // A lost connection deletes nothing; the lock goes when the server has noticed.
    let begun = Instant::now();
    let mut pop3 = loop {
        match Pop3::login(running.site.pop3, &address("alice"), PASSWORD) {
            Ok(pop3) => break pop3,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "{error:#}"),
        }
    };
    assert_eq!(pop3.lines("UIDL").unwrap(), ids);
    pop3.ok("DELE 1").unwrap();
    pop3.ok("DELE 3").unwrap();
    // Somebody else takes one away meanwhile, and puts it elsewhere: there it stays.
    let mut imap = Imap::login(running.site.imap, &address("alice"), PASSWORD).unwrap();
    imap.select("INBOX").unwrap();
    imap.ok("MOVE 3 Sent").unwrap();
    assert!(pop3.ok("QUIT").unwrap().contains("1 messages removed"));
    assert_eq!(running.inbox(), [messages[1].clone()]);
    imap.select("Sent").unwrap();
    assert_eq!(imap.fetch_all().unwrap()[0].bytes, messages[2]);
    let mut pop3 = running.alice();
    assert_eq!(pop3.lines("UIDL").unwrap()[0].split(' ').nth(1), ids[1].split(' ').nth(1), "an id is for ever");
    pop3.ok("QUIT").unwrap();
    running.end();
}

#[test]
fn an_account_without_pop3_is_told_so() {
    let running = start();
    let off = json!({"name": address("bob"), "attrs": {"zimbraPop3Enabled": ["FALSE"]}});
    running.daemon.prov("modifyAccount", off).unwrap();
    let mut pop3 = Pop3::connect(running.site.pop3).unwrap();
    // Who does not know the password learns nothing of it.
    for (password, code) in [("wrong", "[AUTH]"), (PASSWORD, "[SYS/PERM]")] {
        pop3.ok(&format!("USER {}", address("bob"))).unwrap();
        let answer = pop3.command(&format!("PASS {password}")).unwrap();
        assert!(answer.starts_with(&format!("-ERR {code}")), "{answer}");
    }
    drop(pop3);
    running.alice().ok("QUIT").unwrap();
    running.end();
}

#[test]
fn what_becomes_of_a_deleted_message_is_the_owners_choice() {
    let running = start();
    let choose = |name: &str, value: &str| {
        let change = json!({"name": address("alice"), "attrs": {name: [value]}});
        running.daemon.prov("modifyAccount", change).unwrap();
    };
    for (choice, in_inbox, in_trash) in [("keep", 1, 0), ("read", 1, 0), ("trash", 0, 1), ("delete", 0, 1)] {
        if running.inbox().is_empty() {
            running.deliver(&message(1, 2));
        }
        choose("zimbraPrefPop3DeleteOption", choice);
        let mut pop3 = running.alice();
        pop3.ok("DELE 1").unwrap();
        pop3.ok("QUIT").unwrap();
        let mut imap = Imap::login(running.site.imap, &address("alice"), PASSWORD).unwrap();
        imap.select("INBOX").unwrap();
        assert_eq!(imap.search("ALL").unwrap().len(), in_inbox, "{choice}");
        assert_eq!(imap.search("SEEN").unwrap().len(), usize::from(choice == "read"), "{choice}");
        imap.select("Trash").unwrap();
        assert_eq!(imap.search("ALL").unwrap().len(), in_trash, "{choice}");
    }
    running.deliver(&message(2, 2));
    choose("zimbraPrefPop3DownloadSince", "20990101000000Z");
    let mut pop3 = running.alice();
    assert_eq!(pop3.ok("STAT").unwrap(), "0 0");
    pop3.ok("QUIT").unwrap();
    running.end();
}

/// One line a login or a refusal, over whatever protocol; never a password.
#[test]
fn logins_are_written_down() {
    let running = start();
    running.alice().ok("QUIT").unwrap();
    Imap::login(running.site.imap, &address("bob"), PASSWORD).unwrap();
    assert!(Pop3::login(running.site.pop3, &address("bob"), "wrong-secret").is_err());
    assert!(Imap::login(running.site.imap, "nobody@example.test", "wrong-secret").is_err());
    let log = std::fs::read_to_string(running.site.state.join("audit/logins.log")).unwrap();
    let line = |words: &[&str]| log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count();
    assert_eq!(line(&["protocol=\"pop3\"", &address("alice"), "127.0.0.1"]), 1, "{log}");
    assert_eq!(line(&["protocol=\"imap\"", &address("bob"), "127.0.0.1"]), 1, "{log}");
    assert_eq!(line(&["login failed", &address("bob"), "127.0.0.1"]), 1, "{log}");
    assert_eq!(line(&["login failed", "127.0.0.1"]), 2, "{log}");
    assert!(!log.contains("wrong-secret") && !log.contains(PASSWORD));
    running.end();
}

#[test]
fn a_kill_during_quit_leaves_all_or_nothing() {
    let seed = seed();
    println!("POSTHOUSE_SEED={seed}");
    let mut rng = Rng::new(seed);
    let Running { site, daemon, _dir } = start();
    let mut daemon = Some(daemon);
    let mut expected = 0;
    for kill in 0..KILLS {
        let mut lmtp = Lmtp::connect(site.lmtp).unwrap();
        while expected < 5 {
            assert!(lmtp.deliver("s@x.test", &[&address("alice")], &message(expected, 9)).unwrap()[0].is_ok());
            expected += 1;
        }
        let mut pop3 = Pop3::login(site.pop3, &address("alice"), PASSWORD).unwrap();
        for number in 1..=4 {
            pop3.ok(&format!("DELE {number}")).unwrap();
        }
        // Without an answer it may have happened or not; with one it has.
        let quits = rng.below(4) > 0;
        if quits {
            pop3.stream.send(b"QUIT\r\n").unwrap();
        }
        let wait = Duration::from_micros(rng.below(3_000));
        let begun = Instant::now();
        while begun.elapsed() < wait {
            std::hint::spin_loop();
        }
        daemon.take().unwrap().kill();
        let is_answered = quits && pop3.answer().is_ok_and(|answer| answer.starts_with("+OK"));
        let fresh = site.start().unwrap();
        let mut pop3 = Pop3::login(site.pop3, &address("alice"), PASSWORD).unwrap();
        let stat = pop3.ok("STAT").unwrap();
        let left: usize = stat.split(' ').next().unwrap().parse().unwrap();
        let context = format!("seed {seed}, kill {kill}: {left} left, answered: {is_answered}");
        assert!(left == 1 || (left == 5 && !is_answered), "{context}");
        assert!(quits || left == 5, "{context}");
        pop3.ok("QUIT").unwrap();
        fresh.verify().unwrap();
        expected = left;
        daemon = Some(fresh);
    }
    daemon.take().unwrap().stop().unwrap();
    site.verify_stopped().unwrap();
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

#[test]
fn python_poplib() {
    let running = start();
    running.deliver(&message(1, 5));
    running.deliver(&message(2, 5));
    let script = r#"
import poplib, ssl, sys
host, port, user, password = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
p = poplib.POP3(host, port)
assert {'STLS', 'UIDL', 'TOP', 'PIPELINING', 'EXPIRE'} <= set(p.capa()), p.capa()
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
p.stls(context)
assert 'STLS' not in p.capa()
try:
    p.user(user); p.pass_('wrong'); sys.exit('in with a wrong password')
except poplib.error_proto as e:
    assert b'[AUTH]' in e.args[0], e
p.user(user); p.pass_(password)
assert p.stat()[0] == 2
assert len(p.list()[1]) == 2 and len(p.uidl()[1]) == 2
lines = p.retr(2)[1]
assert lines[-2:] == [b'.', b'..'], lines
assert p.top(1, 0)[1][:2] == [b'From: a@example.test', b'Subject: number 1']
p.dele(1)
p.quit()
print('done')
"#;
    let (ip, port) = (running.site.pop3.ip().to_string(), running.site.pop3.port().to_string());
    let text = run(Command::new("python3").args(["-c", script, &ip, &port, &address("alice"), PASSWORD]));
    assert!(text.contains("done"), "{text}");
    assert_eq!(running.inbox(), [message(2, 5)]);
    running.end();
}

/// RFC 2449 §6.7: what the client is told is what the account's class keeps, and it is kept to.
#[test]
fn expire_is_told_and_kept_to() {
    let running = start();
    running.deliver(&message(1, 5));
    let told = |user: &str| {
        let script = "import poplib, sys\np = poplib.POP3(sys.argv[1], int(sys.argv[2]))\nprint(p.capa()['EXPIRE'])\n\
                      p.user(sys.argv[3]); p.pass_(sys.argv[4])\nprint(p.capa()['EXPIRE'], p.stat()[0])\np.quit()";
        let (ip, port) = (running.site.pop3.ip().to_string(), running.site.pop3.port().to_string());
        run(Command::new("python3").args(["-c", script, &ip, &port, user, PASSWORD]))
    };
    assert_eq!(told(&address("alice")), "['1', 'USER']\n['NEVER'] 1\n");
    let set = |name: &str, value: &str| {
        let request = json!({"modifyAccount": {"name": address("alice"), "attrs": {name: [value]}}});
        running.daemon.control(&json!({"verb": "prov", "request": request})).unwrap();
    };
    set("zimbraMailMessageLifetime", "60d");
    assert_eq!(told(&address("alice")), "['1', 'USER']\n['60'] 1\n");
    let purge = || running.daemon.control(&json!({"verb": "purge", "account": address("alice")})).unwrap();
    assert_eq!(purge()["messages"], 0, "it is not old enough");
    running.end();
}

#[test]
fn curl_by_sasl_over_tls_and_in_the_clear() {
    let running = start();
    running.deliver(&message(1, 5));
    let login = format!("{}:{PASSWORD}", address("alice"));
    for options in [&["--ssl-reqd", "-k", "--login-options", "AUTH=PLAIN", "--sasl-ir"][..], &[]] {
        let url = format!("pop3://{}/1", running.site.pop3);
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-u", &login]).args(options).arg(&url);
        assert_eq!(run(&mut curl).into_bytes(), message(1, 5), "{options:?}");
    }
    running.end();
}

#[test]
fn fetchmail_takes_everything_once() {
    let running = start();
    let messages: Vec<_> = (0..20).map(|n| message(n, n * 50)).collect();
    messages.iter().for_each(|message| running.deliver(message));
    let dir = tempfile::tempdir().unwrap();
    let (rc, taken) = (dir.path().join("fetchmailrc"), dir.path().join("taken"));
    let (ip, port, taken_path) = (running.site.pop3.ip(), running.site.pop3.port(), taken.display());
    let text = format!(
        "poll {ip} protocol pop3 port {port} uidl user \"{}\" password \"{PASSWORD}\" sslproto \"\" keep\n\
         mda \"sh -c 'cat >> {taken_path}; echo END >> {taken_path}'\"\n",
        address("alice")
    );
    std::fs::write(&rc, text).unwrap();
    std::fs::set_permissions(&rc, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let fetch = |more: &[&str]| {
        let mut command = Command::new("fetchmail");
        command.arg("-f").arg(&rc).arg("--idfile").arg(dir.path().join("ids")).args(more).env("HOME", dir.path());
        command.env("FETCHMAILHOME", dir.path()).output().unwrap()
    };
    let output = fetch(&[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = std::fs::read_to_string(&taken).unwrap();
    assert_eq!(text.matches("END\n").count(), messages.len());
    for n in 0..messages.len() {
        assert!(text.contains(&format!("Subject: number {n}\n")), "{n}");
        assert!(n == 0 || text.contains(&format!("line {} of {n}\n", n * 50 - 1)), "{n}");
    }
    // It knows the ids again: 1 is "no mail" (fetchmail(1), EXIT CODES).
    assert_eq!(fetch(&[]).status.code(), Some(1));
    assert_eq!(running.inbox().len(), messages.len());
    assert_eq!(fetch(&["--fetchall", "--nokeep"]).status.code(), Some(0));
    assert!(running.inbox().is_empty());
    running.end();
}

#[test]
fn garbage_gets_errors_and_disturbs_nobody() {
    let mut victim = Victim::start();
    let pop3 = victim.site.pop3;
    let mut random = Rng::new(7);
    let noise: Vec<u8> = (0..200_000).map(|_| random.draw() as u8).collect();
    let login = format!("USER {}\r\nPASS {PASSWORD}\r\n", address("alice"));
    for (what, octets) in [
        ("noise", noise),
        ("endless line", vec![b'a'; 8 << 20]),
        ("NULs", b"USER \0\r\nPASS \0\0\r\n\0\0\r\n".to_vec()),
        ("nonsense", b"FOO\r\nRETR\r\nLIST -1\r\nTOP 99999999999999999999 1\r\n".repeat(100)),
        ("cut in AUTH", b"AUTH PLAIN\r\nAGFs".to_vec()),
        ("STLS and more", b"STLS\r\nUSER a\r\nPASS b\r\n".to_vec()),
        ("STLS and noise", b"STLS\r\n".to_vec()),
        ("cut after DELE", format!("{login}DELE 1\r\nQUI").into_bytes()),
        ("numbers", format!("{login}RETR 4294967295\r\nDELE 4294967296\r\nTOP 1 4294967295\r\n").into_bytes()),
    ] {
        let said = blurt(pop3, &octets);
        assert!(said.starts_with(b"+OK"), "{what}");
        victim.still_well(what);
    }
    victim.end();
}

#[test]
fn ten_thousand_commands_at_once_are_answered_in_order() {
    let mut victim = Victim::start();
    let mut lmtp = Lmtp::connect(victim.site.lmtp).unwrap();
    assert!(lmtp.deliver("s@x.test", &[&address("alice")], &message(1, 20)).unwrap()[0].is_ok());
    let mut text = format!("USER {}\r\nPASS {PASSWORD}\r\n", address("alice"));
    for n in 0..PIPELINED {
        text += ["NOOP\r\n", "STAT\r\n", "LIST 1\r\n", "RETR 1\r\n"][n % 4];
    }
    text += "QUIT\r\n";
    let said = blurt(victim.site.pop3, text.as_bytes());
    let said = String::from_utf8(said).unwrap();
    let answers = said.lines().filter(|line| line.starts_with("+OK") || line.starts_with("-ERR"));
    assert_eq!(answers.filter(|line| line.starts_with("+OK")).count(), 3 + PIPELINED + 1);
    assert_eq!(said.matches("Subject: number 1\r\n").count(), PIPELINED / 4);
    victim.still_well("ten thousand commands");
    victim.end();
}
