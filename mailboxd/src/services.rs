// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which protocol listens where. The one file that knows all protocol crates.

use crate::config::Config;
use crate::http::{self, Listening, assets, headers, health, well_known};
use crate::published::Ports;
use crate::serve::{System, bind};
use crate::{control, hsm, metrics, outbound, purge, statistics};
use anyhow::{Context, Result};
use axum::Router;
use axum::routing::any;
use net::oauth::Oauth;
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

type Stopping = watch::Receiver<bool>;
/// A service over HTTP: its name, addresses, TLS and routes.
type Group<'a> = (&'a str, &'a [SocketAddr], Option<Arc<ServerConfig>>, Router);

/// Binds everything, then starts everything. The answer ends requests that wait for something, when the time has come.
pub async fn start(system: &System, stopping: &Stopping, tasks: &mut JoinSet<()>) -> Result<impl FnOnce() + use<>> {
    let relay = outbound::relay(&system.config)?;
    let soap = soap::State::new(
        system.store.clone(),
        system.directory.clone(),
        outbound::outbound(system.store.clone(), system.directory.clone(), relay.clone(), system.filters.clone()),
        outbound::intake(system.store.clone(), system.directory.clone(), relay.clone(), system.filters.clone()),
        soap_config(system),
    )?;
    soap.answer_with(control::for_soap(system.clone()));
    // It is started once.
    let _ = system.soap.set(soap.clone());
    let mail = bind_mail(system).await?;
    let imap = bind_imap(system).await?;
    let pop3 = bind_pop3(system).await?;
    let managesieve = bind_managesieve(system).await?;
    let http = bind_http(system, &soap).await?;
    let sasl = bind_sasl(system)?;
    for (listener, config) in mail {
        let (store, directory, stop) = (system.store.clone(), system.directory.clone(), stopping.clone());
        tasks.spawn(lmtp::serve(listener, config, store, directory, relay.clone(), stop));
    }
    for (listener, config) in imap {
        let (store, directory, stop) = (system.store.clone(), system.directory.clone(), stopping.clone());
        tasks.spawn(imap::serve(listener, config, store, directory, stop));
    }
    for (listener, config) in pop3 {
        let (store, directory, stop) = (system.store.clone(), system.directory.clone(), stopping.clone());
        tasks.spawn(pop3::serve(listener, config, store, directory, stop));
    }
    for (listener, config) in managesieve {
        let (store, directory, stop) = (system.store.clone(), system.directory.clone(), stopping.clone());
        tasks.spawn(managesieve::serve(listener, config, store, directory, stop));
    }
    for listening in http {
        tasks.spawn(http::serve(listening, stopping.clone()));
    }
    if let Some((listener, config)) = sasl {
        tasks.spawn(sasl::serve(listener, config, system.directory.clone(), stopping.clone()));
    }
    tasks.spawn(hsm::serve(system.store.clone(), system.directory.clone(), stopping.clone()));
    tasks.spawn(purge::serve(system.store.clone(), system.directory.clone(), stopping.clone()));
    tasks.spawn(statistics::serve(system.clone(), stopping.clone()));
    tasks.spawn(soap::serve_data_sources(soap.clone(), stopping.clone()));
    tasks.spawn(soap::serve_schedule(soap.clone(), stopping.clone()));
    Ok(move || soap.close())
}

fn bind_sasl(system: &System) -> Result<Option<(UnixListener, sasl::Config)>> {
    let Some(at) = &system.config.sasl else { return Ok(None) };
    let listener = sasl::bind(&at.socket).context("sasl")?;
    tracing::info!(socket = %at.socket.display(), "logins for other daemons");
    Ok(Some((listener, sasl::Config { metrics: system.metrics.sasl(), ..sasl::Config::default() })))
}

/// LMTP, SMTP and submission: one engine in three roles.
async fn bind_mail(system: &System) -> Result<Vec<(TcpListener, lmtp::Config)>> {
    let listen = &system.config.listen;
    let roles = [
        ("lmtp", &listen.lmtp, lmtp::Role::Lmtp),
        ("smtp", &listen.smtp, lmtp::Role::Smtp),
        ("submission", &listen.submission, lmtp::Role::Submission),
    ];
    let mut all = Vec::new();
    for (service, addresses, role) in roles {
        let mut config = lmtp::Config::new(role, &system.config.hostname);
        config.tls = Some(Arc::clone(&system.tls_mail));
        config.metrics = system.metrics.mail(service);
        config.trusts_spam_flag = system.config.delivery.spam_header;
        config.filters = system.filters.clone();
        config.limits.message_bytes_max = system.config.message_bytes_max();
        all.extend(bind(service, addresses).await?.into_iter().map(|listener| (listener, config.clone())));
    }
    Ok(all)
}

