// SPDX-License-Identifier: AGPL-3.0-or-later
//! For load balancers and the supervisor: /healthz says that the process answers, /readyz that it can do its work.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use directory::Directory;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// True from when every service listens until shutdown begins.
#[derive(Debug, Default)]
pub struct Ready(AtomicBool);

impl Ready {
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    pub fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

pub fn router(ready: Arc<Ready>, directory: Directory) -> Router {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route(
        "/readyz",
        get(move || {
            let (ready, directory) = (Arc::clone(&ready), directory.clone());
            async move { readiness(&ready, directory).await }
        }),
    )
}

async fn readiness(ready: &Ready, directory: Directory) -> (StatusCode, &'static str) {
    if !ready.get() {
        return (StatusCode::SERVICE_UNAVAILABLE, "starting or stopping\n");
    }
    match tokio::task::spawn_blocking(move || directory.default_domain()).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the directory does not answer\n"),
    }
}
