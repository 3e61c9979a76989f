// SPDX-License-Identifier: AGPL-3.0-or-later
//! From the words of a query to tests on rows: names become ids, text becomes the set of messages that have it.

use super::id_set::IdSet;
use super::node::{Bounds, Node};
use super::{Context, Place};
use crate::error::{Error, Result};
use ids::{ItemId, MailboxId};
use index::{Field, Indexes, Term};
use metadata::{Flags, Kind};
use query::{Clause, Is, Priority, Query, TextField};
use std::collections::HashSet;

pub(crate) fn compile(indexes: &Indexes, mailbox: MailboxId, query: &Query, context: &Context<'_>) -> Result<Node> {
    let compiler = Compiler { indexes, mailbox, context, unindexed: context.tail.iter().map(|(id, _)| *id).collect() };
    let unwanted = [(context.with_trash, ItemId::TRASH), (context.with_junk, ItemId::JUNK)].into_iter();
    let guard = unwanted
        // A visitor may know of neither.
        .filter(|(wanted, folder)| !wanted && context.folders.iter().any(|place| place.id == *folder))
        .map(|(_, folder)| Query::Clause(Clause::InId { id: folder.0, under: true }).negate());
    let node = compiler.query(&query::guarded(query.clone(), &Query::and(guard.collect())))?;
    Ok(match context.only {
        Some(folders) => Node::and(vec![node, Node::Folders(folders.to_vec())]),
        None => node,
    })
}

struct Compiler<'a> {
    indexes: &'a Indexes,
    mailbox: MailboxId,
    context: &'a Context<'a>,
    /// What the index says of these is old.
    unindexed: HashSet<ItemId>,
}

