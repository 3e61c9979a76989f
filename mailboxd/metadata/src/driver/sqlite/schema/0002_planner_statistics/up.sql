-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The planner guesses that an indexed column equal to something leaves ten rows. Here mailbox_id leaves all of them, so
-- it is told the shape of a large mailbox, once and for all: plans never depend on what a mailbox holds.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('item', 'item_container', '100 100 40'),
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
