// SPDX-License-Identifier: AGPL-3.0-or-later
//! Makes the bootable image: docs/contributing/image.md says how, docs/admin/image.md what for.

pub mod build;
pub mod checksums;
pub mod command;
pub mod disk;
pub mod error;
pub mod formats;
pub mod index;
pub mod packages;
pub mod paths;
pub mod release;
pub mod root;
pub mod sbom;
pub mod tools;
pub mod tree;
pub mod users;
pub mod vm;

/// Lower case, as every tool here prints it.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
