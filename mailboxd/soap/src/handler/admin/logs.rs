// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetComponentLogRequest, of ours: the last lines that a component wrote. For who may do everything, since they tell of everybody.

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::supervisor;
use serde_json::{Value, json};

const LINES: usize = 200;

/// `<GetComponentLogRequest [component] [limit] [query]/>`. Which there are; of the one that is named the last lines that hold each word,
/// oldest first.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let component = request.get("component").filter(|name| !name.is_empty());
    let limit = request.number::<usize>("limit")?.unwrap_or(LINES);
    let search = request.get("query").unwrap_or_default();
    let asked = json!({"verb": "logs", "component": component, "lines": limit, "search": search});
    let told = supervisor::ask(context, &asked).await?;
    let texts = |name: &str| told[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    let mut answer = Element::answer_to(request);
    for name in texts("components") {
        answer.push(Element::new("component").attr("name", name));
    }
    for line in texts("lines") {
        answer.push(Element::new("line").text(line));
    }
    Ok(answer)
}
