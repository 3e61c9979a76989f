// SPDX-License-Identifier: AGPL-3.0-or-later
//! Entries of servers. This one has one from the first time that somebody asks for it.

use super::{Sight, change, find_server, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::TargetType;
use directory::{Attrs, Kind, Object};

/// What this server does.
const SERVICES: &[&str] = &["mailbox", "imap", "pop3", "mta"];

/// Makes the entry of this server where there is none.
pub fn ensure(context: &Context) -> Result<()> {
    let (directory, host) = (&context.state.directory, &context.state.config.host);
    match directory.get(Kind::Server, host) {
        Ok(_) => Ok(()),
        Err(directory::Error::NoSuch(..)) => {
            let services: Vec<String> = SERVICES.iter().map(|service| (*service).to_owned()).collect();
            let attrs = Attrs::from([
                ("zimbraServiceHostname".to_owned(), vec![host.clone()]),
                ("zimbraServiceInstalled".to_owned(), services.clone()),
                ("zimbraServiceEnabled".to_owned(), services),
            ]);
            match directory.create(Kind::Server, host, attrs) {
                Ok(_) | Err(directory::Error::Exists(..)) => Ok(()),
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?;
    let attrs = read_attrs(request, None)?;
    if !context.powers()?.is_global() && !attrs.is_empty() {
        return Err(Fault::denied());
    }
    let server = context.state.directory.create(Kind::Server, &name, attrs)?;
    answer(context, request, &server)
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    ensure(context)?;
    let sight = Sight::new(context, request)?;
    let server = sight.found(find_server(context, request))?;
    Ok(Element::answer_to(request).child(sight.object(&server)?))
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    ensure(context)?;
    super::object::all(context, request, Kind::Server)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    ensure(context)?;
    let server = Sight::new(context, request)?.found(find_server(context, request))?;
    let changes = read_attrs(request, Some(&server.attrs))?;
    let on = context.state.directory.on(TargetType::Server, &server.id)?;
    change::check_changes(context, &on, &changes)?;
    let server = context.state.directory.modify(Kind::Server, &server.id, changes)?;
    answer(context, request, &server)
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let server = find_server(context, request)?;
    if server.name == context.state.config.host {
        return Err(Fault::invalid("a server does not delete its own entry"));
    }
    context.state.directory.delete(Kind::Server, &server.id)?;
    Ok(Element::answer_to(request))
}

fn answer(context: &Context, request: &Element, server: &Object) -> Result<Element> {
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.object(server)?))
}
