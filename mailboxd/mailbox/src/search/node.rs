// SPDX-License-Identifier: AGPL-3.0-or-later
//! A query as tests on one row. Most need only the brief; those that need the item say so by answering `None` without it.

use super::id_set::IdSet;
use ids::ItemId;
use index::{Document, Indexes, Term};
use metadata::{Brief, Detail, Filter, Flags, Item, Kind};
use query::Comparison;

#[derive(Debug, Clone)]
pub(crate) enum Node {
    All,
    Nothing,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Ids(IdSet),
    /// Ascending.
    Folders(Vec<ItemId>),
    /// All of these bits are set.
    Flags(Flags),
    Tag(ItemId),
    Tagged,
    Kind(Kind),
    Solo,
    Conversation(ItemId),
    Date(Bounds<i64>),
    Size(Bounds<u64>),
    ModSeq(Bounds<u64>),
    Changed(Bounds<i64>),
    Compare {
        subject: bool,
        how: Comparison,
        text: String,
    },
    Envelope {
        from: bool,
        term: Term,
    },
    /// Of a contact; `name` in lower case.
    Attribute {
        name: String,
        term: Term,
    },
}

/// Inclusive lower, exclusive upper bound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds<T> {
    pub from: Option<T>,
    pub until: Option<T>,
}

impl<T: PartialOrd> Bounds<T> {
    fn contain(&self, value: T) -> bool {
        self.from.as_ref().is_none_or(|from| value >= *from) && self.until.as_ref().is_none_or(|until| value < *until)
    }
}

impl Node {
    /// All of `members`, with what is known of sets folded together.
    pub fn and(members: Vec<Node>) -> Node {
        let mut out: Vec<Node> = Vec::new();
        let mut ids: Option<IdSet> = None;
        let mut folders: Option<Vec<ItemId>> = None;
        for member in members {
            match member {
                Node::All => {}
                Node::Ids(set) => ids = Some(ids.map_or(set.clone(), |known| known.intersection(&set))),
                Node::Folders(set) => {
                    folders = Some(match folders {
                        Some(known) => known.into_iter().filter(|id| set.binary_search(id).is_ok()).collect(),
                        None => set,
                    });
                }
                Node::And(inner) => out.extend(inner),
                other => out.push(other),
            }
        }
        if ids.as_ref().is_some_and(|ids| ids.len() == 0) || folders.as_ref().is_some_and(Vec::is_empty) {
            return Node::Nothing;
        }
        out.extend(ids.map(Node::Ids));
        out.extend(folders.map(Node::Folders));
        match out.len() {
            _ if out.iter().any(|member| matches!(member, Node::Nothing)) => Node::Nothing,
            0 => Node::All,
            1 => out.swap_remove(0),
            _ => Node::And(out),
        }
    }

    /// Any of `members`.
    pub fn or(members: Vec<Node>) -> Node {
        let mut out: Vec<Node> = Vec::new();
        let mut ids: Vec<ItemId> = Vec::new();
        for member in members {
            match member {
                Node::Nothing => {}
                Node::All => return Node::All,
                Node::Ids(set) => ids.extend(set.ids()),
                other => out.push(other),
            }
        }
        if !ids.is_empty() {
            out.push(Node::Ids(IdSet::new(ids)));
        }
        match out.len() {
            0 => Node::Nothing,
            1 => out.swap_remove(0),
            _ => Node::Or(out),
        }
    }

    pub fn negate(self) -> Node {
        match self {
            Node::All => Node::Nothing,
            Node::Nothing => Node::All,
            Node::Not(inner) => *inner,
            other => Node::Not(Box::new(other)),
        }
    }

    /// A set that may be empty.
    pub fn ids(set: IdSet) -> Node {
        if set.len() == 0 { Node::Nothing } else { Node::Ids(set) }
    }

