// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse installer`: the process that browsers talk to while the machine is not set up. It has no rights beyond its two
//! ports, keeps nothing but its certificate, and decides nothing: each request goes to the supervisor, who knows the code
//! and the sessions. What a stranger can make it do is bounded: connections, octets, time.

mod api;
mod ask;
mod assets;
mod connection;
pub mod tls;

use crate::state::StateDir;
use anyhow::{Context, Result};
use clap::Args;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::rc::Rc;
use tokio::net::TcpListener;
use tokio::task::LocalSet;

#[derive(Args)]
pub struct Options {
    /// Where the page is
    #[arg(long)]
    https: SocketAddr,
    /// Send browsers there
    #[arg(long)]
    http: Vec<SocketAddr>,
    /// In the certificate
    #[arg(long)]
    name: String,
}

pub fn run(state: &StateDir, options: &Options) -> Result<ExitCode> {
    let config = tls::server_config(&state.path.join("setup/tls"), &options.name)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let bind = |address: SocketAddr| async move {
            TcpListener::bind(address).await.with_context(|| format!("can't listen on {address}"))
        };
        let (secure, port) = (bind(options.https).await?, options.https.port());
        for address in &options.http {
            let redirect = move |request| api::redirect(request, port);
            tokio::task::spawn_local(connection::serve(bind(*address).await?, None, redirect));
        }
        let state = Rc::new(state.clone());
        connection::serve(secure, Some(config), move |request| api::answer(Rc::clone(&state), request)).await;
        Ok(ExitCode::SUCCESS)
    })
}
