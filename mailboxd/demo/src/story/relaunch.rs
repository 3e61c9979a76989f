// SPDX-License-Identifier: AGPL-3.0-or-later
//! The relaunch: one long thread with branches, files, pictures, a forward and a draft.

use super::{ALICE, BOB, CAROL, DAVE, answer, days, letter};
use crate::files::{pdf, png, zip};
use crate::letter::{Entity, Letter};
use crate::place::Item;

const PLAN: &str = "Hello everybody,

here is the plan for the relaunch. In short:

  1. The old shop stays up until the 12th.
  2. We move the data over the weekend.
  3. On Monday at 08:00 we switch.

The whole of it is in the PDF. Please read chapter 3 (rollback) before Thursday.

Alice
";

const MOCKUP: &str = "<html><body style=\"font-family: sans-serif\"><p>Two drafts of the start page:</p>\
<p><img src=\"cid:draft-warm@example.test\" alt=\"warm\" width=\"96\"> <img src=\"cid:draft-cool@example.test\" alt=\"cool\" width=\"96\"></p>\
<table border=\"1\" cellpadding=\"4\"><tr><th>Draft</th><th>Contrast</th><th>Mood</th></tr>\
<tr><td>warm</td><td style=\"color: #2a7a2a\">4.8</td><td>cosy</td></tr>\
<tr><td>cool</td><td style=\"color: #2a7a2a\">7.1</td><td>serious</td></tr></table>\
<p>I lean towards <b>cool</b>. &#128578;</p></body></html>";

pub(super) fn items(now: i64) -> Vec<Item> {
    let (plan, first) = opening(now);
    let (mockup, second) = pictures(now, &plan);
    [first, second, talk(now, &plan, &mockup)].into_iter().flatten().collect()
}

fn opening(now: i64) -> (Letter, Vec<Item>) {
    let document = pdf(&[
        "Relaunch plan",
        "",
        "1. Schedule",
        "2. Data",
        "3. Rollback: switch the name back, restore last night's snapshot",
    ]);
    let plan = || {
        let body = Entity::mixed(
            Entity::plain(PLAN),
            vec![Entity::attachment("application/pdf", "relaunch-plan.pdf", &document)],
        );
        letter(now, days(9), "relaunch-1", ALICE, &[BOB, CAROL, DAVE], "Relaunch: the plan", body)
    };
    let text = "> On Monday at 08:00 we switch.\n\nCould we make that 07:00? The first customers come at half past seven.\n\nBob\n";
    let earlier = answer(
        letter(
            now,
            days(9) - 2,
            "relaunch-2",
            BOB,
            &[ALICE, CAROL, DAVE],
            "Re: Relaunch: the plan",
            Entity::plain(text),
        ),
        &plan(),
    );
    let text = ">> On Monday at 08:00 we switch.\n> Could we make that 07:00?\n\n07:00 it is. I bring the coffee, Dave brings the rollback.\n";
    let agreed = answer(
        letter(now, days(8), "relaunch-3", ALICE, &[BOB], "Re: Relaunch: the plan", Entity::plain(text)),
        &earlier,
    );
    let mut items: Vec<Item> = [plan(), earlier, agreed].into_iter().map(Item::new).collect();
    items[0].flagged_by = vec!["bob", "dave"];
    items[0].tagged = vec![("alice", "Important"), ("dave", "Important"), ("dave", "To do")];
    for item in &mut items {
        item.filed = vec![("carol", "/Projects/Relaunch"), ("dave", "/Projects/Relaunch")];
    }
    (plan(), items)
}

