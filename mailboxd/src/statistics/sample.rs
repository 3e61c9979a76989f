// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is known of one minute, or of a quarter of an hour.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// Counted within the time, or (gauges) as it was then. A release that knows more leaves the rest at 0, and one that knows less
/// ignores it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// Seconds since 1970.
    pub t: u64,
    /// Recipients of messages, by what became of them.
    pub delivered: u64,
    pub deferred: u64,
    pub rejected: u64,
    pub logins: u64,
    pub logins_failed: u64,
    /// Gauges.
    pub web: f64,
    pub imap: f64,
    pub pop3: f64,
    /// None: there is no MTA of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<f64>,
    /// Octets of everything that the supervisor runs, or of this process where nobody supervises it.
    pub memory: f64,
    /// Octets in use and in all of the file system of each volume, by its id.
    pub volumes: BTreeMap<u16, (f64, f64)>,
}

/// A line of a chart: its name, how it is read from a sample, and of which volume, if it is of one.
pub type Figure = (String, fn(&Sample, u16) -> Option<f64>, u16);
/// Figures that belong on one chart.
pub type Group = (&'static str, Vec<Figure>);

impl Sample {
    /// No longer than `bytes_max`: of very many volumes the last are left out.
    pub fn written(&self, bytes_max: usize) -> io::Result<Vec<u8>> {
        let mut sample = self.clone();
        loop {
            let text = serde_json::to_vec(&sample)?;
            if text.len() <= bytes_max {
                return Ok(text);
            }
            if sample.volumes.pop_last().is_none() {
                return Err(io::Error::other("a sample that is too long"));
            }
        }
    }

    /// Of several in a row: what was counted together, and gauges on the average. `None`: of none.
    pub fn fold(samples: &[Sample], t: u64) -> Option<Sample> {
        let last = samples.last()?;
        let sum = |of: fn(&Sample) -> u64| samples.iter().map(of).fold(0, u64::saturating_add);
        #[expect(clippy::cast_precision_loss, reason = "some dozens")]
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let gauge = |of: fn(&Sample) -> f64| mean(&samples.iter().map(of).collect::<Vec<_>>());
        let queue: Vec<f64> = samples.iter().filter_map(|sample| sample.queue).collect();
        let volumes = last.volumes.keys().map(|id| {
            let of: Vec<(f64, f64)> = samples.iter().filter_map(|sample| sample.volumes.get(id).copied()).collect();
            let (used, all): (Vec<f64>, Vec<f64>) = of.into_iter().unzip();
            (*id, (mean(&used), mean(&all)))
        });
        Some(Sample {
            t,
            delivered: sum(|s| s.delivered),
            deferred: sum(|s| s.deferred),
            rejected: sum(|s| s.rejected),
            logins: sum(|s| s.logins),
            logins_failed: sum(|s| s.logins_failed),
            web: gauge(|s| s.web),
            imap: gauge(|s| s.imap),
            pop3: gauge(|s| s.pop3),
            queue: (!queue.is_empty()).then(|| mean(&queue)),
            memory: gauge(|s| s.memory),
            volumes: volumes.collect(),
        })
    }
}

/// What belongs on one chart. `volumes`: all that occur.
pub fn groups(volumes: &[u16]) -> Vec<Group> {
    #[expect(clippy::cast_precision_loss, reason = "for a chart")]
    const fn count(value: u64) -> f64 {
        value as f64
    }
    let one = |name: &str, of: fn(&Sample, u16) -> Option<f64>| (name.to_owned(), of, 0);
    let disk = volumes.iter().flat_map(|id| {
        let used: fn(&Sample, u16) -> Option<f64> = |s, id| Some(s.volumes.get(&id)?.0);
        let all: fn(&Sample, u16) -> Option<f64> = |s, id| Some(s.volumes.get(&id)?.1);
        [(format!("used.{id}"), used, *id), (format!("all.{id}"), all, *id)]
    });
    vec![
        (
            "mail",
            vec![
                one("delivered", |s, _| Some(count(s.delivered))),
                one("deferred", |s, _| Some(count(s.deferred))),
                one("rejected", |s, _| Some(count(s.rejected))),
            ],
        ),
        (
            "logins",
            vec![one("accepted", |s, _| Some(count(s.logins))), one("failed", |s, _| Some(count(s.logins_failed)))],
        ),
        (
            "sessions",
            vec![one("web", |s, _| Some(s.web)), one("imap", |s, _| Some(s.imap)), one("pop3", |s, _| Some(s.pop3))],
        ),
        ("queue", vec![one("messages", |s, _| s.queue)]),
        ("memory", vec![one("bytes", |s, _| Some(s.memory))]),
        ("disk", disk.collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_an_hour_is_counted_together_and_averaged() {
        let sample = |delivered: u64, memory: f64, queue: Option<f64>| Sample {
            t: 1,
            delivered,
            memory,
            queue,
            volumes: BTreeMap::from([(1, (memory, 100.0))]),
            ..Sample::default()
        };
        let folded = Sample::fold(&[sample(1, 10.0, None), sample(2, 20.0, Some(4.0))], 900).unwrap();
        assert_eq!((folded.t, folded.delivered, folded.memory, folded.queue), (900, 3, 15.0, Some(4.0)));
        assert_eq!(folded.volumes, BTreeMap::from([(1, (15.0, 100.0))]));
        assert_eq!(Sample::fold(&[], 1), None);
    }

    #[test]
    fn a_sample_fits_its_place_however_many_volumes_there_are() {
        let volumes = (0..64).map(|id| (id, (123_456_789_012.0, 987_654_321_098.0))).collect();
        let sample = Sample { t: u64::MAX, delivered: u64::MAX, memory: 1e15 / 3.0, volumes, ..Sample::default() };
        let text = sample.written(1016).unwrap();
        assert!(text.len() <= 1016);
        let read: Sample = serde_json::from_slice(&text).unwrap();
        assert!((8..64).contains(&read.volumes.len()) && read.volumes.contains_key(&0));
    }

    /// One of a later or an earlier release.
    #[test]
    fn figures_may_be_more_or_less() {
        let read: Sample = serde_json::from_str(r#"{"t": 5, "new": {"x": 1}}"#).unwrap();
        assert_eq!(read, Sample { t: 5, ..Sample::default() });
    }
}
