// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The server alone, over a store in a directory: for trying clients, conformance runners and measurements.
//!
//! `cargo run -p ph-imap --example serve -- DIR PORT [USERS]` makes u0@bench.test … with the password `pass`.

use anyhow::Context as _;
use directory::Directory;
use mailbox::{Config, Store};
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().context("DIR is missing")?);
    let port: u16 = args.next().context("PORT is missing")?.parse()?;
    let users: u32 = args.next().map_or(Ok(10), |n| n.parse())?;
    std::fs::create_dir_all(dir.join("state/journal"))?;
    std::fs::create_dir_all(dir.join("directory"))?;
    let store = Store::open(Config::new(dir.join("state")))?;
    let directory = Directory::open(&dir.join("directory"))?;
    if directory.domain("bench.test")?.is_none() {
        directory.create_domain("bench.test", Default::default())?;
    }
    for n in 0..users {
        let name = format!("u{n}@bench.test");
        if directory.account(&name)?.is_none() {
            directory.create_account(&name, "pass", Default::default())?;
        }
    }
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        let _stopping = tokio::signal::ctrl_c().await;
        stop.send_replace(true);
    });
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("ready");
    ph_imap::serve(listener, ph_imap::Config::new("localhost"), store.clone(), directory, stopped).await;
    store.shutdown()?;
    Ok(())
}
