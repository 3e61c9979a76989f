// SPDX-License-Identifier: AGPL-3.0-or-later
//! Set-up against a real `posthouse up`: from a file of answers, killed between any two steps, and over the installer's page
//! with curl. The binary of mailboxd must have been built beside ours.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::*;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PASSWORD: &str = "correct horse battery";
/// Those that are ours on any machine.
const STEPS: [&str; 6] = ["certificate", "settings", "domain", "administrator", "start", "services"];

fn answers(dir: &Path) -> PathBuf {
    let path = dir.join("answers.toml");
    std::fs::write(dir.join("password"), format!("{PASSWORD}\n")).unwrap();
    let text = "language = 'de'\nhostname = 'mail.setup.test'\ndomain = 'setup.test'\nalerts = ['it@elsewhere.test']\n\
        [administrator]\nname = 'ann'\ndisplay_name = 'Ann Archer'\npassword_file = 'password'\n\
        [relay]\nhost = 'relay.setup.test'\nuser = 'me'\npassword = 'a relay secret'\n";
    std::fs::write(&path, text).unwrap();
    path
}

fn set_up(up: &Up, answers: &Path, more: &[&str]) -> std::process::Output {
    let words = [&["setup", "--answers", answers.to_str().unwrap()], more].concat();
    up.posthouse(&words)
}

