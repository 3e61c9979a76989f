// SPDX-License-Identifier: AGPL-3.0-or-later
//! A worker of mailboxd: reads documents from its standard input, a socket, and answers there what they say. It goes into its
//! sandbox first; where there is none it says so and ends. Started by mailboxd only.

use extract::{About, Answer, Answered, DOCUMENT_BYTES_MAX, Hello, Request, View, read_frame, write_frame};
use extractd::{Tools, sandbox};
use nix::unistd::alarm;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Later than whoever asks gives up: if that one is gone, nobody else ends this.
const SECONDS_MAX: u32 = extract::DOCUMENT_TIME_MAX.as_secs() as u32 + 5;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--version") {
        println!("extractd {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    // It would print what a stranger wrote.
    std::panic::set_hook(Box::new(|_| {}));
    let entered = sandbox::enter();
    let mut socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let tools = match entered {
        Ok((hello, tools)) => {
            write_frame(&mut socket, &hello)?;
            tools
        }
        Err(why) => return write_frame(&mut socket, &Hello { landlock: false, pdf: false, refuses: Some(why) }),
    };
    // The other side is gone: the end.
    while let Ok(request) = read_frame::<Request>(&mut socket) {
        alarm::set(SECONDS_MAX);
        let length = usize::try_from(request.bytes).ok().filter(|length| *length <= DOCUMENT_BYTES_MAX);
        let mut document = vec![0; length.ok_or_else(|| io::Error::other("too large"))?];
        socket.read_exact(&mut document)?;
        let answer = answer(&document, &request.about, request.view, &tools);
        alarm::cancel();
        write_frame(&mut socket, &answer.of)?;
        socket.write_all(answer.text.as_bytes())?;
    }
    Ok(())
}

/// What makes a reader panic is damaged.
fn answer(document: &[u8], about: &About, view: View, tools: &Tools) -> Answer {
    let extracted = catch_unwind(AssertUnwindSafe(|| extractd::extract(document, about, view, tools)));
    extracted.unwrap_or_else(|_| Answer { of: Answered { damaged: true, ..Answered::default() }, text: String::new() })
}
