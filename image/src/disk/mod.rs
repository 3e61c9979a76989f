// SPDX-License-Identifier: AGPL-3.0-or-later
//! The disk: what lies where, and how each part is made from files, without mounting anything.

pub mod assemble;
pub mod bios;
pub mod env_block;
pub mod esp;
pub mod gpt;
pub mod grub;
pub mod plan;
pub mod slot;
pub mod verity;
pub mod volume;
