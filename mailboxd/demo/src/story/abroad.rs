// SPDX-License-Identifier: AGPL-3.0-or-later
//! Partners and families in other languages, scripts and character sets.

use super::{ALICE, BOB, CAROL, DAVE, answer, days, letter};
use crate::files::pdf;
use crate::letter::{Entity, Person};
use crate::place::Item;

const JÜRGEN: Person = ("Jürgen Müller-Lüdenscheidt", "j.mueller@partner.test");
const MARIE: Person = ("Marie Lefèvre", "marie@lefevre.test");
const YUKI: Person = ("山田 ゆき", "yuki@yamada.test");
const NOUR: Person = ("نور الهاشمي", "nour@hashimi.test");
const IVAN: Person = ("Иван Петров", "ivan@petrov.test");
const MUM: Person = ("Mum 🌻", "mum@family.test");

pub(super) fn items(now: i64) -> Vec<Item> {
    let mut items = german(now);
    items.extend(french(now));
    items.extend(japanese(now));
    items.extend(others(now));
    items
}

fn german(now: i64) -> Vec<Item> {
    let offer = || {
        let text = "Sehr geehrte Frau Arnold,\n\nanbei unser Angebot über 12 Türschließer, größtenteils in Weiß. Die Maße finden Sie auf Seite 2, \
der Preis von 1.234,56 € gilt bis Monatsende. Für Rückfragen stehe ich Ihnen gerne zur Verfügung.\n\nMit freundlichen Grüßen\nJürgen Müller-Lüdenscheidt\n";
        let file = pdf(&["Angebot 4711", "12 x Tuerschliesser, weiss", "Summe: 1.234,56 EUR"]);
        let body = Entity::mixed(
            Entity::plain(text),
            vec![Entity::attachment("application/pdf", "Angebot für Türschließer.pdf", &file)],
        );
        letter(now, days(7), "german-1", JÜRGEN, &[ALICE], "Angebot: Türschließer (größere Stückzahl)", body)
    };
    let text = "Lieber Herr Müller-Lüdenscheidt,\n\nvielen Dank, das passt. Bitte liefern Sie vor dem 12., sonst stehen die Türen offen.\n\nAlice Arnold\n";
    let yes = answer(
        letter(
            now,
            days(6) + 2,
            "german-2",
            ALICE,
            &[JÜRGEN],
            "AW: Angebot: Türschließer (größere Stückzahl)",
            Entity::plain(text),
        ),
        &offer(),
    );
    // Latin-1, as it was written for thirty years
    let old = b"Sch\xf6nen Gru\xdf aus K\xf6ln! Der alte Rechner l\xe4uft noch, nur der Drucker m\xfcsste gr\xfc\xdfen.\r\n\r\nOnkel G\xfcnter\r\n";
    let uncle = letter(
        now,
        days(4),
        "german-3",
        ("Günter Groß", "guenter@gross.test"),
        &[BOB],
        "Grüße aus Köln",
        Entity::eight_bit("iso-8859-1", old),
    );
    let mut items: Vec<Item> = [offer(), yes, uncle].into_iter().map(Item::new).collect();
    items[0].tagged = vec![("alice", "To do")];
    items
}

fn french(now: i64) -> Vec<Item> {
    let text = "Chère Carol,\n\nnous avons réservé l'hôtel « Les Trois Chênes » du 3 au 5 décembre. Le petit-déjeuner est compris ; \
la navette vous attendra à la gare à 18 h 30.\n\nÀ très bientôt,\nMarie\n";
    let html = "<html><body><p>Chère Carol,</p><p>nous avons réservé l'hôtel <i>«&nbsp;Les Trois Chênes&nbsp;»</i> du <b>3 au 5 décembre</b>. \
Le petit-déjeuner est compris&nbsp;; la navette vous attendra à la gare à 18&nbsp;h&nbsp;30.</p><p>À très bientôt,<br>Marie</p></body></html>";
    let hotel = || {
        letter(
            now,
            days(3),
            "french-1",
            MARIE,
            &[CAROL],
            "Réservation à l'hôtel, décembre",
            Entity::alternative(text, html),
        )
    };
    let reply = "Merci beaucoup, Marie ! J'apporte des lokums.\n\nCarol\n";
    let thanks = answer(
        letter(
            now,
            days(3) - 4,
            "french-2",
            CAROL,
            &[MARIE],
            "RE: Réservation à l'hôtel, décembre",
            Entity::plain(reply),
        ),
        &hotel(),
    );
    let mut items: Vec<Item> = [hotel(), thanks].into_iter().map(Item::new).collect();
    items[0].tagged = vec![("carol", "Travel")];
    items[0].filed = vec![("carol", "/Travel")];
    items
}

fn japanese(now: i64) -> Vec<Item> {
    let text = "ボブさん\n\nお元気ですか。来月、東京に来られるそうですね。\n駅前の新しいラーメン屋にぜひ一緒に行きましょう。地図を添付します。\n\n山田ゆき\n";
    let map = || {
        let body = Entity::mixed(
            Entity::plain(text),
            vec![Entity::attachment(
                "text/plain; charset=utf-8",
                "地図.txt",
                "駅 → 北口 → 二つ目の角を右\n".as_bytes(),
            )],
        );
        letter(now, days(2) + 5, "japanese-1", YUKI, &[BOB], "来月の東京出張について", body)
    };
    let reply = "ゆきさん\n\nありがとうございます！楽しみにしています。🍜\n\nボブ\n";
    let thanks = answer(
        letter(now, days(2), "japanese-2", BOB, &[YUKI], "Re: 来月の東京出張について", Entity::plain(reply)),
        &map(),
    );
    let mut items: Vec<Item> = [map(), thanks].into_iter().map(Item::new).collect();
    items[0].tagged = vec![("bob", "Travel"), ("bob", "家族")];
    items[0].flagged_by = vec!["bob"];
    items
}

fn others(now: i64) -> Vec<Item> {
    let arabic = "السلام عليكم ديف،\n\nهل يمكنك إرسال الفاتورة رقم 2041 قبل يوم الخميس؟ المبلغ 350 يورو.\n\nمع أطيب التحيات،\nنور\n";
    let html = format!(
        "<html dir=\"rtl\" lang=\"ar\"><body>{}</body></html>",
        arabic.trim().split("\n\n").map(|p| format!("<p>{p}</p>")).collect::<String>()
    );
    let invoice = letter(now, 20, "arabic-1", NOUR, &[DAVE], "الفاتورة رقم 2041", Entity::alternative(arabic, &html));
    // KOI8-R: "Привет! Как дела?"
    let koi8 = b"\xf0\xd2\xc9\xd7\xc5\xd4! \xeb\xc1\xcb \xc4\xc5\xcc\xc1?\r\n";
    let russian =
        letter(now, days(5) + 4, "russian-1", IVAN, &[DAVE], "Привет из Твери", Entity::eight_bit("koi8-r", koi8));
    let emoji = "Happy birthday, sweetheart! 🎂🎉🥳\n\nWe love you to the 🌙 and back. Grandpa sends a 🐱 (he means the one from last year).\n\n👩‍👩‍👧‍👦 Mum\n";
    let birthday = letter(now, 11, "emoji-1", MUM, &[ALICE], "🎂 Happy birthday! 🎈", Entity::plain(emoji));
    let mut items: Vec<Item> = [invoice, russian, birthday].into_iter().map(Item::new).collect();
    items[2].tagged = vec![("alice", "家族")];
    items[2].flagged_by = vec!["alice"];
    items
}
