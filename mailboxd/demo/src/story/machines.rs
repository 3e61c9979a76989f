// SPDX-License-Identifier: AGPL-3.0-or-later
//! Newsletters, lists, reports, bounces and spam.

use super::{ALICE, BOB, CAROL, DAVE, days, letter};
use crate::files::png;
use crate::letter::{Entity, Person};
use crate::place::Item;

const SHOP: Person = ("Garden & More", "news@garden.test");
const LIST: Person = ("", "rust-berlin@lists.test");
const BACKUP: Person = ("Backup", "backup@example.test");

pub(super) fn items(now: i64) -> Vec<Item> {
    let mut items: Vec<Item> = vec![
        newsletter(now, 14, "news-2", "🌷 Tulips: 3 for 2 until Sunday"),
        newsletter(now, days(7), "news-1", "Your garden in November"),
    ];
    items.extend(list(now));
    items.extend((1..=4).map(|day| report(now, day)));
    items.push(bounce(now));
    items.push(spam(now));
    items
}

/// HTML with tables, remote pictures, a tracking pixel and a background: all to be held back until asked for.
fn newsletter(now: i64, hours: i64, id: &'static str, subject: &'static str) -> Item {
    let row = |name: &str, price: &str, picture: &str| {
        format!(
            "<tr><td width=\"140\"><img src=\"https://img.garden.test/{picture}.jpg\" width=\"120\" alt=\"{name}\"></td>\
             <td style=\"padding: 8px; font-size: 15px\"><b>{name}</b><br><span style=\"color: #c00\">{price}</span><br>\
             <a href=\"https://garden.test/buy?item={picture}&amp;utm_source=mail\">To the shop</a></td></tr>"
        )
    };
    let html = format!(
        "<!DOCTYPE html><html><head><title>News</title><style>td {{ font-family: Arial }} @media (max-width: 480px) {{ table {{ width: 100% }} }}</style></head>\
         <body bgcolor=\"#eef5ea\"><center><table width=\"600\" cellspacing=\"0\" background=\"https://img.garden.test/leaves.png\">\
         <tr><td colspan=\"2\" style=\"background: #2e5d34; color: #fff; padding: 16px; font-size: 22px\">Garden &amp; More</td></tr>{}{}{}\
         <tr><td colspan=\"2\" style=\"font-size: 11px; color: #777\">You get this because you bought a spade. \
         <a href=\"https://garden.test/unsubscribe?u=1\">Unsubscribe</a><img src=\"https://t.garden.test/open.gif?u=1\" width=\"1\" height=\"1\"></td></tr>\
         </table></center></body></html>",
        row("Tulips, 50 bulbs", "9.90 €", "tulips"),
        row("Spade, ash wood", "34.00 €", "spade"),
        row("Gloves", "6.50 €", "gloves"),
    );
    let body = Entity::alternative(
        "Garden & More\n\nTulips, 50 bulbs: 9.90 EUR\nSpade, ash wood: 34.00 EUR\n\nhttps://garden.test/\n",
        &html,
    );
    let mut letter = letter(now, hours, id, SHOP, &[CAROL, ALICE], subject, body);
    letter.extra = vec![
        ("List-Unsubscribe", "<https://garden.test/unsubscribe?u=1>".into()),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()),
        ("Precedence", "bulk".into()),
    ];
    let mut item = Item::new(letter);
    item.filed = vec![("alice", "/Newsletters")];
    item
}

fn list(now: i64) -> Vec<Item> {
    let post = |hours, id, from, subject, text| {
        let mut letter = letter(now, hours, id, from, &[LIST, BOB], subject, Entity::plain(text));
        letter.extra = vec![
            ("List-Id", "<rust-berlin.lists.test>".into()),
            ("List-Post", "<mailto:rust-berlin@lists.test>".into()),
        ];
        letter
    };
    let talk = post(
        days(3),
        "list-1",
        ("Eva K.", "eva@lists.test"),
        "[rust-berlin] Next meet-up: who gives a talk?",
        "We have the room on the 9th. Topics so far:\n\n * tokio for people who are late\n * what `Pin` is for\n\nEva\n",
    );
    let mut reply = post(
        days(2),
        "list-2",
        ("Tom", "tom@lists.test"),
        "Re: [rust-berlin] Next meet-up: who gives a talk?",
        "I can show how we parse e-mail without tears.\n",
    );
    reply.references = vec![talk.message_id()];
    [talk, reply].into_iter().map(|letter| Item { filed: vec![("bob", "/Lists/Rust")], ..Item::new(letter) }).collect()
}

fn report(now: i64, day: i64) -> Item {
    let ids = ["backup-1", "backup-2", "backup-3", "backup-4"];
    let ok = day != 2;
    let subject = if ok { "Backup finished" } else { "Backup FAILED on store-2" };
    let text = format!(
        "host      files      bytes       result\nstore-1   {:>6}   {:>12}   ok\nstore-2   {:>6}   {:>12}   {}\n",
        18_000 + day * 113,
        734_003_200 + day * 4_194_304,
        9_000 + day * 57,
        120_586_240 + day * 1_048_576,
        if ok { "ok" } else { "FAILED: no space left on device" }
    );
    let mut item = Item::new(letter(
        now,
        days(day) + 7,
        ids[(day - 1) as usize % ids.len()],
        BACKUP,
        &[DAVE],
        subject,
        Entity::plain(&text),
    ));
    item.filed = vec![("dave", "/Reports")];
    item.flagged_by = if ok { vec![] } else { vec!["dave"] };
    item
}

/// RFC 3464
fn bounce(now: i64) -> Item {
    let status = "Reporting-MTA: dns; mx.example.test\n\nFinal-Recipient: rfc822; nobody@customer.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user\n";
    let parts = vec![
        Entity::plain("Your message to nobody@customer.test could not be delivered:\n\n    550 5.1.1 No such user\n"),
        Entity::text("message/delivery-status", "us-ascii", status),
        Entity::text(
            "text/rfc822-headers",
            "us-ascii",
            "From: alice@example.test\nTo: nobody@customer.test\nSubject: Offer\n",
        ),
    ];
    let body = Entity::multipart("report; report-type=delivery-status", "rep", parts);
    let mut letter = letter(
        now,
        40,
        "bounce",
        ("Mail Delivery System", "mailer-daemon@example.test"),
        &[ALICE],
        "Undelivered: Offer",
        body,
    );
    letter.extra = vec![("Auto-Submitted", "auto-replied".into())];
    Item::new(letter)
}

fn spam(now: i64) -> Item {
    let html = "<html><body onload=\"steal()\"><script>alert('you won')</script><p style=\"position: fixed; top: 0\">You have <b>won</b>!</p>\
        <a href=\"javascript:steal()\">Claim</a> <a href=\"https://login.example.test.evil.test/\">https://login.example.test/</a>\
        <form action=\"https://evil.test\"><input name=\"password\" type=\"password\"></form></body></html>";
    let picture = png(8, [255, 0, 0], [255, 255, 0]);
    let body = Entity::mixed(Entity::html(html), vec![Entity::attachment("image/png", "invoice.pdf.png", &picture)]);
    let mut item = Item::new(letter(
        now,
        16,
        "spam",
        ("Your Bank", "security@evil.test"),
        &[ALICE, DAVE],
        "URGENT: verify your account",
        body,
    ));
    item.filed = vec![("alice", "/Junk"), ("dave", "/Junk")];
    item
}
