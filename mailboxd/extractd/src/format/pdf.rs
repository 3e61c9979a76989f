// SPDX-License-Identifier: AGPL-3.0-or-later
//! PDF by Poppler's pdftotext, in the same sandbox and with bounds of its own. It gets the document as its standard input: a
//! file without a name.

use crate::job::Job;
use extract::TEXT_BYTES_MAX;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::resource::{Resource, setrlimit};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

const MEMORY_BYTES_MAX: u64 = 512 << 20;
const CPU_SECONDS_MAX: u64 = 10;
/// By the clock. It is its own alarm that ends it: nothing in the sandbox may send signals.
const SECONDS_MAX: u32 = 15;

pub fn read(job: &mut Job, bytes: &[u8]) {
    let Some(program) = job.tools.pdftotext.clone() else { return job.unknown() };
    match run(&program, bytes) {
        Ok((text, status)) => {
            job.out.verbatim(&String::from_utf8_lossy(&text));
            // It was told that nobody listens any more.
            let was_stopped = text.len() >= TEXT_BYTES_MAX;
            match status.signal() {
                None if status.success() => {}
                _ if was_stopped => job.cut(),
                Some(_) => job.cut(),
                None if bytes.windows(8).any(|window| window == b"/Encrypt") => job.protected(),
                None => job.damaged(),
            }
        }
        Err(_) => job.damaged(),
    }
}

#[expect(unsafe_code, reason = "bounds between fork and exec have no other place")]
fn run(program: &Path, bytes: &[u8]) -> io::Result<(Vec<u8>, ExitStatus)> {
    let mut file = File::from(memfd_create(c"document", MFdFlags::MFD_CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    let mut command = Command::new(program);
    command.args(["-q", "-enc", "UTF-8", "-nopgbrk", "-", "-"]);
    // Standard error is the worker's: nowhere.
    command.stdin(file).stdout(Stdio::piped()).env_clear();
    // SAFETY: three system calls, no memory, no locks.
    unsafe {
        command.pre_exec(|| {
            setrlimit(Resource::RLIMIT_AS, MEMORY_BYTES_MAX, MEMORY_BYTES_MAX)?;
            setrlimit(Resource::RLIMIT_CPU, CPU_SECONDS_MAX, CPU_SECONDS_MAX)?;
            nix::unistd::alarm::set(SECONDS_MAX);
            Ok(())
        });
    }
    let mut child = command.spawn()?;
    let mut text = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        pipe.take(TEXT_BYTES_MAX as u64).read_to_end(&mut text)?;
    }
    Ok((text, child.wait()?))
}