fn progress(state: &Path) -> Value {
    let text = std::fs::read(state.join("setup/progress.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Everything that was answered holds, once, and no secret is left lying about.
fn assert_set_up(up: &Up) {
    let shown = String::from_utf8(up.posthouse(&["prov", "ga", "ann@setup.test"]).stdout).unwrap();
    for line in ["displayName: Ann Archer", "zimbraIsAdminAccount: TRUE", "zimbraPrefLocale: de"] {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(shown.contains("postmaster@setup.test"), "{shown}");
    assert_eq!(up.posthouse(&["prov", "gad"]).stdout, b"setup.test\n");
    assert_eq!(up.posthouse(&["prov", "gaa"]).stdout, b"ann@setup.test\n");
    assert_eq!(up.status()["mailboxd"]["hostname"], "mail.setup.test");
    let settings = std::fs::read_to_string(up.state.join("settings/posthouse.toml")).unwrap();
    assert!(settings.contains("host = \"relay.setup.test\"") && settings.contains("it@elsewhere.test"), "{settings}");
    assert!(logs_in(up, PASSWORD) && !logs_in(up, "another one"));
    for text in texts_below(&up.state.join("setup")).into_iter().chain(texts_below(&up.state.join("log"))) {
        assert!(!text.contains(PASSWORD) && !text.contains("a relay secret"), "{text}");
    }
    assert!(up.posthouse(&["store", "verify"]).status.success());
}

fn texts_below(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let texts = entries
        .flat_map(|path| if path.is_dir() { texts_below(&path) } else { vec![std::fs::read_to_string(path).unwrap()] });
    texts.collect()
}

fn logs_in(up: &Up, password: &str) -> bool {
    let url = format!("imap://127.0.0.1:{}/", 143 + up.offset);
    let user = format!("ann@setup.test:{password}");
    let curl =
        Command::new("curl").args(["-sk", "--ssl-reqd", "-u", &user, &url]).output().expect("Debian package curl");
    curl.status.success()
}

#[test]
fn a_file_of_answers_sets_a_running_system_up_once() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    let answers = answers(dir.path());
    let wrong = dir.path().join("wrong.toml");
    std::fs::write(&wrong, "hostname = 'mail'\ndomain = 'setup.test'\n").unwrap();
    let said = one_line(&set_up(&up, &wrong, &[]));
    assert!(
        said.contains("hostname:") && said.contains("administrator.password:") && !said.contains("domain:"),
        "{said}"
    );
    assert!(up.posthouse(&["prov", "gad"]).stdout.is_empty() && !up.state.join("setup").exists());

    let planned = String::from_utf8(set_up(&up, &answers, &["--dry-run"]).stdout).unwrap();
    assert!(planned.contains("ann@setup.test") && planned.contains("your own system does that"), "{planned}");
    assert!(up.posthouse(&["prov", "gad"]).stdout.is_empty());

    let pid = up.child.id();
    let done = set_up(&up, &answers, &[]);
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert!(
        said.contains("is set up") && said.contains(&format!("https://mail.setup.test:{}/", 443 + up.offset)),
        "{said}"
    );
    assert_eq!(up.status()["pid"], pid, "started anew in the same process");
    assert_set_up(&up);

    // Again is refused, and wanted again keeps what is there.
    assert!(one_line(&set_up(&up, &answers, &[])).contains("--reconfigure"));
    assert!(up.posthouse(&["prov", "ca", "bob@setup.test", "another horse"]).status.success());
    std::fs::write(dir.path().join("password"), "a second password\n").unwrap();
    assert!(set_up(&up, &answers, &["--reconfigure"]).status.success());
    assert!(logs_in(&up, "a second password"));
    assert_eq!(up.posthouse(&["prov", "gaa"]).stdout, b"ann@setup.test\nbob@setup.test\n");
}

/// Before a step, and after what it does but before that is noted.
#[test]
fn killed_between_any_two_steps_it_goes_on() {
    std::thread::scope(|scope| {
        for when in ["before", "after"] {
            scope.spawn(move || STEPS.iter().for_each(|step| goes_on_when_killed(&format!("{when} {step}"))));
        }
    });
}

fn goes_on_when_killed(point: &str) {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let mut up = Up::start_with(&state, &|command| command.env("POSTHOUSE_SETUP_DIE", point));
    let mut client = Command::new(POSTHOUSE)
        .args(["setup", "--answers", answers(dir.path()).to_str().unwrap(), "--state"])
        .arg(&state)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    up.child.wait().unwrap();
    assert_eq!(progress(&state)["state"], "running", "{point}");
    let again = Up::start(&state);
    again.until(&format!("the end of set-up, killed {point}"), || progress(&state)["state"] != "running");
    assert_eq!(progress(&state)["state"], "done", "{point}: {}", progress(&state));
    assert_set_up(&again);
    client.kill().unwrap();
    client.wait().unwrap();
}

#[test]
fn a_failed_step_is_corrected_and_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    let answers = answers(dir.path());
    // The directory's own rule is stricter than ours.
    assert!(up.posthouse(&["prov", "mcf", "zimbraPasswordMinLength", "30"]).status.success());
    let failed = set_up(&up, &answers, &[]);
    let said = String::from_utf8(failed.stdout).unwrap();
    assert!(!failed.status.success() && said.contains("too short"), "{said}");
    assert_eq!(progress(&up.state)["state"], "failed");
    assert!(!up.state.join("setup/done.json").exists());
    std::fs::write(dir.path().join("password"), format!("{PASSWORD} staple {PASSWORD}\n")).unwrap();
    assert!(set_up(&up, &answers, &[]).status.success());
    assert_eq!(progress(&up.state)["state"], "done");
}

#[test]
fn a_certificate_of_ones_own_is_shown_from_then_on() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    let answers = answers(dir.path());
    let make = |name: &str, key: &str, chain: &str| {
        let names = format!("subjectAltName=DNS:{name}");
        let words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"];
        let mut openssl = Command::new("openssl");
        openssl.args(words).args(["-subj", "/CN=x", "-addext", &names, "-keyout", key, "-out", chain]);
        assert!(openssl.current_dir(dir.path()).output().expect("Debian package openssl").status.success());
    };
    make("www.setup.test", "key.pem", "chain.pem");
    let text = std::fs::read_to_string(&answers).unwrap();
    let own = "[certificate]\nkind = 'own'\nchain_file = 'chain.pem'\nkey_file = 'key.pem'\n";
    std::fs::write(&answers, text + own).unwrap();
    let said = one_line(&set_up(&up, &answers, &[]));
    assert!(said.contains("certificate.chain: this certificate is not for mail.setup.test"), "{said}");
    make("mail.setup.test", "key.pem", "chain.pem");
    assert!(set_up(&up, &answers, &[]).status.success());
    let port = 443 + up.offset;
    let curl = Command::new("curl")
        .args(["-sS", "--cacert", "chain.pem", "--resolve", &format!("mail.setup.test:{port}:127.0.0.1")])
        .arg(format!("https://mail.setup.test:{port}/healthz"))
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&curl.stdout), "ok\n", "{}", String::from_utf8_lossy(&curl.stderr));
}

