// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where messages and indexes are kept. There is one volume of each kind, below the state directory; others can't be made.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};

struct Volume {
    id: u16,
    name: &'static str,
    folder: &'static str,
    /// 1: messages, 10: indexes.
    kind: u16,
}

const VOLUMES: &[Volume] = &[
    Volume { id: 1, name: "main", folder: "store/main", kind: 1 },
    Volume { id: 2, name: "index", folder: "index", kind: 10 },
];

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let mut answer = Element::answer_to(request);
    for volume in VOLUMES {
        answer.push(element(context, volume));
    }
    Ok(answer)
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let id = request.number::<i64>("id")?.ok_or_else(|| Fault::invalid("missing required attribute: id"))?;
    let found = VOLUMES.iter().find(|volume| i64::from(volume.id) == id);
    let found = found.ok_or_else(|| Fault::new("volume.NO_SUCH_VOLUME", format!("no such volume: {id}")))?;
    Ok(Element::answer_to(request).child(element(context, found)))
}

pub async fn current(_: &Context, request: &Element) -> Result<Element> {
    let mut answer = Element::answer_to(request);
    for volume in VOLUMES {
        answer.push(Element::new("volume").attr("type", u32::from(volume.kind)).attr("id", u32::from(volume.id)));
    }
    Ok(answer)
}

fn element(context: &Context, volume: &Volume) -> Element {
    let path = context.state.config.state.join(volume.folder);
    Element::new("volume")
        .attr("id", u32::from(volume.id))
        .attr("name", volume.name)
        .attr("rootpath", path.display().to_string())
        .attr("type", u32::from(volume.kind))
        .attr("compressBlobs", volume.kind == 1)
        .attr("isCurrent", true)
}
