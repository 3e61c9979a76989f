// SPDX-License-Identifier: AGPL-3.0-or-later
//! Filter scripts on the whole daemon: put over ManageSieve, run at delivery, watched over IMAP.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use fs::Rng;
use posthouse_tests::appliance::sink::Sink;
use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use posthouse_tests::imap::{Fetched, Imap};
use posthouse_tests::lmtp::{Lmtp, Reply};
use posthouse_tests::managesieve::ManageSieve;
use posthouse_tests::run::seed;
use posthouse_tests::victim::{Victim, blurt};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SETTINGS: &str = "[store]\nreserve_bytes = 0";
const SOON: Duration = Duration::from_secs(60);
const KILLS: usize = 8;

struct Running {
    site: Site,
    daemon: Daemon,
    _dir: tempfile::TempDir,
}

fn start(settings: &str) -> Running {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::new(&dir.path().join("state"), &format!("{SETTINGS}\n{settings}")).unwrap();
    let daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob", "carol"]).unwrap();
    Running { site, daemon, _dir: dir }
}

fn deliver(site: &Site, from: &str, to: &[&str], message: &str) -> Vec<Reply> {
    let to: Vec<_> = to.iter().map(|to| address(to)).collect();
    let to: Vec<_> = to.iter().map(String::as_str).collect();
    Lmtp::connect(site.lmtp).unwrap().deliver(from, &to, message.as_bytes()).unwrap()
}

fn folder(site: &Site, user: &str, folder: &str) -> Vec<Fetched> {
    let mut imap = Imap::login(site.imap, &address(user), PASSWORD).unwrap();
    imap.select(folder).unwrap();
    imap.fetch_all().unwrap()
}

fn text(mail: &Fetched) -> String {
    String::from_utf8_lossy(&mail.bytes).into_owned()
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < SOON, "{what}");
        std::thread::yield_now();
    }
}

impl Running {
    fn filter(&self, user: &str, script: &str) {
        self.manage(user).activate("main", script).unwrap();
    }

    fn prefer(&self, user: &str, prefs: &[(&str, &str)]) {
        let attrs: BTreeMap<_, _> = prefs.iter().map(|(name, value)| (*name, vec![*value])).collect();
        self.daemon.prov("modifyAccount", serde_json::json!({"name": address(user), "attrs": attrs})).unwrap();
    }

    fn manage(&self, user: &str) -> ManageSieve {
        ManageSieve::login(self.site.managesieve, &address(user), PASSWORD).unwrap()
    }

    fn end(self) {
        self.daemon.verify().unwrap();
        let log = self.daemon.log();
        assert!(!log.contains("panicked"), "{log}");
        self.daemon.stop().unwrap();
        self.site.verify_stopped().unwrap();
    }
}

fn mail(subject: &str) -> String {
    format!(
        "From: Bob <bob@example.test>\r\nTo: alice@example.test\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n\r\nBody of {subject}\r\n"
    )
}

