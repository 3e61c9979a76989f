// SPDX-License-Identifier: AGPL-3.0-or-later
//! SAVEDATE (RFC 8514): when a message came into its mailbox, apart from the date that it brought along.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use chrono::{Days, Utc};
use common::{Server, message};
use std::process::Command;

fn day(offset: i64) -> String {
    let today = Utc::now().date_naive();
    let days = Days::new(offset.unsigned_abs());
    let day = if offset < 0 { today - days } else { today + days };
    day.format("%-d-%b-%Y").to_string()
}

#[test]
fn it_is_the_day_of_arrival_here() {
    let server = Server::new();
    let (mut client, mut other) = (server.login(), server.login());
    client.append("INBOX", "\"17-Jul-1996 02:44:25 -0700\" ", &message("one", "x"));
    client.append("INBOX", "", &message("two", "x"));
    client.ok("a SELECT INBOX");
    assert!(client.ok("a CAPABILITY")[0].contains(" SAVEDATE "));
    let lines = client.ok("a FETCH 1 (UID INTERNALDATE SAVEDATE)");
    assert!(
        lines[0].starts_with("* 1 FETCH (UID 1 INTERNALDATE \"17-Jul-1996 09:44:25 +0000\" SAVEDATE \""),
        "{lines:#?}"
    );
    assert!(!lines[0].contains("SAVEDATE \"17-Jul-1996"), "{lines:#?}");
    assert_eq!(client.ok(&format!("a SEARCH SINCE {}", day(-1))), ["* SEARCH 2"]);
    assert_eq!(client.ok(&format!("a SEARCH SAVEDSINCE {}", day(-1))), ["* SEARCH 1 2"]);
    assert_eq!(client.ok(&format!("a SEARCH SAVEDBEFORE {}", day(-1))), ["* SEARCH"]);
    assert_eq!(client.ok(&format!("a SEARCH SAVEDBEFORE {} 1", day(2))), ["* SEARCH 1"]);
    assert_eq!(client.ok("a SEARCH SAVEDON 17-Jul-1996"), ["* SEARCH"]);
    assert_eq!(client.ok("a SEARCH NOT SAVEDATESUPPORTED"), ["* SEARCH"]);
    assert_eq!(client.ok("a UID SEARCH SAVEDATESUPPORTED 2"), ["* SEARCH 2"]);
    client.ok("a MOVE 1 Trash");
    other.ok("a SELECT Trash");
    assert_eq!(other.ok(&format!("a SEARCH SAVEDSINCE {}", day(-1))), ["* SEARCH 1"]);
    for bad in ["SEARCH SAVEDON", "SEARCH SAVEDSINCE 1-1-2020", "FETCH 1 SAVEDATE[]"] {
        client.send(&format!("b {bad}"));
        assert!(client.line().starts_with("b BAD"), "{bad}");
    }
}

/// Messages of builds that did not keep it.
#[test]
fn without_one_it_is_nil_and_searched_by_the_internal_date() {
    let server = Server::new();
    let mut client = server.login();
    client.append("INBOX", "\"17-Jul-1996 02:44:25 -0700\" ", &message("one", "x"));
    client.append("INBOX", "", &message("two", "x"));
    client.ok("a SELECT INBOX");
    let script = r#"
import glob, sqlite3, sys
done = 0
for path in glob.glob(sys.argv[1] + "/**/*", recursive=True):
    try:
        db = sqlite3.connect(path)
        done += db.execute("UPDATE item SET detail = json_remove(detail, '$.saved_ms') WHERE kind = 4 AND uid = 1").rowcount
        db.commit()
    except sqlite3.Error:
        pass
assert done == 1, done
"#;
    let status = Command::new("python3").args(["-c", script]).arg(server.state().join("metadata")).status().unwrap();
    assert!(status.success());
    assert_eq!(client.ok("a FETCH 1 SAVEDATE"), ["* 1 FETCH (SAVEDATE NIL)"]);
    assert_eq!(client.ok("a SEARCH SAVEDON 17-Jul-1996"), ["* SEARCH 1"]);
    assert_eq!(client.ok(&format!("a SEARCH SAVEDSINCE {}", day(-1))), ["* SEARCH 2"]);
    client.ok("a MOVE 1 Trash");
    client.ok("a SELECT Trash");
    assert!(client.ok("a FETCH 1 SAVEDATE")[0].starts_with("* 1 FETCH (SAVEDATE \""));
}
