// SPDX-License-Identifier: AGPL-3.0-or-later
//! Dovecot 2.3 as a peer: tuned as a large site would, any user with one password, no TLS, no search index.

use super::server::{Kind, Server, scratch};
use anyhow::{Context, Result, bail};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const FORMATS: [&str; 3] = ["sdbox", "mdbox", "maildir"];
const PASSWORD: &str = "pass";
const START_MAX: Duration = Duration::from_secs(20);

/// Ends with the handle.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.0.id()) {
            // its master ends its children
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM);
        }
        let _ = self.0.wait();
    }
}

fn binary() -> Option<PathBuf> {
    ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"].map(PathBuf::from).into_iter().find(|path| path.is_file())
}

pub fn is_installed() -> bool {
    binary().is_some() && Path::new("/usr/lib/dovecot/lmtp").is_file() && Path::new("/usr/lib/dovecot/imap").is_file()
}

pub fn start(format: &str) -> Result<Server> {
    let binary = binary().context("dovecot is not installed")?;
    let state = scratch()?;
    let root = state.path();
    // its processes drop their rights and must still get there
    std::fs::set_permissions(root, PermissionsExt::from_mode(0o755))?;
    for dir in ["run", "mail"] {
        std::fs::create_dir(root.join(dir))?;
    }
    let (lmtp, imap) = (free_port()?, free_port()?);
    let user = owner(root)?;
    let config = root.join("dovecot.conf");
    std::fs::write(&config, text(root, format, &user, lmtp, imap))?;
    let log = std::fs::File::create(root.join("log"))?;
    let child = Command::new(binary).arg("-F").arg("-c").arg(&config).stdin(Stdio::null()).stderr(log).spawn()?;
    let server = Server {
        name: format!("dovecot {format}"),
        lmtp,
        imap,
        http: None,
        pid: child.id(),
        password: PASSWORD,
        data: root.join("mail"),
        kind: Kind::Peer { _running: Running(child) },
        _state: state,
    };
    let until = Instant::now() + START_MAX;
    while TcpStream::connect(imap).and(TcpStream::connect(lmtp)).is_err() {
        if Instant::now() > until {
            bail!("dovecot did not start: {}", std::fs::read_to_string(server.data.with_file_name("log"))?);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(server)
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// Dovecot refuses to store mail as root; `mail` (uid 8) is on every Debian.
fn owner(root: &Path) -> Result<String> {
    let name = if nix::unistd::geteuid().is_root() { "mail".to_owned() } else { std::env::var("USER")? };
    let user = nix::unistd::User::from_name(&name)?.with_context(|| format!("no user {name}"))?;
    nix::unistd::chown(&root.join("mail"), Some(user.uid), Some(user.gid))?;
    Ok(name)
}

fn text(root: &Path, format: &str, user: &str, lmtp: SocketAddr, imap: SocketAddr) -> String {
    let location = match format {
        "maildir" => "maildir:~/Maildir".to_owned(),
        dbox => format!("{dbox}:~/{dbox}"),
    };
    let root = root.display();
    let (lmtp, imap) = (lmtp.port(), imap.port());
    format!(
        r#"
base_dir = {root}/run
state_dir = {root}/run
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_cache_size = 10M
mail_location = {location}
mail_fsync = optimized
mail_uid = {user}
mail_gid = {user}
first_valid_uid = 1
mail_max_userip_connections = 0
default_vsz_limit = 0
default_client_limit = 12000
default_process_limit = 4000
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={root}/mail/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 2
  process_limit = 4
}}
service imap {{
  process_limit = 6000
  service_count = 100
}}
service lmtp {{
  process_min_avail = 2
  process_limit = 100
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  client_limit = 16000
}}
service auth {{
  client_limit = 16000
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Trash {{
    auto = create
  }}
}}
"#
    )
}
