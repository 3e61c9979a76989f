// SPDX-License-Identifier: AGPL-3.0-or-later
//! The console of the appliance's image, on the screen and on the serial line: where it is, how it is, and a small menu. Nobody
//! logs in here, so it does what whoever stands at a machine can do anyway: see, restart, switch off, and give it an address.

mod bundle;
mod network;
mod screen;

use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::Command;

/// Between two looks at the state, in milliseconds.
const LOOK_MS: u16 = 5_000;
/// Of a line that is typed.
const LINE_BYTES_MAX: usize = 256;

const MENU: &str = "\
1  Network            4  Restart the machine
2  Restart services   5  Switch it off
3  Support bundle     6  Previous version
";

/// Ends with its terminal.
pub fn run(state: &StateDir) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("the console is for a terminal");
    }
    let mut shown = String::new();
    loop {
        let text = screen::text(state);
        // A serial line has a log at its other end: only what is new goes there.
        if text != shown {
            print!("\x1b[2J\x1b[H{text}\n{MENU}\nChoice: ");
            std::io::stdout().flush()?;
            shown = text;
        }
        if !wait_for_input(LOOK_MS)? {
            continue;
        }
        let Some(line) = read_line()? else { return Ok(()) };
        if !line.is_empty() {
            match choose(state, &line) {
                Ok(said) => println!("\n{said}"),
                Err(error) => println!("\nThat did not work: {error:#}"),
            }
            ask("Enter goes back: ")?;
        }
        shown.clear();
    }
}

fn choose(state: &StateDir, choice: &str) -> Result<String> {
    match choice {
        "1" => network::ask(state),
        "2" => systemctl(&["restart", "--no-block", "posthouse.service"], "The services are restarting."),
        "3" => bundle::write(state).map(|path| format!("Written: {}", path.display())),
        "4" if confirms("Restart the machine")? => systemctl(&["reboot"], "Restarting."),
        "5" if confirms("Switch the machine off")? => systemctl(&["poweroff"], "Switching off."),
        "6" if confirms("Restart with the version before")? => {
            crate::upgrade::go_back(state)?;
            systemctl(&["reboot"], "Restarting.")
        }
        "4" | "5" | "6" => Ok("Nothing was done.".to_owned()),
        _ => Ok("There is no such choice.".to_owned()),
    }
}

fn confirms(what: &str) -> Result<bool> {
    Ok(ask(&format!("{what}? Type yes: "))? == "yes")
}

fn systemctl(words: &[&str], said: &str) -> Result<String> {
    let status = Command::new("systemctl").args(words).status().context("can't run systemctl")?;
    if status.success() { Ok(said.to_owned()) } else { bail!("systemctl {} failed ({status})", words.join(" ")) }
}

fn ask(question: &str) -> Result<String> {
    print!("{question}");
    std::io::stdout().flush()?;
    read_line()?.context("the terminal is gone")
}

fn wait_for_input(ms: u16) -> Result<bool> {
    let stdin = std::io::stdin();
    let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    match poll(&mut fds, PollTimeout::from(ms)) {
        Ok(ready) => Ok(ready > 0),
        Err(nix::errno::Errno::EINTR) => Ok(false),
        Err(e) => Err(e).context("can't wait for the terminal"),
    }
}

/// A whole line: the terminal hands over no less. None: the terminal is gone.
fn read_line() -> Result<Option<String>> {
    // Not through std's buffer, which poll does not see.
    let mut line = [0; LINE_BYTES_MAX];
    let read = nix::unistd::read(std::io::stdin().as_fd(), &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(line.get(..read).unwrap_or_default()).trim().to_owned()))
}
