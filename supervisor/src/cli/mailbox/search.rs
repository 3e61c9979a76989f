// SPDX-License-Identifier: AGPL-3.0-or-later
//! Searches, page by page.

use super::session::Session;
use super::show::{column, list, number, short_date, text};
use super::words::{Given, Opt, switch, takes};
use super::{Topic, Verb};
use anyhow::{Result, bail};
use serde_json::{Value, json};

/// A search whose pages are turned.
#[derive(Clone)]
pub struct Shown {
    request: &'static str,
    body: Value,
    offset: i64,
    limit: i64,
    more: bool,
}

const LIMIT: i64 = 25;
const LIMIT_MAX: i64 = 1000;

const OPTIONS: &[Opt] = &[
    takes('l', "limit", "NUMBER"),
    takes('s', "sort", "dateDesc|dateAsc|subjDesc|…"),
    takes('t', "types", "conversation,message,contact,document"),
    takes('o', "offset", "NUMBER"),
    switch('d', "dumpster"),
];

pub const VERBS: &[Verb] = &[
    Verb {
        name: "search",
        short: "s",
        topic: Topic::Search,
        usage: "[OPTION]… QUERY",
        options: OPTIONS,
        run: |session, given| {
            let mut body = json!({"query": given.next("query")?, "types": given.option('t').unwrap_or("conversation")});
            if given.has('d') {
                body["inDumpster"] = json!(true);
            }
            let shown = wanted("SearchRequest", body, given)?;
            turn(session, shown, false)
        },
    },
    Verb {
        name: "searchNext",
        short: "sn",
        topic: Topic::Search,
        usage: "",
        options: &[],
        run: |session, _| go(session, false, 1),
    },
    Verb {
        name: "searchPrevious",
        short: "sp",
        topic: Topic::Search,
        usage: "",
        options: &[],
        run: |session, _| go(session, false, -1),
    },
    Verb {
        name: "searchConv",
        short: "sc",
        topic: Topic::Conversation,
        usage: "[OPTION]… CONVERSATION QUERY",
        options: OPTIONS,
        run: |session, given| {
            let body = json!({"cid": given.next("conversation")?, "query": given.next("query")?});
            let shown = wanted("SearchConvRequest", body, given)?;
            turn(session, shown, true)
        },
    },
    Verb {
        name: "searchCurrent",
        short: "sc",
        topic: Topic::Search,
        usage: "",
        options: &[],
        run: |session, _| go(session, false, 0),
    },
    Verb {
        name: "searchConvNext",
        short: "scn",
        topic: Topic::Conversation,
        usage: "",
        options: &[],
        run: |session, _| go(session, true, 1),
    },
    Verb {
        name: "searchConvPrevious",
        short: "scp",
        topic: Topic::Conversation,
        usage: "",
        options: &[],
        run: |session, _| go(session, true, -1),
    },
];

fn wanted(request: &'static str, mut body: Value, given: &Given) -> Result<Shown> {
    let number = |letter, default: i64| match given.option(letter).map(str::parse::<i64>) {
        None => Ok(default),
        Some(Ok(number)) if number >= 0 => Ok(number),
        Some(_) => bail!("-{letter} takes a number"),
    };
    let (offset, limit) = (number('o', 0)?, number('l', LIMIT)?.clamp(1, LIMIT_MAX));
    if let Some(sort) = given.option('s') {
        body["sortBy"] = json!(sort);
    }
    Ok(Shown { request, body, offset, limit, more: false })
}

fn go(session: &mut Session, in_conversation: bool, pages: i64) -> Result<String> {
    let last = if in_conversation { &session.conversation } else { &session.search };
    let Some(mut shown) = last.clone() else { bail!("there is no search to go on with") };
    match pages {
        1 if !shown.more => bail!("there are no more search results"),
        -1 if shown.offset == 0 => bail!("there are no search results before these"),
        _ => {}
    }
    shown.offset = (shown.offset + pages * shown.limit).max(0);
    turn(session, shown, in_conversation)
}

