// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where a daemon under test keeps its rows, as a part of its configuration.

use mariadb::Database;

/// The server is there; new mailboxes go to `driver` ("mysql" or "sqlite").
pub fn metadata(driver: &str, database: &Database) -> String {
    let Database { socket, name, user } = database;
    let socket = socket.display();
    format!("\n[metadata]\ndriver = \"{driver}\"\nsocket = \"{socket}\"\ndatabase = \"{name}\"\nuser = \"{user}\"\n")
}
