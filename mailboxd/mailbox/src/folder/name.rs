// SPDX-License-Identifier: AGPL-3.0-or-later
//! Names of folders, saved searches and tags.

use crate::error::{Error, Result};

/// Characters of a name.
const NAME_CHARS_MAX: usize = 255;
/// Depth of the folder tree below the user root.
pub(super) const DEPTH_MAX: usize = 100;

/// A name as it is kept: trimmed. Refused are what paths and quoting need, control characters, "." and "..".
pub(crate) fn clean(name: &str) -> Result<String> {
    let name = name.trim();
    let bad = |c: char| matches!(c, '/' | ':' | '"') || c.is_control();
    if name.is_empty() || name == "." || name == ".." || name.contains(bad) || name.chars().count() > NAME_CHARS_MAX {
        return Err(Error::InvalidName(name.chars().take(NAME_CHARS_MAX).collect()));
    }
    Ok(name.into())
}
