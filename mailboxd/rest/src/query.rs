// SPDX-License-Identifier: AGPL-3.0-or-later
//! The query string, as far as it is served.

use std::collections::HashMap;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub id: Option<String>,
    /// Ids, with commas between.
    pub list: Option<String>,
    pub part: Option<String>,
    pub format: Option<String>,
    pub query: Option<String>,
    pub types: Option<String>,
    pub limit: Option<usize>,
    pub offset: Option<usize>,
    /// Of a document.
    pub version: Option<u32>,
    /// Archives without metadata.
    pub no_meta: bool,
    /// `fmt=sync` without its headers in the body.
    pub no_headers: bool,
    /// Of an import.
    pub resolve: Option<String>,
    /// `disp=i`: show, `a`: download.
    pub disposition: Option<char>,
    /// `view=html`, or `fmt=html` of one file: as HTML that we make of it.
    pub html: bool,
    /// Ways to authenticate, in the order to try.
    pub auth: Vec<String>,
    /// `zauthtoken`, for `auth=qp`.
    pub token: Option<String>,
}

const AUTH_DEFAULT: [&str; 3] = ["co", "nsc", "qp"];

impl Query {
    pub fn of(pairs: HashMap<String, String>) -> Query {
        let take = |name: &str| pairs.get(name).filter(|value| !value.is_empty()).cloned();
        let number = |name: &str| take(name).and_then(|text| text.parse().ok());
        let auth = take("auth").map(|list| list.split(',').map(str::to_owned).collect());
        Query {
            id: take("id"),
            list: take("list"),
            part: take("part"),
            format: take("fmt").map(|format| format.to_ascii_lowercase()),
            query: take("query"),
            types: take("types"),
            limit: number("limit").filter(|limit| *limit > 0),
            offset: number("offset"),
            version: take("ver").and_then(|text| text.parse().ok()),
            no_meta: take("meta").as_deref() == Some("0"),
            no_headers: take("nohdr").as_deref() == Some("1"),
            resolve: take("resolve"),
            disposition: take("disp").and_then(|text| text.chars().next()).filter(|c| matches!(c, 'i' | 'a')),
            html: take("view").as_deref() == Some("html")
                || take("fmt").is_some_and(|format| format.eq_ignore_ascii_case("html")),
            auth: auth.unwrap_or_else(|| AUTH_DEFAULT.map(str::to_owned).to_vec()),
            token: take("zauthtoken"),
        }
    }
}
