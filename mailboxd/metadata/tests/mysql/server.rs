// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a server does that is killed, replaced, or not to be trusted.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use crate::common::*;
use ids::MailboxId;
use mariadb::{Database, Server as MariaDb};
use ph_metadata::*;
use std::path::Path;

fn open_at(dir: &Path, database: &Database) -> Result<Metadata> {
    Metadata::open_on(dir, 8, on_mysql(database))
}

fn count(metadata: &Metadata) -> Result<u64> {
    metadata.read(ID, |r| r.message_count())
}

fn kill(server: &MariaDb) {
    server.kill().unwrap();
    server.start_again().unwrap();
}

#[test]
fn a_killed_server_loses_what_no_checkpoint_made_durable_and_is_not_believed() {
    let server = MariaDb::start().unwrap();
    let (home, database) = (tempfile::tempdir().unwrap(), server.database().unwrap());
    let metadata = open_at(home.path(), &database).unwrap();
    put(&metadata, &[message(300)]);
    metadata.checkpoint().unwrap();
    metadata.write(ID, |w| w.put_item(&message(301))).unwrap();
    server.kill().unwrap();
    // a connection that was open, then one that can't be made
    for _ in 0..2 {
        let error = count(&metadata).unwrap_err();
        assert!(error.kind() == Failure::Down && error.is_temporary(), "{error}");
        assert!(metadata.serving(ID).is_err() && metadata.look().is_err() && metadata.checkpoint().is_err());
    }
    server.start_again().unwrap();
    for _ in 0..2 {
        assert!(matches!(metadata.look(), Err(Error::Restarted { .. })));
        assert!(matches!(count(&metadata), Err(Error::Restarted { .. })));
        assert!(matches!(metadata.checkpoint(), Err(Error::Restarted { .. })));
        let write = metadata.write(ID, |w| w.put_item(&message(302)));
        assert!(matches!(write, Err(Error::Restarted { .. })));
    }
    let fresh = metadata.restart().unwrap().unwrap();
    assert_eq!(count(&fresh).unwrap(), 1, "the second was not durable, the first was");
    fresh.write(ID, |w| w.put_item(&message(301))).unwrap();
    assert!(count(&metadata).is_err(), "not before it was told");
    metadata.adopt(&fresh);
    assert_eq!(count(&metadata).unwrap(), 2);
    metadata.look().and(metadata.serving(ID)).unwrap();
    metadata.checkpoint().unwrap();
    kill(&server);
    let again = open_at(home.path(), &database).unwrap();
    assert_eq!(count(&again).unwrap(), 2, "what was replayed is durable after the next checkpoint");
    check(&again);
}

#[test]
fn a_database_belongs_to_one_directory() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ours = database();
    put(&open_at(one.path(), &ours).unwrap(), &[message(300)]);
    let text = |result: Result<Metadata>| result.err().unwrap().to_string();
    assert!(text(open_at(other.path(), &ours)).contains("another state directory"));
    assert!(text(open_at(one.path(), &database())).contains("not the database"), "an empty one in its place");
    assert!(text(Metadata::open(one.path(), 8)).contains("not configured"));
    assert_eq!(count(&open_at(one.path(), &ours).unwrap()).unwrap(), 1);
}

#[test]
fn a_server_that_could_tear_pages_is_refused() {
    let server = MariaDb::start_with(&["--innodb-doublewrite=0"]).unwrap();
    let home = tempfile::tempdir().unwrap();
    let error = open_at(home.path(), &server.database().unwrap()).err().unwrap();
    assert!(error.to_string().contains("innodb_doublewrite"), "{error}");
}

#[test]
fn a_password_and_few_rights_are_enough() {
    // its log goes to disk by itself: we may not tell it to
    let server = MariaDb::start_with(&["--innodb-flush-log-at-timeout=1"]).unwrap();
    let (home, database) = (tempfile::tempdir().unwrap(), server.database().unwrap());
    let name = &database.name;
    server.run("CREATE USER mail@localhost IDENTIFIED BY 'geheim'").unwrap();
    server.run(&format!("GRANT ALL PRIVILEGES ON {name}.* TO mail@localhost")).unwrap();
    let file = home.path().join("password");
    let Engines { new, mysql } = on_mysql(&database);
    let mysql = mysql.map(|own| Server { user: "mail".into(), password_file: Some(file.clone()), ..own });
    let engines = Engines { new, mysql };
    std::fs::write(&file, "falsch").unwrap();
    let refused = Metadata::open_on(home.path(), 8, engines.clone()).err().unwrap();
    assert!(refused.kind() == Failure::Down && !refused.to_string().contains("falsch"), "{refused}");
    std::fs::write(&file, "geheim\n").unwrap();
    let metadata = Metadata::open_on(home.path(), 8, engines).unwrap();
    put(&metadata, &[message(300)]);
    metadata.checkpoint().unwrap();
    kill(&server);
    assert_eq!(count(&metadata.restart().unwrap().unwrap()).unwrap(), 1, "the checkpoint waited for the log");
}

