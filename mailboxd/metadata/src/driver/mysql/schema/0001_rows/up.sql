-- SPDX-License-Identifier: AGPL-3.0-or-later
-- All mailboxes in one set of tables: every key begins with the mailbox, so that its rows lie together. Text is compared
-- octet by octet, trailing spaces included (nopad); 64-bit numbers are signed, as the driver hands them over bit for bit.
CREATE TABLE IF NOT EXISTS mailbox (
    mailbox_id INT UNSIGNED NOT NULL PRIMARY KEY,
    account LONGTEXT NOT NULL,
    next_item_id INT UNSIGNED NOT NULL,
    modseq BIGINT NOT NULL,
    size BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    purged BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- There are no partial indexes: kind, which every query of messages names, stands where it serves both halves.
CREATE TABLE IF NOT EXISTS item (
    mailbox_id INT UNSIGNED NOT NULL,
    id INT UNSIGNED NOT NULL,
    kind TINYINT UNSIGNED NOT NULL,
    folder INT UNSIGNED NOT NULL,
    conversation INT UNSIGNED,
    uid INT UNSIGNED NOT NULL,
    modseq BIGINT NOT NULL,
    date_ms BIGINT NOT NULL,
    size BIGINT NOT NULL,
    flags INT UNSIGNED NOT NULL,
    tags LONGTEXT NOT NULL,
    revision BIGINT NOT NULL,
    digest VARBINARY(32),
    changed_ms BIGINT NOT NULL,
    message_id_hash BIGINT NOT NULL,
    thread_hash BIGINT NOT NULL,
    subject_sort LONGTEXT NOT NULL,
    sender_sort LONGTEXT NOT NULL,
    name LONGTEXT NOT NULL,
    subject LONGTEXT NOT NULL,
    detail LONGTEXT NOT NULL,
    PRIMARY KEY (mailbox_id, id),
    KEY item_date (mailbox_id, kind, date_ms),
    KEY item_folder_uid (mailbox_id, folder, kind, uid),
    KEY item_folder_date (mailbox_id, folder, kind, date_ms),
    KEY item_conversation (mailbox_id, conversation, date_ms),
    KEY item_modseq (mailbox_id, modseq),
    KEY item_message_id (mailbox_id, message_id_hash),
    KEY item_thread (mailbox_id, thread_hash)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS tagged (
    mailbox_id INT UNSIGNED NOT NULL,
    tag INT UNSIGNED NOT NULL,
    item INT UNSIGNED NOT NULL,
    PRIMARY KEY (mailbox_id, tag, item)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS tombstone (
    mailbox_id INT UNSIGNED NOT NULL,
    modseq BIGINT NOT NULL,
    id INT UNSIGNED NOT NULL,
    folder INT UNSIGNED NOT NULL,
    kind TINYINT UNSIGNED NOT NULL,
    uid INT UNSIGNED NOT NULL,
    removed TINYINT UNSIGNED NOT NULL,
    PRIMARY KEY (mailbox_id, modseq, id, folder)
) ENGINE=InnoDB;

-- Whose rows these are: a database belongs to one state directory.
CREATE TABLE IF NOT EXISTS owner (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    token CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB;

-- One row, changed by the transaction that ends a checkpoint.
CREATE TABLE IF NOT EXISTS barrier (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    passed BIGINT NOT NULL
) ENGINE=InnoDB;

-- The life of the server: rows of a MEMORY table end with it, so a token that is still there says that it never stopped.
CREATE TABLE IF NOT EXISTS incarnation (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    token CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=MEMORY;
