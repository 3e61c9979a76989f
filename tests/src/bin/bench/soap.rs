// SPDX-License-Identifier: AGPL-3.0-or-later
//! The API: how long people wait for a search, what the index costs, and how many requests a second are answered, in either encoding.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::{Kind, Server};
use super::table::{Table, mebibytes, milliseconds};
use super::usage;
use anyhow::{Context, Result, bail};
use demo::Profile;
use posthouse_tests::http::Http;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SMALL: u64 = 10_000;
const FILL_MAX: Duration = Duration::from_secs(3_600);
/// Times each query is asked.
const ROUNDS: usize = 50;
/// Hits a page, as the web client asks.
const PAGE: usize = 100;
const CONNECTIONS: [usize; 2] = [1, 32];
const PATH: &str = "/service/soap/";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Json,
    Xml,
}

pub fn run(fresh: impl Fn() -> Result<Server>, messages: u64, time: Duration) -> Result<()> {
    let head = ["messages", "query", "on the first page", "p50 ms", "p95 ms"];
    let mut searches = Table::new("SearchRequest, first page of 100, to the last octet of the answer (JSON)", &head);
    let head = ["messages", "mail MiB", "index MiB", "index/mail", "indexed again, messages/s"];
    let mut sizes = Table::new("What the index costs", &head);
    let mut sizes_to_ask = vec![SMALL, messages];
    sizes_to_ask.dedup();
    let mut requests = None;
    for messages in sizes_to_ask {
        let pool = Pool::new(Profile::Small);
        let server = fresh()?;
        sizes.row(fill(&server, &pool, messages)?);
        for (name, query, sort) in queries(&pool) {
            searches.row(search(&server, messages, name, &query, sort)?);
        }
        if requests.is_none() {
            requests = Some(rates(&server, time)?);
        }
    }
    searches.print();
    sizes.print();
    requests.iter().for_each(Table::print);
    Ok(())
}

fn fill(server: &Server, pool: &Pool, messages: u64) -> Result<Vec<String>> {
    eprintln!("  filling a mailbox of {messages} messages");
    let count = usize::try_from(messages)?;
    let load = Load { pool, connections: 8, recipients: 1, time: FILL_MAX, messages: count, users: 1 };
    let done = deliver(server, &load)?;
    if done.messages != messages {
        bail!("{} messages of {messages} in {:?}", done.messages, done.elapsed);
    }
    server.settle()?;
    let index = usage::disk(&server.data.join("index"))?;
    let Kind::Ours { daemon, .. } = &server.kind else { bail!("only ours speaks it") };
    let begun = Instant::now();
    daemon.control(&json!({"verb": "reindex"}))?;
    server.settle()?;
    let rate = messages as f64 / begun.elapsed().as_secs_f64();
    let share = index as f64 / done.octets.max(1) as f64;
    Ok(vec![
        messages.to_string(),
        mebibytes(done.octets),
        mebibytes(index),
        format!("{share:.3}"),
        format!("{rate:.0}"),
    ])
}

/// What it is called, the query, the order.
fn queries(pool: &Pool) -> Vec<(&'static str, String, &'static str)> {
    let rare = demo::corpus_needle(1, 7);
    let prefix: String = rare.chars().take(rare.chars().count().saturating_sub(2)).collect();
    let (one, two) = pool.two_words();
    vec![
        ("a rare word", rare, "dateDesc"),
        ("a word of many", "ment".into(), "dateDesc"),
        ("a phrase", format!("\"{one} {two}\""), "dateDesc"),
        ("from and date", "from:anna.schmidt after:1/1/2026".into(), "dateDesc"),
        ("a prefix", format!("{prefix}*"), "dateDesc"),
        ("a folder by subject", "in:inbox".into(), "subjAsc"),
        ("a folder by date", "in:inbox".into(), "dateDesc"),
        ("conversations of a folder", "in:inbox".into(), ""),
    ]
}

fn search(server: &Server, messages: u64, name: &str, query: &str, sort: &str) -> Result<Vec<String>> {
    let mut client = Client::login(server, Encoding::Json)?;
    let (types, sort) = if sort.is_empty() { ("conversation", "dateDesc") } else { ("message", sort) };
    let (mut times, mut hits) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let clock = Instant::now();
        let answer = client.ask(&Request::Search { query, types, sort })?;
        times.push(clock.elapsed());
        let answer: Value = serde_json::from_slice(&answer)?;
        let found = &answer["Body"]["SearchResponse"];
        hits = ["m", "c"].iter().filter_map(|kind| found[kind].as_array()).map(Vec::len).sum();
    }
    let worse = milliseconds(&mut times, 0.95);
    Ok(vec![messages.to_string(), name.to_owned(), hits.to_string(), milliseconds(&mut times, 0.5), worse])
}