fn turn(session: &mut Session, mut shown: Shown, in_conversation: bool) -> Result<String> {
    let mut body = shown.body.clone();
    (body["offset"], body["limit"]) = (json!(shown.offset), json!(shown.limit));
    let answer = session.mail(shown.request, body)?;
    shown.more = answer["more"] == true;
    let out = page(&answer, shown.offset);
    *(if in_conversation { &mut session.conversation } else { &mut session.search }) = Some(shown);
    Ok(out)
}

const KINDS: [(&str, &str); 4] = [("c", "conv"), ("m", "mess"), ("cn", "cont"), ("doc", "docu")];

/// A page of hits, each with its number in the whole.
fn page(answer: &Value, offset: i64) -> String {
    let mut hits: Vec<(&str, &Value)> =
        KINDS.iter().flat_map(|(member, kind)| list(answer, member).iter().map(move |hit| (*kind, hit))).collect();
    if hits.iter().any(|(kind, _)| *kind != hits[0].0) {
        // JSON has them by kind; their sort values are those of one order.
        let sort = text(&answer["sortBy"]);
        hits.sort_by_key(|(_, hit)| number(&hit["d"]));
        if !sort.ends_with("Asc") {
            hits.reverse();
        }
    }
    let mut out = format!("num: {}, more: {}\n\n", hits.len(), answer["more"] == true);
    if hits.is_empty() {
        return out;
    }
    let id_width = hits.iter().map(|(_, hit)| text(&hit["id"]).len()).max().unwrap_or(0).max(4);
    let last = offset + i64::try_from(hits.len()).unwrap_or(0);
    let width = last.to_string().len();
    let row = |number: &str, id: &str, kind: &str, from: &str, subject: &str, date: &str| {
        let (from, subject) = (column(from, 20), column(subject, 50));
        format!("{number:>at$}  {id:>id_width$}  {kind:>4}   {from}  {subject}  {date}", at = width + 1)
            .trim_end()
            .to_owned()
            + "\n"
    };
    let line = |n: usize| "-".repeat(n);
    out += &row("", "Id", "Type", "From", "Subject", "Date");
    out += &row("", &line(id_width), "----", &line(20), &line(50), &line(14));
    for (at, (kind, hit)) in (offset + 1..).zip(hits) {
        let (from, subject) = match kind {
            "cont" => (text(&hit["fileAsStr"]), text(&hit["_attrs"]["email"])),
            "docu" => (text(&hit["leb"]), text(&hit["name"])),
            _ => (people(hit), text(&hit["su"])),
        };
        out += &row(&format!("{at}."), &text(&hit["id"]), kind, &from, &subject, &short_date(&hit["d"]));
    }
    out + "\n"
}

/// Senders, as lists show them.
pub fn people(hit: &Value) -> String {
    let from = list(hit, "e").iter().filter(|e| matches!(e["t"].as_str(), None | Some("f")));
    let names = from.map(|e| match text(&e["d"]) {
        name if name.is_empty() => text(&e["a"]),
        name => name,
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_the_second_column() {
        let hit =
            |id: &str, d: i64| json!({"id": id, "d": d, "su": "Hi\tyou", "e": [{"t": "f", "a": "a@b", "d": "Ann"}]});
        let answer = json!({"more": true, "sortBy": "dateDesc", "m": [hit("257", 2_000)], "doc": [{"id": "300", "d": 3_000, "name": "x.txt", "leb": "b@c"}]});
        let page = page(&answer, 9);
        let rows: Vec<Vec<&str>> = page.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["num:", "2,", "more:", "true"]);
        assert_eq!(rows[4][..3], ["10.", "300", "docu"]);
        assert_eq!(rows[5][..6], ["11.", "257", "mess", "Ann", "Hi", "you"]);
        assert_eq!(super::page(&json!({"more": false}), 0), "num: 0, more: false\n\n");
    }
}
