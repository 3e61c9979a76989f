// SPDX-License-Identifier: AGPL-3.0-or-later
//! Our own figures over time, for the charts of administrators: one sample a minute for two days, one a quarter of an hour for thirty, in two
//! files of fixed size in `statistics/`. A crash loses what was counted since the last sample; a disk without room for the files means no
//! charts, and nothing else.

mod ring;
mod sample;

use crate::components;
use crate::metrics::{Counted, resident_bytes};
use crate::serve::System;
use ring::Ring;
use sample::{Figure, Sample, groups};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

const MINUTE: u64 = 60;
const QUARTER: u64 = 15 * MINUTE;
const MINUTES: u64 = 2 * 24 * 60;
const QUARTERS: u64 = 30 * 24 * 4;
const POINTS_MAX: usize = 5_000;

/// What is asked for: times in milliseconds since 1970, and about how many points.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// A group of figures; empty: all.
    #[serde(default)]
    name: String,
    begin_ms: i64,
    end_ms: i64,
    points: usize,
}

/// The two files. Blocks.
pub struct Statistics {
    minutes: Ring,
    quarters: Ring,
}

impl Statistics {
    pub fn open(state: &Path) -> io::Result<Statistics> {
        let dir = state.join("statistics");
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        Ok(Statistics {
            minutes: Ring::open(&dir.join("minutes.ring"), MINUTES, MINUTE)?,
            quarters: Ring::open(&dir.join("quarters.ring"), QUARTERS, QUARTER)?,
        })
    }

    /// A minute; with it the quarter of an hour that it ends.
    fn put(&self, sample: &Sample) -> io::Result<()> {
        self.minutes.put(sample)?;
        let begin = sample.t / QUARTER * QUARTER;
        match Sample::fold(&self.minutes.between(begin, begin + QUARTER)?, begin) {
            Some(quarter) => self.quarters.put(&quarter),
            None => Ok(()),
        }
    }

    /// `{"groups": [{"name": "mail", "names": ["delivered", …], "points": [{"t": seconds, "values": [3, …]}]}]}`, oldest first. What was
    /// counted is told per minute, so that points of any length are alike.
    pub fn answer(&self, question: &Question) -> io::Result<Value> {
        let second = |ms: i64| u64::try_from(ms.div_euclid(1_000)).unwrap_or(0);
        let (begin, end) = (second(question.begin_ms), second(question.end_ms));
        let is_recent = begin.saturating_add(MINUTES * MINUTE) >= now();
        let (ring, step) = if is_recent { (&self.minutes, MINUTE) } else { (&self.quarters, QUARTER) };
        let samples = ring.between(begin, end)?;
        // Points are whole numbers of samples long.
        let wanted =
            (end.saturating_sub(begin) / question.points.clamp(1, POINTS_MAX) as u64).div_ceil(step).max(1) * step;
        let mut by_point: BTreeMap<u64, Vec<Sample>> = BTreeMap::new();
        for sample in samples {
            by_point.entry(sample.t / wanted * wanted).or_default().push(sample);
        }
        #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
        let points: Vec<(f64, Sample)> = by_point
            .into_iter()
            .filter_map(|(t, of)| Some(((of.len() as u64 * step / MINUTE) as f64, Sample::fold(&of, t)?)))
            .collect();
        let volumes: BTreeSet<u16> = points.iter().flat_map(|(_, point)| point.volumes.keys().copied()).collect();
        let volumes: Vec<u16> = volumes.into_iter().collect();
        let told = groups(&volumes).into_iter().filter(|(name, _)| question.name.is_empty() || *name == question.name);
        let told: Vec<Value> = told
            .map(|(name, figures)| {
                let is_counted = matches!(name, "mail" | "logins");
                let point = |(minutes, sample): &(f64, Sample)| {
                    let value = |(_, of, id): &Figure| {
                        of(sample, *id).map(|value| if is_counted { value / minutes } else { value })
                    };
                    json!({"t": sample.t, "values": figures.iter().map(value).collect::<Vec<_>>()})
                };
                let names: Vec<&str> = figures.iter().map(|(name, ..)| name.as_str()).collect();
                json!({"name": name, "names": names, "points": points.iter().map(point).collect::<Vec<_>>()})
            })
            .collect();
        Ok(json!({"groups": told}))
    }
}

/// Samples until the daemon stops.
pub async fn serve(system: System, mut stopping: watch::Receiver<bool>) {
    let Some(statistics) = system.statistics.clone() else {
        let _ = stopping.wait_for(|stopping| *stopping).await;
        return;
    };
    // What was counted before the first whole minute belongs to no minute.
    let mut before = system.counted();
    loop {
        let now_ms = u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX);
        let wait = MINUTE * 1_000 - now_ms % (MINUTE * 1_000);
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(Duration::from_millis(wait)) => {}
        }
        let counted = system.counted();
        let (taken, from) = (system.clone(), std::mem::replace(&mut before, counted.clone()));
        let statistics = statistics.clone();
        let done = tokio::task::spawn_blocking(move || statistics.put(&taken.sample(&counted, &from)));
        match done.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "figures of this minute are not kept"),
            Err(error) => tracing::error!(%error, "statistics"),
        }
    }
}

