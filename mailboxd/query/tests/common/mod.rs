// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any text taken for a query. The fuzz target `query` includes this file.

use ph_query::{Context, parse};

pub const CONTEXT: Context = Context { now_ms: 1_795_015_800_000, tz_offset_minutes: -300 };

/// What was understood prints to text that reads back the same.
pub fn round_trip(text: &str) {
    if let Ok(query) = parse(text, &CONTEXT) {
        let printed = query.to_string();
        assert_eq!(parse(&printed, &CONTEXT), Ok(query), "{text:?} printed as {printed:?}");
    }
}
