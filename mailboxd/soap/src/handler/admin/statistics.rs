// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetLoggerStatsRequest: the server's own figures over time, as Zimbra's pages ask for them. The daemon around us keeps them.

use crate::context::Context;
use crate::daemon;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state::now_ms;
use serde_json::{Value, json};

/// Points in one answer.
const POINTS: usize = 200;
const POINTS_MAX: usize = 3_000;
const DAY_MS: i64 = 86_400_000;

/// `<stats name="mail" limit="200"/><startTime time="ms"/><endTime time="ms"/>`. Without a name: which there are.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let stats = request.first("stats");
    let name = stats.and_then(|stats| stats.get("name")).unwrap_or_default();
    let limit = stats.map_or(Ok(None), |stats| stats.number::<usize>("limit"))?;
    let time = |name: &str| request.first(name).map_or(Ok(None), |element| element.number::<i64>("time"));
    let end = time("endTime")?.unwrap_or_else(now_ms);
    let begin = time("startTime")?.unwrap_or(end - DAY_MS);
    if begin >= end {
        return Err(Fault::invalid("startTime is not before endTime"));
    }
    let points = limit.filter(|limit| *limit > 0).unwrap_or(POINTS).min(POINTS_MAX);
    let asked = json!({"name": name, "begin_ms": begin, "end_ms": end, "points": points});
    let told = daemon::ask(context, json!({"verb": "statistics", "request": asked})).await?;
    let mut host = Element::new("hostname").attr("hn", context.state.config.host.clone());
    for group in told["groups"].as_array().into_iter().flatten() {
        host.push(element(group));
    }
    Ok(Element::answer_to(request).unique(host))
}

/// `<stats name="mail"><values t="seconds"><stat name="delivered" value="3"/>…</values>…</stats>`
fn element(group: &Value) -> Element {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let names: Vec<String> = list(&group["names"]).iter().map(text).collect();
    let mut stats = Element::new("stats").attr("name", text(&group["name"]));
    for point in list(&group["points"]) {
        let mut values = Element::new("values").attr_opt("t", point["t"].as_i64());
        for (name, value) in names.iter().zip(list(&point["values"])) {
            // What was not known then is left out.
            if let Some(value) = value.as_f64() {
                values.push(Element::new("stat").attr("name", name.clone()).attr("value", written(value)));
            }
        }
        stats.push(values);
    }
    stats
}

/// Whole numbers as such.
fn written(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
