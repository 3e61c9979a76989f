// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who did what: each request of an administrator that changes something is a line of the audit log, with how it ended; and
//! GetAuditLogRequest (of ours) reads that log, where logins of all protocols stand as well.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

const LIMIT: usize = 200;
const LIMIT_MAX: usize = 2_000;
/// Of all files together, from the end: what one request looks through.
const LOOKED_BYTES_MAX: u64 = 64 << 20;
const CHUNK_BYTES: u64 = 1 << 20;
/// `logs.log`, and those before it.
const FILES: u32 = 8;
const VALUE_CHARS_MAX: usize = 200;
/// Requests that change nothing.
const READING: [&str; 9] = ["Get", "Search", "Count", "Check", "Dump", "AutoComplete", "NoOp", "Ping", "Compute"];
const DETAILED: [&str; 6] = ["MailQueueAction", "MailQueueFlush", "QuarantineAction", "Backup", "Hsm", "DelegateAuth"];
/// Elements that name what a request is about.
const NAMING: [&str; 10] =
    ["account", "calresource", "domain", "cos", "dl", "server", "mbox", "target", "grantee", "volume"];

/// Logins, and what a session for another account is, have lines of their own.
pub fn note(context: &Context, request: &Element, outcome: &Result<Element>) {
    let name = request.name.trim_end_matches("Request");
    if name == "Auth" || name.ends_with("WaitSet") || READING.iter().any(|reading| name.starts_with(reading)) {
        return;
    }
    // What these did is a line of theirs, with what they did it to.
    if outcome.is_ok() && DETAILED.contains(&name) {
        return;
    }
    let by = context.auth().map(|auth| auth.account.name.clone()).unwrap_or_default();
    let outcome = outcome.as_ref().map_or_else(|fault| fault.code, |_| "done");
    let on = about(request);
    let attributes: Vec<String> = request.named("a").filter_map(|a| a.get("n")).map(|n| short(&n)).take(50).collect();
    let attributes = attributes.join(",");
    tracing::info!(target: "audit", by, on, attributes, outcome, "{name}");
}

/// What names the target, never what is set there.
fn about(request: &Element) -> String {
    let own = ["name", "id", "newName", "alias"].into_iter().filter_map(|name| request.get(name));
    let below = NAMING.into_iter().filter_map(|name| request.first(name)).filter_map(|element| {
        let text = element.text_or_empty();
        if text.is_empty() { element.get("name").or_else(|| element.get("id")) } else { Some(text.to_owned()) }
    });
    let right = request.first("right").map(|right| right.text_or_empty().to_owned());
    let mut all: Vec<String> =
        own.chain(below).chain(right).filter(|text| !text.is_empty()).map(|text| short(&text)).collect();
    all.dedup();
    all.join(" ")
}

fn short(text: &str) -> String {
    text.chars().take(VALUE_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `[query] [limit] [offset]`: lines that hold each of the words, newest first. `more="1"`: there may be others.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let limit = request.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(LIMIT).min(LIMIT_MAX);
    let offset = request.number::<usize>("offset")?.unwrap_or(0);
    let words = request.get("query").unwrap_or_default();
    let dir = context.state.config.state.join("audit");
    let found = tokio::task::spawn_blocking(move || find(&dir, &words, offset, limit)).await.map_err(Fault::failure)?;
    let (lines, more) = found.map_err(Fault::failure)?;
    let mut answer = Element::answer_to(request).attr("more", more);
    for line in lines {
        answer.push(element(&line));
    }
    Ok(answer)
}

/// `2026-11-30T17:20:00.123456Z  INFO what …`
fn element(line: &str) -> Element {
    match line.split_once(char::is_whitespace) {
        Some((time, rest)) if time.len() >= 20 && time.ends_with('Z') => {
            let rest = rest.trim_start();
            let (level, text) = rest.split_once(' ').unwrap_or(("", rest));
            Element::new("line").attr("time", time).attr("level", level).text(text.trim_start())
        }
        _ => Element::new("line").text(line),
    }
}

fn find(dir: &Path, words: &str, offset: usize, limit: usize) -> std::io::Result<(Vec<String>, bool)> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let (mut skipped, mut found) = (0, Vec::new());
    let mut left = LOOKED_BYTES_MAX;
    for number in 0..FILES {
        let name = if number == 0 { "logins.log".to_owned() } else { format!("logins.log.{number}") };
        let mut file = match File::open(dir.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        };
        let mut is_enough = false;
        backwards(&mut file, &mut left, &mut |line| {
            let text = line.to_lowercase();
            if line.is_empty() || !words.iter().all(|word| text.contains(word)) {
                return true;
            }
            if skipped < offset {
                skipped += 1;
                return true;
            }
            is_enough = found.len() == limit;
            if !is_enough {
                found.push(line.to_owned());
            }
            !is_enough
        })?;
        if is_enough || left == 0 {
            return Ok((found, true));
        }
    }
    Ok((found, false))
}

