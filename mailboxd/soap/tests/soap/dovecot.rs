// SPDX-License-Identifier: AGPL-3.0-or-later
//! Debian's Dovecot as the server elsewhere: POP3 and IMAP, plain, with STARTTLS and with TLS, over Maildir.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "xyzzy-nowhere-else";
/// `mail`, on every Debian: Dovecot stores nothing as root.
const MAIL: u32 = 8;

pub struct Dovecot {
    child: Child,
    dir: tempfile::TempDir,
    pub pop3: u16,
    pub pop3s: u16,
    pub imap: u16,
    pub imaps: u16,
    pub tls: fetch::Tls,
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its master ends its children.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

impl Dovecot {
    pub fn start() -> Dovecot {
        for needed in ["/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/pop3"] {
            assert!(Path::new(needed).exists(), "{needed}: install dovecot-imapd and dovecot-pop3d");
        }
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::set_permissions(root, PermissionsExt::from_mode(0o755)).unwrap();
        for name in ["run", "mail"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        own(&root.join("mail"));
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(root.join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(root.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let (pop3, pop3s, imap, imaps) = (free_port(), free_port(), free_port(), free_port());
        let config = root.join("dovecot.conf");
        std::fs::write(&config, text(root, [pop3, pop3s, imap, imaps])).unwrap();
        let log = std::fs::File::create(root.join("log")).unwrap();
        let mut command = Command::new("/usr/sbin/dovecot");
        let child = command.arg("-F").arg("-c").arg(&config).stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while [pop3, pop3s, imap, imaps].iter().any(|port| std::net::TcpStream::connect(("127.0.0.1", *port)).is_err())
        {
            assert!(Instant::now() < until, "{}", std::fs::read_to_string(root.join("log")).unwrap());
            std::thread::sleep(Duration::from_millis(50));
        }
        Dovecot { child, pop3, pop3s, imap, imaps, tls: fetch::Tls::with_roots(roots), dir }
    }

    /// Of Maildir++: "" for the Inbox, ".A.B" for a folder.
    fn maildir(&self, user: &str, folder: &str) -> PathBuf {
        let mut path = self.dir.path().join("mail");
        for part in [user, "Maildir", folder].into_iter().filter(|part| !part.is_empty()) {
            path.push(part);
            if !path.exists() {
                std::fs::create_dir(&path).unwrap();
                own(&path);
            }
        }
        for name in ["cur", "new", "tmp"] {
            let part = path.join(name);
            if !part.exists() {
                std::fs::create_dir(&part).unwrap();
                own(&part);
            }
        }
        path
    }

    /// `flags` as Maildir has them: "S" seen, "F" flagged.
    pub fn put(&self, user: &str, folder: &str, name: &str, flags: &str, text: &str) {
        let path = self.maildir(user, folder).join("cur").join(format!("{name}:2,{flags}"));
        std::fs::write(&path, text).unwrap();
        own(&path);
    }

    pub fn count(&self, user: &str, folder: &str) -> usize {
        let at = self.maildir(user, folder);
        ["cur", "new"].iter().map(|name| std::fs::read_dir(at.join(name)).unwrap().count()).sum()
    }

    /// Has the folder numbered anew: another UIDVALIDITY.
    pub fn renumber(&self, user: &str, folder: &str) {
        let at = self.maildir(user, folder);
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("dovecot") {
                std::fs::remove_file(path).unwrap();
            }
        }
        let list = at.join("dovecot-uidlist");
        // version 3, another validity, and the next UID; the rest it finds itself
        std::fs::write(&list, "3 V7 N1\n").unwrap();
        own(&list);
    }
}

fn own(path: &Path) {
    if is_root() {
        chown(path, Some(MAIL), Some(MAIL)).unwrap();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0)
}

fn text(root: &Path, [pop3, pop3s, imap, imaps]: [u16; 4]) -> String {
    let user = if is_root() { "mail".to_owned() } else { std::env::var("USER").unwrap() };
    let root = root.display();
    let service = |name: &str, plain: u16, tls: u16| {
        format!(
            "service {name}-login {{\n  inet_listener {name} {{\n    address = 127.0.0.1\n    port = {plain}\n  }}\n  \
             inet_listener {name}s {{\n    address = 127.0.0.1\n    port = {tls}\n    ssl = yes\n  }}\n}}\n"
        )
    };
    format!(
        r#"
base_dir = {root}/run
state_dir = {root}/run
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_uid = {user}
mail_gid = {user}
first_valid_uid = 1
default_vsz_limit = 0
passdb {{
  driver = static
  args = password={{PLAIN}}{password}
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={root}/mail/%u allow_all_users=yes
}}
{}{}"#,
        service("pop3", pop3, pop3s),
        service("imap", imap, imaps),
        password = PASSWORD,
    )
}
