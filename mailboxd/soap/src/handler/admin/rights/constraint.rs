// SPDX-License-Identifier: AGPL-3.0-or-later
//! Within what limits administrators with rights set attributes.

use super::target_type;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::{Constraint, Need, On, TargetType};

const CONSTRAINT: &str = "zimbraConstraint";

/// `type="cos|config"` and `id` or `name`.
fn holder(context: &Context, request: &Element) -> Result<On> {
    let kind = target_type(&request.need_filled("type")?)?;
    let key = request.get("id").or_else(|| request.get("name")).unwrap_or_default();
    match kind {
        TargetType::Cos if key.is_empty() => Err(Fault::invalid("missing required attribute: id or name")),
        TargetType::Cos | TargetType::Config => {
            let found = context.state.directory.on(kind, &key).map_err(Fault::from);
            super::super::Sight::new(context, request)?.found(found)
        }
        _ => Err(Fault::invalid("constraints are on classes of service and the global config")),
    }
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let on = holder(context, request)?;
    context.powers()?.need(&on, &Need::Get(CONSTRAINT))?;
    let names: Vec<String> = request.named("a").filter_map(|a| a.get("name")).collect();
    let mut answer = Element::answer_to(request);
    for constraint in context.state.directory.constraints(&on, &names) {
        let mut element = Element::new("constraint");
        for (name, limit) in [("min", constraint.min), ("max", constraint.max)] {
            if let Some(limit) = limit {
                element = element.content(name, limit);
            }
        }
        if !constraint.values.is_empty() {
            let mut values = Element::new("values");
            constraint.values.into_iter().for_each(|value| values.push(Element::new("v").text(value)));
            element.push_unique(values);
        }
        answer.push(Element::new("a").attr("name", constraint.attribute).unique(element));
    }
    Ok(answer)
}

/// One without limits takes the constraint away.
pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let on = holder(context, request)?;
    context.powers()?.need(&on, &Need::Set(CONSTRAINT))?;
    let mut changes = Vec::new();
    for a in request.named("a") {
        let limits = a.need_element("constraint")?;
        let values = limits.first("values").map(|values| values.get_all("v")).unwrap_or_default();
        let limit = |name: &str| limits.get(name).filter(|limit| !limit.is_empty());
        changes.push(Constraint { attribute: a.need_filled("name")?, min: limit("min"), max: limit("max"), values });
    }
    context.state.directory.set_constraints(&on, &changes)?;
    Ok(Element::answer_to(request))
}
