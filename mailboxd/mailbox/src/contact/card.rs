// SPDX-License-Identifier: AGPL-3.0-or-later
//! Contacts from and to files of contacts.

use super::{FileAttr, Mailbox, NewContact};
use crate::error::Result;
use ids::ItemId;
use metadata::{Detail, Item, Member, MemberKind};
use mime::Card;

/// Contacts of one record of the journal.
const BATCH: usize = 500;
/// What a picture is called.
const IMAGE: &str = "image";

impl NewContact {
    /// Adds what the card says behind what the contact has.
    pub fn fill(&mut self, card: Card) {
        self.attrs.extend(card.attrs);
        let members = card.members.into_iter().filter(|value| !value.is_empty());
        self.members.extend(members.map(|value| Member { kind: MemberKind::Inline, value }));
        if let Some((content_type, octets)) = card.photo {
            let filename = format!("{IMAGE}.{}", content_type.rsplit('/').next().unwrap_or("jpeg"));
            self.files.push(FileAttr { name: IMAGE.into(), content_type, filename, content: octets.into() });
        }
    }
}

impl Mailbox {
    /// New contacts of the cards, in order; tags are made as they are needed. Each [`BATCH`] comes whole or not at all.
    pub fn import_cards(&self, folder: ItemId, cards: Vec<Card>) -> Result<Vec<ItemId>> {
        let mut new = Vec::with_capacity(cards.len());
        for card in cards {
            let mut one = NewContact { folder, ..NewContact::default() };
            for name in &card.categories {
                // What can be no name of a tag is none; tags are their owner's to make.
                if self.is_own()
                    && let Ok(tag) = self.ensure_tag(name)
                {
                    one.tags.push(tag.item.id);
                }
            }
            one.fill(card);
            new.push(one);
        }
        let mut ids = Vec::with_capacity(new.len());
        for batch in new.chunks(BATCH) {
            ids.extend(self.create_contacts(batch)?.iter().map(|item| item.id));
        }
        Ok(ids)
    }

    /// What a file of contacts says of one.
    pub fn contact_card(&self, item: &Item) -> Result<Card> {
        let Detail::Contact(detail) = &item.detail else { return Ok(Card::default()) };
        let tags = self.tags()?;
        let mut card = Card {
            attrs: detail.attrs.clone(),
            categories: tags
                .iter()
                .filter(|tag| item.tags.contains(&tag.item.id))
                .map(|tag| tag.item.name.clone())
                .collect(),
            ..Card::default()
        };
        for member in &detail.members {
            match member.kind {
                MemberKind::Inline | MemberKind::Gal => card.members.push(member.value.clone()),
                MemberKind::Contact => {
                    let contact = member.value.parse().ok().and_then(|id| self.contact(ItemId(id)).ok());
                    card.members.extend(contact.and_then(|contact| first_email(&contact)));
                }
            }
        }
        if detail.files.iter().any(|file| file.name == IMAGE) {
            let (file, content) = self.contact_file(item, IMAGE)?;
            card.photo = Some((file.content_type, content.to_vec()));
        }
        Ok(card)
    }
}

fn first_email(item: &Item) -> Option<String> {
    let Detail::Contact(detail) = &item.detail else { return None };
    detail.attrs.iter().find(|(name, _)| super::is_email(name)).map(|(_, value)| value.clone())
}
