// SPDX-License-Identifier: AGPL-3.0-or-later
//! The one body of SQL, a file a noun. It says only what SQLite and MySQL both understand: `REPLACE INTO`, `?`
//! parameters, plain predicates. No upsert clauses, no RETURNING, no JSON or other engine functions, no nested cursors.
//! Every statement names its mailbox first.

pub(crate) mod brief;
pub(crate) mod detail;
pub(crate) mod dumpster;
pub(crate) mod identity;
pub(crate) mod item;
pub(crate) mod mailbox;
pub(crate) mod note;
pub(crate) mod patch;
#[cfg(test)]
mod plans;
pub(crate) mod scan;
pub(crate) mod tagged;
pub(crate) mod tombstone;

use crate::driver::Row;
use crate::{Kind, Result};
use ids::ItemId;

/// Parameters of one IN list. A list is filled up with its last value to one of a few sizes, so that few statements
/// serve every length.
const IN_SIZES: [usize; 3] = [1, 10, 100];

/// Calls `run` with `(?,?,…)` and its values until all are used.
fn in_chunks<T: Copy, R>(all: &[T], mut run: impl FnMut(&str, &[T]) -> Result<R>) -> Result<()> {
    let largest = IN_SIZES[IN_SIZES.len() - 1];
    for chunk in all.chunks(largest) {
        let size = IN_SIZES.into_iter().find(|size| *size >= chunk.len()).unwrap_or(largest);
        let mut padded = chunk.to_vec();
        padded.resize(size, chunk[chunk.len() - 1]);
        let marks = format!("(?{})", ",?".repeat(size - 1));
        run(&marks, &padded)?;
    }
    Ok(())
}

/// An unsigned number of 32 bits.
fn small(row: &Row<'_>, column: usize) -> Result<u32> {
    row.int(column)?.try_into().map_err(|_| row.corrupt(column, "is out of range"))
}

fn item_id(row: &Row<'_>, column: usize) -> Result<ItemId> {
    small(row, column).map(ItemId)
}

/// The reverse of `Value::from(u64)`.
fn large(row: &Row<'_>, column: usize) -> Result<u64> {
    row.int(column).map(i64::cast_unsigned)
}

/// Change numbers are compared by the engine, which knows only signed ones.
fn bound(modseq: ids::ModSeq) -> i64 {
    i64::try_from(modseq.0).unwrap_or(i64::MAX)
}

/// Below 4 is what a mailbox keeps in memory.
pub(crate) fn number(kind: Kind) -> i64 {
    match kind {
        Kind::MountPoint => 0,
        Kind::Folder => 1,
        Kind::SearchFolder => 2,
        Kind::Tag => 3,
        Kind::Message => 4,
        Kind::Contact => 5,
        Kind::Document => 6,
    }
}

/// Added to the number of what is in the dumpster.
pub(crate) const DUMPED: i64 = 20;

fn kind(row: &Row<'_>, column: usize) -> Result<Kind> {
    kind_numbered(row, column, row.int(column)?)
}

fn kind_numbered(row: &Row<'_>, column: usize, number: i64) -> Result<Kind> {
    match number {
        0 => Ok(Kind::MountPoint),
        1 => Ok(Kind::Folder),
        2 => Ok(Kind::SearchFolder),
        3 => Ok(Kind::Tag),
        4 => Ok(Kind::Message),
        5 => Ok(Kind::Contact),
        6 => Ok(Kind::Document),
        other => Err(row.corrupt(column, format_args!("has the unknown value {other}"))),
    }
}