fn rates(server: &Server, time: Duration) -> Result<Table> {
    let title = format!("Requests in a mailbox of {SMALL}");
    let head = ["", "encoding", "conn.", "requests/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms/request"];
    let mut table = Table::new(&title, &head);
    let mut client = Client::login(server, Encoding::Json)?;
    let all = Request::Search { query: "in:inbox", types: "message", sort: "dateDesc" };
    let found: Value = serde_json::from_slice(&client.ask(&all)?)?;
    let ids: Vec<String> = found["Body"]["SearchResponse"]["m"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|message| message["id"].as_str().map(str::to_owned))
        .collect();
    for kind in ["GetFolder", "Search", "GetMsg"] {
        for connections in CONNECTIONS {
            for (encoding, spelled) in [(Encoding::Json, "JSON"), (Encoding::Xml, "XML")] {
                let (mut times, elapsed, cpu) = load(server, encoding, kind, &ids, connections, time)?;
                let mut row = vec![kind.to_owned(), spelled.to_owned(), connections.to_string()];
                row.push(format!("{:.0}", times.len() as f64 / elapsed.as_secs_f64()));
                row.extend([0.5, 0.95, 0.99].map(|q| milliseconds(&mut times, q)));
                row.push(format!("{:.3}", cpu.as_secs_f64() * 1e3 / times.len().max(1) as f64));
                table.row(row);
            }
        }
    }
    Ok(table)
}

fn load(
    server: &Server,
    encoding: Encoding,
    kind: &str,
    ids: &[String],
    connections: usize,
    time: Duration,
) -> Result<(Vec<Duration>, Duration, Duration)> {
    let clients = (0..connections).map(|_| Client::login(server, encoding)).collect::<Result<Vec<_>>>()?;
    let (begun, cpu) = (Instant::now(), usage::cpu(server.pid));
    let work = |mut client: Client, at: usize| -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        while begun.elapsed() < time {
            let id = ids.get((at * 7 + times.len()) % ids.len().max(1)).map_or("", String::as_str);
            let request = match kind {
                "GetFolder" => Request::GetFolder,
                "GetMsg" => Request::GetMsg { id },
                _ => Request::Search { query: "in:inbox", types: "message", sort: "dateDesc" },
            };
            let clock = Instant::now();
            client.ask(&request)?;
            times.push(clock.elapsed());
        }
        Ok(times)
    };
    let times = std::thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> =
            clients.into_iter().enumerate().map(|(at, client)| scope.spawn(move || work(client, at))).collect();
        let mut times = Vec::new();
        for worker in workers {
            let Ok(done) = worker.join() else { bail!("a client panicked") };
            times.extend(done?);
        }
        Ok(times)
    })?;
    Ok((times, begun.elapsed(), usage::cpu(server.pid).saturating_sub(cpu)))
}

enum Request<'a> {
    GetFolder,
    GetMsg { id: &'a str },
    Search { query: &'a str, types: &'a str, sort: &'a str },
}

impl Request<'_> {
    fn json(&self) -> Value {
        let in_mail = |name: &str, mut value: Value| {
            value["_jsns"] = json!("urn:zimbraMail");
            json!({name: value})
        };
        match self {
            Request::GetFolder => in_mail("GetFolderRequest", json!({})),
            Request::GetMsg { id } => in_mail("GetMsgRequest", json!({"m": {"id": id, "html": 1}})),
            Request::Search { query, types, sort } => {
                let query = json!({"_content": query});
                in_mail("SearchRequest", json!({"types": types, "sortBy": sort, "limit": PAGE, "query": query}))
            }
        }
    }

    fn xml(&self) -> String {
        match self {
            Request::GetFolder => r#"<GetFolderRequest xmlns="urn:zimbraMail"/>"#.into(),
            Request::GetMsg { id } => {
                format!(r#"<GetMsgRequest xmlns="urn:zimbraMail"><m id="{id}" html="1"/></GetMsgRequest>"#)
            }
            Request::Search { query, types, sort } => format!(
                r#"<SearchRequest xmlns="urn:zimbraMail" types="{types}" sortBy="{sort}" limit="{PAGE}"><query>{query}</query></SearchRequest>"#
            ),
        }
    }
}

/// Someone who is logged in, on a connection that is kept.
struct Client {
    http: Http,
    encoding: Encoding,
    token: String,
}

impl Client {
    fn login(server: &Server, encoding: Encoding) -> Result<Client> {
        let mut http = Http::connect(server.http.context("it has no HTTP")?)?;
        let request = json!({"Body": {"AuthRequest": {
            "_jsns": "urn:zimbraAccount",
            "account": {"by": "name", "_content": Server::user(0)},
            "password": {"_content": server.password},
        }}});
        let (_, answer) = http.post(PATH, "application/json", request.to_string().as_bytes())?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let token = answer["Body"]["AuthResponse"]["authToken"][0]["_content"].as_str();
        let token = token.with_context(|| format!("no login: {answer}"))?.to_owned();
        Ok(Client { http, encoding, token })
    }

    fn ask(&mut self, request: &Request<'_>) -> Result<Vec<u8>> {
        let token = &self.token;
        let (kind, text) = match self.encoding {
            Encoding::Json => {
                let context =
                    json!({"context": {"_jsns": "urn:zimbra", "authToken": {"_content": token}, "nosession": {}}});
                ("application/json", json!({"Header": context, "Body": request.json()}).to_string())
            }
            Encoding::Xml => (
                "application/soap+xml; charset=utf-8",
                format!(
                    r#"<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Header><context xmlns="urn:zimbra"><authToken>{token}</authToken><nosession/></context></soap:Header><soap:Body>{}</soap:Body></soap:Envelope>"#,
                    request.xml()
                ),
            ),
        };
        let (status, answer) = self.http.post(PATH, kind, text.as_bytes())?;
        if status != 200 {
            bail!("{text}: {status} {}", String::from_utf8_lossy(&answer));
        }
        Ok(answer)
    }
}
