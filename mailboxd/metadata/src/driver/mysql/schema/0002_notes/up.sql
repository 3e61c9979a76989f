-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Small named things of a mailbox that are no items: Sieve scripts, who was answered.
CREATE TABLE IF NOT EXISTS note (
    mailbox_id INT UNSIGNED NOT NULL,
    space INT UNSIGNED NOT NULL,
    name VARBINARY(512) NOT NULL,
    expires_ms BIGINT NOT NULL,
    value LONGBLOB NOT NULL,
    PRIMARY KEY (mailbox_id, space, name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;
