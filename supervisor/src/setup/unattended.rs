// SPDX-License-Identifier: AGPL-3.0-or-later
//! Answers that are there before anybody is: when a machine that is not set up starts, they are looked for
//!
//!     1. where `posthouse up --answers` says: a file, or a URL
//!     2. on the kernel's command line: posthouse.answers=URL, posthouse.answers.sha256=DIGEST
//!     3. on a volume with the label PH-SETUP: answers.toml
//!     4. on a NoCloud disk of cloud-init's (label cidata): user-data, if its first line begins with `#posthouse`
//!
//! The last three are for our image: whoever gives it a disk or a command line has the machine anyway. What comes over the
//! network must come by HTTPS, or be what its SHA-256 says.

use super::answers::{Answers, Error};
use crate::engine::command;
use crate::mistake;
use crate::secrets;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LABELS: &str = "/dev/disk/by-label";
const OWN_LABEL: &str = "PH-SETUP";
const OWN_FILE: &str = "answers.toml";
/// cloud-init's NoCloud data source takes either.
const NO_CLOUD_LABELS: [&str; 2] = ["cidata", "CIDATA"];
const NO_CLOUD_FILE: &str = "user-data";
/// Anything else in user-data is cloud-init's, which we have not got.
const NO_CLOUD_MARK: &str = "#posthouse";
const BYTES_MAX: usize = 256 << 10;
const FETCH_SECONDS_MAX: u32 = 30;
/// A network that takes its time.
const FETCH_MAX: Duration = Duration::from_secs(600);
const FETCH_AGAIN: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    File(PathBuf),
    Url { url: String, sha256: Option<String> },
    Volume { device: PathBuf, file: &'static str },
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::File(path) => write!(f, "{}", path.display()),
            // It may have a password in it.
            Source::Url { .. } => f.write_str("the URL of answers"),
            Source::Volume { device, file } => write!(f, "{file} on {}", device.display()),
        }
    }
}

/// `given`: on our own command line.
pub fn find(given: Option<&str>, is_image: bool) -> Option<Source> {
    if let Some(given) = given {
        return Some(match given.split_once("://") {
            Some(_) => with_digest(given),
            None => Source::File(given.into()),
        });
    }
    if !is_image {
        return None;
    }
    let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
    on_command_line(&line).or_else(|| on_volume(Path::new(LABELS)))
}

/// `URL#sha256=DIGEST`, in one word.
fn with_digest(text: &str) -> Source {
    match text.split_once("#sha256=") {
        Some((url, digest)) => Source::Url { url: url.to_owned(), sha256: Some(digest.to_lowercase()) },
        None => Source::Url { url: text.to_owned(), sha256: None },
    }
}

fn on_command_line(line: &str) -> Option<Source> {
    let value = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let url = value("posthouse.answers")?.to_owned();
    Some(Source::Url { url, sha256: value("posthouse.answers.sha256").map(str::to_lowercase) })
}

fn on_volume(labels: &Path) -> Option<Source> {
    let at = |label: &str| std::fs::canonicalize(labels.join(label)).ok();
    if let Some(device) = at(OWN_LABEL) {
        return Some(Source::Volume { device, file: OWN_FILE });
    }
    let device = NO_CLOUD_LABELS.into_iter().find_map(at)?;
    Some(Source::Volume { device, file: NO_CLOUD_FILE })
}

/// Blocks. None: what is there is not for us.
pub fn load(source: &Source) -> Result<Option<Answers>> {
    match source {
        Source::File(path) => Ok(Some(Answers::load(path)?)),
        Source::Url { url, sha256 } => fetch_patiently(url, sha256.as_deref(), FETCH_MAX).map(Some),
        Source::Volume { device, file } => {
            let volume = Mounted::new(device)?;
            from_dir(&volume.at, file)
        }
    }
}

