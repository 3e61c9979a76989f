// SPDX-License-Identifier: AGPL-3.0-or-later
//! The command line: what can be typed, and where it is done. Only commands that work are here.

mod apply;
mod backup;
mod dns;
mod logs;
mod mailbox;
mod output;
mod prov;
mod quarantine;
mod restore;
mod setup;
mod status;
mod stop;
mod store;
mod up;
mod upgrade;
mod volume;
mod welcome;

use crate::state::StateDir;
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "posthouse", version, about = "A mail server: start it, look after it, give people accounts.")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Clone)]
pub struct Common {
    /// State directory. Default: /srv/posthouse where that is set up, else ./posthouse-data
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything and stay in the foreground until Ctrl-C
    Up(up::Options),
    /// Components, health, versions; exit code 0 only if all is well
    Status,
    /// Stop everything, and wait until it is
    Stop,
    /// Restart a component (default: all, one after the other), and wait until it answers
    Restart { component: Option<String> },
    /// Render every component's configuration anew, and have those read it that have another one now
    Apply(apply::Options),
    /// Show a component's log
    Logs(logs::Options),
    /// Accounts and domains, with zmprov's verbs: `posthouse prov help`
    #[command(disable_help_flag = true)]
    Prov {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// What is in somebody's mailbox, with zmmailbox's verbs: `posthouse mailbox help`
    #[command(disable_help_flag = true)]
    Mailbox {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// What the scanners withheld: list it, look at it, let it through
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// What to publish in the DNS for a domain, and what is seen there
    Dns(dns::Options),
    /// Set this machine up: asks, or takes the answers from a file
    Setup(setup::Options),
    /// The mail store
    #[command(subcommand)]
    Store(store::Command),
    /// Where messages are kept: secondary volumes, for mail that is old
    #[command(subcommand)]
    Volume(volume::Command),
    /// Old mail moves to a secondary volume, as zimbraHsmPolicy says (it happens by itself once a night)
    #[command(subcommand)]
    Hsm(volume::Hsm),
    /// Backups: make one, list them, prove that they can be restored
    #[command(subcommand)]
    Backup(backup::Command),
    /// Bring back a mailbox, a folder, messages, or the whole system, as they were at any moment
    #[command(subcommand)]
    Restore(restore::Command),
    /// New versions of the image: look at one, install it, go back
    #[command(subcommand)]
    Upgrade(upgrade::Command),
    /// What the image shows on its screen and its serial line
    #[command(hide = true)]
    Console,
    /// Keeps one component for the supervisor, which starts it
    #[command(hide = true)]
    Guard(crate::engine::GuardOptions),
    /// The page that browsers see until the machine is set up; the supervisor starts it
    #[command(hide = true)]
    Installer(crate::setup::http::Options),
}

pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut common = arguments.common;
    match arguments.command {
        Command::Up(options) => up::run(&common.state_dir()?, &options),
        Command::Status => status::run(&common.state_dir()?, common.json),
        Command::Stop => stop::stop(&common.state_dir()?),
        Command::Restart { component } => stop::restart(&common.state_dir()?, component.as_deref()),
        Command::Apply(options) => apply::run(&common.state_dir()?, &options, common.json),
        Command::Logs(options) => logs::run(&common.state_dir()?, &options),
        Command::Prov { words } => {
            let words = common.take_from(words)?;
            prov::run(&common.state_dir()?, &words, common.json)
        }
        Command::Mailbox { words } => {
            let words = common.take_from(words)?;
            mailbox::run(&common.state_dir()?, &words, common.json)
        }
        Command::Quarantine(command) => quarantine::run(&common.state_dir()?, &command, common.json),
        Command::Dns(options) => dns::run(&common.state_dir()?, &options, common.json),
        Command::Setup(options) => setup::run(&common.state_dir()?, &options, common.json),
        Command::Installer(options) => crate::setup::http::run(&common.state_dir()?, &options),
        Command::Upgrade(command) => upgrade::run(&common.state_dir()?, &command, common.json),
        Command::Console => crate::console::run(&common.state_dir()?).map(|()| ExitCode::SUCCESS),
        Command::Guard(options) => crate::engine::guard(&options),
        Command::Volume(command) => volume::run(&common.state_dir()?, &command, common.json),
        Command::Hsm(command) => volume::hsm(&common.state_dir()?, &command, common.json),
        Command::Backup(command) => backup::run(&common.state_dir()?, &command, common.json),
        Command::Restore(command) => restore::run(&common.state_dir()?, &command, common.json),
        Command::Store(command) => store::run(&common.state_dir()?, &command, common.json),
    }
}

impl Common {
    fn state_dir(&self) -> Result<StateDir> {
        StateDir::new(self.state.as_deref())
    }

    /// `prov` and `mailbox` take all words as they are (an attribute may be `-name`), so our own options are picked out here.
    fn take_from(&mut self, words: Vec<String>) -> Result<Vec<String>> {
        let mut rest = Vec::with_capacity(words.len());
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if word == "--json" {
                self.json = true;
            } else if word == "--state" {
                self.state = Some(words.next().ok_or_else(|| anyhow::anyhow!("--state needs a directory"))?.into());
            } else if let Some(dir) = word.strip_prefix("--state=") {
                self.state = Some(dir.into());
            } else {
                rest.push(word);
            }
        }
        Ok(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_taken_anywhere_after_the_subcommand() {
        for line in [
            "posthouse status --state /x",
            "posthouse store --state /x verify",
            "posthouse store verify --state=/x",
            "posthouse logs mailboxd --state /x",
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(arguments.common.state.as_deref(), Some("/x".as_ref()), "{line}");
        }
        for line in
            ["prov ca a@b.c - --state /x", "prov --state /x ma a@b.c -zimbraNotes old", "prov --state=/x gaa --json"]
        {
            let arguments = Arguments::try_parse_from(["posthouse"].into_iter().chain(line.split(' '))).unwrap();
            let Command::Prov { words } = arguments.command else { panic!("{line}") };
            let mut common = arguments.common;
            let words = common.take_from(words).unwrap();
            assert_eq!(common.state.as_deref(), Some("/x".as_ref()), "{line}");
            assert!(!words.iter().any(|w| w.contains("state") || w == "--json"), "{words:?}");
        }
    }
}
