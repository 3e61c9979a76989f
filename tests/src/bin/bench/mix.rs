// SPDX-License-Identifier: AGPL-3.0-or-later
//! IMAP as mail clients use it: each connection has a mailbox of 500 messages selected and asks in turn, for one thing or for
//! everything that people's programs ask for, as often as they do.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::Server;
use super::table::{Table, milliseconds};
use super::usage;
use anyhow::{Result, bail};
use demo::Profile;
use posthouse_tests::imap::Imap;
use std::time::{Duration, Instant};

const MAILBOXES: usize = 10;
const MESSAGES: usize = 500;
const PAGE: usize = 50;
const CONNECTIONS: [usize; 2] = [8, 32];
const FILL_MAX: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    /// A connection of its own: login, SELECT, a page of flags and envelopes, logout.
    Session,
    Page,
    Body,
    Store,
    SearchHeader,
    SearchFlag,
    SearchBody,
    Append,
    Status,
    Select,
    Noop,
    Idle,
    /// One after the other, as [`WEIGHTS`] says.
    Mixed,
}

const ALONE: [(Operation, &str); 8] = [
    (Operation::Session, "login, SELECT, page, logout"),
    (Operation::Page, "FETCH of a page of 50"),
    (Operation::Body, "FETCH of a body"),
    (Operation::Store, "STORE of a flag"),
    (Operation::SearchFlag, "SEARCH by flag and date"),
    (Operation::SearchHeader, "SEARCH SUBJECT"),
    (Operation::SearchBody, "SEARCH BODY"),
    (Operation::Append, "APPEND"),
];

/// Webmail and phones together, in percent.
const WEIGHTS: [(Operation, usize); 10] = [
    (Operation::Page, 25),
    (Operation::Body, 25),
    (Operation::Store, 15),
    (Operation::SearchHeader, 6),
    (Operation::SearchFlag, 6),
    (Operation::Append, 5),
    (Operation::Status, 6),
    (Operation::Select, 6),
    (Operation::Noop, 4),
    (Operation::Idle, 2),
];

/// Those of the mix whose slowest are shown.
const SLOWEST: [(Operation, &str); 4] =
    [(Operation::Page, "page"), (Operation::Body, "body"), (Operation::Store, "STORE"), (Operation::Append, "APPEND")];

pub fn run(servers: &[Server], time: Duration) -> Result<()> {
    let pool = Pool::new(Profile::Small);
    for server in servers {
        let messages = MAILBOXES * MESSAGES;
        deliver(
            server,
            &Load { pool: &pool, connections: 8, recipients: 1, time: FILL_MAX, messages, users: MAILBOXES },
        )?;
        server.settle()?;
    }
    mixed(servers, &pool, time)?;
    let mut table = Table::new(
        &format!("IMAP, {MAILBOXES} mailboxes of {MESSAGES} messages and more, no TLS"),
        &["", "", "conn.", "operations/s", "MB/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms/operation"],
    );
    for (operation, what) in ALONE {
        for connections in CONNECTIONS {
            for server in servers {
                let mut cell = cell(server, &pool, operation, connections, time)?;
                let mut row = vec![server.name.clone(), what.to_owned(), connections.to_string()];
                row.extend([cell.rate(), format!("{:.0}", cell.octets as f64 / 1e6 / cell.elapsed.as_secs_f64())]);
                row.extend([0.5, 0.95, 0.99].map(|q| cell.quantile(operation, q)));
                row.push(cell.cpu());
                table.row(row);
            }
        }
    }
    table.print();
    Ok(())
}

fn mixed(servers: &[Server], pool: &Pool, time: Duration) -> Result<()> {
    let mut head = vec!["", "conn.", "operations/s", "p50 ms", "p95 ms", "p99 ms"];
    let slowest: Vec<String> = SLOWEST.iter().map(|(_, name)| format!("p99 {name}")).collect();
    head.extend(slowest.iter().map(String::as_str));
    head.push("CPU ms/operation");
    let mut table = Table::new("IMAP, everything mixed as webmail and phones do", &head);
    for connections in CONNECTIONS {
        for server in servers {
            let mut cell = cell(server, pool, Operation::Mixed, connections, time)?;
            let mut row = vec![server.name.clone(), connections.to_string(), cell.rate()];
            row.extend([0.5, 0.95, 0.99].map(|q| cell.quantile(Operation::Mixed, q)));
            row.extend(SLOWEST.map(|(operation, _)| cell.quantile(operation, 0.99)));
            row.push(cell.cpu());
            table.row(row);
        }
    }
    table.print();
    Ok(())
}

/// What came of one measurement.
struct Cell {
    times: Vec<(Operation, Duration)>,
    /// Of literals, both ways.
    octets: u64,
    elapsed: Duration,
    used: Duration,
}

impl Cell {
    fn rate(&self) -> String {
        format!("{:.0}", self.times.len() as f64 / self.elapsed.as_secs_f64())
    }

    fn cpu(&self) -> String {
        format!("{:.3}", self.used.as_secs_f64() * 1e3 / self.times.len().max(1) as f64)
    }

