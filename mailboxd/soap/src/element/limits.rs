// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a stranger may make us build.

/// Nesting of elements, JSON objects and arrays.
pub const DEPTH_MAX: usize = 64;
/// Elements, attributes and JSON values of one request.
pub const NODES_MAX: usize = 200_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("malformed XML at byte {at}: {what}")]
    Xml { at: u64, what: String },
    #[error("document type declarations and entities are refused")]
    Doctype,
    #[error("malformed JSON: {0}")]
    Json(String),
    #[error("nested deeper than {DEPTH_MAX}")]
    TooDeep,
    #[error("more than {NODES_MAX} elements")]
    TooMany,
    #[error("not UTF-8")]
    NotUtf8,
    #[error("empty document")]
    Empty,
}

/// Counts what was built.
#[derive(Default)]
pub(super) struct Budget {
    used: usize,
}

impl Budget {
    pub(super) fn take(&mut self) -> Result<(), DecodeError> {
        self.used += 1;
        if self.used > NODES_MAX { Err(DecodeError::TooMany) } else { Ok(()) }
    }
}
