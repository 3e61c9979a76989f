// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is in the image, for those who have to know: SPDX 2.3 as JSON (ISO/IEC 5962), from the lock of packages and Cargo.lock.
//! The same locks give the same bytes.

use crate::error::{Error, Result, reading};
use crate::packages::lock::{Lock, Package};
use serde_json::{Value, json};
use std::path::Path;

pub fn render(lock: &Lock, source: &Path, version: &str) -> Result<String> {
    let path = source.join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(reading(&path))?;
    let cargo: toml::Table =
        text.parse().map_err(|e: toml::de::Error| Error::Lock { path: path.clone(), line: 0, what: e.to_string() })?;
    let crates = cargo.get("package").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let packages: Vec<Value> = std::iter::once(ours(version))
        .chain(lock.packages.iter().map(debian))
        .chain(crates.iter().filter_map(of_crates_io))
        .collect();
    let contained = packages.iter().skip(1).filter_map(|package| package["SPDXID"].as_str());
    let relations: Vec<Value> = std::iter::once(relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-posthouse"))
        .chain(contained.map(|id| relation("SPDXRef-posthouse", "CONTAINS", id)))
        .collect();
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": format!("posthouse-{version}"),
        "documentNamespace": format!("urn:posthouse:image:{version}:{}", lock.epoch),
        "creationInfo": {"created": time(lock.epoch), "creators": ["Tool: posthouse-image"]},
        "packages": packages,
        "relationships": relations,
    });
    Ok(format!("{document:#}\n"))
}

fn ours(version: &str) -> Value {
    entry("posthouse", "posthouse", version, "AGPL-3.0-or-later", None, None)
}

fn debian(package: &Package) -> Value {
    let Package { name, version, architecture, sha256, .. } = package;
    let purl = format!("pkg:deb/debian/{}@{}?arch={architecture}", escape(name), escape(version));
    entry(&format!("deb-{name}"), name, version, "NOASSERTION", Some(sha256), Some(purl))
}

/// Our own crates have no checksum: they are posthouse.
fn of_crates_io(package: &toml::Value) -> Option<Value> {
    let field = |name: &str| package.get(name)?.as_str();
    let (name, version, sha256) = (field("name")?, field("version")?, field("checksum")?);
    let purl = format!("pkg:cargo/{name}@{}", escape(version));
    Some(entry(&format!("crate-{name}-{version}"), name, version, "NOASSERTION", Some(sha256), Some(purl)))
}

fn entry(id: &str, name: &str, version: &str, licence: &str, sha256: Option<&str>, purl: Option<String>) -> Value {
    // SPDX 2.3 §3.2: letters, digits, dots and hyphens.
    let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let mut entry = json!({
        "SPDXID": format!("SPDXRef-{id}"),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
    });
    if let Some(sha256) = sha256 {
        entry["checksums"] = json!([{"algorithm": "SHA256", "checksumValue": sha256}]);
    }
    if let Some(purl) = purl {
        let reference =
            json!({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl});
        entry["externalRefs"] = json!([reference]);
    }
    entry
}

fn relation(from: &str, kind: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to})
}

/// Of a package URL (purl-spec): what is not unreserved is percent-encoded, colons may stay.
fn escape(text: &str) -> String {
    let escape = |c: char| if c == '+' { "%2B".to_owned() } else { c.to_string() };
    text.chars().map(escape).collect()
}

/// RFC 3339 in UTC, by the days of the civil calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
fn time(epoch: u64) -> String {
    let (days, second) = (epoch / 86_400 + 719_468, epoch % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + year_of_era + era * 400;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::lock::tests::sample;
    use std::collections::BTreeSet;

    #[test]
    fn everything_is_in_it_once() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = render(&sample(), source, "1.0").unwrap();
        assert_eq!(text, render(&sample(), source, "1.0").unwrap());
        let document: Value = serde_json::from_str(&text).unwrap();
        let packages = document["packages"].as_array().unwrap();
        let ids: BTreeSet<&str> = packages.iter().map(|package| package["SPDXID"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), packages.len());
        assert_eq!(document["relationships"].as_array().unwrap().len(), packages.len());
        let purls: Vec<&str> =
            packages.iter().filter_map(|package| package["externalRefs"][0]["referenceLocator"].as_str()).collect();
        assert!(purls.contains(&"pkg:deb/debian/a@1:2.0~rc1-1%2Bb1?arch=amd64"), "{purls:?}");
        assert!(purls.iter().any(|purl| purl.starts_with("pkg:cargo/serde@1.")));
        let is_plain = |id: &&str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        assert!(ids.iter().all(is_plain));
    }

    #[test]
    fn times_are_dates() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(time(1_790_000_000), "2026-09-21T14:13:20Z");
    }
}
