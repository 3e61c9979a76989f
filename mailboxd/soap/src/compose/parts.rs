// SPDX-License-Identifier: AGPL-3.0-or-later
//! The `mp` tree and `attach` of a message being written: texts, inline parts, attachments from uploads and from messages.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::get_msg;
use crate::render::find_part;
use mailbox::Handle;
use mime::{Attachment, Draft};

const ATTACHMENTS_MAX: usize = 500;
/// Base64 makes 4 bytes of 3, and line ends come on top.
const ENCODED_PERCENT: u64 = 137;

struct Reading<'a> {
    context: &'a Context,
    handle: &'a Handle,
    draft: &'a mut Draft,
    uploads: Vec<String>,
    bytes: u64,
}

/// Fills text, html and attachments; answers the uploads used.
pub async fn read(context: &Context, handle: &Handle, m: &Element, draft: &mut Draft) -> Result<Vec<String>> {
    let mut reading = Reading { context, handle, draft, uploads: Vec::new(), bytes: 0 };
    // The tree flattened, depth first: how it is nested again follows from what is in it.
    let mut waiting: Vec<&Element> = m.named("mp").collect();
    waiting.reverse();
    while let Some(mp) = waiting.pop() {
        reading.part(mp).await?;
        let at = waiting.len();
        waiting.extend(mp.named("mp"));
        waiting[at..].reverse();
    }
    if let Some(text) = m.get("content").filter(|_| m.first("mp").is_none()) {
        reading.text("text/plain", &text);
    }
    for attach in m.named("attach") {
        reading.attach(attach, None).await?;
    }
    Ok(reading.uploads)
}

impl Reading<'_> {
    async fn part(&mut self, mp: &Element) -> Result<()> {
        let content_type = mp.get("ct").unwrap_or_else(|| "text/plain".into());
        let content_id = mp.get("ci").map(|id| id.trim_matches(['<', '>']).to_owned());
        if let Some(attach) = mp.first("attach") {
            return self.attach(attach, content_id).await;
        }
        let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let Some(content) = mp.get("content") else { return Ok(()) };
        if bare.starts_with("multipart/") {
            return Ok(());
        }
        self.grow(content.len() as u64)?;
        match bare.as_str() {
            "text/plain" | "text/html" => self.text(&bare, &content),
            _ => {
                let filename = mp.get("filename");
                self.add(Attachment {
                    content_type,
                    filename,
                    content: content.into_bytes(),
                    content_id,
                    inline: true,
                })?;
            }
        }
        Ok(())
    }

    /// A second text of one kind goes below the first.
    fn text(&mut self, kind: &str, content: &str) {
        let slot = if kind == "text/html" { &mut self.draft.html } else { &mut self.draft.text };
        match slot {
            Some(text) => {
                text.push('\n');
                text.push_str(content);
            }
            None => *slot = Some(content.to_owned()),
        }
    }

    /// Counts what comes into memory before it does.
    fn grow(&mut self, bytes: u64) -> Result<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        let limit = self.context.state.config.message_bytes_max;
        if self.bytes.saturating_mul(ENCODED_PERCENT) / 100 > limit {
            return Err(mailbox::Error::TooLarge { limit }.into());
        }
        Ok(())
    }

    fn add(&mut self, attachment: Attachment) -> Result<()> {
        if self.draft.attachments.len() >= ATTACHMENTS_MAX {
            return Err(Fault::invalid(format!("more than {ATTACHMENTS_MAX} attachments")));
        }
        self.draft.attachments.push(attachment);
        Ok(())
    }

    /// `<attach aid="…"><mp mid= part=/><m id=/></attach>`
    async fn attach(&mut self, attach: &Element, content_id: Option<String>) -> Result<()> {
        for aid in attach.get("aid").unwrap_or_default().split(',').filter(|aid| !aid.is_empty()) {
            self.upload(aid, content_id.clone()).await?;
        }
        for mp in attach.named("mp") {
            self.part_of_message(mp, content_id.clone()).await?;
        }
        for m in attach.named("m") {
            self.message(m).await?;
        }
        if attach.first("cn").is_some() || attach.first("doc").is_some() {
            return Err(Fault::invalid("contacts and documents can't be attached by reference"));
        }
        Ok(())
    }

    async fn upload(&mut self, aid: &str, content_id: Option<String>) -> Result<()> {
        let upload = self.context.state.uploads.get(aid, &self.context.auth()?.account.id)?;
        self.grow(upload.size)?;
        let content = tokio::fs::read(&upload.path).await?;
        self.uploads.push(upload.id.clone());
        self.add(Attachment {
            content_type: upload.content_type.clone(),
            filename: Some(upload.filename.clone()).filter(|name| !name.is_empty()),
            content,
            inline: content_id.is_some(),
            content_id,
        })
    }

    async fn part_of_message(&mut self, mp: &Element, content_id: Option<String>) -> Result<()> {
        let own = self.context.target()?.id.clone();
        let id = args::message_id(&mp.need_filled("mid")?, &own)?;
        let number = mp.need_filled("part")?;
        let asked = number.clone();
        let found = self
            .handle
            .run(move |mailbox| {
                let bytes = mailbox.content(&get_msg::message(mailbox, id)?)?;
                let tree = mime::parts(&bytes);
                Ok(find_part(&tree, &asked).map(|part| (part.clone(), mime::decoded(&bytes, part))))
            })
            .await?;
        let (part, content) = found.ok_or_else(|| Fault::no_such("part", number))?;
        self.grow(content.len() as u64)?;
        let charset = part.charset.map(|charset| format!("; charset={charset}")).unwrap_or_default();
        self.add(Attachment {
            content_type: format!("{}{charset}", part.content_type),
            filename: part.filename,
            content,
            inline: content_id.is_some(),
            content_id,
        })
    }

    async fn message(&mut self, m: &Element) -> Result<()> {
        let own = self.context.target()?.id.clone();
        let id = args::message_id(&m.need_filled("id")?, &own)?;
        let (item, content) = self
            .handle
            .run(move |mailbox| {
                let item = get_msg::message(mailbox, id)?;
                let content = mailbox.content(&item)?;
                Ok((item, content))
            })
            .await?;
        self.grow(content.len() as u64)?;
        let name = if item.subject.is_empty() { "message".to_owned() } else { item.subject };
        self.add(Attachment {
            content_type: "message/rfc822".into(),
            filename: Some(format!("{name}.eml")),
            content: content.to_vec(),
            content_id: None,
            inline: false,
        })
    }
}
