// SPDX-License-Identifier: AGPL-3.0-or-later
//! Prometheus text on the loopback. What the store knows is asked when somebody looks, not counted twice.

use crate::components;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use directory::Directory;
use mailbox::{Store, StoreStats};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use prometheus_client::registry::{Registry, Unit};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Service {
    service: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Class {
    /// "2xx" …
    class: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Recipient {
    service: &'static str,
    /// "accepted", "deferred", "rejected"
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attachment {
    /// "read": all of them; the others tell of some.
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Login {
    /// "ok", "failed"
    result: &'static str,
}

/// What is counted as it happens.
#[derive(Debug, Default)]
pub struct Metrics {
    http_requests: Family<Class, Counter>,
    recipients: Family<Recipient, Counter>,
    sessions: Family<Service, Gauge>,
    sessions_begun: Family<Service, Counter>,
}

impl Metrics {
    pub fn http_request(&self, status: u16) {
        let class = match status {
            0..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.http_requests.get_or_create(&Class { class }).inc();
    }

    /// Counts a session as open until the answer is dropped.
    pub fn session(&self, service: &'static str) -> impl Drop + Send + use<> {
        self.begun(service).inc();
        let open = self.open(service);
        open.inc();
        Open(open)
    }

    /// For what mail clients speak, with TLS from the start or without.
    pub fn clients(&self, service: &'static str) -> net::Metrics {
        net::Metrics { sessions: self.open(service), sessions_begun: self.begun(service) }
    }

    pub fn sasl(&self) -> sasl::Metrics {
        sasl::Metrics { sessions: self.open("sasl"), sessions_begun: self.begun("sasl") }
    }

    /// For LMTP, SMTP or submission.
    pub fn mail(&self, service: &'static str) -> lmtp::Metrics {
        let recipients = |result| self.recipients.get_or_create(&Recipient { service, result }).clone();
        lmtp::Metrics {
            sessions: self.open(service),
            sessions_begun: self.begun(service),
            accepted: recipients("accepted"),
            deferred: recipients("deferred"),
            rejected: recipients("rejected"),
        }
    }

    fn open(&self, service: &'static str) -> Gauge {
        self.sessions.get_or_create(&Service { service }).clone()
    }

    fn begun(&self, service: &'static str) -> Counter {
        self.sessions_begun.get_or_create(&Service { service }).clone()
    }
}

/// What charts over time are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    pub delivered: u64,
    pub deferred: u64,
    pub rejected: u64,
    pub logins: u64,
    pub logins_failed: u64,
    /// Open just now.
    pub imap: u64,
    pub pop3: u64,
}

impl Metrics {
    /// `logins`: how many were right and wrong.
    pub fn counted(&self, (logins, logins_failed): (u64, u64)) -> Counted {
        let recipients = |result| {
            let of = |service| self.recipients.get_or_create(&Recipient { service, result }).get();
            ["lmtp", "smtp", "submission"].into_iter().map(of).sum()
        };
        let open = |services: [&'static str; 2]| {
            services.into_iter().map(|service| u64::try_from(self.open(service).get()).unwrap_or(0)).sum()
        };
        Counted {
            delivered: recipients("accepted"),
            deferred: recipients("deferred"),
            rejected: recipients("rejected"),
            logins,
            logins_failed,
            imap: open(["imap", "imaps"]),
            pop3: open(["pop3", "pop3s"]),
        }
    }
}

struct Open(Gauge);
impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

pub fn router(metrics: Arc<Metrics>, store: Store, directory: Directory, state: PathBuf) -> Router {
    Router::new().route(
        "/metrics",
        get(move || {
            let (metrics, store, logins) = (Arc::clone(&metrics), store.clone(), directory.logins());
            let state = state.clone();
            async move { page(&metrics, &store, logins, state).await }
        }),
    )
}

async fn page(metrics: &Metrics, store: &Store, logins: (u64, u64), state: PathBuf) -> Response {
    let stats = match store.run(Store::stats).await.and_then(|stats| stats) {
        Ok(stats) => stats,
        Err(error) => {
            tracing::warn!(%error, "metrics: no statistics of the store");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let mut registry = registry(metrics, &stats, logins);
    if let Ok(Some((report, age_seconds))) = store.run(move |_| components::read(&state)).await {
        components::register(&mut registry, &report, age_seconds);
    }
    let mut page = String::new();
    match text::encode(&mut page, &registry) {
        Ok(()) => {
            ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], page).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn registry(metrics: &Metrics, stats: &StoreStats, (ok, failed): (u64, u64)) -> Registry {
    let mut registry = Registry::with_prefix("posthouse");
    registry.register("http_requests", "HTTP requests answered", metrics.http_requests.clone());
    registry.register("sessions", "Open connections", metrics.sessions.clone());
    registry.register("sessions_begun", "Connections since the start", metrics.sessions_begun.clone());
    registry.register("recipients", "Recipients of messages, by what became of them", metrics.recipients.clone());
    let logins = Family::<Login, Counter>::default();
    logins.get_or_create(&Login { result: "ok" }).inc_by(ok);
    logins.get_or_create(&Login { result: "failed" }).inc_by(failed);
    registry.register("logins", "Passwords judged, over all protocols", logins);
    let gauge = |value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        gauge
    };
    registry.register("mailboxes", "Mailboxes", gauge(stats.mailboxes));
    registry.register("items", "Items in all mailboxes", gauge(stats.items));
    registry.register_with_unit("messages", "Octets of all messages", Unit::Bytes, gauge(stats.bytes));
    registry.register_with_unit("journal", "Octets of the journal's segments", Unit::Bytes, gauge(stats.journal_bytes));
    registry.register("journal_last", "Sequence number of the last record", gauge(stats.journal_last));
    registry.register("journal_synced", "Sequence number of the last durable record", gauge(stats.journal_synced));
    registry.register("unapplied", "Durable records that are not applied yet", gauge(stats.unapplied));
    registry.register("replayed", "Records replayed since the start, after a crash", gauge(stats.replayed));
    registry.register("unindexed", "Mailboxes whose search index is behind", gauge(stats.unindexed));
    registry.register("unread_attachments", "Mailboxes with attachments to be read", gauge(stats.unread_attachments));
    let attachments = Family::<Attachment, Counter>::default();
    for (result, count) in [
        ("read", stats.attachments.documents - stats.attachments.failed),
        ("text", stats.attachments.with_text),
        ("protected", stats.attachments.protected),
        ("damaged", stats.attachments.damaged),
        ("cut", stats.attachments.cut),
        ("failed", stats.attachments.failed),
        ("too large", stats.attachments.too_large),
    ] {
        attachments.get_or_create(&Attachment { result }).inc_by(count);
    }
    registry.register("attachments", "Attachments given to extractd, by what was found", attachments);
    registry.register("training_spam", "Messages that wait to be learnt as spam", gauge(stats.training_spam));
    registry.register("training_ham", "Messages that wait to be learnt as none", gauge(stats.training_ham));
    let dropped = "Messages that were not learnt from since too many waited";
    registry.register("training_dropped", dropped, gauge(stats.training_dropped));
    if let Some(resident) = resident_bytes() {
        registry.register_with_unit("process_resident_memory", "Resident memory", Unit::Bytes, gauge(resident));
    }
    registry
}

/// Second field of /proc/self/statm, in pages (proc(5)).
pub fn resident_bytes() -> Option<u64> {
    const PAGE_BYTES: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split_whitespace().nth(1)?.parse::<u64>().ok()? * PAGE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_what_dashboards_need() {
        let metrics = Metrics::default();
        metrics.http_request(404);
        let open = metrics.session("imap");
        drop(metrics.session("imap"));
        metrics.mail("smtp").deferred.inc();
        let counted = metrics.counted((4, 5));
        assert_eq!((counted.deferred, counted.delivered, counted.imap, counted.logins_failed), (1, 0, 1, 5));
        let stats = StoreStats {
            mailboxes: 3,
            journal_bytes: 10,
            journal_last: 8,
            journal_synced: 7,
            unapplied: 1,
            replayed: 6,
            unindexed: 2,
            bytes: 99,
            items: 5,
            unread_attachments: 4,
            attachments: mailbox::extract::Figures { documents: 9, failed: 1, ..Default::default() },
            attachments_trouble: String::new(),
            training_spam: 6,
            training_ham: 0,
            training_dropped: 0,
        };
        let mut page = String::new();
        text::encode(&mut page, &registry(&metrics, &stats, (4, 5))).unwrap();
        for line in [
            "posthouse_http_requests_total{class=\"4xx\"} 1",
            "posthouse_sessions{service=\"imap\"} 1",
            "posthouse_sessions_begun_total{service=\"imap\"} 2",
            "posthouse_recipients_total{service=\"smtp\",result=\"deferred\"} 1",
            "posthouse_logins_total{result=\"failed\"} 5",
            "posthouse_journal_bytes 10",
            "posthouse_unindexed 2",
            "posthouse_unread_attachments 4",
            "posthouse_attachments_total{result=\"read\"} 8",
            "posthouse_attachments_total{result=\"failed\"} 1",
            "posthouse_training_spam 6",
        ] {
            assert!(page.lines().any(|l| l == line), "{line} is not in\n{page}");
        }
        drop(open);
    }
}
