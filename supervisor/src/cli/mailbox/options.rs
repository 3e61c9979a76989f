// SPDX-License-Identifier: AGPL-3.0-or-later
//! Options before the verb: whose mailbox, as whom, where. zmmailbox's letters.

use anyhow::{Context, Result, anyhow, bail};
use std::io::{BufRead, IsTerminal};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name or id of the account.
    pub mailbox: Option<String>,
    /// Log in as this administrator, and then into the mailbox.
    pub admin: Option<String>,
    /// Log in as the owner, with a password.
    pub password: Option<Password>,
    /// Of the server; without it, the one that runs here.
    pub url: Option<String>,
    pub file: Option<String>,
    pub timeout_s: u32,
    pub help: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Password {
    Asked,
    File(String),
}

const TIMEOUT_S: u32 = 600;

impl Options {
    /// What stands before the verb, and the rest.
    pub fn take(words: &[String]) -> Result<(Options, Vec<String>)> {
        let mut options = Options { timeout_s: TIMEOUT_S, ..Options::default() };
        let mut words = words.iter();
        while let Some(word) = words.clone().next() {
            if !super::words::is_option(word) {
                break;
            }
            words.next();
            let (name, mut inline) = match word.split_once('=') {
                Some((name, value)) if word.starts_with("--") => (name, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut value = || {
                let given = inline.take().or_else(|| words.next().cloned());
                given.ok_or_else(|| anyhow!("{name} needs a value; `posthouse mailbox -h` tells which"))
            };
            match name {
                "-h" | "--help" => options.help = true,
                "-m" | "--mailbox" => options.mailbox = Some(value()?),
                "-a" | "--admin" => options.admin = Some(value()?),
                // This is what happens without a word.
                "-z" | "--zadmin" | "-A" | "--admin-priv" | "-v" | "--verbose" => {}
                "-p" | "--password" => {
                    if value()? != "-" {
                        bail!(
                            "everybody on this machine can read a password that is an argument: `-p -` asks for it, `-P FILE` reads it"
                        );
                    }
                    options.password = Some(Password::Asked);
                }
                "-P" | "--passfile" => options.password = Some(Password::File(value()?)),
                "-u" | "--url" => options.url = Some(value()?),
                "-f" | "--file" => options.file = Some(value()?),
                "-t" | "--timeout" => {
                    let text = value()?;
                    options.timeout_s = text.parse().map_err(|_| anyhow!("{text} is no number of seconds"))?;
                }
                other => bail!("there is no option {other}; `posthouse mailbox -h` lists them"),
            }
        }
        if options.admin.is_some() && options.password.is_none() {
            options.password = Some(Password::Asked);
        }
        if options.url.is_some() && options.password.is_none() {
            bail!("who asks a server by its URL logs in: -a ADMIN or -m ACCOUNT, and -p - or -P FILE");
        }
        Ok((options, words.cloned().collect()))
    }
}

const PASSWORD_BYTES_MAX: u64 = 4096;

impl Password {
    pub fn read(&self) -> Result<String> {
        let mut line = Vec::new();
        match self {
            Password::Asked => {
                let stdin = std::io::stdin();
                if stdin.is_terminal() {
                    eprint!("Password (it will be seen): ");
                }
                // A byte at a time would be the line and no more; what is behind it are commands.
                std::io::Read::take(stdin.lock(), PASSWORD_BYTES_MAX).read_until(b'\n', &mut line)?;
            }
            Password::File(path) => {
                let file = std::fs::File::open(path).with_context(|| path.clone())?;
                std::io::BufReader::new(std::io::Read::take(file, PASSWORD_BYTES_MAX)).read_until(b'\n', &mut line)?;
            }
        }
        let text = String::from_utf8(line).map_err(|_| anyhow!("the password is not UTF-8"))?;
        let password = text.trim_end_matches(['\r', '\n']).to_owned();
        if password.is_empty() { bail!("there is no password") } else { Ok(password) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(line: &str) -> Result<(Options, Vec<String>)> {
        Options::take(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_stands_before_the_verb() {
        let (options, words) = take("-z -m ann@example.org s -t message in:inbox").unwrap();
        assert_eq!(options.mailbox.as_deref(), Some("ann@example.org"));
        assert_eq!(words, ["s", "-t", "message", "in:inbox"]);
        let (options, words) = take("--mailbox=ann -P /etc/pw -t 5 -f -").unwrap();
        assert_eq!((options.timeout_s, options.file.as_deref(), words.len()), (5, Some("-"), 0));
        assert_eq!(options.password, Some(Password::File("/etc/pw".into())));
        assert_eq!(take("-a admin -m ann gaf").unwrap().0.password, Some(Password::Asked));
    }

    #[test]
    fn no_password_stands_in_the_list_of_processes() {
        let said = take("-m ann -p sesame gaf").unwrap_err().to_string();
        assert!(said.contains("-p -") && !said.contains("sesame"), "{said}");
        assert!(take("-u https://mail.test -m ann gaf").unwrap_err().to_string().contains("logs in"));
        assert!(take("-m").is_err() && take("-q gaf").is_err() && take("-t soon gaf").is_err());
    }
}