#[test]
fn mailboxes_move_between_the_engines_and_back() {
    let (home, metadata) = open();
    let tagged = |id| Item { tags: vec![ids::ItemId(64)], ..message(id) };
    let items: Vec<_> = (300..1900).map(|id| if id % 7 == 0 { tagged(id) } else { message(id) }).collect();
    put(&metadata, &items);
    let other = MailboxRow { id: MailboxId(4), ..state(ID) };
    metadata.write(other.id, |w| w.put_mailbox(&other)).unwrap();
    let note = |name: &str| Note { space: 1, name: name.into(), expires_ms: 0, value: vec![0xfe; 100_000] };
    let notes: Vec<_> = (10..50).map(|n| note(&n.to_string())).collect();
    metadata.write(ID, |w| notes.iter().try_for_each(|one| w.put_note(one))).unwrap();
    let all = metadata.mailboxes().unwrap();
    for to in [Engine::Sqlite, Engine::Mysql, Engine::Sqlite] {
        assert!(metadata.transfer(ID, to).unwrap() >= 1600);
        assert_eq!(metadata.transfer(ID, to).unwrap(), 0, "it is there already");
        assert_eq!((metadata.home(ID), metadata.home(other.id)), (to, Engine::Mysql));
        assert_eq!(metadata.mailboxes().unwrap(), all);
        assert_eq!(count(&metadata).unwrap(), 1600);
        assert_eq!(metadata.read(ID, |r| r.notes(None)).unwrap(), notes);
        metadata.write(ID, |w| w.put_item(&message(300))).unwrap();
        check(&metadata);
        let file = home.dir.path().join(format!("{ID}.sqlite"));
        assert_eq!(file.exists(), to == Engine::Sqlite);
    }
    drop(metadata);
    let metadata = home.open();
    assert_eq!((metadata.home(ID), metadata.home(other.id)), (Engine::Sqlite, Engine::Mysql));
    assert_eq!(metadata.mailboxes().unwrap(), all);
    check(&metadata);
}

/// A move whose last step failed, or was undone by a power cut: the old file is there, or the WAL of it.
#[test]
fn what_a_move_leaves_behind_never_takes_the_place_of_what_moved() {
    let (home, metadata) = open();
    put(&metadata, &[message(300)]);
    metadata.transfer(ID, Engine::Sqlite).unwrap();
    metadata.write(ID, |w| w.put_item(&message(301))).unwrap();
    let left = ["", "-wal"].map(|suffix| home.dir.path().join(format!("{ID}.sqlite{suffix}")));
    let old = left.clone().map(|path| std::fs::read(path).unwrap());
    metadata.transfer(ID, Engine::Mysql).unwrap();
    let later = MailboxRow { applied: ids::Seq(9), ..state(ID) };
    metadata.write(ID, |w| w.put_mailbox(&later).and(w.put_item(&message(302)))).unwrap();

    std::fs::write(&left[1], &old[1]).unwrap();
    metadata.transfer(ID, Engine::Sqlite).unwrap();
    assert_eq!(count(&metadata).unwrap(), 3, "an old WAL was replayed into the new file");
    metadata.transfer(ID, Engine::Mysql).unwrap();
    drop(metadata);

    left.iter().zip(&old).for_each(|(path, content)| std::fs::write(path, content).unwrap());
    let metadata = home.open();
    assert_eq!((metadata.home(ID), count(&metadata).unwrap()), (Engine::Mysql, 3));
    assert_eq!(metadata.mailbox(ID).unwrap(), Some(later));
    assert!(left.iter().all(|path| !path.exists()));
    check(&metadata);
}