#[test]
fn messages_are_filed_marked_copied_dropped_and_refused() {
    let running = start("");
    running.filter(
        "alice",
        r#"require ["fileinto", "mailbox", "copy", "imap4flags", "reject", "editheader", "envelope", "body",
            "relational", "comparator-i;ascii-numeric", "regex", "variables", "special-use", "date"];
        if header :is "Subject" "filed" { fileinto :create "Lists/Deep"; }
        elsif header :is "Subject" "gone-folder" { fileinto "Nowhere"; }
        elsif header :is "Subject" "copied" { fileinto :copy :create "Lists/Deep"; }
        elsif header :is "Subject" "marked" { setflag ["\\Flagged", "\\Seen", "Todo"]; keep; }
        elsif header :is "Subject" "dropped" { discard; }
        elsif header :is "Subject" "refused" { reject "Not
 today"; }
        elsif header :is "Subject" "edited" { addheader "X-Filter" "was here"; keep; }
        elsif header :is "Subject" "junk" { fileinto :specialuse "\\Junk" "Whatever"; }
        elsif header :is "Subject" "old" { fileinto :specialuse "\\Archive" "Whatever"; }
        elsif header :regex "Subject" "^re-([0-9]+)$" { fileinto :create "Numbers/${1}"; }
        elsif envelope :localpart "from" "envelope" { fileinto :create "Envelope"; }
        elsif body :contains "needle" { fileinto :create "Body"; }"#,
    );
    // A folder of one's own that is for something is found by that, too.
    let mut imap = Imap::login(running.site.imap, &address("alice"), PASSWORD).unwrap();
    imap.ok("CREATE Kept/Letters (USE (\\Archive))").unwrap();
    for subject in ["old", "filed", "gone-folder", "copied", "marked", "dropped", "junk", "re-42", "plain"] {
        assert!(deliver(&running.site, "bob@example.test", &["alice"], &mail(subject))[0].is_ok(), "{subject}");
    }
    assert!(deliver(&running.site, "envelope@example.test", &["alice"], &mail("e"))[0].is_ok());
    assert!(deliver(&running.site, "s@example.test", &["alice"], &mail("a needle"))[0].is_ok());
    // One answer a recipient: bob has no script, and gets the very octets that came, as does alice where nothing is edited.
    let replies = deliver(&running.site, "s@example.test", &["alice", "bob"], &mail("refused"));
    assert_eq!((replies[0].code, replies[1].is_ok()), (550, true), "{replies:?}");
    assert!(replies[0].text.contains("Not today"), "{replies:?}");
    assert!(deliver(&running.site, "s@example.test", &["alice", "bob"], &mail("edited")).iter().all(Reply::is_ok));

    let subjects = |name: &str| {
        let mails = folder(&running.site, "alice", name);
        let subject =
            |m: &Fetched| text(m).lines().find_map(|l| l.strip_prefix("Subject: ").map(String::from)).unwrap();
        mails.iter().map(subject).collect::<Vec<_>>()
    };
    assert_eq!(subjects("INBOX"), ["gone-folder", "copied", "marked", "plain", "edited"]);
    assert_eq!(subjects("Lists/Deep"), ["filed", "copied"]);
    assert_eq!(subjects("Kept/Letters"), ["old"]);
    assert_eq!((subjects("Junk"), subjects("Numbers/42")), (vec!["junk".into()], vec!["re-42".into()]));
    assert_eq!((subjects("Envelope"), subjects("Body")), (vec!["e".into()], vec!["a needle".into()]));
    let inbox = folder(&running.site, "alice", "INBOX");
    assert_eq!(inbox[2].flags, ["Todo", "\\Flagged", "\\Seen"]);
    assert!(text(&inbox[4]).contains("X-Filter: was here\r\n"));
    let bobs = folder(&running.site, "bob", "INBOX");
    assert_eq!(text(&bobs[1]), mail("edited"));
    running.end();
}

