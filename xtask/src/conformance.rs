// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask conformance soap`: the public test scripts of Zimbra's SOAP, run by a runner that is no part of this tree
//! (docs/contributing/conformance.md), against a fresh daemon. Nothing of the product needs either.

use crate::packages::is_root;
use crate::run::{announce, cargo, step, target_dir};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Where the suite is, unless `--suite` says so.
const SUITE_VARIABLE: &str = "POSTHOUSE_SOAP_SUITE";
const DOMAIN: &str = "example.org";
const PASSWORD: &str = "test1234";
const START_MAX: Duration = Duration::from_secs(60);

const HELP: &str = "\
cargo xtask conformance soap [--release] [--suite DIR] [--jobs N] [FILE|DIR|WORD …] [-- OPTIONS OF THE RUNNER]
    without files: all scripts of dev.txt; a WORD runs those with it in their path
";

struct Wish {
    release: bool,
    suite: PathBuf,
    jobs: String,
    scripts: Vec<String>,
    options: Vec<String>,
}

pub fn run(words: &[String]) -> Result<ExitCode> {
    let Some((what, rest)) = words.split_first().filter(|(what, _)| *what == "soap") else {
        print!("{HELP}");
        return Ok(ExitCode::FAILURE);
    };
    let suite = std::env::var_os(SUITE_VARIABLE).map(PathBuf::from);
    let wish = read(rest, suite).with_context(|| format!("cargo xtask conformance {what}"))?;
    let runner = wish.suite.join("soap_harness.py");
    if !runner.is_file() {
        bail!("{} is not there; --suite or {SUITE_VARIABLE} says where the suite is", runner.display());
    }
    let python = python()?;
    let daemon = Daemon::start(wish.release)?;
    let out = target_dir().join("conformance/soap");
    let mut command = Command::new(python);
    command.arg(&runner).current_dir(&wish.suite).arg("--out-dir").arg(&out);
    command.args(["--soap-url", &format!("http://127.0.0.1:{}/service/soap/", daemon.ports.http)]);
    command.args(["--admin-url", &format!("https://127.0.0.1:{}/service/admin/soap/", daemon.ports.admin)]);
    command.args(["--lmtp", &format!("127.0.0.1:{}", daemon.ports.lmtp)]);
    command.args(["--smtp", &format!("127.0.0.1:{}", daemon.ports.smtp)]);
    command.args(["--domain", DOMAIN, "--admin-user", &format!("admin@{DOMAIN}"), "--admin-password", PASSWORD]);
    command.args(["--jobs", &wish.jobs, "--sub-areas"]).args(&wish.options).args(scripts(&wish)?);
    announce(&command);
    let status = command.status().context("can't run python3")?;
    drop(daemon);
    println!("{}", std::fs::read_to_string(out.join("summary.txt")).unwrap_or_default());
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `suite`: of the environment.
fn read(words: &[String], suite: Option<PathBuf>) -> Result<Wish> {
    let mut wish = Wish {
        release: false,
        suite: suite.unwrap_or_default(),
        jobs: "2".into(),
        scripts: Vec::new(),
        options: Vec::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().cloned().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--release" => wish.release = true,
            "--suite" => wish.suite = PathBuf::from(value()?),
            "--jobs" => wish.jobs = value()?,
            "--" => {
                wish.options.extend(words.by_ref().cloned());
            }
            option if option.starts_with("--") => bail!("what is {option}? Options of the runner go after `--`"),
            script => wish.scripts.push(script.to_owned()),
        }
    }
    if wish.suite.as_os_str().is_empty() {
        bail!("where is the suite? Say --suite DIR, or set {SUITE_VARIABLE}=DIR");
    }
    // The runner works in there.
    wish.suite = std::path::absolute(&wish.suite)?;
    Ok(wish)
}

/// Scripts as the runner takes them.
fn scripts(wish: &Wish) -> Result<Vec<String>> {
    let list = wish.suite.join("dev.txt");
    if wish.scripts.is_empty() {
        return Ok(vec![format!("@{}", list.display())]);
    }
    let known = std::fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let mut out = Vec::new();
    for word in &wish.scripts {
        let found: Vec<String> = known.lines().filter(|line| line.contains(word.as_str())).map(str::to_owned).collect();
        if found.is_empty() {
            bail!("no script has {word} in its path");
        }
        out.extend(found);
    }
    Ok(out)
}

