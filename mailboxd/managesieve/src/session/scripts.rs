// SPDX-License-Identifier: AGPL-3.0-or-later
//! The commands that read and change scripts (RFC 5804 §2.5 to §2.12).

use super::failure::{Failure, internal};
use super::{Done, Outcome, Session, State, done};
use crate::wire::{self, Argument};
use mailbox::{Handle, Mailbox};

impl Session {
    pub(super) async fn script_command(&mut self, command: &str, arguments: Vec<Argument>) -> Outcome {
        let State::Authenticated { handle, .. } = &self.state else {
            return Err(Failure::no("", "log in first, or this is no command"));
        };
        let handle = handle.clone();
        match (command, arguments.as_slice()) {
            ("HAVESPACE", [Argument::Text(name), Argument::Number(bytes)]) => {
                let (name, bytes) = (text(name)?, usize::try_from(*bytes).unwrap_or(usize::MAX));
                handle.run(move |mailbox| mailbox.check_script_room(&name, bytes)).await?;
                done("there is room")
            }
            ("PUTSCRIPT", [Argument::Text(name), Argument::Text(script)]) => {
                self.put(&handle, text(name)?, script.clone()).await
            }
            ("CHECKSCRIPT", [Argument::Text(script)]) => {
                let warnings = self.check(&handle, script.clone()).await?;
                warned(warnings, "the script is right")
            }
            ("LISTSCRIPTS", []) => self.list(&handle).await,
            ("SETACTIVE", [Argument::Text(name)]) => {
                let name = text(name)?;
                // RFC 5804 §2.8: no name, no filter.
                handle.run(move |mailbox| mailbox.activate_script((!name.is_empty()).then_some(&*name))).await?;
                done("so it is")
            }
            ("GETSCRIPT", [Argument::Text(name)]) => {
                let name = text(name)?;
                let script = handle.run(move |mailbox| mailbox.script(&name)).await?;
                // RFC 5804 §2.9: a literal, whatever is in it.
                self.socket.put(format!("{{{}}}\r\n", script.len()).as_bytes());
                self.socket.put(&script);
                self.socket.put(b"\r\n");
                done("that is all")
            }
            ("DELETESCRIPT", [Argument::Text(name)]) => {
                let name = text(name)?;
                handle.run(move |mailbox| mailbox.delete_script(&name)).await?;
                done("deleted")
            }
            ("RENAMESCRIPT", [Argument::Text(name), Argument::Text(to)]) => {
                let (name, to) = (text(name)?, text(to)?);
                handle.run(move |mailbox| mailbox.rename_script(&name, &to)).await?;
                done("renamed")
            }
            (
                "HAVESPACE" | "PUTSCRIPT" | "CHECKSCRIPT" | "LISTSCRIPTS" | "SETACTIVE" | "GETSCRIPT" | "DELETESCRIPT"
                | "RENAMESCRIPT",
                _,
            ) => Err(Failure::no("", "these are not its arguments")),
            _ => Err(Failure::no("", "there is no such command")),
        }
    }

    async fn put(&mut self, handle: &Handle, name: String, script: Vec<u8>) -> Outcome {
        let (own, bytes) = (name.clone(), script.len());
        handle.run(move |mailbox| mailbox.check_script_room(&own, bytes)).await?;
        let warnings = self.check(handle, script.clone()).await?;
        handle.run(move |mailbox| mailbox.put_script(&name, &script)).await?;
        warned(warnings, "kept")
    }

    /// Off the threads of the sessions, and few at a time: a script may be made to take long.
    async fn check(&self, handle: &Handle, script: Vec<u8>) -> Result<Vec<String>, Failure> {
        let _permit = self.shared.checks.acquire().await.map_err(|error| internal(&error.to_string()))?;
        let (engine, mailbox) = (self.shared.engine.clone(), handle.mailbox().clone());
        let check = move || {
            let has = |name: &str| mailbox.script(name).is_ok();
            engine.check(&script, &has).map(|checked| checked.warnings)
        };
        match tokio::task::spawn_blocking(check).await {
            Ok(Ok(warnings)) => Ok(warnings),
            Ok(Err(error)) => Err(Failure::no("", error.to_string())),
            Err(error) => Err(internal(&error.to_string())),
        }
    }

    async fn list(&mut self, handle: &Handle) -> Outcome {
        let mut out = Vec::new();
        for script in handle.run(Mailbox::scripts).await? {
            wire::string(&mut out, script.name.as_bytes());
            out.extend_from_slice(if script.is_active { b" ACTIVE\r\n" } else { b"\r\n" });
        }
        self.socket.put(&out);
        done("that is all")
    }
}

/// RFC 5804 §1.3: WARNINGS.
fn warned(warnings: Vec<String>, text: &str) -> Outcome {
    if warnings.is_empty() {
        done(text)
    } else {
        Ok(Done { code: "(WARNINGS)".to_owned(), text: warnings.join("\r\n") })
    }
}

/// RFC 5804 §1.6: names are UTF-8.
fn text(octets: &[u8]) -> Result<String, Failure> {
    String::from_utf8(octets.to_vec()).map_err(|_| Failure::no("", "a name must be UTF-8"))
}
