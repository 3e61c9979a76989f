// SPDX-License-Identifier: AGPL-3.0-or-later
//! Tells people what is wrong, and when it is well again: by mail into a mailbox here, by mail to elsewhere, to a webhook.
//! `posthouse status`, the metrics and the admin API show the same by themselves. None of these ways needs the others, and mail
//! to a mailbox here does not need the mail queue.

mod mail;
mod webhook;

use crate::components::Place;
use crate::engine::Board;
use crate::settings::{self, Alerts};
use crate::values::Values;
use anyhow::Result;
use std::collections::BTreeMap;

/// What people know already, by the way that told them, and what waits until a way is free again.
#[derive(Debug, Default)]
pub struct Told {
    known: BTreeMap<&'static str, BTreeMap<String, String>>,
    /// Attempts that failed, for each way, so that one that never works does not fill the log.
    failures: BTreeMap<&'static str, u32>,
}

/// One telling: what is new and what is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    pub hostname: String,
    pub alerts: Vec<String>,
    pub resolved: Vec<String>,
}

impl Told {
    /// Sends what has changed since each way last worked. One that fails is tried at each look.
    pub async fn tell(&mut self, place: &Place, board: &Board) {
        let current = board.alerts_by_subject();
        let Ok(settings) = settings::read(&place.state) else { return };
        let hostname = settings.hostname();
        let snapshot = board.settings();
        let values = Values::new(&snapshot);
        let recipients = recipients(&settings.alerts, &values);
        if let Some(news) = self.news("mail", &current, &hostname)
            && !recipients.is_empty()
        {
            let local: Vec<String> = values.domain_names().map(str::to_owned).collect();
            let way = mail::Way::new(place);
            self.send("mail", &current, move || way?.send(&news, &recipients, &local)).await;
        }
        if let Some(news) = self.news("webhook", &current, &hostname)
            && let Some(url) = settings.alerts.webhook.clone()
        {
            self.send("webhook", &current, move || webhook::send(&url, &news)).await;
        }
    }

    fn news(&self, way: &str, current: &BTreeMap<String, String>, hostname: &str) -> Option<News> {
        let nothing = BTreeMap::new();
        let known = self.known.get(way).unwrap_or(&nothing);
        let of = |map: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            map.iter().filter(|(subject, _)| !other.contains_key(*subject)).map(|(_, text)| text.clone()).collect()
        };
        let news = News { hostname: hostname.to_owned(), alerts: of(current, known), resolved: of(known, current) };
        (!news.alerts.is_empty() || !news.resolved.is_empty()).then_some(news)
    }

    async fn send(
        &mut self,
        way: &'static str,
        current: &BTreeMap<String, String>,
        work: impl FnOnce() -> Result<()> + Send + 'static,
    ) {
        let sent = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.into()));
        if sent.is_ok() {
            self.known.insert(way, current.clone());
        }
        self.note(way, sent);
    }

    /// The first failure is worth a line, and every hundredth.
    fn note(&mut self, way: &'static str, sent: Result<()>) {
        match sent {
            Ok(()) => drop(self.failures.remove(way)),
            Err(error) => {
                let failures = self.failures.entry(way).or_default();
                if failures.is_multiple_of(100) {
                    eprintln!("posthouse: alerts can't be sent by {way}: {error:#}");
                }
                *failures += 1;
            }
        }
    }
}

/// Who is named, else all administrators.
fn recipients(settings: &Alerts, values: &Values<'_>) -> Vec<String> {
    match &settings.mail {
        Some(named) => named.clone(),
        None => values.administrators().map(str::to_owned).collect(),
    }
}

impl News {
    /// A line for lists of messages and for screens.
    pub fn subject(&self) -> String {
        match (self.alerts.as_slice(), self.resolved.as_slice()) {
            ([one], []) => format!("{}: {}", self.hostname, shorten(one)),
            ([], [_]) => format!("{}: well again", self.hostname),
            ([], _) => format!("{}: all is well again", self.hostname),
            (alerts, _) => format!("{}: {} alerts", self.hostname, alerts.len()),
        }
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut add = |title: &str, lines: &[String]| {
            if !lines.is_empty() {
                text += title;
                text += "\n\n";
                lines.iter().for_each(|line| text += &format!("  * {line}\n"));
                text += "\n";
            }
        };
        add("What needs somebody to look:", &self.alerts);
        add("What is well again:", &self.resolved);
        text += &format!("`posthouse status` on {} shows how it is now.\n", self.hostname);
        text
    }
}

fn shorten(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    match text.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(subject, text)| ((*subject).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn what_is_new_and_what_is_over_is_told_once() {
        let mut told = Told::default();
        assert_eq!(told.news("mail", &map(&[]), "h"), None);
        let news = told.news("mail", &map(&[("disk", "disk full")]), "h").unwrap();
        assert_eq!((news.alerts.len(), news.subject().as_str()), (1, "h: disk full"));
        told.known.insert("mail", map(&[("disk", "disk full")]));
        // The same subject with another figure is no news.
        assert_eq!(told.news("mail", &map(&[("disk", "disk fuller")]), "h"), None);
        // Another way has its own memory.
        assert!(told.news("webhook", &map(&[("disk", "disk full")]), "h").is_some());
        let news = told.news("mail", &map(&[]), "h").unwrap();
        assert!(news.subject().ends_with("well again") && news.text().contains("disk full"));
    }

    #[test]
    fn long_subjects_are_cut_between_characters() {
        assert_eq!(shorten(&"ä".repeat(90)).chars().count(), 83);
    }
}
