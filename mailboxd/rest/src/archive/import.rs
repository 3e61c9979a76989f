// SPDX-License-Identifier: AGPL-3.0-or-later
//! Reads an archive into folders. What is there already is skipped, changed, or replaced, as was asked; what is to go does so only
//! when what takes its place is durable. No more of an archive is in memory than one item.

use super::entry::{ItemMeta, KINDS, MAILBOX, META_BYTES_MAX, MailboxMeta, SUFFIX, document_file};
use super::known::Known;
use super::{Kind, tar, zip};
use crate::receive::staged;
use flate2::read::GzDecoder;
use mailbox::{
    AddMessage, Error, FileAttr, FlagChange, Flags, ItemId, Mailbox, Member, MemberKind, NewContact, Result,
    SaveDocument,
};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{BufReader, Read};
use std::path::Path;

/// Octets of an archive when it is unpacked: what is small may come from anybody and become large.
const UNPACKED_BYTES_MAX: u64 = 64 << 30;
const VERSIONS_KEPT: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    /// What is there stays as it is.
    Skip,
    /// What is there gets the flags and tags of the archive.
    Modify,
    /// What is there goes, and the archive's comes.
    Replace,
    /// What the archive's folders held goes, all of it.
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

    pub fn removes(self) -> bool {
        matches!(self, Resolve::Replace | Resolve::Reset)
    }
}

struct Import<'a> {
    mailbox: &'a Mailbox,
    /// Below which the archive's folders go: its path and id.
    base: (String, ItemId),
    resolve: Resolve,
    author: (String, String),
    /// Of the file that comes next.
    meta: Option<(String, ItemMeta)>,
    folders: HashMap<String, ItemId>,
    /// Of the folders that something came into, or that the archive tells of.
    known: HashMap<ItemId, Known>,
    added: usize,
}

