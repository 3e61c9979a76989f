// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which rights there are, and which request asks for which.

use super::super::access::{Access, REQUESTS};
use super::{known, target_type};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::{self, Class, Right, TargetType, What};

pub async fn right(_: &Context, request: &Element) -> Result<Element> {
    let right = known(request.need_filled("right")?.trim())?;
    Ok(Element::answer_to(request).unique(element(&right, request.is("expandAllAttrs")?)))
}

/// Those on a type of target; of administrators unless `rightClass` says USER or ALL.
pub async fn all(_: &Context, request: &Element) -> Result<Element> {
    let target =
        request.get("targetType").filter(|word| !word.is_empty()).map(|word| target_type(&word)).transpose()?;
    let class: fn(Class) -> bool = match request.get("rightClass").as_deref() {
        None | Some("" | "ADMIN") => |class| class == Class::Admin,
        Some("USER") => |class| class == Class::User,
        Some("ALL") => |_| true,
        Some(_) => return Err(Fault::invalid("rightClass is ALL, ADMIN or USER")),
    };
    let expand = request.is("expandAllAttrs")?;
    let mut answer = Element::answer_to(request);
    for right in rights::all().iter().filter(|right| class(right.class)) {
        if target.is_none_or(|target| right.leaves().iter().any(|leaf| leaf.is_on(target))) {
            answer.push(element(right, expand));
        }
    }
    Ok(answer)
}

fn targets(right: &Right) -> String {
    right.targets().map(TargetType::name).collect::<Vec<_>>().join(",")
}

fn element(right: &Right, expand: bool) -> Element {
    let class = if right.class == Class::User { "USER" } else { "ADMIN" };
    let mut element = Element::new("right").attr("name", right.name.as_ref()).attr("type", right.kind());
    if !targets(right).is_empty() {
        element.set("targetType", targets(right));
    }
    let mut element = element.attr("rightClass", class).content("desc", right.about);
    match &right.what {
        What::Get(attributes) | What::Set(attributes) => {
            let is_all = matches!(attributes, rights::Attributes::All);
            let mut attrs = Element::new("attrs");
            if is_all && !expand {
                attrs.set("all", true);
            } else {
                let mut names: Vec<&str> = right.targets().flat_map(|target| right.known_attributes(target)).collect();
                names.sort_unstable();
                names.dedup();
                names.into_iter().for_each(|name| attrs.push(Element::new("a").attr("n", name)));
            }
            element.push_unique(attrs);
        }
        What::Combo(names) => {
            let mut rights = Element::new("rights");
            for inner in names.iter().filter_map(|name| rights::find(name)) {
                let mut r = Element::new("r").attr("n", inner.name.as_ref()).attr("type", inner.kind());
                if !targets(&inner).is_empty() {
                    r.set("targetType", targets(&inner));
                }
                rights.push(r);
            }
            element.push_unique(rights);
        }
        What::Preset => {}
    }
    element
}

/// The table of requests, for people.
pub async fn doc(_: &Context, request: &Element) -> Result<Element> {
    let mut package = Element::new("package").attr("name", "posthouse");
    let mut used = Vec::new();
    for known in REQUESTS {
        let (names, note): (Vec<&str>, &str) = match known.access {
            Access::Everybody => (Vec::new(), "everybody"),
            Access::Administrators => (Vec::new(), "every administrator"),
            Access::Global => (Vec::new(), "administrators of everything"),
            Access::May(right, _) => (vec![right], "on what the request names"),
            Access::MayAccount(account, resource, _) => {
                (vec![account, resource], "on the account or the calendar resource")
            }
            Access::Filtered => (Vec::new(), "every administrator; the answer has what its sender may list"),
            Access::Attributes => (Vec::new(), "rights to read or set each of the attributes"),
            Access::Handler => (Vec::new(), "depends on what the request says"),
        };
        let mut rights = Element::new("rights");
        for name in &names {
            rights.push(Element::new("right").attr("name", *name));
        }
        used.extend(names);
        let desc = Element::new("desc").child(Element::new("note").text(note));
        package.push(Element::new("cmd").attr("name", known.name).unique(rights).unique(desc));
    }
    let mut answer = Element::answer_to(request).child(package);
    for right in rights::all().iter().filter(|r| r.class == Class::Admin && matches!(r.what, What::Preset)) {
        if !used.contains(&right.name.as_ref()) {
            answer.push(Element::new("notUsed").text(right.name.as_ref()));
        }
    }
    let mut domain = Element::new("domainAdmin-copypaste-to-zimbra-rights-domainadmin-xml-template");
    if let Some(right) = rights::find("domainAdminRights") {
        domain.push(element(&right, false));
    }
    answer.push_unique(domain);
    Ok(answer)
}
