// SPDX-License-Identifier: AGPL-3.0-or-later
//! Reads an archive into folders. What is there already is skipped, changed, replaced, or gone before, as was asked.

use super::entry::{ItemMeta, MAILBOX, MailboxMeta, SUFFIX};
use super::{Kind, tar, zip};
use flate2::read::GzDecoder;
use mailbox::{
    AddMessage, Changes, Detail, Error, FileAttr, FlagChange, Flags, Folder, Item, ItemId, Kind as ItemKind, Mailbox,
    Member, MemberKind, NewContact, Result, SaveDocument,
};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// Octets of one file of an archive, and of a zip, which is read as a whole.
const FILE_BYTES_MAX: u64 = 256 << 20;
const ZIP_BYTES_MAX: u64 = 1 << 30;
const META_BYTES_MAX: usize = 4 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    /// What is there stays as it is.
    Skip,
    /// What is there gets the flags and tags of the archive.
    Modify,
    /// What is there goes, and the archive's comes.
    Replace,
    /// Folders of the archive are emptied first.
    Reset,
}

impl Resolve {
    pub fn of(text: Option<&str>) -> Option<Resolve> {
        Some(match text {
            None | Some("" | "skip") => Resolve::Skip,
            Some("modify") => Resolve::Modify,
            Some("replace") => Resolve::Replace,
            Some("reset") => Resolve::Reset,
            Some(_) => return None,
        })
    }
}

struct Import<'a> {
    mailbox: &'a Mailbox,
    /// Below which the archive's folders go.
    base: String,
    resolve: Resolve,
    author: (String, String),
    /// Of the file that comes next.
    meta: Option<(String, ItemMeta)>,
    folders: HashMap<String, ItemId>,
    /// What folders held before.
    known: HashMap<ItemId, Vec<Item>>,
    added: usize,
}

/// Blocking. Answers how many items came; `author`: id and name of who imports.
pub fn import(
    mailbox: &Mailbox,
    kind: Kind,
    file: &Path,
    base: &str,
    resolve: Resolve,
    author: (String, String),
) -> Result<usize> {
    let opened = std::fs::File::open(file).map_err(failed)?;
    let base = base.trim_matches('/').to_owned();
    let (folders, known) = (HashMap::new(), HashMap::new());
    let mut import = Import { mailbox, base, resolve, author, meta: None, folders, known, added: 0 };
    match kind {
        Kind::Tar => import.tar(std::io::BufReader::new(opened))?,
        Kind::Tgz => import.tar(std::io::BufReader::new(GzDecoder::new(opened)))?,
        Kind::Zip => {
            let mut archive = Vec::new();
            opened.take(ZIP_BYTES_MAX).read_to_end(&mut archive).map_err(failed)?;
            let mut failure = None;
            let mut each = |name: &str, content: Vec<u8>| {
                import.file(name, content).map_err(|error| {
                    failure = Some(error);
                    std::io::Error::other("refused")
                })
            };
            let read = zip::read(&archive, FILE_BYTES_MAX, &mut each);
            if let Some(error) = failure {
                return Err(error);
            }
            read.map_err(failed)?;
        }
    }
    Ok(import.added)
}

/// What is wrong with the archive is the client's to mend.
fn failed(error: std::io::Error) -> Error {
    Error::Invalid(error.to_string())
}

