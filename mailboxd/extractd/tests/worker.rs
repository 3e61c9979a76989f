// SPDX-License-Identifier: AGPL-3.0-or-later
//! The process, by its client: held as it should be, ended when it should be, and of no consequence when it dies.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

use extract::{About, DOCUMENT_BYTES_MAX, Extractor, Failure, Protection, View};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn extractor() -> Extractor {
    Extractor::new(env!("CARGO_BIN_EXE_extractd"))
}

fn about(name: &str) -> About {
    About { name: name.into(), content_type: "application/octet-stream".into(), charset: None }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

#[test]
fn every_format_is_read_within_the_sandbox() {
    let extractor = extractor();
    assert_eq!(extractor.probe(), Protection::Full, "this machine has Landlock and pdftotext");
    for name in [
        "text.pdf",
        "text.odt",
        "text.docx",
        "text.doc",
        "text.rtf",
        "sheet.ods",
        "sheet.xlsx",
        "sheet.xls",
        "slides.odp",
        "slides.pptx",
        "slides.ppt.gz",
    ] {
        let answer = extractor.extract(&fixture(name), &about(name), View::Text).unwrap();
        assert!(answer.text.contains("Quittenmarmelade"), "{name}: {answer:?}");
    }
    assert!(extractor.extract(&fixture("protected.pdf"), &about("x"), View::Text).unwrap().of.protected);
    assert_eq!(extractor.workers().len(), 1, "one worker read them all");
    let figures = extractor.figures();
    assert_eq!((figures.documents, figures.with_text, figures.protected, figures.failed), (12, 11, 1, 0));
    let large = vec![b'x'; DOCUMENT_BYTES_MAX + 1];
    assert!(matches!(extractor.extract(&large, &about("x"), View::Text), Err(Failure::TooLarge)));
    let largest = vec![b'x'; DOCUMENT_BYTES_MAX];
    assert!(extractor.extract(&largest, &about("x.txt"), View::Text).unwrap().of.cut);
}

/// A document that keeps a worker busy for seconds: an archive of archives.
fn slow() -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let group = "{\\u-10179?\\'e4".repeat(200_000);
    for n in 0..7 {
        writer.start_file(format!("{n}.rtf"), options).unwrap();
        writer.write_all(b"{\\rtf1 ").unwrap();
        writer.write_all(group.replace('{', "").as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_worker_that_is_killed_costs_its_document_and_no_other() {
    let extractor = extractor();
    extractor.probe();
    let [worker] = extractor.workers()[..] else { panic!("one worker") };
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| extractor.extract(&slow(), &about("x.zip"), View::Text));
        // As soon as it computes.
        let stat = format!("/proc/{worker}/stat");
        let until = Instant::now() + Duration::from_secs(20);
        let ticks = || {
            let stat = std::fs::read_to_string(&stat).unwrap_or_default();
            stat.split_whitespace().nth(13).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0)
        };
        let before = ticks();
        while ticks() <= before + 3 && Instant::now() < until && !asked.is_finished() {
            std::thread::yield_now();
        }
        assert!(!asked.is_finished(), "it was to last");
        kill(Pid::from_raw(worker), Signal::SIGKILL).unwrap();
        assert!(matches!(asked.join().unwrap(), Err(Failure::Failed(_))));
    });
    let answer = extractor.extract(b"Sternanis", &about("x.txt"), View::Text).unwrap();
    assert!(answer.text.contains("Sternanis"));
    assert!(!extractor.workers().contains(&worker));
    assert_eq!(extractor.figures().failed, 1);
    // Between two documents it costs none.
    let [worker] = extractor.workers()[..] else { panic!("one worker") };
    kill(Pid::from_raw(worker), Signal::SIGKILL).unwrap();
    while std::fs::read_to_string(format!("/proc/{worker}/stat")).is_ok_and(|stat| !stat.contains(") Z")) {
        std::thread::yield_now();
    }
    extractor.extract(b"Sternanis", &about("x.txt"), View::Text).unwrap();
    assert_eq!(extractor.figures().failed, 1);
}

