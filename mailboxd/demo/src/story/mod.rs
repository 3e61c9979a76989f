// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the people of example.test write to each other: a company of four with a product to relaunch, partners abroad,
//! families, newsletters and machines.

mod abroad;
mod daily;
mod machines;
mod relaunch;

use crate::letter::{Entity, Letter, Person};
use crate::place::Item;

pub(crate) const ALICE: Person = ("Alice Arnold", "alice@example.test");
pub(crate) const BOB: Person = ("Bob Berger", "bob@example.test");
pub(crate) const CAROL: Person = ("Carol Çelik", "carol@example.test");
pub(crate) const DAVE: Person = ("Dave \"Doc\" Daniels", "dave@example.test");

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

pub(crate) fn items(now_ms: i64) -> Vec<Item> {
    let mut items = relaunch::items(now_ms);
    items.extend(abroad::items(now_ms));
    items.extend(daily::items(now_ms));
    items.extend(machines::items(now_ms));
    items
}

/// `hours` before now.
pub(crate) fn letter(
    now_ms: i64,
    hours: i64,
    id: &str,
    from: Person,
    to: &[Person],
    subject: &'static str,
    body: Entity,
) -> Letter {
    Letter {
        from,
        to: to.to_vec(),
        cc: Vec::new(),
        subject,
        // odd minutes look like people
        date_ms: now_ms - hours * HOUR_MS - (id.len() as i64 * 7 % 50) * 60_000,
        id: id.to_string(),
        references: Vec::new(),
        extra: Vec::new(),
        body,
    }
}

/// As an answer to `parent`.
pub(crate) fn answer(mut letter: Letter, parent: &Letter) -> Letter {
    letter.references.clone_from(&parent.references);
    letter.references.push(parent.message_id());
    letter
}

pub(crate) fn days(count: i64) -> i64 {
    count * DAY_MS / HOUR_MS
}
