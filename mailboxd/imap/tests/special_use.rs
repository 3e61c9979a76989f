// SPDX-License-Identifier: AGPL-3.0-or-later
//! CREATE-SPECIAL-USE (RFC 6154 §3): what a folder is for is kept with it, and no two are for the same.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::Server;

#[test]
fn one_folder_a_use() {
    let server = Server::new();
    server.dialogue(
        r#"
        C: a CREATE Old/Letters (USE (\archive))
        S: a OK [MAILBOXID …
        C2: a LIST (SPECIAL-USE) "" "O*"
        S2: * LIST (\HasNoChildren \Archive) "/" Old/Letters
        S2: a OK …
        C2: a LIST "" "Old*" RETURN (SPECIAL-USE)
        S2: * LIST (\HasChildren) "/" Old
        S2: * LIST (\HasNoChildren \Archive) "/" Old/Letters
        S2: a OK …
        C2: a CREATE Archive/2026 (USE (\Archive))
        S2: a NO [USEATTR] …
        C2: a LIST "" "Archive*"
        S2: a OK …
        C2: a CREATE Flags (USE (\Flagged))
        S2: a NO [USEATTR] …
        C2: a CREATE Everything (USE (\All))
        S2: a NO [USEATTR] …
        C2: a CREATE MySent (USE (\Sent))
        S2: a NO [USEATTR] …
        C2: a CREATE Both (USE (\Archive \Sent))
        S2: a NO [USEATTR] …
        C2: a CREATE Strange (USE (\Strange))
        S2: a NO [USEATTR] …
        C2: a CREATE Plain (USE ())
        S2: a OK …
        C2: a CREATE Old/Letters (USE (\Archive))
        S2: a NO [ALREADYEXISTS] …
        C2: a CREATE x (USE \Archive)
        S2: a BAD …
        # It stays with the folder, and goes with it.
        C: a RENAME Old/Letters Kept
        S: a OK …
        C2: a LIST (SPECIAL-USE) "" Kept
        S2: * LIST (\HasNoChildren \Archive) "/" Kept
        S2: a OK …
        C: a DELETE Kept
        S: a OK …
        C2: a CREATE Archive/2026 (USE (\Archive))
        S2: a OK …
        C: a LIST (SPECIAL-USE) "" "Arch*"
        S: * LIST (\HasNoChildren \Archive) "/" Archive/2026
        S: a OK …
        "#,
    );
    let mut client = server.login();
    assert!(client.ok("a CAPABILITY")[0].contains(" CREATE-SPECIAL-USE "));
}
