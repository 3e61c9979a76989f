// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the body of SQL asks of an engine: run a statement with parameters, hand rows over one by one. A second engine
//! becomes a variant beside these names, chosen in `Store`; nothing above this file changes.

mod sqlite;

pub(crate) use sqlite::{Connection, Row, Store};

/// A parameter. Both engines have these four and no more.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(v: i64) -> Self {
        Value::Int(v)
    }
}

impl From<u32> for Value<'_> {
    fn from(v: u32) -> Self {
        Value::Int(v.into())
    }
}

/// Bit for bit: engines have signed integers only. Change numbers and sizes never come near the sign bit.
impl From<u64> for Value<'_> {
    fn from(v: u64) -> Self {
        Value::Int(v.cast_signed())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(v: &'a str) -> Self {
        Value::Text(v)
    }
}

impl<'a> From<Option<&'a [u8]>> for Value<'a> {
    fn from(v: Option<&'a [u8]>) -> Self {
        v.map_or(Value::Null, Value::Bytes)
    }
}

impl From<Option<u32>> for Value<'_> {
    fn from(v: Option<u32>) -> Self {
        v.map_or(Value::Null, Value::from)
    }
}