    /// `None`: can't be told without the item.
    pub fn test(&self, brief: &Brief, item: Option<&Item>) -> Option<bool> {
        let known = match self {
            Node::All => true,
            Node::Nothing => false,
            Node::And(members) => return every(members.iter().map(|member| member.test(brief, item))),
            // Any is not every-not.
            Node::Or(members) => {
                return every(members.iter().map(|member| member.test(brief, item).map(|known| !known))).map(|n| !n);
            }
            Node::Not(inner) => !inner.test(brief, item)?,
            Node::Ids(set) => set.contains(brief.id),
            Node::Folders(folders) => folders.binary_search(&brief.folder).is_ok(),
            Node::Flags(flags) => brief.flags.contains(*flags),
            Node::Tag(tag) => brief.tags.contains(tag),
            Node::Tagged => !brief.tags.is_empty(),
            Node::Kind(kind) => brief.kind == *kind,
            Node::Solo => brief.conversation.is_none(),
            Node::Conversation(id) => brief.conversation == Some(*id),
            Node::Date(bounds) => bounds.contain(brief.date_ms),
            Node::Size(bounds) => bounds.contain(brief.size),
            Node::ModSeq(bounds) => bounds.contain(brief.modseq.0),
            Node::Changed(bounds) => bounds.contain(item?.changed_ms),
            Node::Compare { subject, how, text } => {
                let item = item?;
                let key = if *subject { &item.subject_sort } else { &item.sender_sort };
                match how {
                    Comparison::Less => key < text,
                    Comparison::LessOrEqual => key <= text,
                    Comparison::Greater => key > text,
                    Comparison::GreaterOrEqual => key >= text,
                }
            }
            Node::Envelope { from, term } => {
                let Detail::Message(detail) = &item?.detail else { return Some(false) };
                let address = if *from { &detail.envelope_from } else { &detail.envelope_to };
                let document = Document { from: address.clone().unwrap_or_default(), ..Document::default() };
                Indexes::matches(&document, term)
            }
            Node::Attribute { .. } if brief.kind != Kind::Contact => false,
            Node::Attribute { name, term } => {
                let Detail::Contact(detail) = &item?.detail else { return Some(false) };
                let values = detail.attrs.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
                values.into_iter().any(|(_, value)| {
                    Indexes::matches(&Document { subject: value.clone(), ..Document::default() }, term)
                })
            }
        };
        Some(known)
    }

    pub fn needs_items(&self) -> bool {
        match self {
            Node::And(members) | Node::Or(members) => members.iter().any(Node::needs_items),
            Node::Not(inner) => inner.needs_items(),
            Node::Changed(_) | Node::Compare { .. } | Node::Envelope { .. } | Node::Attribute { .. } => true,
            _ => false,
        }
    }

    fn conjuncts(&self) -> &[Node] {
        match self {
            Node::And(members) => members,
            other => std::slice::from_ref(other),
        }
    }

    /// The only ids that can pass, if that is known.
    pub fn candidates(&self) -> Option<&IdSet> {
        self.conjuncts().iter().find_map(|node| if let Node::Ids(set) = node { Some(set) } else { None })
    }

    /// What the rows' engine can test itself.
    pub fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        for node in self.conjuncts() {
            match node {
                Node::Folders(folders) => filter.folders.clone_from(folders),
                Node::Flags(flags) => filter.flags_all = filter.flags_all.with(*flags),
                Node::Not(inner) => {
                    // Of several bits any may be missing: that is no mask.
                    if let Node::Flags(flags) = **inner
                        && flags.0.is_power_of_two()
                    {
                        filter.flags_none = filter.flags_none.with(flags);
                    }
                }
                Node::Tag(tag) => filter.tag = Some(*tag),
                Node::Conversation(id) => filter.conversation = Some(*id),
                Node::Date(bounds) => {
                    filter.date_from_ms = filter.date_from_ms.max(bounds.from);
                    filter.date_until_ms = match (filter.date_until_ms, bounds.until) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                }
                _ => {}
            }
        }
        filter
    }
}

/// False as soon as one is false, else unknown if one is unknown.
fn every(tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut answer = Some(true);
    for test in tests {
        match test {
            Some(true) => {}
            Some(false) => return Some(false),
            None => answer = None,
        }
    }
    answer
}
