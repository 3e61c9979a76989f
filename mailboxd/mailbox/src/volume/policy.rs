// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::error::{Error, Result};
use crate::search::Kinds;

/// What moves: `message,document: before:-30day larger:200k -> archive`. Kinds of items, a query, and a volume if it is not the
/// current one (Zimbra's `zimbraHsmPolicy`, without the volume).
#[derive(Debug, Clone, PartialEq)]
pub struct HsmPolicy {
    pub kinds: Kinds,
    pub query: String,
    pub volume: Option<String>,
}

impl HsmPolicy {
    /// [`Error::Invalid`] or [`Error::Query`] say what is wrong with it.
    pub fn parse(text: &str) -> Result<HsmPolicy> {
        let invalid = |why: &str| Error::Invalid(format!("HSM policy \"{text}\": {why}"));
        let (types, rest) = text.split_once(':').ok_or_else(|| invalid("kinds of items and a colon come first"))?;
        let (query, volume) = match rest.rsplit_once("->") {
            Some((query, volume)) => (query.trim(), Some(volume.trim().to_owned())),
            None => (rest.trim(), None),
        };
        let mut kinds = Kinds { messages: false, contacts: false, documents: false };
        for kind in types.split(',').map(str::trim) {
            match kind {
                "message" => kinds.messages = true,
                "document" => kinds.documents = true,
                "contact" => kinds.contacts = true,
                "all" => kinds = Kinds { messages: true, contacts: true, documents: true },
                _ => return Err(invalid("kinds are message, document, contact and all")),
            }
        }
        if query.is_empty() {
            return Err(invalid("without a query everything would move: is:anywhere says so"));
        }
        if volume.as_deref() == Some("") {
            return Err(invalid("the name of a volume is missing behind the arrow"));
        }
        query::parse(query, &query::Context { now_ms: 0, tz_offset_minutes: 0 })?;
        Ok(HsmPolicy { kinds, query: query.to_owned(), volume })
    }
}