#[test]
fn mail_goes_on_to_others_and_never_in_circles() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let running = start(&format!("[relay]\nhost = \"127.0.0.1\"\nport = {port}\nrequire_tls = false"));
    let site = &running.site;
    running.filter("alice", "redirect \"bob@example.test\";");
    running.filter("bob", "redirect \"carol@example.test\";");
    running.filter("carol", "redirect \"alice@example.test\";");
    assert!(deliver(site, "s@elsewhere.test", &["alice"], &mail("round"))[0].is_ok());
    // It comes back to alice, who has had it: there it stays.
    let kept = folder(site, "alice", "INBOX");
    assert!(text(&kept[0]).ends_with(&mail("round")), "{}", text(&kept[0]));
    assert!(folder(site, "bob", "INBOX").is_empty() && folder(site, "carol", "INBOX").is_empty());
    // Nobody takes it for now: the sender is to try again, and nothing is kept twice.
    running.filter("bob", "require \"copy\"; redirect :copy \"far@elsewhere.test\";");
    drop(listener);
    let reply = &deliver(site, "s@elsewhere.test", &["bob"], &mail("later"))[0];
    assert!(reply.is_temporary(), "{reply:?}");
    assert!(folder(site, "bob", "INBOX").is_empty());
    let sink = Sink::on(TcpListener::bind(("127.0.0.1", port)).unwrap());
    assert!(deliver(site, "s@elsewhere.test", &["bob"], &mail("later"))[0].is_ok());
    let sent = sink.until("Subject: later").unwrap();
    assert_eq!((sent.from.as_str(), sent.to.as_slice()), ("bob@example.test", &["far@elsewhere.test".to_string()][..]));
    assert!(sent.text().starts_with("Delivered-To: bob@example.test\r\n"), "{}", sent.text());
    assert_eq!(folder(site, "bob", "INBOX").len(), 1);
    // What is refused for good is kept.
    running.filter("bob", "redirect \"nobody@example.test\";");
    assert!(deliver(site, "s@elsewhere.test", &["bob"], &mail("refused"))[0].is_ok());
    assert!(folder(site, "bob", "INBOX").iter().any(|m| text(m).contains("Subject: refused")));
    running.end();
}

const VACATION: &str = "require \"vacation\"; vacation :days 7 :addresses \"team@example.test\" :subject \"Bin weg \u{fc}\" \"Back in \u{e4} week\";";

/// Out of office by preference: beside whatever script there is, and for strangers other words.
#[test]
fn who_is_out_of_office_answers_beside_any_script() {
    let running = start("");
    let site = &running.site;
    let away = [
        ("zimbraPrefOutOfOfficeReplyEnabled", "TRUE"),
        ("zimbraPrefOutOfOfficeReply", "Back on Monday"),
        ("zimbraPrefOutOfOfficeExternalReplyEnabled", "TRUE"),
        ("zimbraPrefOutOfOfficeExternalReply", "We are closed"),
    ];
    running.prefer("alice", &away);
    running.filter("alice", "require \"fileinto\"; if header :contains \"Subject\" \"spam\" { discard; }");
    let answers = || folder(site, "bob", "INBOX");
    for n in 0..2 {
        assert!(deliver(site, "bob@example.test", &["alice"], &mail(&format!("hi-{n}")))[0].is_ok());
    }
    let answer = until("no answer", || answers().into_iter().next());
    assert!(text(&answer).contains("Back on Monday"), "{}", text(&answer));
    // Of what the script throws away nobody hears, nor machines; who comes after them is answered alone.
    assert!(deliver(site, "carol@example.test", &["alice"], &mail("spam"))[0].is_ok());
    let list = mail("list").replacen("Subject", "List-Id: <x>\r\nSubject", 1);
    assert!(deliver(site, "carol@example.test", &["alice"], &list)[0].is_ok());
    running.prefer("alice", &[("zimbraPrefOutOfOfficeReplyEnabled", "FALSE")]);
    assert!(deliver(site, "carol@example.test", &["alice"], &mail("back"))[0].is_ok());
    running.prefer("alice", &[("zimbraPrefOutOfOfficeReplyEnabled", "TRUE")]);
    assert!(deliver(site, "carol@example.test", &["alice"], &mail("away"))[0].is_ok());
    let carols = until("no answer", || Some(folder(site, "carol", "INBOX")).filter(|mails| !mails.is_empty()));
    assert!(carols.len() == 1 && text(&carols[0]).contains("<away@x>"), "{carols:?}");
    assert_eq!(answers().len(), 1, "once for each");
    assert_eq!(folder(site, "alice", "INBOX").len(), 5);
    running.end();
}

