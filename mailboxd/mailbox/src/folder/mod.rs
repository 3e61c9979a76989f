// SPDX-License-Identifier: AGPL-3.0-or-later
//! Operations on folders and saved searches.

mod create;
mod delete;
mod grant;
mod name;
mod rename;
mod retention;
mod search_folder;
mod update;
mod virtual_folder;

pub use create::SPECIAL_USES;
pub use grant::GRANTS_MAX;
pub(crate) use name::clean as clean_name;
pub use retention::POLICIES_MAX;
pub use virtual_folder::{VIRTUAL_MESSAGES_MAX, VirtualFolder, VirtualMessage};