impl Compiler<'_> {
    fn query(&self, query: &Query) -> Result<Node> {
        let all = |members: &[Query]| members.iter().map(|member| self.query(member)).collect::<Result<Vec<_>>>();
        Ok(match query {
            Query::All => Node::All,
            Query::And(members) => Node::and(all(members)?),
            Query::Or(members) => Node::or(all(members)?),
            Query::Not(inner) => self.query(inner)?.negate(),
            Query::Clause(clause) => self.clause(clause)?,
        })
    }

    fn clause(&self, clause: &Clause) -> Result<Node> {
        Ok(match clause {
            Clause::Text { field: TextField::Type, text, prefix } => {
                let types = query::type_terms(text);
                let sets = types.into_iter().map(|text| self.text(&[Field::Type], text, *prefix));
                Node::or(sets.collect::<Result<_>>()?)
            }
            Clause::Text { field: TextField::Contact, text, prefix } => {
                Node::and(vec![self.text(fields(TextField::Contact), text, *prefix)?, Node::Kind(Kind::Contact)])
            }
            Clause::Attribute { name, text, prefix } => Node::Attribute {
                name: name.clone(),
                term: Term { fields: vec![Field::Subject], text: text.clone(), prefix: *prefix },
            },
            Clause::Text { field: TextField::Content, text, prefix: false } if self.context.with_contacts => {
                Node::or(vec![self.text(&[Field::Content], text, false)?, self.contacts(text)?])
            }
            Clause::Text { field, text, prefix } => self.text(fields(*field), text, *prefix)?,
            Clause::Compare { subject, how, text } => {
                Node::Compare { subject: *subject, how: *how, text: text.clone() }
            }
            Clause::Envelope { from, text, prefix } => Node::Envelope {
                from: *from,
                term: Term { fields: vec![Field::From], text: text.clone(), prefix: *prefix },
            },
            Clause::In { path, under } => {
                let place = by_path(self.context.folders, path).ok_or_else(|| Error::no_such("folder", path))?;
                self.place(place.id, *under)
            }
            Clause::InId { id, under } => {
                let id = ItemId(*id);
                let known = self.context.folders.iter().any(|place| place.id == id);
                known.then(|| self.place(id, *under)).ok_or_else(|| Error::no_such("folder", id))?
            }
            // Whoever knows of other mailboxes has asked them.
            Clause::InOther { .. } => Node::Nothing,
            Clause::Is(is) => self.is(*is)?,
            Clause::HasAttachment => Node::Flags(Flags::ATTACHMENT),
            Clause::Tag(name) => {
                let lower = name.to_lowercase();
                let tag = self.context.tags.iter().find(|(tag, _)| tag.to_lowercase() == lower);
                Node::Tag(tag.ok_or_else(|| Error::no_such("tag", name))?.1)
            }
            Clause::Priority(Priority::High) => Node::Flags(Flags::URGENT),
            Clause::Priority(Priority::Low) => Node::Flags(Flags::LOW_PRIORITY),
            Clause::Date { from_ms, until_ms } => Node::Date(Bounds { from: *from_ms, until: *until_ms }),
            Clause::Changed { from_ms, until_ms } => Node::Changed(Bounds { from: *from_ms, until: *until_ms }),
            Clause::Size { from, until } => Node::Size(Bounds { from: *from, until: *until }),
            Clause::ModSeq { from, until } => Node::ModSeq(Bounds { from: *from, until: *until }),
            Clause::Item(ids) => Node::ids(IdSet::new(ids.iter().copied().map(ItemId).collect())),
            Clause::Conversation(id) => match u32::try_from(id.unsigned_abs()) {
                Ok(real) if *id > 0 => Node::Conversation(ItemId(real)),
                Ok(message) => Node::ids(IdSet::new(vec![ItemId(message)])),
                Err(_) => Node::Nothing,
            },
            Clause::None => Node::Nothing,
        })
    }

    fn is(&self, is: Is) -> Result<Node> {
        Ok(match is {
            Is::Unread => Node::Flags(Flags::UNREAD),
            Is::Read => Node::Flags(Flags::UNREAD).negate(),
            Is::Flagged => Node::Flags(Flags::FLAGGED),
            Is::Unflagged => Node::Flags(Flags::FLAGGED).negate(),
            Is::Sent => Node::Flags(Flags::FROM_ME),
            Is::Received => Node::Flags(Flags::FROM_ME).negate(),
            Is::Replied => Node::Flags(Flags::REPLIED),
            Is::Unreplied => Node::Flags(Flags::REPLIED).negate(),
            Is::Forwarded => Node::Flags(Flags::FORWARDED),
            Is::Unforwarded => Node::Flags(Flags::FORWARDED).negate(),
            Is::Draft => Node::Flags(Flags::DRAFT),
            Is::Invite => Node::Flags(Flags::INVITE),
            Is::Tagged => Node::Tagged,
            Is::Solo => Node::Solo,
            Is::Anywhere | Is::Local => Node::All,
            // No item of a mailbox is elsewhere.
            Is::Remote => Node::Nothing,
            Is::FromMe => self.by_me()?,
            Is::ToMe => self.mine(&[Field::To])?,
            Is::CcMe => self.mine(&[Field::Cc])?,
            Is::ToCcMe => self.mine(&[Field::To, Field::Cc])?,
            Is::ToFromMe => Node::or(vec![self.by_me()?, self.mine(&[Field::To])?]),
            Is::FromCcMe => Node::or(vec![self.by_me()?, self.mine(&[Field::Cc])?]),
            Is::ToFromCcMe => Node::or(vec![self.by_me()?, self.mine(&[Field::To, Field::Cc])?]),
        })
    }

    fn by_me(&self) -> Result<Node> {
        Ok(Node::or(vec![Node::Flags(Flags::FROM_ME), self.mine(&[Field::From])?]))
    }

    /// One of the searcher's addresses is in one of `fields`.
    fn mine(&self, fields: &[Field]) -> Result<Node> {
        let addresses = self.context.own_addresses.iter();
        Ok(Node::or(addresses.map(|address| self.text(fields, address, false)).collect::<Result<_>>()?))
    }

    fn text(&self, fields: &[Field], text: &str, prefix: bool) -> Result<Node> {
        let term = Term { fields: fields.to_vec(), text: text.to_owned(), prefix };
        let mut ids = self.indexes.search(self.mailbox, &term).map_err(|error| match error {
            index::Error::TooManyWords { .. } => Error::Invalid(error.to_string()),
            error => error.into(),
        })?;
        if !self.unindexed.is_empty() {
            ids.retain(|id| !self.unindexed.contains(id));
            let tail = self.context.tail.iter().filter(|(_, document)| Indexes::matches(document, &term));
            ids.extend(tail.map(|(id, _)| *id));
        }
        Ok(Node::ids(IdSet::new(ids)))
    }

    /// Those with a word that begins so. Where too many words of the mailbox do, whole words have to do.
    fn contacts(&self, text: &str) -> Result<Node> {
        match self.text(&[Field::Content], text, true) {
            Ok(begun) => Ok(Node::and(vec![begun, Node::Kind(Kind::Contact)])),
            Err(Error::Invalid(_)) => Ok(Node::Nothing),
            Err(error) => Err(error),
        }
    }

    fn place(&self, id: ItemId, under: bool) -> Node {
        let mut folders = if under { subtree(self.context.folders, id) } else { vec![id] };
        folders.sort_unstable();
        Node::Folders(folders)
    }
}

fn fields(field: TextField) -> &'static [Field] {
    match field {
        TextField::Content | TextField::Contact => &[Field::Content],
        TextField::Subject => &[Field::Subject],
        TextField::From => &[Field::From],
        TextField::To => &[Field::To],
        TextField::Cc => &[Field::Cc],
        TextField::ToFrom => &[Field::To, Field::From],
        TextField::ToCc => &[Field::To, Field::Cc],
        TextField::FromCc => &[Field::From, Field::Cc],
        TextField::ToFromCc => &[Field::To, Field::From, Field::Cc],
        TextField::Filename => &[Field::Filename],
        TextField::Type => &[Field::Type],
        TextField::MessageId => &[Field::MessageId],
    }
}

/// Case and slashes around the path don't matter.
fn by_path<'a>(folders: &'a [Place], path: &str) -> Option<&'a Place> {
    let wanted = path.trim_matches('/').to_lowercase();
    folders.iter().find(|place| place.path.starts_with('/') && place.path.trim_matches('/').to_lowercase() == wanted)
}

/// The folder and all below it.
fn subtree(folders: &[Place], root: ItemId) -> Vec<ItemId> {
    let mut seen = HashSet::from([root]);
    let mut out = vec![root];
    let mut next = 0;
    while let Some(parent) = out.get(next).copied() {
        next += 1;
        out.extend(
            folders.iter().filter(|place| place.parent == parent && seen.insert(place.id)).map(|place| place.id),
        );
    }
    out
}