/// Blocking. Answers how many items came; `base`: path of a folder that is there; `author`: id and name of who imports.
pub fn import(
    mailbox: &Mailbox,
    kind: Kind,
    file: &Path,
    base: &str,
    resolve: Resolve,
    author: (String, String),
) -> Result<usize> {
    let opened = BufReader::new(std::fs::File::open(file).map_err(failed)?);
    let base = match base.trim_matches('/') {
        "" => (String::new(), ItemId::USER_ROOT),
        path => {
            let folder = mailbox.folder_by_path(&format!("/{path}"))?;
            (format!("/{path}"), folder.ok_or_else(|| Error::no_such("folder", path))?.item.id)
        }
    };
    let (folders, known) = (HashMap::new(), HashMap::new());
    let mut import = Import { mailbox, base, resolve, author, meta: None, folders, known, added: 0 };
    match kind {
        Kind::Tar => import.tar(opened)?,
        Kind::Tgz => import.tar(BufReader::new(GzDecoder::new(opened).take(UNPACKED_BYTES_MAX)))?,
        Kind::Zip => import.zip(opened)?,
    }
    // All of the archive is here, and durable.
    if resolve == Resolve::Reset {
        import.known.values().try_for_each(|known| known.remove_old(mailbox))?;
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
            self.file(&entry.name, entry.size, &mut reader)?;
        }
        Ok(())
    }

    fn zip(&mut self, from: BufReader<std::fs::File>) -> Result<()> {
        let mut reader = zip::Reader::new(from).map_err(failed)?;
        let mut left = UNPACKED_BYTES_MAX;
        while let Some(entry) = reader.next().map_err(failed)? {
            left = left.checked_sub(entry.size).ok_or_else(|| Error::Invalid("the archive is too large".into()))?;
            self.file(&entry.name, entry.size, &mut reader.content(&entry).map_err(failed)?)?;
        }
        Ok(())
    }

    fn file(&mut self, name: &str, size: u64, content: &mut dyn Read) -> Result<()> {
        let name = name.trim_start_matches("./");
        // Its metadata came before it: it is an item, whatever it is called.
        let is_told = self.meta.as_ref().is_some_and(|(of, _)| of == name);
        let Some(of) = name.strip_suffix(SUFFIX).filter(|_| !is_told && size <= META_BYTES_MAX) else {
            return self.item(name, content);
        };
        let json = all(content, META_BYTES_MAX)?;
        if name == MAILBOX
            && let Ok(meta) = serde_json::from_slice::<MailboxMeta>(&json)
            && meta.version > 0
        {
            return self.mailbox_meta(&meta);
        }
        if let Ok(meta) = serde_json::from_slice::<ItemMeta>(&json)
            && KINDS.contains(&meta.kind.as_str())
        {
            self.meta = Some((of.to_owned(), meta));
            return Ok(());
        }
        self.item(name, &mut json.as_slice())
    }

    fn item(&mut self, name: &str, content: &mut dyn Read) -> Result<()> {
        let meta = self.meta.take().filter(|(known, _)| known == name).map(|(_, meta)| meta);
        let (dir, file) = name.rsplit_once('/').unwrap_or(("", name));
        if file.is_empty() {
            return Ok(());
        }
        let meta = meta.unwrap_or_else(|| guessed(file));
        let folder = self.folder(dir, view_of(&meta.kind))?;
        let tags = self.tags(&meta.tags)?;
        match meta.kind.as_str() {
            "contact" => self.contacts(folder, &meta, &tags, content),
            "document" => {
                let is_escaped = !meta.name.is_empty() && document_file(&meta.name) == file;
                self.document(folder, if is_escaped { &meta.name } else { file }, &meta, tags, content)
            }
            _ => self.message(folder, &meta, tags, content),
        }
    }

    fn mailbox_meta(&mut self, meta: &MailboxMeta) -> Result<()> {
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
                None => {
                    let id = self.folder(&folder.path, &folder.view)?;
                    // Version 1 told of all folders of the mailbox, also of those that the archive had nothing of.
                    if self.resolve == Resolve::Reset && meta.version > 1 {
                        self.known(id)?;
                    }
                }
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

    /// Made if it is not there.
    fn folder(&mut self, path: &str, view: &str) -> Result<ItemId> {
        let (mut so_far, mut at) = self.base.clone();
        for name in path.split('/').filter(|name| !name.is_empty() && *name != "." && *name != "..") {
            so_far = format!("{so_far}/{name}");
            at = match self.folders.get(&so_far) {
                Some(known) => *known,
                None => match self.mailbox.folder_by_path(&so_far)? {
                    Some(folder) => folder.item.id,
                    None => self.mailbox.create_folder(at, name, view)?.item.id,
                },
            };
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

    fn known(&mut self, folder: ItemId) -> Result<&mut Known> {
        match self.known.entry(folder) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(Known::load(self.mailbox, folder, self.resolve)?)),
        }
    }

    /// Whether the archive's one is to come in spite of the one that is there.
    fn comes(&self, there: Option<ItemId>, meta: &ItemMeta, tags: &[ItemId]) -> Result<bool> {
        match (there, self.resolve) {
            (None, _) | (_, Resolve::Replace | Resolve::Reset) => Ok(true),
            (_, Resolve::Skip) => Ok(false),
            (Some(there), Resolve::Modify) => self.set_flags(there, meta, tags).map(|()| false),
        }
    }

    fn set_flags(&self, id: ItemId, meta: &ItemMeta, tags: &[ItemId]) -> Result<()> {
        let change = FlagChange {
            add: Flags(meta.flags),
            remove: Flags(!meta.flags),
            tags_set: Some(tags.to_vec()),
            ..FlagChange::default()
        };
        self.mailbox.update_flags(&[id], &change).map(drop)
    }

    /// The archive's one is durable.
    fn came(&mut self, there: Option<ItemId>) -> Result<()> {
        self.added += 1;
        match there {
            Some(there) if self.resolve == Resolve::Replace => self.mailbox.delete_items(&[there]).map(drop),
            _ => Ok(()),
        }
    }

    fn message(&mut self, folder: ItemId, meta: &ItemMeta, tags: Vec<ItemId>, content: &mut dyn Read) -> Result<()> {
        let staged = staged(self.mailbox, content, failed)?;
        let there = self.known(folder)?.message(staged.digest);
        if !self.comes(there, meta, &tags)? {
            return Ok(());
        }
        let date_ms = (meta.date_ms > 0).then_some(meta.date_ms);
        self.mailbox.add_message(&staged, &AddMessage { folder, flags: Flags(meta.flags), tags, date_ms })?;
        self.came(there)
    }

    /// One, or all that a file from elsewhere holds.
    fn contacts(&mut self, folder: ItemId, meta: &ItemMeta, tags: &[ItemId], content: &mut dyn Read) -> Result<()> {
        // A picture grows by a third in its vCard.
        let max = self.mailbox.message_bytes_max() / 3 * 4 + META_BYTES_MAX;
        let mut cards = mime::read_vcards(&String::from_utf8_lossy(&all(content, max)?));
        let is_told = !(meta.attrs.is_empty() && meta.members.is_empty());
        if is_told {
            cards.truncate(1);
            if cards.is_empty() {
                cards.push(mime::Card::default());
            }
        }
        for card in cards {
            let (flags, tags) = (Flags(meta.flags), tags.to_vec());
            let mut new = NewContact { folder, tags, flags, ..NewContact::default() };
            if is_told {
                new.attrs.clone_from(&meta.attrs);
                new.members = meta.members.iter().filter_map(member).collect();
                if let Some((content_type, octets)) = card.photo {
                    let (name, filename) = ("image".to_owned(), "image".to_owned());
                    new.files.push(FileAttr { name, content_type, filename, content: octets.into() });
                }
            } else {
                new.fill(card);
            }
            self.contact(&new, meta)?;
        }
        Ok(())
    }

    fn contact(&mut self, new: &NewContact, meta: &ItemMeta) -> Result<()> {
        let mailbox = self.mailbox;
        let there = self.known(new.folder)?.contact(mailbox, &new.attrs)?;
        if !self.comes(there, meta, &new.tags)? {
            return Ok(());
        }
        mailbox.create_contact(new)?;
        self.came(there)
    }

    /// There is one of a name: what takes its place is its next version.
    fn document(
        &mut self,
        folder: ItemId,
        name: &str,
        meta: &ItemMeta,
        tags: Vec<ItemId>,
        content: &mut dyn Read,
    ) -> Result<()> {
        let there = self.known(folder)?.document(name);
        if !self.comes(there, meta, &tags)? {
            return Ok(());
        }
        let before = there.and_then(|id| self.mailbox.document(id).ok());
        let next_of = before.and_then(|item| match item.detail {
            mailbox::Detail::Document(detail) => Some((item.id, detail.version)),
            _ => None,
        });
        let given = Some(meta.content_type.clone()).filter(|kind| !kind.is_empty());
        let save = SaveDocument {
            next_of,
            folder,
            name: Some(name.to_owned()),
            content_type: given.unwrap_or_else(|| "application/octet-stream".into()),
            description: Some(meta.description.clone()),
            author: self.author.clone(),
            flags: Flags(meta.flags),
            tags,
            keep: VERSIONS_KEPT,
            ..SaveDocument::default()
        };
        let item = self.mailbox.save_document(&save, &staged(self.mailbox, content, failed)?)?;
        if next_of.is_some() {
            self.set_flags(item.id, meta, &save.tags)?;
        }
        self.known(folder)?.keep_document(&item);
        self.added += 1;
        Ok(())
    }
}

/// At most so many octets.
fn all(content: &mut dyn Read, max: u64) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    content.take(max + 1).read_to_end(&mut octets).map_err(failed)?;
    if octets.len() as u64 > max {
        return Err(Error::Invalid("a file of the archive is too large".into()));
    }
    Ok(octets)
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
