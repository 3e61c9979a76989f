// SPDX-License-Identifier: AGPL-3.0-or-later
//! ImportContacts and ExportContacts: CSV and vCard.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render;
use mailbox::{Handle, ItemId};
use mime::Card;

/// Octets of one file of contacts.
const BYTES_MAX: u64 = 32 << 20;

pub async fn import(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let format = format(request)?;
    let folder = request.folder_id("l", &own)?.unwrap_or(ItemId::CONTACTS);
    let content = request.need_element("content")?;
    let handle = context.open().await?;
    let text = match content.get("aid").filter(|aid| !aid.is_empty()) {
        Some(list) => {
            let mut text = String::new();
            for aid in list.split(',') {
                text.push_str(&upload_text(context, aid).await?);
                text.push('\n');
            }
            text
        }
        None if content.attrs.iter().any(|attr| attr.name == "aid") => return Err(Fault::invalid("empty aid")),
        None => content.text_or_empty().to_owned(),
    };
    let cards = cards(format, &text)?;
    let ids = handle.run(move |mailbox| mailbox.import_cards(folder, cards)).await?;
    let ids: Vec<String> = ids.iter().map(ItemId::to_string).collect();
    let done = Element::new("cn").attr("ids", ids.join(",")).attr("n", ids.len());
    Ok(Element::answer_to(request).child(done))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Vcard,
}

fn format(request: &Element) -> Result<Format> {
    match request.need_filled("ct")?.as_str() {
        "csv" => Ok(Format::Csv),
        "vcf" | "vcard" => Ok(Format::Vcard),
        other => Err(Fault::invalid(format!("unknown content type: {other}"))),
    }
}

fn cards(format: Format, text: &str) -> Result<Vec<Card>> {
    let failed =
        |what: String| Fault::new("mail.UNABLE_TO_IMPORT_CONTACTS", format!("unable to import contacts: {what}"));
    match format {
        Format::Csv => mime::read_csv(text.trim_start()).map_err(|error| failed(error.to_string())),
        Format::Vcard => {
            let cards = mime::read_vcards(text);
            let none = cards.is_empty() && !text.trim().is_empty();
            if none { Err(failed("there is no vCard".into())) } else { Ok(cards) }
        }
    }
}

async fn upload_text(context: &Context, aid: &str) -> Result<String> {
    let upload = context.state.uploads.get(aid, &context.auth()?.account.id)?;
    if upload.size > BYTES_MAX {
        return Err(mailbox::Error::TooLarge { limit: BYTES_MAX }.into());
    }
    let bytes = tokio::fs::read(&upload.path).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `<vcard mid= part=/>`, `<vcard aid=/>` or the text itself.
pub async fn vcard_text(context: &Context, handle: &Handle, vcard: &Element) -> Result<String> {
    if let Some(aid) = vcard.get("aid").filter(|aid| !aid.is_empty()) {
        return upload_text(context, &aid).await;
    }
    let Some(mid) = vcard.get("mid").filter(|mid| !mid.is_empty()) else {
        return Ok(vcard.text_or_empty().to_owned());
    };
    let own = context.target()?.id.clone();
    let id = args::message_id(&mid, &own)?;
    let number = vcard.need_filled("part")?;
    let text = handle.run(move |mailbox| {
        let message = super::get_msg::message(mailbox, id)?;
        let bytes = mailbox.content(&message)?;
        let tree = mime::parts(&bytes);
        let missing = || mailbox::Error::NoSuch { kind: "part", id: number.clone() };
        let part = render::find_part(&tree, &number).ok_or_else(missing)?;
        Ok(String::from_utf8_lossy(&mime::decoded(&bytes, part)).into_owned())
    });
    Ok(text.await?)
}

pub async fn export(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let format = format(request)?;
    let folder = request.folder_id("l", &own)?;
    let handle = context.open().await?;
    let text = handle.run(move |mailbox| {
        let contacts = mailbox.contacts(folder)?;
        let cards = contacts.iter().map(|item| mailbox.contact_card(item)).collect::<mailbox::Result<Vec<_>>>()?;
        Ok(match format {
            Format::Csv => mime::write_csv(&cards),
            Format::Vcard => cards.iter().map(mime::write_vcard).collect(),
        })
    });
    Ok(Element::answer_to(request).child(Element::new("content").text(text.await?)))
}