impl System {
    fn counted(&self) -> Counted {
        self.metrics.counted(self.directory.logins())
    }

    /// Of the minute that has just ended. Blocks.
    fn sample(&self, counted: &Counted, from: &Counted) -> Sample {
        let report =
            components::read(&self.state).filter(|(_, age_seconds)| *age_seconds < 600).map(|(report, _)| report);
        let report = report.unwrap_or_default();
        let queue = report["health"].as_array().into_iter().flatten().find(|item| item["name"] == "mail queue");
        let memory = report["memory_bytes"].as_f64();
        #[expect(clippy::cast_precision_loss, reason = "for a chart")]
        let octets = |bytes: u64| bytes as f64;
        let volumes = self.store.volumes().unwrap_or_default().into_iter().filter_map(|volume| {
            let (free, all) = (volume.available_bytes?, volume.capacity_bytes?);
            Some((volume.id, (octets(all.saturating_sub(free)), octets(all))))
        });
        #[expect(clippy::cast_precision_loss, reason = "for a chart")]
        let web = self.soap.get().map_or(0, soap::State::session_count) as f64;
        Sample {
            // The minute that it tells of.
            t: (now() / MINUTE).saturating_sub(1) * MINUTE,
            delivered: counted.delivered.saturating_sub(from.delivered),
            deferred: counted.deferred.saturating_sub(from.deferred),
            rejected: counted.rejected.saturating_sub(from.rejected),
            logins: counted.logins.saturating_sub(from.logins),
            logins_failed: counted.logins_failed.saturating_sub(from.logins_failed),
            web,
            imap: octets(counted.imap),
            pop3: octets(counted.pop3),
            queue: queue.and_then(|item| item["count"].as_f64()),
            memory: memory.or_else(|| resident_bytes().map(octets)).unwrap_or(0.0),
            volumes: volumes.collect(),
        }
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn now() -> u64 {
    since_1970().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(statistics: &Statistics, name: &str, begin: u64, end: u64, points: usize) -> Vec<Value> {
        let ms = |seconds: u64| i64::try_from(seconds * 1_000).unwrap();
        let question = Question { name: name.to_owned(), begin_ms: ms(begin), end_ms: ms(end), points };
        let answer = statistics.answer(&question).unwrap();
        answer["groups"].as_array().unwrap().clone()
    }

    #[test]
    fn days_are_told_in_minutes_and_a_month_in_quarters_of_an_hour() {
        let dir = tempfile::tempdir().unwrap();
        let statistics = Statistics::open(dir.path()).unwrap();
        let end = now() / (2 * QUARTER) * 2 * QUARTER;
        let begin = end - 4 * 24 * 3_600;
        for t in (begin..end).step_by(60 * 60).chain((end - 1_800..end).step_by(60)) {
            let volumes = BTreeMap::from([(1, (50.0, 100.0))]);
            statistics.put(&Sample { t, delivered: 6, memory: 9.0, volumes, ..Sample::default() }).unwrap();
        }
        // After a start it is the same.
        drop(statistics);
        let statistics = Statistics::open(dir.path()).unwrap();
        let mail = ask(&statistics, "mail", end - 1_800, end, 100);
        assert_eq!(mail.len(), 1);
        assert_eq!(mail[0]["points"].as_array().unwrap().len(), 30);
        assert_eq!(mail[0]["points"][0], json!({"t": end - 1_800, "values": [6.0, 0.0, 0.0]}));
        // Fewer points are longer, and as high.
        let mail = ask(&statistics, "mail", end - 1_800, end, 3);
        assert_eq!(mail[0]["points"].as_array().unwrap().len(), 3);
        assert_eq!(mail[0]["points"][1]["values"][0], 6.0);
        // Further back than minutes are kept.
        let far = ask(&statistics, "memory", begin, end, 1_000);
        assert_eq!(far[0]["points"][0], json!({"t": begin / QUARTER * QUARTER, "values": [9.0]}));
        assert!(far[0]["points"].as_array().unwrap().len() >= 4 * 24 - 1);
        let all = ask(&statistics, "", begin, end, 10);
        let names: Vec<&str> = all.iter().map(|group| group["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["mail", "logins", "sessions", "queue", "memory", "disk"]);
        assert_eq!(all[5]["names"], json!(["used.1", "all.1"]));
        // Without an MTA there is nothing to say of its queue.
        assert_eq!(all[3]["points"][0]["values"], json!([null]));
        assert!(ask(&statistics, "nonsense", begin, end, 10).is_empty());
        assert!(ask(&statistics, "mail", 0, 60, 0)[0]["points"].as_array().unwrap().is_empty());
    }
}
