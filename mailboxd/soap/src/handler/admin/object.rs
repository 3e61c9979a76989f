// SPDX-License-Identifier: AGPL-3.0-or-later
//! What classes of service and servers have in common.

use super::Sight;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use directory::Kind;

/// Those that the sender may see.
pub fn all(context: &Context, request: &Element, kind: Kind) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let mut answer = Element::answer_to(request);
    let service = request.get("service").filter(|service| !service.is_empty());
    for object in context.state.directory.all(kind)? {
        let has =
            |service: &String| object.attrs.get("zimbraServiceEnabled").is_some_and(|have| have.contains(service));
        if service.as_ref().is_none_or(has) && sight.sees(kind, &object.id, &object.name)? {
            answer.push(sight.object(&object)?);
        }
    }
    Ok(answer)
}
