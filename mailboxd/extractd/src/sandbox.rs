// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is taken from the process before it sees a document: rights, files, network, signals, memory. Nothing here can be
//! given back. docs/decisions/0018-extractd.md says why each.

use crate::Tools;
use extract::{DOCUMENT_BYTES_MAX, Hello};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, Scope,
};
use nix::sys::prctl::{set_dumpable, set_no_new_privs};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid, setgid, setgroups, setuid};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PDFTOTEXT: &str = "/usr/bin/pdftotext";
/// Address space: the largest document, several times over.
const MEMORY_BYTES_MAX: u64 = 768 << 20;
const FILES_MAX: u64 = 64;
/// Of the user: mailboxd's threads count, too.
const PROCESSES_MAX: u64 = 1_024;
/// Who owns nothing, where root starts us (a test, a container).
const NOBODY: u32 = 65_534;

/// What pdftotext reads: itself, libraries, tables of encodings.
const READABLE: [&str; 7] =
    ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/poppler", "/etc/ld.so.preload"];
const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/// Goes in, and says what holds and which programs are left.
pub fn enter() -> Result<(Hello, Tools), String> {
    close_others();
    let named = |what: &'static str| move |error: nix::Error| format!("{what}: {error}");
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, FILES_MAX),
        (Resource::RLIMIT_AS, MEMORY_BYTES_MAX),
        (Resource::RLIMIT_NPROC, PROCESSES_MAX),
        // Only the nameless file that a PDF is handed over in.
        (Resource::RLIMIT_FSIZE, DOCUMENT_BYTES_MAX as u64),
    ] {
        setrlimit(resource, most, most).map_err(named("setrlimit"))?;
    }
    if Uid::effective().is_root() {
        setgroups(&[]).map_err(named("setgroups"))?;
        setgid(Gid::from_raw(NOBODY)).map_err(named("setgid"))?;
        setuid(Uid::from_raw(NOBODY)).map_err(named("setuid"))?;
    }
    set_no_new_privs().map_err(named("no_new_privs"))?;
    set_dumpable(false).map_err(named("dumpable"))?;
    let landlock = restrict_files().map_err(|error| format!("landlock: {error}"))?;
    let pdftotext = Some(PathBuf::from(PDFTOTEXT)).filter(|path| landlock && path.is_file());
    filter_calls(landlock).map_err(|error| format!("seccomp: {error}"))?;
    let hello = Hello { landlock, pdf: pdftotext.is_some(), refuses: None };
    Ok((hello, Tools { pdftotext }))
}

/// Nothing but the standard three is ours, whoever forgot to mark what it had open.
#[expect(unsafe_code, reason = "no safe wrapper among the dependencies")]
fn close_others() {
    // SAFETY: takes numbers only; nothing of this process has opened a file yet.
    unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) };
}

/// False: this kernel has no Landlock.
fn restrict_files() -> Result<bool, landlock::RulesetError> {
    let all = AccessFs::from_all(ABI::V5);
    let mut rules = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    for path in READABLE {
        rules = allow(rules, path, read)?;
    }
    for path in LOADERS.iter().chain(&[PDFTOTEXT]) {
        rules = allow(rules, path, AccessFs::ReadFile | AccessFs::Execute)?;
    }
    Ok(rules.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
}

/// What is not there needs no rule.
fn allow(
    rules: landlock::RulesetCreated,
    path: &str,
    access: BitFlags<AccessFs>,
) -> Result<landlock::RulesetCreated, landlock::RulesetError> {
    let Ok(fd) = PathFd::new(path) else { return Ok(rules) };
    // Of a file there is nothing to list.
    let access = if Path::new(path).is_dir() { access } else { access & AccessFs::from_file(ABI::V5) };
    rules.add_rule(PathBeneath::new(fd, access))
}

/// A list of what is allowed; all else fails. With `programs`: files can be opened, and a program started.
fn filter_calls(programs: bool) -> Result<(), String> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    let lists: &[&[i64]] = if programs { &[&ALWAYS, &PROGRAMS, OLD] } else { &[&ALWAYS] };
    for call in lists.concat() {
        rules.insert(call, Vec::new());
    }
    let own = u64::from(std::process::id());
    // A panic or an allocation that fails ends us by a signal of our own.
    rules.insert(libc::SYS_tgkill, vec![first_is(own)?]);
    // Bounds of others are none of our business.
    rules.insert(libc::SYS_prlimit64, vec![first_is(0)?]);
    if programs {
        // How the standard library hears whether a program could be started. It reaches nobody else.
        rules.insert(libc::SYS_socketpair, vec![first_is(libc::AF_UNIX as u64)?]);
    }
    let arch = std::env::consts::ARCH.try_into().map_err(|error| format!("{error:?}"))?;
    let errno = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, errno, SeccompAction::Allow, arch).map_err(|error| error.to_string())?;
    let program: BpfProgram = filter.try_into().map_err(|error: seccompiler::BackendError| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())
}

fn first_is(value: u64) -> Result<SeccompRule, String> {
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value);
    condition.and_then(|condition| SeccompRule::new(vec![condition])).map_err(|error| error.to_string())
}

/// Memory, time, and what is open already.
const ALWAYS: [i64; 39] = [
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendto,
    libc::SYS_setitimer,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Hands a document to a program, and what a program needs to start. Landlock says which one, and what it can open.
const PROGRAMS: [i64; 26] = [
    libc::SYS_clone,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_execve,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fstatfs,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_memfd_create,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pipe2,
    libc::SYS_readlinkat,
    libc::SYS_recvmsg,
    libc::SYS_rseq,
    libc::SYS_sendmsg,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_setrlimit,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_wait4,
    libc::SYS_waitid,
];

/// Older forms of the same that only one architecture has.
#[cfg(target_arch = "x86_64")]
const OLD: &[i64] = &[
    libc::SYS_access,
    libc::SYS_alarm,
    libc::SYS_arch_prctl,
    libc::SYS_dup2,
    libc::SYS_fork,
    libc::SYS_lstat,
    libc::SYS_open,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_stat,
    libc::SYS_vfork,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[i64] = &[];
