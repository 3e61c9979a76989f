// SPDX-License-Identifier: AGPL-3.0-or-later
//! The two ext4 volumes, made inside the disk's file (`-E offset`): nothing is mounted.

use crate::disk::plan::{DATA, Plan, STORE, uuid_text};
use crate::error::Result;
use crate::tools::Tools;
use crate::users;
use std::path::Path;

/// Both: checksums, and inode tables that are written when they are first used, so that a new disk stays small.
const COMMON: &str = "lazy_itable_init=1,lazy_journal_init=1,nodiscard";

/// A file a message: an inode for each 10 KiB, and directories of any size. meta_bg instead of a resize inode, which would
/// bound how far it grows when the disk does.
const STORE_OPTIONS: &[&str] = &[
    "-m",
    "1",
    "-i",
    "10240",
    "-I",
    "256",
    "-J",
    "size=128",
    "-O",
    "dir_index,large_dir,metadata_csum,64bit,extra_isize,meta_bg,^resize_inode",
];
const DATA_OPTIONS: &[&str] = &["-m", "1", "-I", "256", "-O", "metadata_csum,64bit"];

pub fn make_all(tools: &Tools, plan: &Plan, disk: &Path) -> Result<()> {
    make(tools, plan, disk, DATA, "root_owner=0:0", DATA_OPTIONS)?;
    let owner = users::id_of(users::POSTHOUSE);
    make(tools, plan, disk, STORE, &format!("root_owner={owner}:{owner}"), STORE_OPTIONS)
}

fn make(tools: &Tools, plan: &Plan, disk: &Path, name: &str, owner: &str, options: &[&str]) -> Result<()> {
    let partition = plan.partition(name);
    // The hash seed makes directory order; random unless given.
    let extended = format!(
        "{COMMON},offset={},{owner},hash_seed={}",
        partition.start_bytes,
        uuid_text(&plan.uuid(&format!("{name} hash")))
    );
    let mut mke2fs = tools.command("usr/sbin/mke2fs");
    mke2fs.args([
        "-q",
        "-F",
        "-t",
        "ext4",
        "-b",
        "4096",
        "-L",
        name,
        "-U",
        &uuid_text(&plan.uuid(&format!("{name} ext4"))),
    ]);
    mke2fs.args(options).args(["-E", &extended]).arg(disk).arg(format!("{}k", partition.size_bytes >> 10));
    crate::command::run(&mut mke2fs).map(drop)
}