/// The interpreter of an environment with lxml, made once.
fn python() -> Result<PathBuf> {
    let home = target_dir().join("conformance/venv");
    let python = home.join("bin/python3");
    if !python.is_file() {
        step(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        step(Command::new(&python).args(["-m", "pip", "install", "--quiet", "lxml"]))?;
    }
    Ok(python)
}

struct Ports {
    http: u16,
    admin: u16,
    lmtp: u16,
    smtp: u16,
}

/// Takes mail for elsewhere, and forgets it.
const SINK: &str = "/usr/sbin/smtp-sink";

/// A mailboxd with an empty state directory, which goes with it.
struct Daemon {
    child: Child,
    sink: Option<Child>,
    state: PathBuf,
    ports: Ports,
}

impl Daemon {
    fn start(release: bool) -> Result<Daemon> {
        let mut build = cargo(&["build", "--workspace", "--bins"]);
        if release {
            build.arg("--release");
        }
        step(&mut build)?;
        let state = std::env::temp_dir().join(format!("posthouse-conformance-{}", std::process::id()));
        std::fs::create_dir_all(&state)?;
        let held: Vec<TcpListener> =
            (0..5).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<std::io::Result<_>>()?;
        let ports: Vec<u16> = held.iter().map(|one| Ok(one.local_addr()?.port())).collect::<std::io::Result<_>>()?;
        drop(held);
        let &[http, admin, lmtp, smtp, elsewhere] = ports.as_slice() else { bail!("no free ports") };
        let sink = Path::new(SINK).is_file().then(|| {
            let mut command = Command::new(SINK);
            // it insists on giving up what root may
            command.args(is_root().then_some(["-u", "nobody"]).into_iter().flatten());
            command.arg(format!("127.0.0.1:{elsewhere}")).arg("16");
            announce(&command);
            command.spawn().context("can't run smtp-sink")
        });
        let sink = sink.transpose()?;
        let relay = match sink {
            Some(_) => format!("[relay]\nhost = \"127.0.0.1\"\nport = {elsewhere}\nrequire_tls = false\n"),
            None => String::new(),
        };
        let config = state.join("mailboxd.toml");
        std::fs::write(
            &config,
            format!(
                "hostname = \"localhost\"\n[listen]\nhttp = [\"127.0.0.1:{http}\"]\nadmin = [\"127.0.0.1:{admin}\"]\n\
                 lmtp = [\"127.0.0.1:{lmtp}\"]\nsmtp = [\"127.0.0.1:{smtp}\"]\n{relay}"
            ),
        )?;
        let program = target_dir().join(if release { "release" } else { "debug" }).join("mailboxd");
        let log = std::fs::File::create(target_dir().join("conformance-mailboxd.log"))?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--state").arg(&state).arg("--config").arg(&config).env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        announce(&command);
        let child = command.spawn().context("can't run mailboxd")?;
        let daemon = Daemon { child, sink, state, ports: Ports { http, admin, lmtp, smtp } };
        daemon.provision()?;
        Ok(daemon)
    }

    /// The domain, and the administrator that the scripts use.
    fn provision(&self) -> Result<()> {
        let control = self.state.join("run/control.sock");
        let begun = Instant::now();
        while UnixStream::connect(&control).is_err() {
            if begun.elapsed() > START_MAX {
                bail!("mailboxd does not start; its log is {}/conformance-mailboxd.log", target_dir().display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        prov(&control, &format!(r#"{{"createDomain":{{"name":"{DOMAIN}","attrs":{{}}}}}}"#))?;
        let admin = r#"{"zimbraIsAdminAccount":["TRUE"]}"#;
        let account = format!(r#"{{"name":"admin@{DOMAIN}","password":"{PASSWORD}","attrs":{admin}}}"#);
        prov(&control, &format!(r#"{{"createAccount":{account}}}"#))
    }
}

fn prov(control: &Path, request: &str) -> Result<()> {
    let mut stream = UnixStream::connect(control)?;
    stream.write_all(format!("{{\"verb\":\"prov\",\"request\":{request}}}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    if answer.contains("\"ok\"") { Ok(()) } else { bail!("{request}: {answer}") }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(sink) = &mut self.sink {
            let _ = sink.kill();
            let _ = sink.wait();
        }
        let _ = std::fs::remove_dir_all(&self.state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_runs_it_says_where_the_suite_is() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let error = read(&words(&["Contacts/"]), None).err().unwrap().to_string();
        assert!(error.contains("--suite DIR") && error.contains(SUITE_VARIABLE), "{error}");
        let suite = |options: &[&str], set: Option<&str>| read(&words(options), set.map(PathBuf::from)).unwrap().suite;
        assert_eq!(suite(&[], Some("/set")), Path::new("/set"));
        assert_eq!(suite(&["--suite", "/said"], Some("/set")), Path::new("/said"));
        assert!(suite(&["--suite", "beside"], None).is_absolute());
    }
}
