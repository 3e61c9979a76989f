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
use std::collections::BTreeMap;

/// What people know already, and what waits until a way is free again.
#[derive(Debug, Default)]
pub struct Told {
    known: BTreeMap<String, String>,
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
    /// Sends what has changed since the last time that somebody could be told. Until a way works it is tried at each look.
    pub async fn tell(&mut self, place: &Place, board: &Board) {
        let current = board.alerts_by_subject();
        let Ok(settings) = settings::read(&place.state) else { return };
        let Some(news) = self.news(&current, settings.hostname()) else { return };
        let snapshot = board.settings();
        let values = Values::new(&snapshot);
        let recipients = recipients(&settings.alerts, &values);
        let local: Vec<String> = values.domain_names().map(str::to_owned).collect();
        let way_of_mail = mail::Way::new(place);
        let webhook = settings.alerts.webhook.clone();
        let sent = tokio::task::spawn_blocking(move || {
            let mut ways = Vec::new();
            if !recipients.is_empty() {
                ways.push(("mail", way_of_mail.and_then(|way| way.send(&news, &recipients, &local))));
            }
            if let Some(url) = &webhook {
                ways.push(("webhook", webhook::send(url, &news)));
            }
            ways
        });
        let ways = sent.await.unwrap_or_default();
        let is_told = ways.is_empty() || ways.iter().any(|(_, sent)| sent.is_ok());
        for (way, sent) in ways {
            self.note(way, sent);
        }
        if is_told {
            self.known = current;
        }
    }

    fn news(&self, current: &BTreeMap<String, String>, hostname: String) -> Option<News> {
        let of = |map: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            map.iter().filter(|(subject, _)| !other.contains_key(*subject)).map(|(_, text)| text.clone()).collect()
        };
        let news = News { hostname, alerts: of(current, &self.known), resolved: of(&self.known, current) };
        (!news.alerts.is_empty() || !news.resolved.is_empty()).then_some(news)
    }

    /// The first failure is worth a line, and every hundredth.
    fn note(&mut self, way: &'static str, sent: anyhow::Result<()>) {
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
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
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
        assert_eq!(told.news(&map(&[]), "h".into()), None);
        let news = told.news(&map(&[("disk", "disk full")]), "h".into()).unwrap();
        assert_eq!((news.alerts.len(), news.subject().as_str()), (1, "h: disk full"));
        told.known = map(&[("disk", "disk full")]);
        // The same subject with another figure is no news.
        assert_eq!(told.news(&map(&[("disk", "disk fuller")]), "h".into()), None);
        let news = told.news(&map(&[]), "h".into()).unwrap();
        assert!(news.subject().ends_with("well again") && news.text().contains("disk full"));
    }

    #[test]
    fn long_subjects_are_cut_between_characters() {
        assert_eq!(shorten(&"ä".repeat(90)).chars().count(), 81);
    }
}