/// Nobody types anything: the answers are named when the machine starts.
#[test]
fn answers_that_are_there_already_are_taken_and_wrong_ones_leave_the_page() {
    let dir = tempfile::tempdir().unwrap();
    let answers = answers(dir.path());
    let start = |state: &str, answers: &Path| {
        let answers = answers.to_owned();
        Up::start_with(&dir.path().join(state), &move |command| command.args(["--setup", "--answers"]).arg(&answers))
    };
    let wrong = dir.path().join("wrong.toml");
    std::fs::write(&wrong, "hostname = 'mail'\ndomain = 'setup.test'\n").unwrap();
    let up = start("wrong", &wrong);
    up.until("an alert", || up.status()["alerts"].to_string().contains("set-up did not begin"));
    let status = up.status();
    assert!(status["setup_code"].is_string() && status["alerts"].to_string().contains("hostname:"), "{status}");
    assert_eq!(progress(&up.state), Value::Null);
    drop(up);
    // The next start, with better ones.
    let up = start("wrong", &answers);
    up.until("the end of set-up", || progress(&up.state)["state"] == "done");
    up.until("the installer to go", || up.status()["setup_code"].is_null());
    assert_set_up(&up);
    // A start with the file still there sets nothing up again.
    assert!(up.posthouse(&["prov", "ca", "bob@setup.test", "another horse"]).status.success());
    drop(up);
    let up = start("wrong", &answers);
    assert_eq!(up.posthouse(&["prov", "gaa"]).stdout, b"ann@setup.test\nbob@setup.test\n");
    assert_eq!(up.status()["setup_code"], Value::Null);
}

struct Page {
    url: String,
    jar: PathBuf,
}

impl Page {
    /// Status and body.
    fn ask(&self, method: &str, path: &str, body: Option<&str>, headers: &[&str]) -> (u16, Value) {
        let mut curl = Command::new("curl");
        let jar = self.jar.to_str().unwrap();
        curl.args(["-sk", "-X", method, "-b", jar, "-c", jar, "-w", "\n%{http_code}", "--data-binary", "@-"]);
        curl.args(["-H", "Content-Type: application/json"]);
        if body.is_none() {
            curl = Command::new("curl");
            curl.args(["-sk", "-X", method, "-b", jar, "-c", jar, "-w", "\n%{http_code}"]);
        }
        for header in headers {
            curl.args(["-H", header]);
        }
        curl.arg(format!("{}{path}", self.url));
        let mut child = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // It may have been refused before it was all sent.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), body.unwrap_or_default().as_bytes());
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let (text, status) = said.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), serde_json::from_str(text).unwrap_or_default())
    }
}

