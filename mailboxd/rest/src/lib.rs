// SPDX-License-Identifier: AGPL-3.0-or-later
//! REST access to items: `GET /service/home/~/?id=257&part=2` and `/home/ACCOUNT/…`; folders in many formats; imports.
//!
//! What is served here was written by strangers, on the same origin as the web client. So: a part is an attachment to
//! download unless its type is on a short list of harmless ones, no type is ever sniffed, and a sandbox policy takes
//! scripts, forms and the origin from whatever a browser shows none the less. No GET changes anything.

mod across;
mod answer;
mod archive;
mod auth;
mod format;
mod item;
mod open;
mod put;
mod query;
mod raw;
mod receive;
mod target;
mod turns;
mod view;

pub use format::mobileconfig::Services;

pub use across::Wanted;

use axum::Router;
use axum::routing::get;
use directory::Directory;
use mailbox::Store;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Parts that are decoded at the same time: each holds its message in memory.
const DECODING_MAX: usize = 8;
/// Documents that are made HTML of at the same time: one place of the workers is left for the index.
const VIEWING_MAX: usize = 2;
/// Imports at a time, of owners, of visitors, and into one mailbox: each may hold the largest message in memory, several times over.
const IMPORTS_MAX: [usize; 3] = [4, 2, 2];
/// Exports from many mailboxes at a time.
const ACROSS_MAX: usize = 2;

/// Cheap to clone.
#[derive(Clone)]
pub struct State {
    pub(crate) store: Store,
    pub(crate) directory: Directory,
    pub(crate) decoding: Arc<Semaphore>,
    pub(crate) viewing: Arc<Semaphore>,
    pub(crate) exports: archive::Exports,
    pub(crate) imports: turns::Turns,
    pub(crate) intake: receive::Intake,
    pub(crate) services: Option<Arc<Services>>,
    pub(crate) across: Arc<Semaphore>,
    pub(crate) tickets: Arc<across::Tickets>,
}

impl State {
    pub fn new(store: Store, directory: Directory) -> State {
        let decoding = Arc::new(Semaphore::new(DECODING_MAX));
        let viewing = Arc::new(Semaphore::new(VIEWING_MAX));
        let [own, visiting, each] = IMPORTS_MAX;
        let imports = turns::Turns::new(own, visiting, each);
        let (exports, intake) = (archive::Exports::new(), receive::Intake::default());
        let (across, tickets) = (Arc::new(Semaphore::new(ACROSS_MAX)), Arc::default());
        State { store, directory, decoding, viewing, exports, imports, intake, services: None, across, tickets }
    }

    /// What mail programs are told of (`fmt=mobileconfig`).
    #[must_use]
    pub fn with_services(mut self, services: Services) -> State {
        self.services = Some(Arc::new(services));
        self
    }
}

/// `/home/…` and `/service/home/…` (the older `/service/user/…` and `/service/content/get` are the same).
pub fn router(state: State) -> Router {
    let mut router = Router::new();
    for base in ["/home", "/service/home", "/service/user"] {
        router = router
            .route(&format!("{base}/{{account}}"), get(item::root).post(put::post_root))
            .route(&format!("{base}/{{account}}/"), get(item::root).post(put::post_root))
            .route(&format!("{base}/{{account}}/{{*path}}"), get(item::path).post(put::post_path).put(put::put_path));
    }
    router
        .route("/service/content/get", get(item::content))
        // Bodies are counted as they come.
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(state)
}

/// `/service/admin/export`, for the admin port.
pub fn admin_router(state: State) -> Router {
    Router::new().route("/service/admin/export", get(across::export)).with_state(state)
}
