// SPDX-License-Identifier: AGPL-3.0-or-later
//! slapd (Debian's package), in a directory of its own, with the supervisor's configuration or another.

use ph_directory::Ldap;
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = "/usr/sbin/slapd";
const SCHEMA: &str = "/etc/ldap/schema";
const MODULES: &str = "/usr/lib/ldap";
const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../supervisor/templates/openldap");
const START_MAX: Duration = Duration::from_secs(20);
pub const PASSWORD: &str = "geheim";

pub struct Slapd {
    dir: tempfile::TempDir,
    /// Where it listens beside its socket.
    urls: Vec<String>,
    child: Child,
}

impl Slapd {
    /// With the configuration that the supervisor renders, in a path with a space.
    pub fn start() -> Slapd {
        let template = std::fs::read_to_string(Path::new(TEMPLATES).join("slapd.conf")).unwrap();
        Slapd::with(&template)
    }

    pub fn with(template: &str) -> Slapd {
        Slapd::listening(template, &[])
    }

    /// On TCP as well: ldap:// with StartTLS, and ldaps://, with this certificate and key (PEM).
    pub fn with_tls(template: &str, certificate: &Path, key: &Path) -> Slapd {
        let tls = format!("TLSCertificateFile {}\nTLSCertificateKeyFile {}\n", certificate.display(), key.display());
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        // Both are held until both are known.
        let ports = [free(), free()].map(|listener| listener.local_addr().unwrap().port());
        let urls = [format!("ldap://127.0.0.1:{}", ports[0]), format!("ldaps://127.0.0.1:{}", ports[1])];
        Slapd::listening(&template.replacen("database mdb", &format!("{tls}database mdb"), 1), &urls)
    }

    fn listening(template: &str, urls: &[String]) -> Slapd {
        let dir = tempfile::Builder::new().prefix("slapd with ").tempdir().unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        std::fs::write(dir.path().join("local.conf"), "").unwrap();
        let mut conf = template.to_owned();
        for (name, value) in [
            ("state", dir.path().to_str().unwrap()),
            ("schema", SCHEMA),
            ("modules", MODULES),
            ("templates", TEMPLATES),
            ("password", PASSWORD),
            ("drop_in", dir.path().join("local.conf").to_str().unwrap()),
        ] {
            conf = conf.replace(&format!("{{{{ {name} }}}}"), value);
        }
        std::fs::write(dir.path().join("slapd.conf"), conf).unwrap();
        let child = run(dir.path(), urls);
        let mut slapd = Slapd { dir, urls: urls.to_vec(), child };
        slapd.wait();
        slapd
    }

    pub fn at(&self) -> Ldap {
        Ldap {
            url: url(&self.socket()),
            bind_dn: "uid=zimbra,cn=admins,cn=zimbra".into(),
            password: PASSWORD.into(),
            base: String::new(),
        }
    }

    pub fn tcp_urls(&self) -> &[String] {
        &self.urls
    }

    pub fn url(&self) -> String {
        url(&self.socket())
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("ldapi")
    }

    /// SIGSTOP: it takes connections and says nothing.
    pub fn freeze(&self) {
        self.signal("-STOP");
        // The signal takes a moment to reach threads that run; one of them could answer still.
        let tasks = format!("/proc/{}/task", self.child.id());
        let stopped = |task: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" T"))
        };
        while !std::fs::read_dir(&tasks).unwrap().all(|task| stopped(task.unwrap())) {
            std::thread::yield_now();
        }
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// SIGKILL
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn restart(&mut self) {
        self.kill();
        self.child = run(self.dir.path(), &self.urls);
        self.wait();
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// An entry more, past our own code.
    pub fn add(&self, ldif: &str, bind_dn: &str) {
        let file = self.dir.path().join("add.ldif");
        std::fs::write(&file, ldif).unwrap();
        let done = Command::new("ldapmodify")
            .args(["-x", "-a", "-H", &self.url(), "-D", bind_dn, "-w", PASSWORD, "-f"])
            .arg(&file)
            .output()
            .expect("ldapmodify (Debian: ldap-utils)");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn wait(&mut self) {
        let end = Instant::now() + START_MAX;
        while UnixStream::connect(self.socket()).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
                panic!("slapd ended ({status}): {log}");
            }
            assert!(Instant::now() < end, "slapd does not listen");
            std::thread::yield_now();
        }
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the foreground; what it says goes to a file, shown when it ends early.
fn run(dir: &Path, urls: &[String]) -> Child {
    let _ = std::fs::remove_file(dir.join("ldapi"));
    let log = std::fs::File::create(dir.join("log")).unwrap();
    Command::new(PROGRAM)
        .args(["-d", "0", "-h", &[&[url(&dir.join("ldapi"))], urls].concat().join(" "), "-f"])
        .arg(dir.join("slapd.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("slapd (Debian: slapd)")
}

fn url(socket: &Path) -> String {
    let path = socket.to_str().unwrap().replace('%', "%25").replace('/', "%2F").replace(' ', "%20");
    format!("ldapi://{path}")
}
