// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where messages and indexes are kept: the primary volume of messages and the one of indexes, below the state directory, and
//! secondary ones, which can be added, changed and removed.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use mailbox::{Volume, VolumeWish};

const PRIMARY_MESSAGE: u64 = 1;
const SECONDARY_MESSAGE: u64 = 2;
const INDEX: u64 = 10;
const INDEX_ID: u16 = 2;

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let mut answer = Element::answer_to(request);
    for volume in volumes(context).await? {
        answer.push(element(&volume));
    }
    Ok(answer)
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let id = id(request)?;
    let found = volumes(context).await?.into_iter().find(|volume| i64::from(volume.id) == id);
    let found = found.ok_or_else(|| no_such(id))?;
    Ok(Element::answer_to(request).child(element(&found)))
}

pub async fn current(context: &Context, request: &Element) -> Result<Element> {
    let mut answer = Element::answer_to(request);
    for volume in volumes(context).await?.iter().filter(|volume| volume.is_current) {
        answer.push(Element::new("volume").attr("type", kind(volume)).attr("id", u64::from(volume.id)));
    }
    Ok(answer)
}

/// Another secondary volume receives what HSM moves. The others are the only ones of their kinds.
pub async fn set_current(context: &Context, request: &Element) -> Result<Element> {
    let id = id(request)?;
    let wanted = request.number::<u64>("type")?;
    let volume = volumes(context).await?.into_iter().find(|volume| i64::from(volume.id) == id);
    let volume = volume.ok_or_else(|| no_such(id))?;
    if wanted.is_some_and(|wanted| wanted != kind(&volume)) {
        return Err(Fault::new("volume.WRONG_TYPE_CURRVOL", format!("volume {id} is of type {}", kind(&volume))));
    }
    if kind(&volume) == SECONDARY_MESSAGE {
        let wish = VolumeWish { is_current: Some(true), ..VolumeWish::default() };
        context.state.store.run(move |store| store.edit_volume(&id.to_string(), &wish)).await??;
    }
    Ok(Element::answer_to(request))
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let wanted = request.need_element("volume")?;
    let kind = wanted.number::<u64>("type")?.ok_or_else(|| Fault::invalid("missing required attribute: type"))?;
    if kind != SECONDARY_MESSAGE {
        let text = "there is one primary volume and one of indexes; a new one is of type 2 (secondary)";
        return Err(Fault::invalid(text));
    }
    wanted.need_filled("name")?;
    wanted.need_filled("rootpath")?;
    let wish = wish(wanted)?;
    let made = context.state.store.run(move |store| store.add_volume(&wish)).await??;
    Ok(Element::answer_to(request).child(element(&made)))
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let id = id(request)?;
    let known = volumes(context).await?.into_iter().find(|volume| i64::from(volume.id) == id);
    if kind(&known.ok_or_else(|| no_such(id))?) == INDEX {
        return Err(Fault::invalid(format!("volume {id} can't be changed: it is below the state directory")));
    }
    let (id, wish) = (id.to_string(), wish(request.need_element("volume")?)?);
    context.state.store.run(move |store| store.edit_volume(&id, &wish)).await??;
    Ok(Element::answer_to(request))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let id = secondary(context, id(request)?).await?;
    context.state.store.run(move |store| store.remove_volume(&id)).await??;
    Ok(Element::answer_to(request))
}

fn id(request: &Element) -> Result<i64> {
    request.number::<i64>("id")?.ok_or_else(|| Fault::invalid("missing required attribute: id"))
}

fn no_such(id: i64) -> Fault {
    Fault::new("volume.NO_SUCH_VOLUME", format!("no such volume: {id}"))
}

async fn secondary(context: &Context, id: i64) -> Result<String> {
    let volume = volumes(context).await?.into_iter().find(|volume| i64::from(volume.id) == id);
    match volume.ok_or_else(|| no_such(id))? {
        volume if kind(&volume) == SECONDARY_MESSAGE => Ok(volume.id.to_string()),
        _ => Err(Fault::invalid(format!("volume {id} can't be changed: it is below the state directory"))),
    }
}

fn wish(wanted: &Element) -> Result<VolumeWish> {
    Ok(VolumeWish {
        name: wanted.get("name").filter(|name| !name.is_empty()),
        root: wanted.get("rootpath").filter(|root| !root.is_empty()).map(Into::into),
        compress: wanted.flag("compressBlobs")?,
        compress_above: wanted.number("compressionThreshold")?,
        is_current: wanted.flag("current")?,
    })
}

async fn volumes(context: &Context) -> Result<Vec<Volume>> {
    let mut volumes = context.state.store.run(|store| store.volumes()).await??;
    let index = Volume {
        id: INDEX_ID,
        name: "index".into(),
        root: context.state.config.state.join("index"),
        is_primary: true,
        is_current: true,
        compress: false,
        compress_above: 0,
        available_bytes: None,
        capacity_bytes: None,
        away: None,
    };
    volumes.insert(volumes.len().min(1), index);
    Ok(volumes)
}

fn kind(volume: &Volume) -> u64 {
    match volume.is_primary {
        _ if volume.id == INDEX_ID => INDEX,
        true => PRIMARY_MESSAGE,
        false => SECONDARY_MESSAGE,
    }
}

fn element(volume: &Volume) -> Element {
    Element::new("volume")
        .attr("id", u64::from(volume.id))
        .attr("name", volume.name.clone())
        .attr("rootpath", volume.root.display().to_string())
        .attr("type", kind(volume))
        .attr("compressBlobs", volume.compress)
        .attr("compressionThreshold", volume.compress_above)
        .attr("isCurrent", volume.is_current)
        .attr_opt("available", volume.available_bytes)
        .attr_opt("capacity", volume.capacity_bytes)
        .attr_opt("error", volume.away.clone())
}
