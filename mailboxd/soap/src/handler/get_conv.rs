// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetConvRequest: a conversation with all its messages, those that `fetch` names whole.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::handler::get_msg;
use crate::handler::search::Wish;
use crate::render::{self, BodyWish, Names};
use mailbox::{Item, Mailbox};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("c")?;
    let id = args::conversation_id(&wanted.need_filled("id")?, &own)?;
    let wish = Wish::of(context, wanted, String::new())?;
    let handle = context.open().await?;
    let conversation = handle.run(move |mailbox| Ok(run(mailbox, id, &wish))).await??;
    Ok(Element::answer_to(request).child(conversation))
}

pub fn messages(mailbox: &Mailbox, id: i64) -> mailbox::Result<Vec<Item>> {
    let missing = || mailbox::Error::NoSuch { kind: "conversation", id: id.to_string() };
    match mailbox.conversation(id) {
        Ok(messages) if messages.is_empty() => Err(missing()),
        Err(mailbox::Error::NoSuch { .. }) => Err(missing()),
        other => other,
    }
}

fn run(mailbox: &Mailbox, id: i64, wish: &Wish) -> Result<Element> {
    let messages = messages(mailbox, id)?;
    let names = Names::of(mailbox)?;
    let mut conversation = render::conversation(id, &messages, &names);
    for (at, item) in messages.iter().enumerate() {
        let body = BodyWish { part: None, ..wish.body.clone() };
        conversation.push(if wish.fetch.wants(at, item, true) {
            get_msg::full(mailbox, item, &body)?
        } else {
            render::message_summary(item, &names)
        });
    }
    Ok(conversation)
}