fn from_dir(dir: &Path, file: &str) -> Result<Option<Answers>> {
    let path = dir.join(file);
    if file == NO_CLOUD_FILE {
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        if !text.starts_with(NO_CLOUD_MARK) {
            return Ok(None);
        }
    }
    Ok(Some(Answers::load(&path)?))
}

/// For us alone, and nothing on it is a program or a device.
struct Mounted {
    at: PathBuf,
}

impl Mounted {
    fn new(device: &Path) -> Result<Mounted> {
        let at = std::env::temp_dir().join(format!("posthouse-answers-{}", secrets::random()?));
        std::fs::create_dir(&at).with_context(|| at.display().to_string())?;
        let volume = Mounted { at };
        let words = ["-o", "ro,nodev,nosuid,noexec", "--"];
        let paths = [device, &volume.at].map(|path| path.to_string_lossy().into_owned());
        command("mount", &[&words[..], &[&paths[0], &paths[1]]].concat(), None, None)?;
        Ok(volume)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Where it was not mounted the first one fails, and the second takes the directory away.
        let _ = command("umount", &["--", &self.at.to_string_lossy()], None, None);
        let _ = std::fs::remove_dir(&self.at);
    }
}

/// A server that is not there yet is waited for; one that gives something else is not.
fn fetch_patiently(url: &str, sha256: Option<&str>, patience: Duration) -> Result<Answers> {
    if !(url.starts_with("https://") || (url.starts_with("http://") && sha256.is_some())) {
        bail!("answers come by https://, or by http:// with their SHA-256");
    }
    let begun = Instant::now();
    let text = loop {
        match fetch(url) {
            Ok(text) => break text,
            Err(error) if begun.elapsed() > patience => return Err(error),
            Err(_) => std::thread::sleep(FETCH_AGAIN.min(patience)),
        }
    };
    parse(&text, sha256)
}

fn fetch(url: &str) -> Result<Vec<u8>> {
    if url.chars().any(|c| c.is_control() || "\"\\".contains(c)) {
        bail!("this is no URL");
    }
    // The URL is nobody else's business: it goes in by standard input.
    let config = format!(
        "silent\nshow-error\nfail\nlocation\nmax-redirs = 3\nproto = \"=http,https\"\nproto-redir = \"=https\"\n\
         max-time = {FETCH_SECONDS_MAX}\nmax-filesize = {BYTES_MAX}\nurl = \"{url}\"\n"
    );
    command("curl", &["--config", "-"], Some(&config), None)
}