#[test]
fn an_absent_owner_answers_people_once_and_no_machines() {
    let running = start("");
    let site = &running.site;
    running.filter("alice", VACATION);
    let answers = || folder(site, "bob", "INBOX");
    for n in 0..3 {
        assert!(deliver(site, "bob@example.test", &["alice"], &mail(&format!("hi-{n}")))[0].is_ok());
    }
    let answer = until("no answer", || answers().into_iter().next());
    let said = text(&answer);
    assert!(said.contains("Auto-Submitted: auto-replied\r\n") && said.contains("In-Reply-To: <hi-0@x>\r\n"), "{said}");
    assert!(said.contains("Subject: =?utf-8?Q?") && said.contains("Back in \u{e4} week"), "{said}");
    for (from, message) in [
        ("", mail("bounce")),
        ("carol@example.test", mail("list").replacen("Subject", "List-Id: <x>\r\nSubject", 1)),
        ("carol@example.test", mail("auto").replacen("Subject", "Auto-Submitted: auto-replied\r\nSubject", 1)),
        ("carol@example.test", mail("bulk").replacen("Subject", "Precedence: bulk\r\nSubject", 1)),
        ("carol@example.test", mail("other").replacen("To: alice", "To: somebody", 1)),
        ("alice@example.test", mail("self")),
    ] {
        assert!(deliver(site, from, &["alice"], &message)[0].is_ok());
    }
    // A person is answered after all of them: the others were not.
    assert!(deliver(site, "carol@example.test", &["alice"], &mail("x").replacen("alice@", "team@", 1))[0].is_ok());
    let carols = until("no answer", || Some(folder(site, "carol", "INBOX")).filter(|mails| !mails.is_empty()));
    assert!(carols.len() == 1 && text(&carols[0]).contains("<x@x>"), "{carols:?}");
    assert_eq!(answers().len(), 1, "once in seven days");
    assert_eq!(folder(site, "alice", "INBOX").len(), 10);
    running.end();
}

#[test]
fn a_kill_loses_no_message_and_answers_nobody_twice() {
    let seed = seed();
    println!("POSTHOUSE_SEED={seed}");
    let mut rng = Rng::new(seed);
    let running = start("");
    running.filter("alice", VACATION);
    let Running { site, daemon, _dir } = running;
    let mut daemon = Some(daemon);
    let mut acknowledged = Vec::new();
    let mut sender = 0;
    for _ in 0..KILLS {
        let until = Instant::now() + Duration::from_millis(20 + rng.below(150));
        let first = sender;
        std::thread::scope(|scope| {
            let working = scope.spawn(|| {
                let mut done = Vec::new();
                for n in first.. {
                    let from = format!("bob+{n}@example.test");
                    let Ok(mut lmtp) = Lmtp::connect(site.lmtp) else { return (n, done) };
                    match lmtp.deliver(&from, &[&address("alice")], mail(&format!("m{n}")).as_bytes()) {
                        Ok(replies) if replies[0].is_ok() => done.push(n),
                        _ => return (n + 1, done),
                    }
                }
                (0, done)
            });
            while Instant::now() < until {
                std::thread::yield_now();
            }
            daemon.take().unwrap().kill();
            let (next, done) = working.join().unwrap();
            sender = next;
            acknowledged.extend(done);
        });
        daemon = Some(site.start().unwrap());
    }
    let daemon = daemon.unwrap();
    // Everybody again: who was answered is not answered again, nor twice now.
    for n in 0..sender {
        let from = format!("bob+{n}@example.test");
        assert!(deliver(&site, &from, &["alice"], &mail(&format!("again{n}")))[0].is_ok());
    }
    let inbox: Vec<_> = folder(&site, "alice", "INBOX").iter().map(text).collect();
    for n in &acknowledged {
        assert!(inbox.iter().any(|m| m.contains(&format!("Subject: m{n}\r\n"))), "seed {seed}: m{n} is lost");
    }
    assert!(deliver(&site, "carol@example.test", &["alice"], &mail("last"))[0].is_ok());
    until("the last answer", || (!folder(&site, "carol", "INBOX").is_empty()).then_some(()));
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for answer in folder(&site, "bob", "INBOX").iter().map(text) {
        let whom = answer.lines().find_map(|l| l.strip_prefix("To: ").map(String::from)).unwrap();
        let whom = answer.lines().find_map(|l| l.strip_prefix("In-Reply-To: ").map(String::from)).unwrap_or(whom);
        let digits: String = whom.chars().filter(char::is_ascii_digit).collect();
        *answers.entry(digits).or_default() += 1;
    }
    println!("{} acknowledged, {sender} senders, {} answered", acknowledged.len(), answers.len());
    assert!(answers.values().all(|count| *count == 1), "seed {seed}: {answers:?}");
    daemon.verify().unwrap();
    daemon.stop().unwrap();
    site.verify_stopped().unwrap();
}

