// SPDX-License-Identifier: AGPL-3.0-or-later
//! The query string, as far as it is served.

use std::collections::HashMap;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub id: Option<String>,
    pub part: Option<String>,
    pub format: Option<String>,
    /// `disp=i`: show, `a`: download; `view=html` is as good as the former.
    pub disposition: Option<char>,
    /// Ways to authenticate, in the order to try.
    pub auth: Vec<String>,
    /// `zauthtoken`, for `auth=qp`.
    pub token: Option<String>,
}

const AUTH_DEFAULT: [&str; 3] = ["co", "nsc", "qp"];

impl Query {
    pub fn of(pairs: HashMap<String, String>) -> Query {
        let take = |name: &str| pairs.get(name).filter(|value| !value.is_empty()).cloned();
        let auth = take("auth").map(|list| list.split(',').map(str::to_owned).collect());
        Query {
            id: take("id"),
            part: take("part"),
            format: take("fmt").map(|format| format.to_ascii_lowercase()),
            disposition: take("disp").and_then(|text| text.chars().next()).filter(|c| matches!(c, 'i' | 'a')),
            auth: auth.unwrap_or_else(|| AUTH_DEFAULT.map(str::to_owned).to_vec()),
            token: take("zauthtoken"),
        }
    }
}
