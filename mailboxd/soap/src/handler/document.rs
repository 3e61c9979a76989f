// SPDX-License-Identifier: AGPL-3.0-or-later
//! SaveDocument, ListDocumentRevisions, PurgeRevision, DiffDocument: files of the briefcase.

use super::action;
use crate::args;
use crate::compose::stage;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{self, Names};
use mailbox::{Detail, Handle, Item, ItemId, SaveDocument};

/// Earlier versions that are kept, where the class of service says nothing.
const VERSIONS_KEPT: usize = 20;
const CONTENT_BYTES_MAX: usize = 16 << 20;
/// Octets of a text whose versions are compared.
const DIFF_BYTES_MAX: usize = 1 << 20;
const DIFF_LINES_MAX: usize = 2_000;

/// What is saved: its octets, or the file that they are in.
enum Content {
    Bytes(Vec<u8>),
    File(std::path::PathBuf),
}

struct Source {
    content: Content,
    name: Option<String>,
    content_type: String,
}

pub async fn save(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let doc = request.need_element("doc")?;
    let handle = context.open().await?;
    let uploaded = doc.first("upload").and_then(|upload| upload.get("id"));
    let Source { content, name, content_type } = source(context, &handle, doc).await?;
    let author = context.auth()?.account.clone();
    let next_of = match doc.get("id").filter(|id| !id.is_empty()) {
        Some(id) => Some((args::item_id(&id, &own)?, doc.number::<u32>("ver")?)),
        None => None,
    };
    let given = doc.get("name").filter(|name| !name.is_empty());
    let kept = author.attr("zimbraNotebookMaxRevisions").and_then(|max| max.parse().ok()).filter(|max| *max > 0);
    let mut save = SaveDocument {
        next_of: None,
        folder: doc.folder_id("l", &own)?.unwrap_or(ItemId::BRIEFCASE),
        // A file that is uploaded brings its name; what else a version is made of does not.
        name: if next_of.is_some() && uploaded.is_none() { given } else { given.or(name) },
        content_type: doc.get("ct").filter(|ct| !ct.is_empty()).unwrap_or(content_type),
        description: doc.get("desc"),
        description_off: doc.flag("descEnabled")?.map(|on| !on),
        author: (author.id.clone(), author.name.clone()),
        flags: render::parse_flags(&doc.get("f").unwrap_or_default()).ok_or_else(|| Fault::invalid("unknown flag"))?,
        tags: Vec::new(),
        keep: kept.unwrap_or(VERSIONS_KEPT),
    };
    let tags = action::all_tags(doc, &own)?.unwrap_or_default();
    let staging = context.state.store.stage();
    let saved = handle.run(move |mailbox| {
        save.tags = tags.iter().map(|tag| tag.find(mailbox)).collect::<mailbox::Result<_>>()?;
        if let Some((id, version)) = next_of {
            // Without a version the newest is meant.
            let known = mailbox.document(id)?;
            let newest = if let Detail::Document(detail) = &known.detail { detail.version } else { 0 };
            save.next_of = Some((id, version.unwrap_or(newest)));
        }
        let staged = match content {
            Content::Bytes(bytes) => stage::bytes(staging, &bytes)?,
            Content::File(path) => stage::file(staging, &path)?,
        };
        mailbox.save_document(&save, &staged)
    });
    let item = saved.await?;
    context.state.uploads.forget(&uploaded.into_iter().collect::<Vec<_>>());
    let version = if let Detail::Document(detail) = &item.detail { detail.version } else { 0 };
    let done = Element::new("doc").attr("id", item.id.to_string()).attr("ver", version).attr("name", item.name);
    Ok(Element::answer_to(request).child(done))
}

/// An upload, a part of a message, another document, or text.
async fn source(context: &Context, handle: &Handle, doc: &Element) -> Result<Source> {
    let own = context.target()?.id.clone();
    if let Some(upload) = doc.first("upload") {
        let upload = context.state.uploads.get(&upload.need_filled("id")?, &context.auth()?.account.id)?;
        return Ok(Source {
            content: Content::File(upload.path.clone()),
            name: Some(upload.filename.clone()),
            content_type: upload.content_type.clone(),
        });
    }
    if let Some(m) = doc.first("m") {
        context.may_take_files().await?;
        let id = args::message_id(&m.need_filled("id")?, &own)?;
        let number = m.need_filled("part")?;
        let found = handle.run(move |mailbox| {
            let bytes = mailbox.content(&super::get_msg::message(mailbox, id)?)?;
            let tree = mime::parts(&bytes);
            let missing = || mailbox::Error::NoSuch { kind: "part", id: number.clone() };
            let part = render::find_part(&tree, &number).ok_or_else(missing)?;
            let (name, content_type) = (part.filename.clone(), part.content_type.clone());
            Ok(Source { content: Content::Bytes(mime::decoded(&bytes, part)), name, content_type })
        });
        return Ok(found.await?);
    }
    if let Some(other) = doc.first("doc") {
        let id = args::item_id(&other.need_filled("id")?, &own)?;
        let version = other.number::<u32>("ver")?;
        let found = handle.run(move |mailbox| {
            let item = mailbox.document(id)?;
            let (mut blob, content_type) = mailbox.open_document(&item, version)?;
            let bytes = blob.read_all().map_err(mailbox::Error::from)?.to_vec();
            Ok(Source { content: Content::Bytes(bytes), name: Some(item.name), content_type })
        });
        return Ok(found.await?);
    }
    match doc.get("content") {
        Some(content) if content.len() <= CONTENT_BYTES_MAX => {
            Ok(Source { content: Content::Bytes(content.into_bytes()), name: None, content_type: "text/plain".into() })
        }
        Some(_) => Err(Fault::invalid("content is too long: upload it")),
        None => Err(Fault::invalid("a document needs an upload, a part of a message, another document or content")),
    }
}

