// SPDX-License-Identifier: AGPL-3.0-or-later
//! One file a format, or a family of them. Each writes what it finds into the job and notes what is wrong.

mod archive;
mod card;
mod compound;
mod csv;
mod mail;
mod odf;
mod ooxml;
mod pdf;
mod plain;
mod rtf;
mod sheet;
mod slides97;
mod word97;

use crate::job::Job;
use crate::kind::Kind;
use extract::About;
pub use plain::decoded;

pub fn read(job: &mut Job, kind: Kind, bytes: &[u8], about: &About) {
    match kind {
        Kind::Pdf => pdf::read(job, bytes),
        Kind::Zip => archive::zip(job, bytes),
        Kind::Gzip => archive::gzip(job, bytes, about),
        Kind::Tar => archive::tar(job, bytes),
        Kind::Compound => compound::read(job, bytes),
        Kind::Rtf => rtf::read(job, bytes),
        Kind::Html => plain::html(job, bytes, about),
        Kind::Mail => mail::read(job, bytes),
        Kind::Card => card::read(job, bytes, about),
        Kind::Csv => csv::read(job, bytes, about),
        Kind::Xml => plain::xml(job, bytes),
        Kind::Plain => plain::text(job, bytes, about),
        Kind::Unknown => job.unknown(),
    }
}
