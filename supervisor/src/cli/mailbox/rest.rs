// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is had, and given, by a URL: folders as archives, contacts as files, single items.

use super::client::Body;
use super::words::takes;
use super::{Topic, Verb};
use anyhow::{Context, Result};
use std::fs::File;
use std::process::Stdio;

pub const VERBS: &[Verb] = &[
    Verb {
        name: "getRestURL",
        short: "gru",
        topic: Topic::Misc,
        usage: "[OPTION]… PATH",
        options: &[takes('o', "output", "FILE"), takes('s', "startTime", "TIME"), takes('e', "endTime", "TIME")],
        run: |session, given| {
            let mut path = given.next("path")?;
            for (letter, name) in [('s', "start"), ('e', "end")] {
                if let Some(time) = given.option(letter) {
                    path += &format!("{}{name}={time}", if path.contains('?') { '&' } else { '?' });
                }
            }
            let login = session.login()?;
            let (account, token) = (login.account.clone(), login.token.clone());
            let Some(name) = given.option('o') else {
                return fetch(session.client().rest(&token, &account, &path, Body::Nothing, Stdio::inherit()));
            };
            let file = File::create(name).with_context(|| name.to_owned())?;
            let done = session.client().rest(&token, &account, &path, Body::Nothing, file.into());
            if done.is_err() {
                // A part of an archive is taken for the whole.
                let _ = std::fs::remove_file(name);
            }
            fetch(done)
        },
    },
    Verb {
        name: "postRestURL",
        short: "pru",
        topic: Topic::Misc,
        usage: "[OPTION]… PATH FILE",
        options: &[takes('c', "contentType", "TYPE"), takes('r', "resolve", "skip|modify|replace|reset")],
        run: |session, given| {
            let (mut path, name) = (given.next("path")?, given.next("file")?);
            if let Some(how) = given.option('r') {
                path += &format!("{}resolve={how}", if path.contains('?') { '&' } else { '?' });
            }
            let file = File::open(&name).with_context(|| name.clone())?;
            let login = session.login()?;
            let (account, token) = (login.account.clone(), login.token.clone());
            let content_type = given.option('c').unwrap_or("application/octet-stream");
            let body = Body::File(file, content_type);
            fetch(session.client().rest(&token, &account, &path, body, Stdio::inherit()))
        },
    },
];

fn fetch(done: Result<()>) -> Result<String> {
    done.map(|()| String::new())
}
