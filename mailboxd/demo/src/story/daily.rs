// SPDX-License-Identifier: AGPL-3.0-or-later
//! What every day brings: lunch, meetings, a long text, invitations, thanks.

use super::{ALICE, BOB, CAROL, DAVE, answer, days, letter};
use crate::letter::{Entity, Letter};
use crate::place::Item;
use chrono::DateTime;

pub(super) fn items(now: i64) -> Vec<Item> {
    let mut items = lunch(now);
    items.push(minutes(now));
    items.extend(meeting(now));
    let key = letter(
        now,
        30,
        "daily-key",
        DAVE,
        &[ALICE, BOB, CAROL],
        "Who has the key to the server room?",
        Entity::plain("It is not on its hook. Again.\n"),
    );
    let mut found = Item::new(answer(
        letter(
            now,
            29,
            "daily-key-2",
            CAROL,
            &[DAVE],
            "Re: Who has the key to the server room?",
            Entity::plain("In my coat. Sorry! 🙈\n"),
        ),
        &key,
    ));
    found.read = true;
    let mut self_note = Item::new(letter(
        now,
        50,
        "daily-note",
        BOB,
        &[BOB],
        "Note to self",
        Entity::plain("Renew passport. Water the plants. Call Yuki.\n"),
    ));
    self_note.tagged = vec![("bob", "To do")];
    items.extend([Item::new(key), found, self_note]);
    items
}

fn lunch(now: i64) -> Vec<Item> {
    let ask = letter(
        now,
        26,
        "lunch-1",
        BOB,
        &[ALICE, CAROL, DAVE],
        "Lunch tomorrow?",
        Entity::plain("Pizza at half past twelve?\n"),
    );
    let yes = answer(
        letter(
            now,
            25,
            "lunch-2",
            CAROL,
            &[BOB, ALICE, DAVE],
            "Re: Lunch tomorrow?",
            Entity::plain("I'm in.\n\n> Pizza at half past twelve?\n"),
        ),
        &ask,
    );
    let no = answer(
        letter(
            now,
            25,
            "lunch-33",
            DAVE,
            &[BOB, ALICE, CAROL],
            "Re: Lunch tomorrow?",
            Entity::plain("Only if there is something without cheese.\n"),
        ),
        &ask,
    );
    let place = answer(
        letter(
            now,
            24,
            "lunch-4",
            ALICE,
            &[BOB, CAROL, DAVE],
            "Re: Lunch tomorrow?",
            Entity::plain("The new place has. I book for four.\n"),
        ),
        &no,
    );
    [ask, yes, no, place].into_iter().map(Item::new).collect()
}

/// A long plain text, with a table and a signature.
fn minutes(now: i64) -> Item {
    let mut text = "Minutes of the monthly meeting\n==============================\n\n".to_string();
    let topics =
        ["Relaunch", "Backups", "Heating", "New colleague", "Coffee machine", "Parking", "Security", "Holidays"];
    for (number, topic) in (1..).zip(topics) {
        text.push_str(&format!("{number}. {topic}\n\n"));
        for (at, who) in ["Alice", "Bob", "Carol", "Dave"].iter().enumerate() {
            text.push_str(&format!(
                "   {who} reports that the work on \"{}\" goes on as it was agreed last time. There are {} open points, of which {} are with\n   \
                 us and the rest waits for others. Nobody objects, and the list stays as it is until the next meeting.\n\n",
                topic.to_lowercase(),
                number * 3 + at,
                number + at
            ));
        }
    }
    text.push_str("| topic | open | done |\n|-------|------|------|\n");
    for (number, topic) in (1..).zip(topics) {
        text.push_str(&format!("| {topic:<14} | {:>3} | {:>3} |\n", number * 3, number * 5));
    }
    text.push_str("\n-- \nBob Berger\nexample.test\n");
    let mut item = Item::new(letter(
        now,
        days(12),
        "minutes",
        BOB,
        &[ALICE, CAROL, DAVE],
        "Minutes of the monthly meeting",
        Entity::plain(&text),
    ));
    item.filed = vec![("alice", "/Archive/2026"), ("dave", "/Archive/2026")];
    item
}

/// An invitation as mail (RFC 6047), and a yes to it.
fn meeting(now: i64) -> Vec<Item> {
    let start = now + 3 * 24 * 3_600_000;
    let event = |method: &str, status: &str| {
        let stamp =
            |ms: i64| DateTime::from_timestamp_millis(ms).unwrap_or_default().format("%Y%m%dT%H0000Z").to_string();
        format!(
            "BEGIN:VCALENDAR\nPRODID:-//Posthouse//demo//EN\nVERSION:2.0\nMETHOD:{method}\nBEGIN:VEVENT\nUID:review@example.test\n\
             DTSTAMP:{}\nDTSTART:{}\nDTEND:{}\nSUMMARY:Review of the relaunch\nLOCATION:Room 2\nORGANIZER;CN=Alice Arnold:mailto:alice@example.test\n\
             ATTENDEE;PARTSTAT={status};RSVP=TRUE;CN=Dave Daniels:mailto:dave@example.test\nEND:VEVENT\nEND:VCALENDAR\n",
            stamp(now),
            stamp(start),
            stamp(start + 3_600_000)
        )
    };
    let body = |text: &str, method: &'static str, status: &str| {
        let calendar = Entity::text(&format!("text/calendar; method={method}"), "utf-8", &event(method, status));
        Entity::multipart("alternative", "alt", vec![Entity::plain(text), calendar])
    };
    let invite: Letter = letter(
        now,
        28,
        "review-1",
        ALICE,
        &[DAVE, BOB],
        "Review of the relaunch",
        body("Room 2, one hour. Please bring numbers.\n", "REQUEST", "NEEDS-ACTION"),
    );
    let accept = answer(
        letter(
            now,
            27,
            "review-2",
            DAVE,
            &[ALICE],
            "Accepted: Review of the relaunch",
            body("Yes, I will attend.\n", "REPLY", "ACCEPTED"),
        ),
        &invite,
    );
    [invite, accept].into_iter().map(Item::new).collect()
}
