// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail from outside: SMTP by hand, IMAPS by curl.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Hands over one message; an error is the server's line.
pub fn send(port: u16, to: &str, subject: &str) -> Result<(), String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|e| e.to_string())?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    let mut reply = |wanted: &str| loop {
        let mut line = String::new();
        replies.read_line(&mut line).map_err(|e| e.to_string())?;
        if line.is_empty() || !line.starts_with(wanted) {
            return Err(format!("wanted {wanted}, got {line:?}"));
        }
        if line.as_bytes().get(3) == Some(&b' ') {
            return Ok(());
        }
    };
    reply("220")?;
    let body = format!("From: <sender@outside.test>\r\nTo: <{to}>\r\nSubject: {subject}\r\n\r\nHello.\r\n.\r\n");
    for (line, wanted) in [
        ("EHLO outside.test\r\n", "250"),
        ("MAIL FROM:<sender@outside.test>\r\n", "250"),
        (&format!("RCPT TO:<{to}>\r\n"), "250"),
        ("DATA\r\n", "354"),
        (&body, "250"),
        ("QUIT\r\n", "221"),
    ] {
        (&stream).write_all(line.as_bytes()).map_err(|e| e.to_string())?;
        reply(wanted)?;
    }
    Ok(())
}

/// Waits for a message in the Inbox with this header field; the certificate is the machine's own.
pub fn until_read(port: u16, user: &str, password: &str, wanted: &str) {
    all_are_there(port, user, password, &[wanted.to_owned()]);
}

/// Waits until each of these is a subject in the Inbox, where alerts for the administrator may lie as well.
pub fn all_are_there(port: u16, user: &str, password: &str, subjects: &[String]) {
    let begun = Instant::now();
    loop {
        let url = format!("imaps://127.0.0.1:{port}/INBOX");
        let curl = Command::new("curl")
            .args(["--silent", "--show-error", "--insecure", "--max-time", "60"])
            .args(["--user", &format!("{user}:{password}"), &url])
            .args(["--request", "FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "--verbose"])
            .output()
            .unwrap();
        // curl prints literals with what it shows of the dialogue.
        let text = String::from_utf8_lossy(&[curl.stdout, curl.stderr].concat()).into_owned();
        let missing: Vec<&String> = subjects.iter().filter(|subject| !text.contains(subject.as_str())).collect();
        if missing.is_empty() {
            return;
        }
        let count = missing.len();
        assert!(begun.elapsed() < PATIENCE, "{count} of {} are missing: {missing:?}: {text}", subjects.len());
        std::thread::sleep(AGAIN_AFTER);
    }
}