fn pictures(now: i64, plan: &Letter) -> (Letter, Vec<Item>) {
    let mockup = || {
        let related = Entity::multipart(
            "related",
            "rel",
            vec![
                Entity::html(MOCKUP),
                Entity::inline(
                    "image/png",
                    "draft-warm@example.test",
                    "warm.png",
                    &png(96, [250, 220, 160], [180, 70, 30]),
                ),
                Entity::inline(
                    "image/png",
                    "draft-cool@example.test",
                    "cool.png",
                    &png(96, [200, 225, 250], [20, 40, 90]),
                ),
            ],
        );
        let text = Entity::plain("Two drafts of the start page (pictures in the HTML). I lean towards cool.\n");
        let body = Entity::multipart("alternative", "alt", vec![text, related]);
        answer(
            letter(now, days(6), "relaunch-4", CAROL, &[ALICE, BOB, DAVE], "Relaunch: start page drafts", body),
            plan,
        )
    };
    let sources = zip(&[
        ("style/warm.css", b"body { color: #432; }\n"),
        ("style/cool.css", b"body { color: #124; }\n"),
        ("README.txt", b"Pick one.\n"),
    ]);
    let body = Entity::mixed(
        Entity::plain("And the sources, for whoever wants to play with them.\n"),
        vec![Entity::attachment("application/zip", "start-page.zip", &sources)],
    );
    let more = answer(
        letter(now, days(6) - 1, "relaunch-5", CAROL, &[ALICE, BOB, DAVE], "Re: Relaunch: start page drafts", body),
        &mockup(),
    );
    let mut items: Vec<Item> = [mockup(), more].into_iter().map(Item::new).collect();
    items[0].filed = vec![("alice", "/Projects/Relaunch")];
    items[1].filed = vec![("alice", "/Projects/Relaunch")];
    (mockup(), items)
}

fn talk(now: i64, plan: &Letter, mockup: &Letter) -> Vec<Item> {
    let vote = answer(
        letter(
            now,
            days(5),
            "relaunch-6",
            DAVE,
            &[CAROL],
            "Re: Relaunch: start page drafts",
            Entity::plain("Cool. Black text on grey always wins.\n\n-- \nDave\n"),
        ),
        mockup,
    );
    let forwarded = Entity::mixed(
        Entity::plain("Dave, the customer asked for this. Can you answer the question about the old links?\n"),
        vec![Entity::message(question(now).bytes())],
    );
    let forward = letter(now, days(2), "relaunch-8", ALICE, &[DAVE], "Fwd: Will the old links still work?", forwarded);
    let urgent = {
        let text =
            "The certificate of the old shop ends on Sunday, not on Tuesday!\n\nCan somebody renew it today, please?\n";
        let mut letter = answer(
            letter(now, 5, "relaunch-9", BOB, &[ALICE, DAVE], "Relaunch: certificate!", Entity::plain(text)),
            plan,
        );
        letter.extra = vec![("X-Priority", "1".into()), ("Importance", "high".into())];
        letter
    };
    let done = answer(
        letter(
            now,
            3,
            "relaunch-10",
            DAVE,
            &[BOB, ALICE],
            "Re: Relaunch: certificate!",
            Entity::plain("Done. Good until February.\n"),
        ),
        &urgent,
    );
    let draft = answer(
        letter(
            now,
            1,
            "relaunch-11",
            ALICE,
            &[BOB, CAROL, DAVE],
            "Re: Relaunch: certificate!",
            Entity::plain("Thank you, Dave! For the next time we should\n"),
        ),
        &done,
    );
    let mut items: Vec<Item> = [vote, question(now), forward, urgent, done, draft].into_iter().map(Item::new).collect();
    items[3].flagged_by = vec!["alice"];
    items[3].tagged = vec![("alice", "Important"), ("alice", "To do")];
    items[5].draft = true;
    items
}

fn question(now: i64) -> Letter {
    let text = "Good afternoon,\n\nwe have your product pages in our bookmarks. Will the old links still work after your relaunch?\n\nKind regards\nMrs. P. Peters\n";
    letter(
        now,
        days(2) + 3,
        "relaunch-7",
        ("Paula Peters", "p.peters@customer.test"),
        &[ALICE],
        "Will the old links still work?",
        Entity::plain(text),
    )
}