#[test]
fn a_failing_script_keeps_the_mail_and_tells_its_owner_once() {
    let running = start("");
    let site = &running.site;
    let mut manage = running.manage("alice");
    manage.put("loop", "require \"include\"; include \"loop\"; discard;").unwrap();
    manage
        .activate("main", "require [\"include\", \"fileinto\", \"mailbox\"]; fileinto :create \"X\"; include \"loop\";")
        .unwrap();
    for subject in ["one", "two", "three"] {
        assert!(deliver(site, "s@example.test", &["alice", "bob"], &mail(subject)).iter().all(Reply::is_ok));
    }
    let inbox: Vec<_> = folder(site, "alice", "INBOX").iter().map(text).collect();
    assert_eq!(inbox.iter().filter(|m| m.contains("Subject: Your mail filter fails")).count(), 1, "{inbox:?}");
    assert_eq!(inbox.len(), 4);
    assert!(inbox.iter().any(|m| m.contains("include each other too deeply")), "{inbox:?}");
    assert_eq!(folder(site, "bob", "INBOX").len(), 3);
    // Included scripts are the owner's own.
    manage.put("part", "discard;").unwrap();
    manage.activate("main", "require \"include\"; include \"part\";").unwrap();
    running.manage("bob").put("part", "keep;").unwrap();
    assert!(deliver(site, "s@example.test", &["alice"], &mail("four"))[0].is_ok());
    assert_eq!(folder(site, "alice", "INBOX").len(), 4);
    running.end();
}

#[test]
fn duplicates_are_known_and_spam_is_not_filtered() {
    let running = start("[delivery]\nspam_header = true");
    let site = &running.site;
    running
        .filter("alice", "require \"duplicate\"; if duplicate { discard; } elsif exists \"X-Spam-Flag\" { discard; }");
    for _ in 0..3 {
        assert!(deliver(site, "s@example.test", &["alice"], &mail("same"))[0].is_ok());
    }
    assert_eq!(folder(site, "alice", "INBOX").len(), 1);
    let spam = format!("X-Spam-Flag: YES\r\n{}", mail("spam"));
    assert!(deliver(site, "s@example.test", &["alice"], &spam)[0].is_ok());
    assert_eq!(folder(site, "alice", "Junk").len(), 1);
    running.end();
}

