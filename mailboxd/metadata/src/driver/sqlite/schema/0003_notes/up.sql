-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Small named things of a mailbox that are no items: Sieve scripts, who was answered.
CREATE TABLE IF NOT EXISTS note (
    mailbox_id INTEGER NOT NULL,
    space INTEGER NOT NULL,
    name BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (mailbox_id, space, name)
);
