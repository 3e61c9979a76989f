// SPDX-License-Identifier: AGPL-3.0-or-later
//! Questions that the set-up of a server asks beforehand.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use std::path::{Component, Path};
use std::time::Duration;

const DIRECTORIES_MAX: usize = 100;
const DNS_MAX: Duration = Duration::from_secs(10);

/// Whether folders are there, can be read and written. Made, where that was asked for, below the state directory only.
pub async fn directory(context: &Context, request: &Element) -> Result<Element> {
    let mut asked = Vec::new();
    for directory in request.named("directory").take(DIRECTORIES_MAX) {
        asked.push((directory.need_filled("path")?, directory.is("create")?));
    }
    if asked.is_empty() {
        return Err(Fault::invalid("missing required element: directory"));
    }
    let state = context.state.config.state.clone();
    let looked = tokio::task::spawn_blocking(move || {
        asked.into_iter().map(|(path, create)| look(&state, path, create)).collect::<Vec<_>>()
    });
    let mut answer = Element::answer_to(request);
    looked.await.map_err(Fault::failure)?.into_iter().for_each(|element| answer.push(element));
    Ok(answer)
}

fn look(state: &Path, path: String, create: bool) -> Element {
    let at = Path::new(&path);
    let is_plain = at.components().all(|part| matches!(part, Component::Normal(_) | Component::RootDir));
    if create && is_plain && at.starts_with(state) && !at.exists() {
        // What became of it is what the answer tells.
        let _ = std::fs::create_dir_all(at);
    }
    let found = at.metadata().ok();
    let is_directory = found.as_ref().is_some_and(std::fs::Metadata::is_dir);
    let readable = is_directory && std::fs::read_dir(at).is_ok() || std::fs::File::open(at).is_ok();
    let writable = found.as_ref().is_some_and(|found| !found.permissions().readonly());
    Element::new("directory")
        .attr("path", path.clone())
        .attr("exists", found.is_some())
        .attr("isDirectory", is_directory)
        .attr("readable", readable)
        .attr("writable", writable)
}

/// Whether a name leads to an address.
pub async fn hostname(_: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("hostname")?;
    let answer = Element::answer_to(request);
    let look = async { tokio::net::lookup_host((name, 25)).await.map(|mut found| found.next().is_some()) };
    let asked = tokio::time::timeout(DNS_MAX, look).await;
    Ok(match asked {
        Ok(Ok(true)) => answer.content("code", "check.OK"),
        Ok(Ok(false)) => answer.content("code", "check.UNKNOWN_HOST"),
        Ok(Err(error)) => answer.content("code", "check.UNKNOWN_HOST").content("message", error.to_string()),
        Err(_) => answer.content("code", "check.UNKNOWN_HOST").content("message", "nobody answers"),
    })
}
