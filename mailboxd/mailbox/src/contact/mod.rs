// SPDX-License-Identifier: AGPL-3.0-or-later
//! Contacts and groups of contacts: made, changed, listed. Moving, tagging and deleting is that of all items (`item/`).

mod card;
mod change;
mod file_as;

pub use change::{Changes, MemberChange};
pub use file_as::file_as;

use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::item::add::place;
use crate::mailbox::{Mailbox, check_holds_messages};
use crate::view::container;
use blobs::Staged;
use bytes::Bytes;
use ids::ItemId;
use index::Document;
use metadata::{ContactDetail, ContactFile, Detail, Filter, Flags, Item, Kind, Member, Rights, SortBy};

/// Of one contact.
const ATTRS_MAX: usize = 1_000;
const NAME_BYTES_MAX: usize = 128;
const BYTES_MAX: usize = 64 << 10;
const MEMBERS_MAX: usize = 10_000;
const MEMBERS_BYTES_MAX: usize = 1 << 20;
const FILES_MAX: usize = 16;
/// Of one mailbox.
const CONTACTS_MAX: u32 = 100_000;
/// Of contacts in one answer, in octets of their attributes; and rows that are read at once.
const LISTED_BYTES_MAX: usize = 64 << 20;
const AT_ONCE: usize = 100;
/// Characters of a sort key, as of a message's.
const SORT_KEY_CHARS: usize = 128;

/// What a new contact is made of.
#[derive(Debug, Clone, Default)]
pub struct NewContact {
    pub folder: ItemId,
    /// Name and value; a name may come several times.
    pub attrs: Vec<(String, String)>,
    pub members: Vec<Member>,
    pub files: Vec<FileAttr>,
    pub flags: Flags,
    pub tags: Vec<ItemId>,
}

/// A binary attribute with its octets.
#[derive(Debug, Clone)]
pub struct FileAttr {
    pub name: String,
    pub content_type: String,
    pub filename: String,
    pub content: Bytes,
}

impl Mailbox {
    pub fn create_contact(&self, new: &NewContact) -> Result<Item> {
        let mut made = self.create_contacts(std::slice::from_ref(new))?;
        made.pop().ok_or_else(|| Error::Store("no contact was made".into()))
    }

    /// All or none, in order, in one record.
    pub fn create_contacts(&self, new: &[NewContact]) -> Result<Vec<Item>> {
        let contents = new.iter().map(|one| self.stage_files(&one.files)).collect::<Result<Vec<_>>>()?;
        let bodies: Vec<&Staged> = contents.iter().flatten().collect();
        self.transact(&bodies, |draft| {
            let each = new.iter().zip(&contents);
            each.map(|(one, content)| self.draft_contact(draft, one, content.as_ref())).collect()
        })
    }

    fn draft_contact(&self, draft: &mut Draft, new: &NewContact, content: Option<&Staged>) -> Result<Item> {
        check_holds_messages(&draft.view, new.folder)?;
        let attrs = new.attrs.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        let files = new.files.iter().map(FileAttr::described).collect();
        let detail = ContactDetail { attrs, members: new.members.clone(), files, custom: None };
        check(&detail)?;
        let count: u32 = draft.view.containers.values().map(|item| others(item)).sum();
        if count >= CONTACTS_MAX {
            return Err(Error::TooMany("contacts"));
        }
        let (modseq, now_ms) = (draft.modseq, draft.now_ms);
        let mut item = container(ItemId(0), Kind::Contact, new.folder, "", modseq, now_ms, Detail::Contact(detail));
        name(&mut item);
        set_content(&mut item, content);
        self.check_quota(&draft.view, item.size)?;
        item.flags = Flags(new.flags.0 & crate::mailbox::SETTABLE.0);
        for tag in &new.tags {
            item.tags.push(draft.view.tag(*tag)?.item.id);
        }
        item.tags.sort();
        item.tags.dedup();
        place(draft, &mut item, new.folder)?;
        Ok(draft.put_message(item)?.as_ref().clone())
    }

    fn stage_files(&self, files: &[FileAttr]) -> Result<Option<Staged>> {
        if files.is_empty() {
            return Ok(None);
        }
        let mut staging = self.store.stage();
        for file in files {
            staging.write(&file.content)?;
        }
        Ok(Some(staging.finish()?))
    }