#[test]
fn the_whole_protocol_and_no_stranger() {
    let running = start("");
    let (mut stranger, greeting) = ManageSieve::connect(running.site.managesieve).unwrap();
    for want in ["\"IMPLEMENTATION\" \"Posthouse\"", "\"SASL\" \"PLAIN\"", "\"STARTTLS\"", "\"VERSION\" \"1.0\""] {
        assert!(greeting.iter().any(|line| line == want), "{want}: {greeting:?}");
    }
    assert!(greeting.iter().any(|line| line.starts_with("\"SIEVE\" \"fileinto ")), "{greeting:?}");
    for command in
        ["LISTSCRIPTS", "GETSCRIPT \"main\"", "SETACTIVE \"\"", "CHECKSCRIPT \"keep;\"", "UNAUTHENTICATE", "FOO"]
    {
        assert!(stranger.command(command).unwrap().1.starts_with("NO"), "{command}");
    }
    assert!(stranger.command("AUTHENTICATE \"PLAIN\" \"AGEAYg==\"").unwrap().1.starts_with("NO"));
    let mut alice = running.manage("alice");
    assert!(alice.ok("CAPABILITY").unwrap().iter().any(|line| line == "\"OWNER\" \"alice@example.test\""));
    alice.put("main", "require \"fileinto\";\r\nfileinto \"Sent\";\r\n").unwrap();
    let mut no = |command: &str, want: &str| {
        let (_, status) = alice.command(command).unwrap();
        assert!(status.starts_with("NO") && status.contains(want), "{command}: {status}");
    };
    no("PUTSCRIPT \"bad\" \"fileinto \\\"x\\\";\"", "line 1");
    no("PUTSCRIPT \"bad\" {11+}\r\nkeep;\r\nfoo;", "line 2");
    no("CHECKSCRIPT \"require \\\"vnd.x\\\";\"", "vnd.x");
    no("SETACTIVE \"none\"", "(NONEXISTENT)");
    no("GETSCRIPT \"none\"", "(NONEXISTENT)");
    no("RENAMESCRIPT \"none\" \"x\"", "(NONEXISTENT)");
    no("HAVESPACE \"x\" 9999999", "(QUOTA/MAXSIZE)");
    no(&format!("PUTSCRIPT \"big\" {{{}+}}\r\n{}", 2 << 20, "#".repeat(2 << 20)), "(QUOTA/MAXSIZE)");
    alice.ok("HAVESPACE \"x\" 1000").unwrap();
    let (_, status) = alice.command("CHECKSCRIPT \"require \\\"include\\\"; include \\\"gone\\\";\"").unwrap();
    assert!(status.starts_with("OK (WARNINGS)"), "{status}");
    assert_eq!(alice.command("NOOP \"t\\\"1\"").unwrap().1, "OK (TAG \"t\\\"1\") \"done\"");
    alice.ok("SETACTIVE \"main\"").unwrap();
    alice.put("other", "keep;").unwrap();
    assert_eq!(alice.ok("LISTSCRIPTS").unwrap(), ["\"main\" ACTIVE", "\"other\""]);
    assert!(alice.command("DELETESCRIPT \"main\"").unwrap().1.contains("(ACTIVE)"));
    assert!(alice.command("RENAMESCRIPT \"main\" \"other\"").unwrap().1.contains("(ALREADYEXISTS)"));
    alice.ok("RENAMESCRIPT \"main\" \"mine\"").unwrap();
    alice.ok("DELETESCRIPT \"other\"").unwrap();
    let script = alice.ok("GETSCRIPT \"mine\"").unwrap();
    assert_eq!(script, ["{39}require \"fileinto\";\r\nfileinto \"Sent\";\r\n"]);
    let mut bob = running.manage("bob");
    assert!(bob.ok("LISTSCRIPTS").unwrap().is_empty(), "each has its own");
    assert!(bob.command("GETSCRIPT \"mine\"").unwrap().1.contains("(NONEXISTENT)"));
    alice.ok("SETACTIVE \"\"").unwrap();
    alice.ok("UNAUTHENTICATE").unwrap();
    assert!(alice.command("LISTSCRIPTS").unwrap().1.starts_with("NO"));
    alice.ok("LOGOUT").unwrap();
    running.end();
}