impl Import<'_> {
    fn tar(&mut self, from: impl Read) -> Result<()> {
        let mut reader = tar::Reader::new(from);
        while let Some(entry) = reader.next().map_err(failed)? {
            let content = reader.content(FILE_BYTES_MAX).map_err(failed)?;
            self.file(&entry.name, content)?;
        }
        Ok(())
    }

    fn file(&mut self, name: &str, content: Vec<u8>) -> Result<()> {
        if name == MAILBOX {
            return self.mailbox_meta(&content);
        }
        if let Some(item) = name.strip_suffix(SUFFIX) {
            if content.len() <= META_BYTES_MAX
                && let Ok(meta) = serde_json::from_slice(&content)
            {
                self.meta = Some((item.to_owned(), meta));
            }
            return Ok(());
        }
        let meta = self.meta.take().filter(|(known, _)| known == name).map(|(_, meta)| meta);
        let (dir, file) = name.rsplit_once('/').unwrap_or(("", name));
        let mut meta = meta.unwrap_or_else(|| guessed(file));
        meta.path = dir.to_owned();
        let folder = self.folder(dir, view_of(&meta.kind))?;
        let tags = self.tags(&meta.tags)?;
        match meta.kind.as_str() {
            "contact" => self.contact(folder, &meta, tags, &content),
            "document" => self.document(folder, file, &meta, tags, &content),
            _ => self.message(folder, &meta, tags, &content),
        }
    }

    fn mailbox_meta(&mut self, content: &[u8]) -> Result<()> {
        let Ok(meta) = serde_json::from_slice::<MailboxMeta>(content) else { return Ok(()) };
        if self.mailbox.is_own() {
            for tag in &meta.tags {
                match self.mailbox.create_tag(&tag.name, tag.color, tag.rgb.clone()) {
                    Ok(_) | Err(Error::AlreadyExists(_) | Error::InvalidName(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        for folder in &meta.folders {
            match &folder.query {
                None => _ = self.folder(&folder.path, &folder.view)?,
                Some(query) if self.mailbox.is_own() => {
                    let (above, name) = folder.path.rsplit_once('/').unwrap_or(("", &folder.path));
                    let above = self.folder(above, "")?;
                    let (types, sort) = (folder.types.as_deref(), folder.sort_by.as_deref());
                    let made = self.mailbox.create_search_folder(
                        above,
                        name,
                        query,
                        types.unwrap_or_default(),
                        sort.unwrap_or_default(),
                    );
                    match made {
                        Ok(_) | Err(Error::AlreadyExists(_) | Error::InvalidName(_) | Error::Query(_)) => {}
                        Err(error) => return Err(error),
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Made if it is not there. With [`Resolve::Reset`] it is empty when something comes into it for the first time.
    fn folder(&mut self, path: &str, view: &str) -> Result<ItemId> {
        let mut at =
            self.mailbox.folder_by_path(&self.base)?.map_or(ItemId::USER_ROOT, |folder: Folder| folder.item.id);
        let mut so_far = self.base.clone();
        for name in path.split('/').filter(|name| !name.is_empty() && *name != "." && *name != "..") {
            so_far = format!("{so_far}/{name}");
            if let Some(known) = self.folders.get(&so_far) {
                at = *known;
                continue;
            }
            at = match self.mailbox.folder_by_path(&so_far)? {
                Some(folder) => folder.item.id,
                None => self.mailbox.create_folder(at, name, view)?.item.id,
            };
            if self.resolve == Resolve::Reset {
                self.mailbox.empty_folder(at, false)?;
            }
            self.folders.insert(so_far.clone(), at);
        }
        Ok(at)
    }

    fn tags(&self, names: &[String]) -> Result<Vec<ItemId>> {
        let mut tags = Vec::new();
        for name in names {
            match self.mailbox.ensure_tag(name) {
                Ok(tag) => tags.push(tag.item.id),
                Err(Error::InvalidName(_) | Error::Denied) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tags)
    }

    fn known(&mut self, folder: ItemId) -> Result<&[Item]> {
        if !self.known.contains_key(&folder) {
            let ids: Vec<ItemId> = self
                .mailbox
                .contents()?
                .into_iter()
                .filter(|brief| brief.folder == folder)
                .map(|brief| brief.id)
                .collect();
            let items = self.mailbox.items(&ids)?;
            self.known.insert(folder, items);
        }
        Ok(self.known.get(&folder).map(Vec::as_slice).unwrap_or_default())
    }

    /// Whether the archive's one is to come; what is there has been dealt with.
    fn makes_way(&mut self, there: Option<Item>, meta: &ItemMeta, tags: &[ItemId]) -> Result<bool> {
        let Some(there) = there else { return Ok(true) };
        match self.resolve {
            Resolve::Skip | Resolve::Reset => Ok(false),
            Resolve::Modify => {
                let change = FlagChange {
                    add: Flags(meta.flags),
                    remove: Flags(!meta.flags),
                    tags_set: Some(tags.to_vec()),
                    ..FlagChange::default()
                };
                self.mailbox.update_flags(&[there.id], &change)?;
                Ok(false)
            }
            Resolve::Replace => self.mailbox.delete_items(&[there.id]).map(|_| true),
        }
    }

    fn message(&mut self, folder: ItemId, meta: &ItemMeta, tags: Vec<ItemId>, content: &[u8]) -> Result<()> {
        let mut staging = self.mailbox.stage();
        staging.write(content)?;
        let staged = staging.finish()?;
        let same = self.known(folder)?.iter().find(|item| item.digest == Some(staged.digest)).cloned();
        if !self.makes_way(same, meta, &tags)? {
            return Ok(());
        }
        let date_ms = (meta.date_ms > 0).then_some(meta.date_ms);
        self.mailbox.add_message(&staged, &AddMessage { folder, flags: Flags(meta.flags), tags, date_ms })?;
        self.added += 1;
        Ok(())
    }

    fn contact(&mut self, folder: ItemId, meta: &ItemMeta, tags: Vec<ItemId>, content: &[u8]) -> Result<()> {
        let card = mime::read_vcards(&String::from_utf8_lossy(content)).into_iter().next().unwrap_or_default();
        let mut new = NewContact { folder, tags: tags.clone(), flags: Flags(meta.flags), ..NewContact::default() };
        let photo = card.photo.clone();
        if meta.attrs.is_empty() && meta.members.is_empty() {
            new.fill(card);
        } else {
            new.attrs.clone_from(&meta.attrs);
            new.members = meta.members.iter().filter_map(member).collect();
            if let Some((content_type, octets)) = photo {
                let (name, filename) = ("image".to_owned(), "image".to_owned());
                new.files.push(FileAttr { name, content_type, filename, content: octets.into() });
            }
        }
        let same = |item: &&Item| match &item.detail {
            Detail::Contact(detail) => detail.attrs == new.attrs,
            _ => false,
        };
        let there = self.known(folder)?.iter().find(same).cloned();
        if let (Some(there), Resolve::Modify) = (&there, self.resolve) {
            let changes = Changes { set: new.attrs, tags: Some(tags), ..Changes::default() };
            return self.mailbox.modify_contact(there.id, &changes).map(drop);
        }
        if self.makes_way(there, meta, &tags)? {
            self.mailbox.create_contact(&new)?;
            self.added += 1;
        }
        Ok(())
    }

    fn document(
        &mut self,
        folder: ItemId,
        name: &str,
        meta: &ItemMeta,
        tags: Vec<ItemId>,
        content: &[u8],
    ) -> Result<()> {
        let named = |item: &&Item| item.kind == ItemKind::Document && item.name.eq_ignore_ascii_case(name);
        let there = self.known(folder)?.iter().find(named).cloned();
        if !self.makes_way(there, meta, &tags)? {
            return Ok(());
        }
        let mut staging = self.mailbox.stage();
        staging.write(content)?;
        let given = Some(meta.content_type.clone()).filter(|kind| !kind.is_empty());
        let save = SaveDocument {
            folder,
            name: Some(name.to_owned()),
            content_type: given.unwrap_or_else(|| "application/octet-stream".into()),
            description: Some(meta.description.clone()),
            author: self.author.clone(),
            flags: Flags(meta.flags),
            tags,
            ..SaveDocument::default()
        };
        self.mailbox.save_document(&save, &staging.finish()?)?;
        self.added += 1;
        Ok(())
    }
}

fn member((kind, value): &(String, String)) -> Option<Member> {
    let kind = match kind.as_str() {
        // Ids of another mailbox say nothing here.
        "C" => return None,
        "G" => MemberKind::Gal,
        _ => MemberKind::Inline,
    };
    Some(Member { kind, value: value.clone() })
}

fn view_of(kind: &str) -> &'static str {
    match kind {
        "contact" => "contact",
        "document" => "document",
        _ => "message",
    }
}

/// A file that came alone.
fn guessed(name: &str) -> ItemMeta {
    let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let kind = match extension.as_str() {
        "eml" => "message",
        "vcf" => "contact",
        _ => "document",
    };
    ItemMeta { kind: kind.into(), flags: Flags::UNREAD.0, ..ItemMeta::default() }
}