    /// New contacts of the addresses that are in none, in the folder of those that were written to: address and name.
    pub fn keep_addresses(&self, addresses: &[(String, Option<String>)]) -> Result<()> {
        let mut known = std::collections::HashSet::new();
        self.each_contact(None, &mut |item| {
            known.extend(emails(&item));
            Ok(true)
        })?;
        let mut new = Vec::new();
        for (address, name) in addresses {
            if !known.insert(address.to_lowercase()) {
                continue;
            }
            let mut attrs = vec![("email".to_owned(), address.clone())];
            if let Some(name) = name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
                let (given, last) = name.rsplit_once(' ').unwrap_or((name, ""));
                let (first, middle) = given.trim().split_once(' ').unwrap_or((given.trim(), ""));
                let parts =
                    [("firstName", first), ("middleName", middle.trim()), ("lastName", last), ("fullName", name)];
                attrs.extend(parts.map(|(name, value)| (name.into(), value.into())));
            }
            new.push(NewContact { folder: ItemId::EMAILED_CONTACTS, attrs, ..NewContact::default() });
        }
        if new.is_empty() { Ok(()) } else { self.create_contacts(&new).map(drop) }
    }

    /// Contacts of one folder, or of all that the actor may read, by what they are filed as. [`Error::Invalid`] for more than
    /// fit into memory with everybody else's.
    pub fn contacts(&self, folder: Option<ItemId>) -> Result<Vec<Item>> {
        self.contacts_where(folder, |_| true)
    }

    /// The same of those that count.
    pub fn contacts_where(&self, folder: Option<ItemId>, counts: impl Fn(&Item) -> bool) -> Result<Vec<Item>> {
        let (mut items, mut bytes) = (Vec::new(), 0);
        self.each_contact(folder, &mut |item| {
            if !counts(&item) {
                return Ok(true);
            }
            bytes += bytes_of(&item);
            if bytes > LISTED_BYTES_MAX {
                let limit = LISTED_BYTES_MAX >> 20;
                return Err(Error::Invalid(format!("more than {limit} MiB of contacts: ask for a folder, or by id")));
            }
            items.push(item);
            Ok(true)
        })?;
        Ok(items)
    }

    /// One after the other, until `visit` says false, without holding all of them.
    pub(crate) fn each_contact(
        &self,
        folder: Option<ItemId>,
        visit: &mut dyn FnMut(Item) -> Result<bool>,
    ) -> Result<()> {
        let view = self.view();
        if let Some(folder) = folder {
            view.folder_item(folder)?;
            self.access.check(&view, folder, Rights::READ)?;
        }
        let filter = Filter { kinds: vec![Kind::Contact], folders: folder.into_iter().collect(), ..Filter::default() };
        let mut ids = Vec::new();
        self.read(|reader| {
            reader.scan(&filter, SortBy::NameAsc, &mut |brief| {
                ids.push(brief.id);
                true
            })
        })?;
        for some in ids.chunks(AT_ONCE) {
            for item in self.readable(self.read(|reader| reader.items(some))?) {
                if !visit(item)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// One contact; [`Error::NoSuch`] for what is none.
    pub fn contact(&self, id: ItemId) -> Result<Item> {
        match self.item(id) {
            Ok(item) if item.kind == Kind::Contact => Ok(item),
            Ok(_) | Err(Error::NoSuch { .. }) => Err(Error::no_such("contact", id)),
            Err(error) => Err(error),
        }
    }

    /// The octets of a binary attribute, and what is known of it.
    pub fn contact_file(&self, item: &Item, name: &str) -> Result<(ContactFile, Bytes)> {
        let missing = || Error::NoSuch { kind: "part", id: name.to_owned() };
        let Detail::Contact(detail) = &item.detail else { return Err(missing()) };
        let at = detail.files.iter().position(|file| file.name == name).ok_or_else(missing)?;
        let files = self.contact_files(item, detail)?;
        let content = files.into_iter().nth(at).ok_or_else(missing)?.content;
        Ok((detail.files[at].clone(), content))
    }

    fn contact_files(&self, item: &Item, detail: &ContactDetail) -> Result<Vec<FileAttr>> {
        if detail.files.is_empty() {
            return Ok(Vec::new());
        }
        let mut content = self.content(item)?;
        let mut files = Vec::with_capacity(detail.files.len());
        for file in &detail.files {
            let size = usize::try_from(file.size).unwrap_or(usize::MAX);
            if size > content.len() {
                return Err(Error::Store(format!("the files of contact {} are cut short", item.id)));
            }
            files.push(FileAttr {
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                filename: file.filename.clone(),
                content: content.split_to(size),
            });
        }
        Ok(files)
    }
}

impl FileAttr {
    fn described(&self) -> ContactFile {
        ContactFile {
            name: self.name.clone(),
            content_type: self.content_type.clone(),
            filename: self.filename.clone(),
            size: self.content.len() as u64,
        }
    }
}

fn others(item: &Item) -> u32 {
    match &item.detail {
        Detail::Folder(detail) => detail.others,
        _ => 0,
    }
}

fn set_content(item: &mut Item, content: Option<&Staged>) {
    item.digest = content.map(|content| content.digest);
    item.size = content.map_or(0, |content| content.size);
}

/// What the contact is called and sorted by follows from its attributes.
fn name(item: &mut Item) {
    let Detail::Contact(detail) = &item.detail else { return };
    item.name = file_as(detail).chars().take(1_024).collect();
    item.sender_sort = item.name.chars().flat_map(char::to_lowercase).take(SORT_KEY_CHARS).collect();
    item.subject_sort.clone_from(&item.sender_sort);
}

fn check(detail: &ContactDetail) -> Result<()> {
    let invalid = |text: String| Err(Error::Invalid(text));
    if detail.attrs.is_empty() && detail.members.is_empty() && detail.files.is_empty() {
        return invalid("a contact without an attribute".into());
    }
    if detail.attrs.len() > ATTRS_MAX {
        return invalid(format!("more than {ATTRS_MAX} attributes"));
    }
    if detail.members.len() > MEMBERS_MAX {
        return invalid(format!("more than {MEMBERS_MAX} members"));
    }
    if detail.files.len() > FILES_MAX {
        return invalid(format!("more than {FILES_MAX} files"));
    }
    let names = detail.attrs.iter().map(|(name, _)| name).chain(detail.files.iter().map(|file| &file.name));
    for name in names {
        if name.trim().is_empty() || name.len() > NAME_BYTES_MAX || name.contains(char::is_control) {
            return invalid(format!("not a name of an attribute: {:?}", name.chars().take(64).collect::<String>()));
        }
    }
    if attrs_bytes(detail) > BYTES_MAX {
        return invalid(format!("a contact holds {BYTES_MAX} octets at most"));
    }
    if members_bytes(detail) > MEMBERS_BYTES_MAX {
        return invalid(format!("the members of a group hold {MEMBERS_BYTES_MAX} octets at most"));
    }
    Ok(())
}

fn attrs_bytes(detail: &ContactDetail) -> usize {
    detail.attrs.iter().map(|(name, value)| name.len() + value.len()).sum()
}

fn members_bytes(detail: &ContactDetail) -> usize {
    detail.members.iter().map(|member| member.value.len()).sum()
}

fn bytes_of(item: &Item) -> usize {
    match &item.detail {
        Detail::Contact(detail) => attrs_bytes(detail) + members_bytes(detail),
        _ => 0,
    }
}

/// Names of attributes that hold addresses.
pub(crate) fn is_email(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(stem, "email" | "workEmail" | "homeEmail" | "workEmail_" | "imAddress")
}

/// Lower case.
pub(crate) fn emails(item: &Item) -> Vec<String> {
    let Detail::Contact(detail) = &item.detail else { return Vec::new() };
    let emails = detail.attrs.iter().filter(|(name, _)| is_email(name));
    emails.map(|(_, value)| value.to_lowercase()).collect()
}

/// Attributes that are no words of the contact.
const UNINDEXED: [&str; 4] = ["fileAs", "type", "userCertificate", "image"];

/// What the index knows of a contact.
pub(crate) fn searchable(item: &Item, detail: &ContactDetail) -> Document {
    let values = |wanted: &dyn Fn(&str) -> bool| {
        let values = detail.attrs.iter().filter(|(name, _)| wanted(name)).map(|(_, value)| value.as_str());
        values.collect::<Vec<_>>().join(" ")
    };
    let members = detail.members.iter().map(|member| member.value.as_str()).collect::<Vec<_>>().join(" ");
    Document {
        subject: item.name.clone(),
        to: values(&is_email),
        body: format!("{} {members}", values(&|name| !UNINDEXED.contains(&name))),
        ..Document::default()
    }
}

#[cfg(test)]
mod tests;