#[test]
fn the_page_is_for_whoever_has_the_code_and_goes_when_all_is_set_up() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start_with(&dir.path().join("state"), &|command| command.arg("--setup"));
    let page = Page { url: format!("https://127.0.0.1:{}", 443 + up.offset), jar: dir.path().join("jar") };
    let code = up.status()["setup_code"].as_str().unwrap().to_owned();
    assert!(!std::fs::read_to_string(up.state.join("run/status.json")).unwrap_or_default().contains(&code));

    // A stranger.
    for (method, path) in
        [("GET", "/api/facts"), ("GET", "/api/progress"), ("GET", "/api/log/domain"), ("GET", "/api/session")]
    {
        assert_eq!(page.ask(method, path, None, &[]).0, 401, "{path}");
    }
    for path in ["/api/check", "/api/start", "/api/repeat", "/api/dns"] {
        assert_eq!(page.ask("POST", path, Some("{}"), &["X-Posthouse-CSRF: x"]).0, 401, "{path}");
    }
    assert_eq!(page.ask("POST", "/api/unlock", Some(r#"{"code": "WRONG"}"#), &[]).1["code"], "wrong-code");
    assert_eq!(page.ask("GET", "/api/nonsense", None, &[]).0, 404);
    assert_eq!(page.ask("GET", "/api/start", None, &[]).0, 404);
    assert_eq!(page.ask("DELETE", "/api/facts", None, &[]).0, 405);
    assert_eq!(page.ask("POST", "/api/unlock", Some("code=x"), &[]).0, 400);
    assert_eq!(page.ask("POST", "/api/unlock", Some(&"x".repeat(300 << 10)), &[]).0, 413);

    // The administrator.
    let (status, session) = page.ask("POST", "/api/unlock", Some(&json!({"code": code}).to_string()), &[]);
    assert_eq!(status, 200, "{session}");
    let jar = std::fs::read_to_string(&page.jar).unwrap();
    assert!(jar.contains("#HttpOnly_127.0.0.1") && jar.contains("__Host-posthouse-setup"), "{jar}");
    let csrf = format!("X-Posthouse-CSRF: {}", session["csrf"].as_str().unwrap());
    assert_eq!(page.ask("GET", "/api/session", None, &[]).1["csrf"], session["csrf"]);
    let facts = page.ask("GET", "/api/facts", None, &[]).1;
    assert_eq!((&facts["is_set_up"], &facts["is_image"]), (&json!(false), &json!(false)), "{facts}");

    let mut wanted = json!({"hostname": "mail.setup.test", "domain": "setup.test", "alerts": ["it@elsewhere.test"], "language": "de",
        "relay": {"host": "relay.setup.test", "port": 587, "user": "me", "password": "a relay secret"},
        "administrator": {"name": "ann", "display_name": "Ann Archer", "password": "short"}});
    let checked = page.ask("POST", "/api/check", Some(&json!({"answers": wanted}).to_string()), &[&csrf]).1;
    assert_eq!(checked["problems"][0]["field"], "administrator.password", "{checked}");
    wanted["administrator"]["password"] = json!(PASSWORD);
    let body = json!({"answers": wanted}).to_string();
    assert_eq!(page.ask("POST", "/api/start", Some(&body), &[]).0, 403);
    assert_eq!(page.ask("POST", "/api/start", Some(&body), &["X-Posthouse-CSRF: wrong"]).0, 401);
    let anew = json!({"answers": wanted, "reconfigure": true}).to_string();
    assert_eq!(page.ask("POST", "/api/start", Some(&anew), &[&csrf]).0, 409);
    let files = json!({"answers": {"administrator": {"password_file": "/etc/shadow"}}}).to_string();
    assert!(page.ask("POST", "/api/check", Some(&files), &[&csrf]).1["error"].as_str().unwrap().contains("files"));
    let draft = json!({"draft": wanted}).to_string();
    assert_eq!(page.ask("POST", "/api/keep-draft", Some(&draft), &[&csrf]).0, 200);
    assert_eq!(page.ask("GET", "/api/draft", None, &[]).1["administrator"]["password"], "");

    let (status, started) = page.ask("POST", "/api/start", Some(&body), &[&csrf]);
    assert_eq!((status, &started["problems"]), (200, &json!([])), "{started}");
    up.until("the end of set-up", || progress(&up.state)["state"] == "done");
    assert_set_up(&up);
    // The web client is there now, and knows nothing of codes.
    assert_eq!(page.ask("POST", "/api/unlock", Some(&json!({"code": code}).to_string()), &[]).0, 405);
    assert!(up.status().get("setup_code").is_none());
    assert!(TcpStream::connect(("127.0.0.1", 587 + up.offset)).is_ok());
}