#[test]
fn whoever_is_late_is_ended_with_all_it_started() {
    let extractor = Extractor::with_time(env!("CARGO_BIN_EXE_extractd"), Duration::from_millis(150));
    extractor.probe();
    let [worker] = extractor.workers()[..] else { panic!("one worker") };
    let begun = Instant::now();
    let asked = extractor.extract(&slow(), &about("x.zip"), View::Text);
    assert!(matches!(&asked, Err(Failure::Failed(why)) if why.contains("too long")), "{asked:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(!Path::new(&format!("/proc/{worker}")).exists(), "it was waited for");
    assert!(extractor.workers().is_empty());
}

#[test]
fn memory_is_bounded() {
    let extractor = extractor();
    extractor.probe();
    let [worker] = extractor.workers()[..] else { panic!("one worker") };
    let limits = std::fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max address space")).unwrap();
    assert!(line.contains(&(768_u64 << 20).to_string()), "{line}");
}

#[test]
fn workers_own_nothing() {
    let extractor = extractor();
    extractor.probe();
    let [worker] = extractor.workers()[..] else { panic!("one worker") };
    let status = std::fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!(
        (of("NoNewPrivs:").as_str(), of("Seccomp:").as_str(), of("CapEff:").as_str()),
        ("1", "2", "0000000000000000")
    );
    assert!(!of("Uid:").contains("\t0"), "{status}");
    let open = std::fs::read_dir(format!("/proc/{worker}/fd")).unwrap().count();
    assert!(open <= 4, "the standard three and the socket: {open}");
}

#[test]
fn without_a_program_nobody_waits_and_the_reason_is_known() {
    let extractor = Extractor::new("/nonexistent/extractd");
    assert!(matches!(extractor.extract(b"x", &about("x"), View::Text), Err(Failure::Unavailable(_))));
    assert!(matches!(extractor.protection(), Protection::Unavailable(why) if why.contains("/nonexistent/extractd")));
    // One that is something else.
    let extractor = Extractor::new("/bin/true");
    assert!(matches!(extractor.extract(b"x", &about("x"), View::Text), Err(Failure::Unavailable(_))));
    let extractor = self::extractor();
    extractor.close();
    assert!(matches!(extractor.extract(b"x", &about("x"), View::Text), Err(Failure::Unavailable(_))));
}

const INSIDE: &str = "POSTHOUSE_TEST_INSIDE";

/// What a document that took over its worker would try. Runs in a process of its own: nobody comes out again.
#[test]
fn from_within_there_is_no_way_out() {
    if std::env::var_os(INSIDE).is_some() {
        return attack();
    }
    let outside = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "from_within_there_is_no_way_out", "--nocapture", "--test-threads=1"]);
    let output = command.env(INSIDE, outside.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for what in [
        "read /etc/passwd",
        "read own memory map",
        "write a file",
        "list /",
        "TCP",
        "UDP",
        "a socket of this machine",
        "a shell",
        "a signal to the parent",
        "a signal to all",
        "trace the parent",
        "a mount",
        "a user namespace",
        "become root",
    ] {
        assert!(
            said.contains(&format!("{what}: refused\n")),
            "{what}\n{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(said.contains("pdftotext: works\n"), "{said}");
}

#[expect(unsafe_code, reason = "system calls as an attacker makes them")]
fn attack() {
    let victim = std::env::var(INSIDE).unwrap();
    let parent = nix::unistd::getppid();
    let (hello, tools) = extractd::sandbox::enter().unwrap();
    assert!(hello.landlock);
    let say = |what: &str, refused: bool| println!("{what}: {}", if refused { "refused" } else { "ALLOWED" });
    say("read /etc/passwd", std::fs::read("/etc/passwd").is_err());
    say("read own memory map", std::fs::read("/proc/self/maps").is_err());
    say("write a file", std::fs::write(&victim, "x").is_err());
    say("list /", std::fs::read_dir("/").is_err());
    say("TCP", std::net::TcpListener::bind("127.0.0.1:0").is_err());
    say("UDP", std::net::UdpSocket::bind("127.0.0.1:0").is_err());
    say("a socket of this machine", std::os::unix::net::UnixDatagram::unbound().is_err());
    say("a shell", Command::new("/bin/sh").arg("-c").arg("true").status().is_err());
    say("a signal to the parent", kill(parent, None).is_err());
    say("a signal to all", kill(Pid::from_raw(-1), None).is_err());
    // SAFETY: numbers and null pointers only.
    let failed = |call: libc::c_long, a: i64, b: i64| unsafe { libc::syscall(call, a, b, 0, 0, 0) } == -1;
    say("trace the parent", failed(libc::SYS_ptrace, 16, parent.as_raw().into()));
    say("a mount", failed(libc::SYS_mount, 0, 0));
    say("a user namespace", failed(libc::SYS_unshare, libc::CLONE_NEWUSER.into(), 0));
    say("become root", failed(libc::SYS_setuid, 0, 0));
    let pdf = include_bytes!("fixtures/text.pdf");
    let answer = extractd::extract(pdf, &About::default(), View::Text, &tools);
    println!("pdftotext: {}", if answer.text.contains("Quittenmarmelade") { "works" } else { "fails" });
}
