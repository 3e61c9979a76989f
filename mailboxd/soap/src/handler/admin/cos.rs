// SPDX-License-Identifier: AGPL-3.0-or-later
//! Classes of service.

use super::access::need;
use super::{Sight, change, find_cos, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use directory::rights::{Need, TargetType};
use directory::{Attrs, Kind, Object};

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?;
    let attrs = read_attrs(request, None)?;
    if !context.powers()?.is_global() {
        let powers = context.powers()?;
        let powers = powers.on_new(&context.state.directory.on_everything()?, TargetType::Cos)?;
        if !attrs.keys().all(|name| powers.may(&Need::Set(name))) {
            return Err(crate::fault::Fault::denied());
        }
    }
    let cos = context.state.directory.create(Kind::Cos, &name, attrs)?;
    answer(context, request, &cos)
}

/// A new one with what another has, but for what names it and says who may do what.
pub async fn copy(context: &Context, request: &Element) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let source = sight.found(find_cos(context, request))?;
    let name = request.need_filled("name")?;
    need(context, &context.state.directory.on_everything()?, "createCos")?;
    let on = context.state.directory.on(TargetType::Cos, &source.id)?;
    let powers = context.powers()?;
    let may_read = powers.on(&on)?;
    // A copy tells everything.
    if !source.attrs.keys().all(|name| may_read.may(&Need::Get(name))) {
        return Err(crate::fault::Fault::denied());
    }
    let mut attrs: Attrs = source.attrs.clone();
    attrs.retain(|name, _| {
        directory::known::attribute(name).is_none_or(|known| known.who != directory::known::Who::System) && name != "cn"
    });
    let cos = context.state.directory.create(Kind::Cos, &name, attrs)?;
    answer(context, request, &cos)
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let cos = sight.found(find_cos(context, request))?;
    Ok(Element::answer_to(request).child(sight.object(&cos)?))
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    super::object::all(context, request, Kind::Cos)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let cos = Sight::new(context, request)?.found(find_cos(context, request))?;
    let changes = read_attrs(request, Some(&cos.attrs))?;
    let on = context.state.directory.on(TargetType::Cos, &cos.id)?;
    change::check_changes(context, &on, &changes)?;
    let cos = context.state.directory.modify(Kind::Cos, &cos.id, changes)?;
    answer(context, request, &cos)
}

pub async fn rename(context: &Context, request: &Element) -> Result<Element> {
    let cos = find_cos(context, request)?;
    let cos = context.state.directory.rename(Kind::Cos, &cos.id, &request.need_filled("newName")?)?;
    answer(context, request, &cos)
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let cos = find_cos(context, request)?;
    context.state.directory.delete(Kind::Cos, &cos.id)?;
    Ok(Element::answer_to(request))
}

fn answer(context: &Context, request: &Element, cos: &Object) -> Result<Element> {
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.object(cos)?))
}