    fn quantile(&mut self, of: Operation, q: f64) -> String {
        let meant = |known: Operation| of == Operation::Mixed || known == of;
        let mut times: Vec<_> = self.times.iter().filter(|(known, _)| meant(*known)).map(|(_, time)| *time).collect();
        milliseconds(&mut times, q)
    }
}

fn cell(server: &Server, pool: &Pool, operation: Operation, connections: usize, time: Duration) -> Result<Cell> {
    let mut clients = Vec::new();
    for at in 0..connections {
        clients.push(Client::new(server, pool, at)?);
    }
    let (begun, cpu) = (Instant::now(), usage::cpu(server.pid));
    let work = |mut client: Client<'_>| -> Result<(Vec<(Operation, Duration)>, u64)> {
        let mut times = Vec::new();
        while begun.elapsed() < time {
            let clock = Instant::now();
            let done = client.next(operation)?;
            times.push((done, clock.elapsed()));
        }
        Ok((times, client.octets))
    };
    let mut cell = Cell { times: Vec::new(), octets: 0, elapsed: Duration::ZERO, used: Duration::ZERO };
    std::thread::scope(|scope| {
        let workers: Vec<_> = clients.into_iter().map(|client| scope.spawn(move || work(client))).collect();
        for worker in workers {
            let Ok(result) = worker.join() else { bail!("a client panicked") };
            let (times, octets) = result?;
            cell.times.extend(times);
            cell.octets += octets;
        }
        Ok(())
    })?;
    (cell.elapsed, cell.used) = (begun.elapsed(), usage::cpu(server.pid) - cpu);
    Ok(cell)
}

struct Client<'a> {
    server: &'a Server,
    pool: &'a Pool,
    user: String,
    imap: Imap,
    /// Numbers that look drawn, and are the same for every server.
    n: u64,
    octets: u64,
}

impl<'a> Client<'a> {
    fn new(server: &'a Server, pool: &'a Pool, at: usize) -> Result<Client<'a>> {
        let user = Server::user(at % MAILBOXES);
        let mut imap = Imap::login(server.imap, &user, server.password)?;
        imap.select("INBOX")?;
        Ok(Client { server, pool, user, imap, n: 0x9e37_79b9 + at as u64 * 7_919, octets: 0 })
    }

    fn draw(&mut self, below: usize) -> usize {
        // Knuth's MMIX generator; its upper bits are the good ones.
        self.n = self.n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.n >> 33) as usize % below.max(1)
    }

    /// Does it, and says what it was.
    fn next(&mut self, operation: Operation) -> Result<Operation> {
        let operation = if operation == Operation::Mixed { self.choose() } else { operation };
        match operation {
            Operation::Session => {
                let mut imap = Imap::login(self.server.imap, &self.user, self.server.password)?;
                imap.select("INBOX")?;
                imap.ok(&format!("FETCH 1:{PAGE} (UID FLAGS ENVELOPE)"))?;
                imap.command("LOGOUT").map(drop).or_else(|error| {
                    // BYE is what it should say.
                    if error.to_string().contains("BYE") { Ok(()) } else { Err(error) }
                })?;
            }
            Operation::Append => {
                let mut message = Vec::new();
                self.pool.next().write(&mut message);
                self.octets += message.len() as u64;
                self.imap.append("INBOX", "\\Seen", &message)?;
            }
            Operation::Idle => {
                self.imap.stream.send(b"idle IDLE\r\n")?;
                while !self.imap.stream.line()?.starts_with(b"+") {}
                self.imap.stream.send(b"DONE\r\n")?;
                while !self.imap.stream.line()?.starts_with(b"idle ") {}
            }
            other => {
                let command = self.command(other);
                let answer = self.imap.ok(&command)?;
                let literals = answer.untagged.iter().flat_map(|line| &line.literals);
                self.octets += literals.map(|literal| literal.len() as u64).sum::<u64>();
            }
        }
        Ok(operation)
    }

    fn choose(&mut self) -> Operation {
        let mut at = self.draw(100);
        for (operation, weight) in WEIGHTS {
            if at < weight {
                return operation;
            }
            at -= weight;
        }
        Operation::Noop
    }

    fn command(&mut self, operation: Operation) -> String {
        let n = 1 + self.draw(MESSAGES);
        match operation {
            Operation::Page => {
                let first = 1 + n % (MESSAGES - PAGE);
                let last = first + PAGE - 1;
                let fields = "BODY.PEEK[HEADER.FIELDS (REFERENCES X-MAILER)]";
                format!("FETCH {first}:{last} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE {fields})")
            }
            Operation::Body => format!("FETCH {n} (FLAGS BODY.PEEK[])"),
            Operation::Store => format!("STORE {n} {}FLAGS (\\Seen)", if self.draw(2) == 0 { '+' } else { '-' }),
            Operation::SearchHeader => format!("UID SEARCH SUBJECT {}", self.pool.word(n)),
            Operation::SearchBody => format!("UID SEARCH BODY {}", self.pool.word(n)),
            Operation::SearchFlag => format!("UID SEARCH UNSEEN SINCE {}-Jan-2025", 1 + n % 28),
            Operation::Status => "STATUS Trash (MESSAGES UNSEEN UIDNEXT)".to_owned(),
            Operation::Select => "SELECT INBOX".to_owned(),
            _ => "NOOP".to_owned(),
        }
    }
}