async fn bind_imap(system: &System) -> Result<Vec<(TcpListener, imap::Config)>> {
    let mut config = imap::Config::new(&system.config.hostname);
    config.tls = Some(TlsAcceptor::from(Arc::clone(&system.tls_mail)));
    config.message_bytes_max = system.config.message_bytes_max();
    config.connections_max = system.config.connections_max();
    config.oauth = oauth(system)?;
    config.metrics = system.metrics.clients("imap");
    let plain = bind("imap", &system.config.listen.imap).await?.into_iter().map(|l| (l, config.clone()));
    let mut all: Vec<_> = plain.collect();
    config.implicit_tls = true;
    config.metrics = system.metrics.clients("imaps");
    all.extend(bind("imaps", &system.config.listen.imaps).await?.into_iter().map(|l| (l, config.clone())));
    Ok(all)
}

/// Who is asked of tokens.
fn oauth(system: &System) -> Result<Option<Arc<Oauth>>> {
    let Some(settings) = &system.config.oauth else { return Ok(None) };
    let oauth = Oauth::new(settings.settings()?).context("[oauth] introspection_url")?;
    Ok(Some(Arc::new(oauth)))
}

async fn bind_pop3(system: &System) -> Result<Vec<(TcpListener, pop3::Config)>> {
    let mut config = pop3::Config::new(&system.config.hostname);
    config.tls = Some(TlsAcceptor::from(Arc::clone(&system.tls_mail)));
    config.connections_max = system.config.connections_max();
    config.oauth = oauth(system)?;
    config.metrics = system.metrics.clients("pop3");
    let plain = bind("pop3", &system.config.listen.pop3).await?.into_iter().map(|l| (l, config.clone()));
    let mut all: Vec<_> = plain.collect();
    config.implicit_tls = true;
    config.metrics = system.metrics.clients("pop3s");
    all.extend(bind("pop3s", &system.config.listen.pop3s).await?.into_iter().map(|l| (l, config.clone())));
    Ok(all)
}

async fn bind_managesieve(system: &System) -> Result<Vec<(TcpListener, managesieve::Config)>> {
    let mut config = managesieve::Config::new(&system.config.hostname);
    config.tls = Some(TlsAcceptor::from(Arc::clone(&system.tls_mail)));
    config.metrics = system.metrics.clients("managesieve");
    let listeners = bind("managesieve", &system.config.listen.managesieve).await?;
    Ok(listeners.into_iter().map(|listener| (listener, config.clone())).collect())
}

/// As the pages for mail programs tell it.
fn mail_services(config: &Config) -> rest::Services {
    let ports = Ports::of(config);
    let either =
        |tls: Option<u16>, plain: Option<u16>| tls.map(|port| (port, true)).or(plain.map(|port| (port, false)));
    rest::Services {
        host: config.hostname.clone(),
        imap: either(ports.imaps, ports.imap),
        submission: either(ports.submissions, ports.submission),
    }
}

async fn bind_http(system: &System, soap: &soap::State) -> Result<Vec<Listening>> {
    let listen = &system.config.listen;
    let health = health::router(Arc::clone(&system.ready), system.directory.clone());
    let state = rest::State::new(system.store.clone(), system.directory.clone());
    let state = state.with_services(mail_services(&system.config));
    let (rest, exports) = (rest::router(state.clone()), rest::admin_router(state.clone()));
    // It is started once.
    let _ = system.rest.set(state);
    let challenges = system.state.join("run/acme");
    let known = well_known::router(Arc::clone(&system.config), system.directory.clone(), challenges);
    let user = health.clone().merge(known).merge(soap::router(soap.clone())).merge(rest).fallback(any(assets::client));
    let admin = health.merge(soap::admin_router(soap.clone())).merge(exports).fallback(any(assets::console));
    let metrics = metrics::router(
        Arc::clone(&system.metrics),
        system.store.clone(),
        system.directory.clone(),
        system.state.clone(),
    );
    let tls = || Some(Arc::clone(&system.tls_http));
    let groups: [Group<'_>; 4] = [
        ("http", &listen.http, None, user.clone()),
        ("https", &listen.https, tls(), user),
        ("admin", &listen.admin, tls(), admin),
        ("metrics", &listen.metrics, None, metrics),
    ];
    let mut all = Vec::new();
    for (service, addresses, tls, router) in groups {
        let router = headers::dress(router, tls.is_some(), Arc::clone(&system.metrics));
        all.extend(bind(service, addresses).await?.into_iter().map(|listener| Listening {
            listener,
            tls: tls.clone(),
            router: router.clone(),
            connections_max: system.config.connections_max(),
            metrics: Arc::clone(&system.metrics),
        }));
    }
    Ok(all)
}

fn soap_config(system: &System) -> soap::Config {
    const HTTPS: u16 = 443;
    let host = system.config.hostname.clone();
    let public_url = match system.config.listen.https.first().map(SocketAddr::port) {
        Some(port) if port != HTTPS => format!("https://{host}:{port}"),
        _ => format!("https://{host}"),
    };
    soap::Config {
        host,
        public_url,
        state: system.state.clone(),
        message_bytes_max: system.config.message_bytes_max(),
        dictionaries: soap::Config::DICTIONARIES.into(),
        token_life: soap::Config::TOKEN_LIFE,
        admin_token_life: soap::Config::ADMIN_TOKEN_LIFE,
    }
}
