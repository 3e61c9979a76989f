// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetDomainDnsRequest, of ours: what a domain should have in the DNS, and what the name servers of this machine see there.

use super::{Sight, find_domain};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::supervisor;
use directory::rights::{Need, TargetType};
use serde_json::{Value, json};

/// `<domain by>`; for who may read the domain's signature.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let domain = Sight::new(context, request)?.found(find_domain(context, request))?;
    let on = context.state.directory.on(TargetType::Domain, &domain.id)?;
    if !context.powers()?.may(&on, &Need::Get("DKIMPublicKey"))? {
        return Err(Fault::denied());
    }
    let told = supervisor::ask(context, &json!({"verb": "dns", "domain": domain.name})).await?;
    let mut answer = Element::answer_to(request);
    answer.set("name", domain.name);
    for record in told["records"].as_array().into_iter().flatten() {
        answer.push(element(record));
    }
    for note in told["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        answer.push(Element::new("note").text(note));
    }
    Ok(answer)
}

/// `verdict`: good, missing, other (something else is there), unknown (no name server answered). Without `value`: whoever knows the address
/// fills it in.
fn element(record: &Value) -> Element {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let mut element = Element::new("record").attr("name", text("name")).attr("type", text("type"));
    element = element.attr("why", text("why")).attr("verdict", text("verdict"));
    element = element.attr_opt("value", record["value"].as_str().map(str::to_owned));
    for seen in record["seen"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        element.push(Element::new("seen").text(seen));
    }
    element
}
