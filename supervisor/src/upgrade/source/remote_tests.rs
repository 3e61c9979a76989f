// SPDX-License-Identifier: AGPL-3.0-or-later
//! The real curl against a server that does what servers do, and what they should not.

use super::*;
use crate::upgrade::bundle::tests::version;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Serve,
    /// Goes away after so many bytes of a body, although it promised more.
    Break(usize),
    /// The whole file, whatever was asked for.
    IgnoreRange,
    /// So many bytes beyond the file's end, with no length announced.
    TooMuch(usize),
    Refuse,
}

pub struct Server {
    pub url: String,
    pub asked: Arc<Mutex<Vec<String>>>,
}

/// `plan`: what is done with each connection; the last word is for all after it.
pub fn serve(files: Vec<(String, Vec<u8>)>, plan: Vec<Does>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/updates/", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for number in 0.. {
            let (stream, _) = listener.accept().unwrap();
            let does = plan[number.min(plan.len() - 1)];
            let _ = answer(&stream, &files, does, &log);
        }
    });
    Server { url, asked }
}

fn answer(
    mut stream: &TcpStream,
    files: &[(String, Vec<u8>)],
    does: Does,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let (mut name, mut from) = (String::new(), 0);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if let Some(path) = line.strip_prefix("GET /updates/") {
            name = path.split(' ').next().unwrap().to_owned();
        }
        if let Some(range) = line.strip_prefix("Range: bytes=") {
            from = range.trim_end_matches('-').parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(format!("{name} {from}"));
    let Some((_, bytes)) = files.iter().find(|(file, _)| *file == name) else {
        return write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    };
    let (status, from) = match does {
        Does::Refuse => return write!(stream, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
        Does::TooMuch(more) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            stream.write_all(bytes)?;
            return stream.write_all(&vec![0; more]);
        }
        Does::Serve | Does::Break(_) if from > 0 => ("206 Partial Content", from),
        _ => ("200 OK", 0),
    };
    let rest = &bytes[from..];
    let all = bytes.len();
    let range = if from > 0 { format!("Content-Range: bytes {from}-{}/{all}\r\n", all - 1) } else { String::new() };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{range}\r\n", rest.len())?;
    let take = if let Does::Break(after) = does { after.min(rest.len()) } else { rest.len() };
    stream.write_all(&rest[..take])
}

fn offer(bytes: &[u8]) -> Offer {
    let sha256 = hex(&Sha256::digest(bytes));
    let (version, min_version) = (version("0.2.0"), version("0.1.0"));
    Offer { version, min_version, file: "b.upgrade".into(), bytes: bytes.len() as u64, sha256, notes: String::new() }
}

fn content() -> Vec<u8> {
    (0..1_000_000u32).map(|n| (n % 251) as u8).collect()
}

fn remote(server: &Server) -> Remote {
    Remote::new(&server.url).unwrap().without_pause()
}

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("b.part");
    (dir, path)
}

#[test]
fn only_tls_or_this_machine() {
    for good in ["https://a.test/x/", "http://127.0.0.1:8080/x", "http://localhost/x"] {
        assert!(Remote::new(good).is_ok(), "{good}");
    }
    for bad in [
        "http://a.test/",
        "http://127.0.0.1.evil.test/",
        "http://localhost@evil.test/",
        "file:///etc",
        "https://a.test/\"\nproxy=x",
        "https://a.test/{a,b}",
        "",
    ] {
        assert!(Remote::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_download_that_is_cut_off_goes_on_where_it_was() {
    let content = content();
    let server = serve(
        vec![("b.upgrade".into(), content.clone())],
        vec![Does::Break(300_000), Does::Refuse, Does::Break(1), Does::Serve],
    );
    let (_dir, path) = file();
    let mut seen = 0;
    remote(&server).download(&offer(&content), &path, &mut |at| seen = at).unwrap();
    assert!(std::fs::read(&path).unwrap() == content);
    assert_eq!(seen, content.len() as u64);
    assert_eq!(
        *server.asked.lock().unwrap(),
        ["b.upgrade 0", "b.upgrade 300000", "b.upgrade 300000", "b.upgrade 300001"]
    );
    // Once it is there nobody is asked again.
    remote(&server).download(&offer(&content), &path, &mut |_| {}).unwrap();
    assert_eq!(server.asked.lock().unwrap().len(), 4);
}

#[test]
fn a_server_that_can_not_go_on_in_the_middle_begins_again() {
    let content = content();
    let server = serve(vec![("b.upgrade".into(), content.clone())], vec![Does::Break(1000), Does::IgnoreRange]);
    let (_dir, path) = file();
    remote(&server).download(&offer(&content), &path, &mut |_| {}).unwrap();
    assert!(std::fs::read(&path).unwrap() == content);
}

#[test]
fn a_server_that_is_gone_in_the_middle_leaves_what_came_for_the_next_time() {
    let content = content();
    let server = serve(vec![("b.upgrade".into(), content.clone())], vec![Does::Break(5000), Does::Refuse]);
    let (_dir, path) = file();
    let error = remote(&server).download(&offer(&content), &path, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(path.metadata().unwrap().len(), 5000);
    let error = Remote::new("http://127.0.0.1:1/x").unwrap().without_pause().small("stable.json", 10).unwrap_err();
    assert!(error.to_string().contains("stable.json"), "{error}");
}

#[test]
fn what_is_damaged_or_longer_than_promised_does_not_stay_on_the_disk() {
    let content = content();
    let mut flipped = content.clone();
    flipped[500_000] ^= 1;
    let server = serve(vec![("b.upgrade".into(), flipped)], vec![Does::Serve]);
    let (_dir, path) = file();
    let error = remote(&server).download(&offer(&content), &path, &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::DownloadDamaged { .. }) && !path.exists(), "{error}");

    let server = serve(vec![("b.upgrade".into(), content.clone())], vec![Does::TooMuch(50 << 20)]);
    let mut most = 0;
    let error = remote(&server).download(&offer(&content), &path, &mut |at| most = at).unwrap_err();
    assert!(matches!(error, Error::FetchedTooMuch { .. }) && !path.exists(), "{error}");
    assert!(most <= content.len() as u64);
    let error = remote(&server).small("b.upgrade", 1000).unwrap_err();
    assert!(matches!(error, Error::FetchedTooMuch { .. }), "{error}");
    // What another release left under this name.
    std::fs::write(&path, vec![1; 2_000_000]).unwrap();
    let server = serve(vec![("b.upgrade".into(), content.clone())], vec![Does::Serve]);
    remote(&server).download(&offer(&content), &path, &mut |_| {}).unwrap();
}

#[test]
fn a_full_disk_is_an_error_and_nothing_of_it_stays() {
    // A file system of its own that is smaller than the file; where that may not be mounted, /dev/full is one.
    let content = content();
    let server = serve(vec![("b.upgrade".into(), content.clone())], vec![Does::Serve]);
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("b.part");
    std::os::unix::fs::symlink("/dev/full", &link).unwrap();
    let error = remote(&server).download(&offer(&content), &link, &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
    assert!(!link.is_symlink());
}
