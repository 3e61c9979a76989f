// SPDX-License-Identifier: AGPL-3.0-or-later
//! A machine for tests: its console, a root shell on its second serial line, and its services on ports of the loopback.

use crate::command::not_started;
use crate::error::{Error, Result, reading, writing};
use crate::vm::console::Console;
use crate::vm::qemu::{self, Settings, escaped};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// QEMU makes its sockets at once; on a busy machine "at once" takes its time.
const START_MAX: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// What is typed before somebody reads is lost, so it is typed again.
const TYPE_AGAIN: Duration = Duration::from_secs(3);

pub struct Machine {
    child: Child,
    dir: PathBuf,
    pub console: Console,
    shell: Console,
    commands: u32,
    forwards: Vec<(u16, u16)>,
    pub started: Instant,
}

impl Machine {
    pub fn start(settings: &Settings) -> Result<Machine> {
        let dir = settings.dir.clone();
        std::fs::create_dir_all(&dir).map_err(writing(&dir))?;
        let mut qemu = qemu::command(settings)?;
        for name in ["console", "shell"] {
            let socket = dir.join(name);
            let _ = std::fs::remove_file(&socket);
            qemu.arg("-chardev").arg(format!(
                "socket,id={name},server=on,wait=off,path={},logfile={},logappend=on",
                escaped(&socket),
                escaped(&log(&dir, name))
            ));
            qemu.arg("-serial").arg(format!("chardev:{name}"));
        }
        let errors = log(&dir, "qemu");
        let file = File::create(&errors).map_err(writing(&errors))?;
        let started = Instant::now();
        let mut child = qemu
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .map_err(|source| not_started("qemu-system-x86_64", source))?;
        let connect = |child: &mut Child, name: &str| connect(child, &dir, name);
        match connect(&mut child, "console").and_then(|console| Ok((console, connect(&mut child, "shell")?))) {
            Ok((console, shell)) => {
                let forwards = settings.forwards.clone();
                Ok(Machine { child, dir, console, shell, commands: 0, forwards, started })
            }
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Waits until the shell answers.
    pub fn until_shell(&mut self, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            // The halves meet only in what is printed, not in the echo of what was typed.
            self.shell.say("exec sh\nstty -echo; PS1=; PS2=; echo ph-''ready\n")?;
            match self.shell.until("ph-ready", TYPE_AGAIN) {
                Ok(_) => return Ok(()),
                Err(Error::VmTimeout { .. }) if begun.elapsed() < patience => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// As root in the machine; answers what it printed, on both outputs.
    pub fn run(&mut self, command: &str, patience: Duration) -> Result<String> {
        self.commands += 1;
        let end = format!("ph-end-{}=", self.commands);
        let (front, back) = end.split_at(3);
        self.shell.say(&format!("{{ {command}\n}} </dev/null 2>&1; echo {front}''{back}$?.\n"))?;
        let said = self.shell.until(&end, patience)?;
        let code = self.shell.until(".", patience)?;
        match code.parse() {
            Ok(0) => Ok(said),
            code => {
                let (command, said) = (command.to_owned(), said.trim().to_owned());
                Err(Error::VmCommand { command, code: code.unwrap_or(-1), said })
            }
        }
    }

    /// Of this host, for a port of the machine.
    #[expect(clippy::expect_used, reason = "of what the caller had forwarded")]
    pub fn port(&self, port: u16) -> u16 {
        self.forwards.iter().find(|(guest, _)| *guest == port).expect("a port that is not forwarded").1
    }

    /// Restarts it properly; the shell is another one afterwards.
    pub fn restart(&mut self) -> Result<()> {
        self.started = Instant::now();
        self.shell.say("systemctl reboot\n")
    }

    /// Switches it off properly, and waits for its end.
    pub fn power_off(mut self, patience: Duration) -> Result<()> {
        self.shell.say("systemctl poweroff\n")?;
        let begun = Instant::now();
        while self.child.try_wait().map_err(reading(&self.dir))?.is_none() {
            if begun.elapsed() > patience {
                // Says where it hung.
                return self.console.until("power off", Duration::ZERO).map(drop);
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

impl Drop for Machine {
    /// Like a power cut.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log(dir: &Path, name: &str) -> PathBuf {
    dir.join(name).with_extension("log")
}

fn connect(child: &mut Child, dir: &Path, name: &str) -> Result<Console> {
    let begun = Instant::now();
    loop {
        let error = match Console::connect(&dir.join(name), &log(dir, name)) {
            Ok(console) => return Ok(console),
            Err(error) => error,
        };
        let ended = child.try_wait().map_err(reading(dir))?;
        if let Some(status) = ended {
            let said = std::fs::read_to_string(log(dir, "qemu")).unwrap_or_default();
            return Err(Error::ToolFailed { program: "qemu-system-x86_64".to_owned(), status, said });
        }
        if begun.elapsed() > START_MAX {
            return Err(error);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Each service of the machine, on a port that is free now.
pub fn free_forwards(services: &[u16]) -> Result<Vec<(u16, u16)>> {
    // All at once, so that none is given twice.
    let listeners: Vec<TcpListener> = services
        .iter()
        .map(|_| TcpListener::bind(("127.0.0.1", 0)))
        .collect::<std::io::Result<_>>()
        .map_err(reading(Path::new("127.0.0.1")))?;
    let ports = listeners.iter().map(|listener| listener.local_addr().map(|address| address.port()));
    let ports: Vec<u16> = ports.collect::<std::io::Result<_>>().map_err(reading(Path::new("127.0.0.1")))?;
    Ok(services.iter().copied().zip(ports).collect())
}
