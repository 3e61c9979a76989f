// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which protocol listens where. The one file that knows all protocol crates.

use crate::http::{self, Listening, assets, headers, health};
use crate::metrics;
use crate::serve::{System, bind};
use anyhow::Result;
use axum::Router;
use axum::routing::any;
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

type Stopping = watch::Receiver<bool>;

/// Binds everything, then starts everything. The answer ends requests that wait for something, when the time has come.
pub async fn start(system: &System, stopping: &Stopping, tasks: &mut JoinSet<()>) -> Result<impl FnOnce() + use<>> {
    http(system, stopping, tasks).await?;
    Ok(|| {})
}

async fn http(system: &System, stopping: &Stopping, tasks: &mut JoinSet<()>) -> Result<()> {
    let listen = &system.config.listen;
    let health = health::router(Arc::clone(&system.ready), system.directory.clone());
    let user = health.clone().fallback(any(assets::serve));
    let admin = health.clone();
    let metrics = metrics::router(Arc::clone(&system.metrics), system.store.clone());
    let tls = || Some(Arc::clone(&system.tls_http));
    let groups: [(&str, &[SocketAddr], Option<Arc<ServerConfig>>, Router); 4] = [
        ("http", &listen.http, None, user.clone()),
        ("https", &listen.https, tls(), user),
        ("admin", &listen.admin, tls(), admin),
        ("metrics", &listen.metrics, None, metrics),
    ];
    for (service, addresses, tls, router) in groups {
        let router = headers::dress(router, tls.is_some(), Arc::clone(&system.metrics));
        for listener in bind(service, addresses).await? {
            let listening = Listening {
                listener,
                tls: tls.clone(),
                router: router.clone(),
                connections_max: system.config.connections_max(),
                metrics: Arc::clone(&system.metrics),
            };
            tasks.spawn(http::serve(listening, stopping.clone()));
        }
    }
    Ok(())
}