/// Lines from the end to the beginning, until `each` has had enough or so many octets were read.
fn backwards(file: &mut File, left: &mut u64, each: &mut dyn FnMut(&str) -> bool) -> std::io::Result<()> {
    let mut at = file.metadata()?.len();
    // The end of a line whose beginning is further up.
    let mut rest: Vec<u8> = Vec::new();
    while at > 0 && *left > 0 {
        let size = CHUNK_BYTES.min(at).min(*left);
        at -= size;
        *left -= size;
        file.seek(SeekFrom::Start(at))?;
        let mut chunk = Vec::new();
        file.take(size).read_to_end(&mut chunk)?;
        chunk.extend_from_slice(&rest);
        let first = match at {
            0 => 0,
            _ => chunk.iter().position(|byte| *byte == b'\n').map_or(chunk.len(), |end| end + 1),
        };
        for line in chunk[first..].split(|byte| *byte == b'\n').rev() {
            if !each(&String::from_utf8_lossy(line)) {
                return Ok(());
            }
        }
        chunk.truncate(first);
        rest = chunk;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_newest_first_across_files() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(find(dir.path(), "", 0, 9).unwrap(), (Vec::new(), false));
        std::fs::write(dir.path().join("logins.log.1"), "a old\nb login Ann\n").unwrap();
        std::fs::write(dir.path().join("logins.log"), "c login ann\nd other\ncut").unwrap();
        let all = |words: &str, offset, limit| find(dir.path(), words, offset, limit).unwrap();
        assert_eq!(
            all("", 0, 9),
            (["cut", "d other", "c login ann", "b login Ann", "a old"].map(str::to_owned).to_vec(), false)
        );
        assert_eq!(all("ANN login", 0, 1), (vec!["c login ann".to_owned()], true));
        assert_eq!(all("ann", 1, 1), (vec!["b login Ann".to_owned()], false));
        assert_eq!(all("nobody", 0, 1), (Vec::new(), false));
    }

    #[test]
    fn lines_across_the_pieces_that_are_read_stay_whole() {
        let dir = tempfile::tempdir().unwrap();
        let line = |n: usize| format!("{n:06} {}\n", "x".repeat(n % 700));
        let text: String = (0..9_000).map(line).collect();
        assert!(text.len() as u64 > 2 * CHUNK_BYTES);
        std::fs::write(dir.path().join("logins.log"), &text).unwrap();
        let (found, more) = find(dir.path(), "", 0, 10_000).unwrap();
        assert!(!more);
        let mut expected: Vec<&str> = text.lines().collect();
        expected.reverse();
        assert!(found == expected);
        // One line longer than a piece.
        std::fs::write(dir.path().join("logins.log"), format!("first\n{}\nlast", "y".repeat(3 << 20))).unwrap();
        let (found, _) = find(dir.path(), "", 0, 9).unwrap();
        assert_eq!((found.len(), found[0].as_str(), found[1].len(), found[2].as_str()), (3, "last", 3 << 20, "first"));
    }

    #[test]
    fn a_line_says_what_a_request_is_about_and_not_what_it_sets() {
        let a = |name: &str, value: &str| Element::new("a").attr("n", name).text(value);
        let domain = Element::new("domain").attr("by", "name").text("a.test");
        let request =
            Element::new("ModifyAccountRequest").attr("id", "42").child(domain).child(a("userPassword", "secret"));
        assert_eq!(about(&request), "42 a.test");
        assert_eq!(about(&Element::new("CreateAccountRequest").attr("name", "x\ny@a.test")), "x y@a.test");
        let line = element("2026-11-30T17:20:00.123456Z  INFO login protocol=\"soap\"");
        assert_eq!((line.get("level").as_deref(), line.text_or_empty()), (Some("INFO"), "login protocol=\"soap\""));
        assert_eq!(element("odd").text_or_empty(), "odd");
    }
}
