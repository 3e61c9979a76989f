-- directory/local.sqlite as release 0.1 made it (user_version 1). Password of alice: sesame.
CREATE TABLE domain (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, attrs TEXT NOT NULL
) STRICT;
CREATE TABLE account (
    id TEXT PRIMARY KEY, created INTEGER NOT NULL, password TEXT, attrs TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE address (
    local TEXT NOT NULL, domain TEXT NOT NULL REFERENCES domain(name),
    account TEXT NOT NULL REFERENCES account(id) ON DELETE CASCADE, is_name INTEGER NOT NULL,
    PRIMARY KEY (domain, local)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_account ON address(account);
CREATE TABLE secret (purpose TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO domain VALUES ('d1', 'example.test', 1795466760, '{"description":["old"]}');
INSERT INTO account VALUES ('a1', 1795466760, '$argon2i$v=19$m=4096,t=3,p=1$EkoSy1X970yA+AzP8JwUVw$C1cEV9ShE9WNFw+3EgChlUa2Ut/NGsNMFR0Mf/pB8TY', '{"displayName":["Alice"],"zimbraNotes":["a","b"]}');
INSERT INTO account VALUES ('a2', 1795466761, NULL, '{"zimbraAccountStatus":["locked"]}');
INSERT INTO address VALUES ('alice', 'example.test', 'a1', 1), ('a.smith', 'example.test', 'a1', 0),
    ('bob', 'example.test', 'a2', 1);
INSERT INTO secret VALUES ('auth-token', x'0707070707070707070707070707070707070707070707070707070707070707');
PRAGMA user_version = 1;