/// The newest first.
pub async fn revisions(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let doc = request.need_element("doc")?;
    let id = args::item_id(&doc.need_filled("id")?, &own)?;
    let from = doc.number::<u32>("ver")?;
    let count = doc.number::<usize>("count")?.filter(|count| *count > 0).unwrap_or(1);
    let handle = context.open().await?;
    let found = handle.run(move |mailbox| {
        let item = mailbox.document(id)?;
        Ok((past(&item), Names::of(mailbox)?))
    });
    let (versions, names) = found.await?;
    if from.is_some_and(|from| !versions.iter().any(|(version, _)| *version == from)) {
        return Err(Fault::new("mail.NO_SUCH_REVISION", "no such revision"));
    }
    let mut answer = Element::answer_to(request);
    let wanted = versions.iter().filter(|(version, _)| from.is_none_or(|from| *version <= from));
    wanted.take(count).for_each(|(_, item)| answer.push(render::document(item, &names)));
    Ok(answer)
}

/// The document as it was in each version.
fn past(item: &Item) -> Vec<(u32, Item)> {
    let Detail::Document(detail) = &item.detail else { return Vec::new() };
    let mut all = vec![(detail.version, item.clone())];
    for earlier in detail.versions.iter().rev() {
        let mut past = item.clone();
        past.name.clone_from(&earlier.name);
        past.size = earlier.size;
        past.revision = earlier.revision;
        past.date_ms = earlier.date_ms;
        if let Detail::Document(detail) = &mut past.detail {
            detail.version = earlier.version;
            detail.content_type.clone_from(&earlier.content_type);
            detail.author.clone_from(&earlier.author);
            detail.description.clone_from(&earlier.description);
            detail.fragment.clone_from(&earlier.fragment);
        }
        all.push((earlier.version, past));
    }
    all
}

pub async fn purge(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let revision = request.need_element("revision")?;
    let id = args::item_id(&revision.need_filled("id")?, &own)?;
    let version = revision.number::<i32>("ver")?.ok_or_else(|| Fault::invalid("missing required attribute: ver"))?;
    // There was none before the first.
    let version = u32::try_from(version).unwrap_or(0);
    let older = revision.is("includeOlderRevisions")?;
    let handle = context.open().await?;
    handle.run(move |mailbox| mailbox.purge_versions(id, version, older)).await?;
    Ok(Element::answer_to(request))
}

/// Lines that are in both ("common"), only in the first version, only in the second.
pub async fn diff(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let doc = request.need_element("doc")?;
    let id = args::item_id(&doc.need_filled("id")?, &own)?;
    let (first, second) = (doc.number::<u32>("v1")?, doc.number::<u32>("v2")?);
    let handle = context.open().await?;
    let texts = handle.run(move |mailbox| {
        let item = mailbox.document(id)?;
        let text = |version| {
            let (mut blob, _) = mailbox.open_document(&item, version)?;
            let bytes = blob.read_all().map_err(mailbox::Error::from)?;
            if bytes.len() > DIFF_BYTES_MAX {
                return Err(mailbox::Error::TooLarge { limit: DIFF_BYTES_MAX as u64 });
            }
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok((text(first)?, text(second)?))
    });
    let (old, new) = texts.await?;
    let mut answer = Element::answer_to(request);
    for (how, text) in chunks(&old, &new) {
        answer.push(Element::new("chunk").attr("disp", how).text(text));
    }
    Ok(answer)
}

/// By the longest common subsequence of lines; of very long texts as a whole.
fn chunks(old: &str, new: &str) -> Vec<(&'static str, String)> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len() > DIFF_LINES_MAX || new.len() > DIFF_LINES_MAX {
        return vec![("first", old.join("\n")), ("second", new.join("\n"))];
    }
    let mut length = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            length[i][j] = if a == b { length[i + 1][j + 1] + 1 } else { length[i + 1][j].max(length[i][j + 1]) };
        }
    }
    let mut out: Vec<(&'static str, String)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let both = i < old.len() && j < new.len() && old[i] == new[j];
        let removes = j == new.len() || (i < old.len() && length[i + 1][j] >= length[i][j + 1]);
        let (how, line) = match (both, removes) {
            (true, _) => ("common", old[i]),
            (false, true) => ("first", old[i]),
            (false, false) => ("second", new[j]),
        };
        i += usize::from(how != "second");
        j += usize::from(how != "first");
        match out.last_mut() {
            Some((known, text)) if *known == how => {
                text.push('\n');
                text.push_str(line);
            }
            _ => out.push((how, line.to_owned())),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn lines_that_came_and_went() {
        let text = |how, text: &str| (how, text.to_owned());
        assert_eq!(
            chunks("a\nb\nc", "a\nx\nc\nd"),
            [text("common", "a"), text("first", "b"), text("second", "x"), text("common", "c"), text("second", "d")]
        );
        assert_eq!(chunks("", ""), []);
    }
}
