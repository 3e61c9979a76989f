-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Every statement names mailbox_id first; in SQLite a file holds one mailbox, so the id alone is the key of an item.
CREATE TABLE IF NOT EXISTS mailbox (
    mailbox_id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    next_item_id INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    size INTEGER NOT NULL,
    applied INTEGER NOT NULL,
    purged INTEGER NOT NULL
);

-- A rowid table and not WITHOUT ROWID: item rows are close to a kilobyte, and only a rowid table keeps whole rows out
-- of its interior pages. What bulk reads need comes first, so that they never walk into an overflow page.
CREATE TABLE IF NOT EXISTS item (
    mailbox_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    folder INTEGER NOT NULL,
    conversation INTEGER,
    uid INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    date_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    tags TEXT NOT NULL,
    revision INTEGER NOT NULL,
    digest BLOB,
    changed_ms INTEGER NOT NULL,
    message_id_hash INTEGER NOT NULL,
    thread_hash INTEGER NOT NULL,
    subject_sort TEXT NOT NULL,
    sender_sort TEXT NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);

-- 4 is a message, what is below it a container.
CREATE INDEX IF NOT EXISTS item_container ON item (mailbox_id, kind) WHERE kind < 4;
-- What else lies in folders: contacts, documents.
CREATE INDEX IF NOT EXISTS item_other ON item (mailbox_id, kind, folder) WHERE kind > 4;
CREATE INDEX IF NOT EXISTS item_folder_uid ON item (mailbox_id, folder, uid) WHERE kind = 4;
CREATE INDEX IF NOT EXISTS item_folder_date ON item (mailbox_id, folder, date_ms) WHERE kind = 4;
CREATE INDEX IF NOT EXISTS item_date ON item (mailbox_id, date_ms) WHERE kind = 4;
CREATE INDEX IF NOT EXISTS item_conversation ON item (mailbox_id, conversation, date_ms) WHERE conversation IS NOT NULL;
CREATE INDEX IF NOT EXISTS item_modseq ON item (mailbox_id, modseq);
CREATE INDEX IF NOT EXISTS item_message_id ON item (mailbox_id, message_id_hash) WHERE message_id_hash <> 0;
CREATE INDEX IF NOT EXISTS item_thread ON item (mailbox_id, thread_hash) WHERE thread_hash <> 0;

CREATE TABLE IF NOT EXISTS tagged (
    mailbox_id INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, tag, item)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tombstone (
    mailbox_id INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    id INTEGER NOT NULL,
    folder INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, modseq, id, folder)
) WITHOUT ROWID;
-- Small named things of a mailbox that are no items: Sieve scripts, who was answered.
CREATE TABLE IF NOT EXISTS note (
    mailbox_id INTEGER NOT NULL,
    space INTEGER NOT NULL,
    name BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (mailbox_id, space, name)
);

-- The planner guesses that an indexed column equal to something leaves ten rows. Here mailbox_id leaves all of them, so
-- it is told the shape of a large mailbox, once and for all: plans never depend on what a mailbox holds.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('item', 'item_container', '100 100 40'),
    ('item', 'item_other', '10000 10000 5000 500'),
    ('item', 'item_folder_uid', '100000 100000 5000 1'),
    ('item', 'item_folder_date', '100000 100000 5000 1'),
    ('item', 'item_date', '100000 100000 1'),
    ('item', 'item_conversation', '50000 50000 4 1'),
    ('item', 'item_modseq', '100000 100000 1'),
    ('item', 'item_message_id', '100000 100000 1'),
    ('item', 'item_thread', '100000 100000 3'),
    ('tagged', 'tagged', '10000 10000 1000 1'),
    ('tombstone', 'tombstone', '10000 10000 10 1 1');
-- Read again by this connection.
ANALYZE sqlite_schema;
