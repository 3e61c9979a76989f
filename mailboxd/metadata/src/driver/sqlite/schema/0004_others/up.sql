-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What lies in folders and is no message: contacts, documents.
CREATE INDEX IF NOT EXISTS item_other ON item (mailbox_id, kind, folder) WHERE kind > 4;
DELETE FROM sqlite_stat1 WHERE idx = 'item_other';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('item', 'item_other', '10000 10000 5000 500');
ANALYZE sqlite_schema;
