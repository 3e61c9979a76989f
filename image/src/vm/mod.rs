// SPDX-License-Identifier: AGPL-3.0-or-later
//! The image in QEMU: for a developer to look at (`cargo xtask image boot`), and for tests.

pub mod console;
pub mod machine;
pub mod qemu;
pub mod test_disk;
