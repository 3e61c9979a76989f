// SPDX-License-Identifier: AGPL-3.0-or-later
//! Metrics of what runs beside us, from what the supervisor writes into `run/status.json` once a minute. Where nobody
//! supervises us there are none.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use prometheus_client::registry::{Registry, Unit};
use serde_json::Value;
use std::path::Path;
use std::time::SystemTime;

const BYTES_MAX: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Component {
    component: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Health {
    item: String,
}

/// The report, and how many seconds old it is.
pub fn read(state: &Path) -> Option<(Value, i64)> {
    let path = state.join("run/status.json");
    let found = path.metadata().ok().filter(|found| found.len() <= BYTES_MAX)?;
    let age = SystemTime::now().duration_since(found.modified().ok()?).unwrap_or_default();
    let report = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some((report, i64::try_from(age.as_secs()).unwrap_or(i64::MAX)))
}

pub fn register(registry: &mut Registry, report: &Value, age_seconds: i64) {
    let list = |key: &str| report[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let up = Family::<Component, Gauge>::default();
    let memory = Family::<Component, Gauge>::default();
    let restarts = Family::<Component, Counter>::default();
    for component in list("components") {
        let label = Component { component: text(&component["name"]) };
        up.get_or_create(&label).set(i64::from(component["phase"] == "running"));
        memory.get_or_create(&label).set(component["memory_bytes"].as_i64().unwrap_or(0));
        restarts.get_or_create(&label).inc_by(component["restarts"].as_u64().unwrap_or(0));
    }
    let health = Family::<Health, Gauge>::default();
    for item in list("health") {
        health.get_or_create(&Health { item: text(&item["name"]) }).set(i64::from(item["is_well"] == true));
    }
    registry.register("component_up", "Whether a component runs and answers", up);
    registry.register_with_unit("component_memory", "Memory of its processes", Unit::Bytes, memory);
    registry.register("component_restarts", "Starts that nobody ordered", restarts);
    registry.register("health", "1: well, 0: somebody should look", health);
    let gauge = |value: i64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        gauge
    };
    let alerts = i64::try_from(list("alerts").len()).unwrap_or(i64::MAX);
    registry.register("alerts", "What `posthouse status` warns of", gauge(alerts));
    registry.register_with_unit("supervisor_report_age", "Of these figures", Unit::Seconds, gauge(age_seconds));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_supervisor_wrote_is_there_and_rubbish_is_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("run")).unwrap();
        assert!(read(dir.path()).is_none());
        let file = dir.path().join("run/status.json");
        std::fs::write(&file, "{").unwrap();
        assert!(read(dir.path()).is_none());
        let report = json!({
            "components": [{"name": "postfix", "phase": "failed", "restarts": 3, "memory_bytes": 7}],
            "health": [{"name": "mail queue", "is_well": true}], "alerts": ["a", "b"],
        });
        std::fs::write(&file, report.to_string()).unwrap();
        let (report, age) = read(dir.path()).unwrap();
        let mut registry = Registry::with_prefix("posthouse");
        register(&mut registry, &report, age);
        let mut page = String::new();
        prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
        for line in [
            "posthouse_component_up{component=\"postfix\"} 0",
            "posthouse_component_restarts_total{component=\"postfix\"} 3",
            "posthouse_health{item=\"mail queue\"} 1",
            "posthouse_alerts 2",
        ] {
            assert!(page.lines().any(|l| l == line), "{line} is not in\n{page}");
        }
    }
}
