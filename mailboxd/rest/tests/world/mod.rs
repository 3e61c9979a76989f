// SPDX-License-Identifier: AGPL-3.0-or-later
//! A store with two accounts, and REST over it.
#![allow(dead_code, reason = "no test program needs all of it")]

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use directory::{Attrs, Directory, token};
use http_body_util::BodyExt;
use mailbox::{AddMessage, Flags, Handle, ItemId, Store};
use tower::ServiceExt;

const FAR_MS: i64 = 4_000_000_000_000;
pub const MESSAGE: &[u8] =
    b"From: Ann <ann@example.test>\r\nTo: alice@example.test\r\nSubject: Plans & more\r\n\r\nthe text\r\n";
pub const CARDS: &str =
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Lee\r\nN:Lee;Ann;;;\r\nEMAIL:ann@example.test\r\nEND:VCARD\r\n";

pub struct World {
    pub store: Store,
    pub directory: Directory,
    pub app: Router,
    pub dir: tempfile::TempDir,
}

pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl World {
    pub fn new() -> World {
        World::with(|_| {})
    }

    pub fn with(set: impl FnOnce(&mut mailbox::Config)) -> World {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(&dir.path().join("directory")).unwrap();
        directory.create_domain("example.test", Attrs::new()).unwrap();
        for name in ["alice@example.test", "bob@example.test"] {
            directory.create_account(name, "secret word", Attrs::new()).unwrap();
        }
        World::over(dir, directory, set)
    }

    fn over(dir: tempfile::TempDir, directory: Directory, set: impl FnOnce(&mut mailbox::Config)) -> World {
        let mut config = mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(dir.path()) };
        set(&mut config);
        let store = Store::open(config).unwrap();
        let app = rest::router(rest::State::new(store.clone(), directory.clone()));
        World { store, directory, app, dir }
    }

    /// The same after a restart.
    pub fn reopened(self, set: impl FnOnce(&mut mailbox::Config)) -> World {
        let World { store, directory, app, dir } = self;
        drop((app, store));
        World::over(dir, directory, set)
    }

    /// Its id.
    pub fn account(&self, user: &str) -> String {
        self.directory.account(&format!("{user}@example.test")).unwrap().unwrap().id
    }

    pub fn handle(&self, user: &str) -> Handle {
        let account = self.directory.account(&format!("{user}@example.test")).unwrap().unwrap();
        self.store
            .open_mailbox(&mailbox::Actor { account: account.id.clone(), is_admin: false }, &account.id, 0)
            .unwrap()
    }

    pub fn add(&self, user: &str, folder: ItemId) -> ItemId {
        let mut staging = self.store.stage();
        staging.write(MESSAGE).unwrap();
        let add = AddMessage { folder, flags: Flags::UNREAD, tags: Vec::new(), date_ms: Some(1_700_000_000_000) };
        self.handle(user).mailbox().add_message(&staging.finish().unwrap(), &add).unwrap().id
    }

    pub fn request(&self, user: &str, request: axum::http::request::Builder) -> axum::http::request::Builder {
        let account = self.directory.account(&format!("{user}@example.test")).unwrap().unwrap();
        let token = token::issue(&self.directory, &token::claims(&account, FAR_MS)).unwrap();
        request.header(header::COOKIE, format!("ZM_AUTH_TOKEN={token}"))
    }

    pub async fn send(&self, user: &str, request: axum::http::request::Builder, body: Vec<u8>) -> Reply {
        let request = self.request(user, request);
        let response = self.app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, body: response.into_body().collect().await.unwrap().to_bytes().to_vec() }
    }

    pub async fn get(&self, user: &str, path: &str) -> Reply {
        self.send(user, Request::get(path), Vec::new()).await
    }

    pub async fn post(&self, user: &str, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.send(user, Request::post(path), body.into()).await
    }
}