#[test]
fn sieve_connect_over_tls() {
    let running = start("");
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good.sieve"), dir.path().join("bad.sieve"));
    std::fs::write(&good, "require \"fileinto\";\nif true { fileinto \"Sent\"; }\n").unwrap();
    std::fs::write(&bad, "keep;\nif { }\n").unwrap();
    let at = running.site.managesieve;
    let run = |arguments: &[&str]| {
        let mut command = Command::new("sieve-connect");
        command.args(["-s", "127.0.0.1", "-p", &at.port().to_string(), "-u", &address("alice"), "--notlsverify"]);
        command.args(["--passwordfd", "0", "--authmech", "PLAIN", "--ignoreserverversion"]).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{PASSWORD}\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let (is_ok, said) = run(&["--localsieve", good, "--remotesieve", "mine", "--upload"]);
    assert!(is_ok, "{said}");
    let (_, said) = run(&["--localsieve", bad, "--remotesieve", "bad", "--upload"]);
    assert!(said.contains("line 2"), "{said}");
    let (is_ok, said) = run(&["--remotesieve", "mine", "--activate"]);
    assert!(is_ok, "{said}");
    let (is_ok, said) = run(&["--list"]);
    assert!(is_ok && said.contains("mine") && said.contains("ACTIVE") && !said.contains("bad"), "{said}");
    assert!(deliver(&running.site, "s@example.test", &["alice"], &mail("x"))[0].is_ok());
    assert_eq!(folder(&running.site, "alice", "Sent").len(), 1);
    let (is_ok, said) = run(&["--deactivate"]);
    assert!(is_ok, "{said}");
    let (is_ok, said) = run(&["--remotesieve", "mine", "--delete"]);
    assert!(is_ok, "{said}");
    assert!(running.manage("alice").ok("LISTSCRIPTS").unwrap().is_empty());
    running.end();
}

#[test]
fn garbage_and_hostile_scripts_disturb_nobody() {
    let mut victim = Victim::start();
    let at = victim.site.managesieve;
    let mut random = Rng::new(7);
    let noise: Vec<u8> = (0..200_000).map(|_| random.draw() as u8).collect();
    for (what, octets) in [
        ("noise", noise),
        ("endless line", vec![b'a'; 8 << 20]),
        ("huge literal", b"PUTSCRIPT \"a\" {99999999999+}\r\n".to_vec()),
        ("large literal of a stranger", [&b"AUTHENTICATE \"PLAIN\" {16000000+}\r\n"[..], &[b'a'; 100_000]].concat()),
        ("cut literal", b"AUTHENTICATE \"PLAIN\" {100+}\r\nabc".to_vec()),
        ("nonsense", b"FOO\r\n\"\r\n{+}\r\nNOOP NOOP\r\n\0\r\n".repeat(100)),
        ("STARTTLS and more", b"STARTTLS\r\nLISTSCRIPTS\r\n".to_vec()),
        ("ten thousand", b"NOOP\r\n".repeat(10_000)),
    ] {
        let said = blurt(at, &octets);
        assert!(said.starts_with(b"\"IMPLEMENTATION\""), "{what}");
        victim.still_well(what);
    }
    let mut manage = ManageSieve::login(at, &address("alice"), PASSWORD).unwrap();
    let regexes = "if body :regex \"(a+)+(b+)+\\\\1$\" { discard; }\r\n".repeat(400);
    let nested = format!("{}{}", "if true { ".repeat(5_000), "}".repeat(5_000));
    let variables = format!(
        "require \"variables\"; set \"a\" \"{}\"; {}",
        "x".repeat(1_000),
        "set \"a\" \"${a}${a}\"; ".repeat(1_000)
    );
    for (what, script) in [
        ("nested", nested),
        ("many regular expressions", format!("require [\"regex\", \"body\"];\r\n{regexes}")),
        ("variables", variables),
        ("mail to many", format!("require \"enotify\"; {}", "notify \"mailto:carol@example.test\"; ".repeat(500))),
    ] {
        // A script that is refused does no harm either.
        let _ = manage.activate("hostile", &script);
        let body = "a".repeat(20_000);
        let message = mail(what).replacen("Body", &body, 1);
        assert!(deliver(&victim.site, "s@elsewhere.test", &["alice"], &message)[0].is_ok(), "{what}");
        victim.still_well(what);
    }
    victim.end();
}
