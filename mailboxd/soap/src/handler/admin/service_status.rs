// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetServiceStatusRequest: what the supervisor last wrote of its components. Alerts stand beside them, as elements of ours.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use serde_json::Value;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Far more than any system has to say.
const BYTES_MAX: u64 = 1 << 20;
/// A component, and the service that Zimbra's programs ask for.
const NAMES: [(&str, &str); 6] = [
    ("openldap", "ldap"),
    ("mailboxd", "mailbox"),
    ("postfix", "mta"),
    ("amavisd", "amavis"),
    ("clamav", "antivirus"),
    ("mariadb", "mysql"),
];

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let path = context.state.config.state.join("run/status.json");
    let (status, time) = context.state.store.run(move |_| read(&path)).await?.ok_or_else(|| {
        Fault::new("service.TEMPORARILY_UNAVAILABLE", "the supervisor has not written its status yet: ask again soon")
    })?;
    let mut answer = Element::answer_to(request).child(Element::new("timezone").attr("id", "UTC"));
    for component in status["components"].as_array().into_iter().flatten() {
        let name = component["name"].as_str().unwrap_or_default();
        let service = NAMES.iter().find(|(ours, _)| *ours == name).map_or(name, |(_, theirs)| theirs);
        let runs = if component["phase"] == "running" { "1" } else { "0" };
        let element = Element::new("status").attr("server", context.state.config.host.clone());
        answer.push(element.attr("service", service).attr("t", time).text(runs));
    }
    for alert in status["alerts"].as_array().into_iter().flatten() {
        answer.push(Element::new("alert").text(alert.as_str().unwrap_or_default()));
    }
    Ok(answer)
}

/// With the time of writing, in seconds since 1970.
fn read(path: &Path) -> Option<(Value, u64)> {
    let found = path.metadata().ok().filter(|found| found.len() <= BYTES_MAX)?;
    let time = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some((serde_json::from_slice(&std::fs::read(path).ok()?).ok()?, time))
}