fn parse(bytes: &[u8], sha256: Option<&str>) -> Result<Answers> {
    if bytes.len() > BYTES_MAX {
        bail!("these answers are too long");
    }
    let digest = crate::upgrade::keys::hex(&Sha256::digest(bytes));
    if sha256.is_some_and(|wanted| wanted != digest) {
        bail!("the answers that were fetched have the SHA-256 {digest}, which is not the one that was named");
    }
    let text = std::str::from_utf8(bytes).ok().context("the answers that were fetched are no text")?;
    let answers: Answers = mistake::parse(text).context("the answers that were fetched")?;
    if answers.names_files() {
        bail!("answers from the network can't name files");
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    const GOOD: &str = "hostname = 'mail.a.test'\ndomain = 'a.test'\n";

    #[test]
    fn a_command_line_names_a_url_and_a_digest() {
        assert_eq!(on_command_line("quiet posthouse.slot=A"), None);
        let found = on_command_line("a posthouse.answers=http://x/y posthouse.answers.sha256=AB b").unwrap();
        assert_eq!(found, Source::Url { url: "http://x/y".into(), sha256: Some("ab".into()) });
        assert_eq!(find(Some("http://x/y#sha256=AB"), false), Some(found));
        assert_eq!(find(Some("/a/b"), false), Some(Source::File("/a/b".into())));
        assert_eq!(find(None, false), None);
    }

    #[test]
    fn a_disk_of_ours_goes_before_one_of_cloud_init() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(on_volume(dir.path()), None);
        let device = |name: &str| {
            std::fs::write(dir.path().join(format!("{name}-device")), "").unwrap();
            std::os::unix::fs::symlink(format!("{name}-device"), dir.path().join(name)).unwrap();
            std::fs::canonicalize(dir.path().join(name)).unwrap()
        };
        let other = device("CIDATA");
        assert_eq!(on_volume(dir.path()), Some(Source::Volume { device: other, file: NO_CLOUD_FILE }));
        let own = device(OWN_LABEL);
        assert_eq!(on_volume(dir.path()), Some(Source::Volume { device: own, file: OWN_FILE }));
    }

    #[test]
    fn user_data_is_ours_only_if_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pw"), "a long one\n").unwrap();
        let put = |text: &str| std::fs::write(dir.path().join(NO_CLOUD_FILE), text).unwrap();
        put("#cloud-config\nhostname: x\n");
        assert_eq!(from_dir(dir.path(), NO_CLOUD_FILE).unwrap(), None);
        put(&format!("#posthouse\n{GOOD}[administrator]\npassword_file = 'pw'\n"));
        let answers = from_dir(dir.path(), NO_CLOUD_FILE).unwrap().unwrap();
        assert_eq!((answers.domain.as_str(), answers.administrator.password.as_str()), ("a.test", "a long one"));
        put("#posthouse\nhostnam = 'x'\n");
        assert!(from_dir(dir.path(), NO_CLOUD_FILE).is_err());
        assert!(from_dir(dir.path(), OWN_FILE).is_err(), "a disk of ours without the file is a mistake");
    }

    /// The real curl. Each connection gets the next answer; none: it is refused.
    fn server(bodies: Vec<&'static str>) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/answers", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for body in bodies {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4_096]).unwrap();
                let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            }
        });
        url
    }

    #[test]
    fn what_comes_without_tls_must_be_what_its_digest_says() {
        let digest = crate::upgrade::keys::hex(&Sha256::digest(GOOD));
        let url = server(vec![GOOD, "domain = 'evil.test'"]);
        let get = |digest: Option<&str>| fetch_patiently(&url, digest, Duration::ZERO);
        assert!(get(None).unwrap_err().to_string().contains("https://"));
        assert_eq!(get(Some(&digest)).unwrap().domain, "a.test");
        assert!(get(Some(&digest)).unwrap_err().to_string().contains("SHA-256"));
        let gone = fetch_patiently("http://127.0.0.1:1/secret", Some(&digest), Duration::ZERO).unwrap_err();
        assert!(!format!("{gone:#}").contains("secret"), "{gone:#}");
    }

    #[test]
    fn what_comes_from_elsewhere_reads_no_file_of_ours_and_tells_no_secret() {
        let error = parse(b"[administrator]\npassword_file = '/etc/shadow'", None).unwrap_err();
        assert!(error.to_string().contains("files"), "{error}");
        let acme = b"[certificate]\nkind = 'acme'\nagreed = true\nca_file = '/etc/shadow'";
        assert!(parse(acme, None).unwrap_err().to_string().contains("files"));
        let dir = tempfile::tempdir().unwrap();
        for line in ["passwort = 'sesame'", "password = 'sesame", "password = ['sesame']"] {
            let text = format!("#posthouse\n[administrator]\n{line}\n");
            std::fs::write(dir.path().join(NO_CLOUD_FILE), &text).unwrap();
            std::fs::write(dir.path().join(OWN_FILE), &text).unwrap();
            let errors = [
                parse(text.as_bytes(), None).unwrap_err(),
                from_dir(dir.path(), NO_CLOUD_FILE).unwrap_err(),
                load(&Source::File(dir.path().join(OWN_FILE))).unwrap_err(),
            ];
            for said in errors.map(|error| format!("{error:#}")) {
                assert!(said.contains("line 3") && !said.contains("sesame"), "{said}");
            }
        }
        assert!(parse(&[b'#'; BYTES_MAX + 1], None).is_err());
    }
}
