// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the console shows.

use crate::control::{Daemon, call};
use crate::state::StateDir;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const ALERTS_MAX: usize = 5;
/// Left by the initrd.
const STORE_MISSING: &str = "/run/posthouse-store-missing";
const LINE_CHARS_MAX: usize = 76;

pub fn text(state: &StateDir) -> String {
    let status = call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {}).ok();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    render(host.trim(), &addresses(), status.as_ref())
}

fn render(host: &str, addresses: &[String], status: Option<&Value>) -> String {
    let mut text = format!("Posthouse {} on {host}\n\n", env!("CARGO_PKG_VERSION"));
    match addresses {
        [] => text += "Address:  none yet (is the network connected?)\n",
        [first, rest @ ..] => {
            text += &format!("Address:  {first}\n");
            for address in rest {
                text += &format!("          {address}\n");
            }
            text += &format!("Web:      https://{}/\n", in_url(first));
        }
    }
    text += &format!("State:    {}\n", state_line(status));
    // Whoever stands here may set the machine up.
    if let Some(code) = status.and_then(|status| status["setup_code"].as_str()) {
        text += &format!("Set-up code: {}\n", shown(code));
    }
    let alerts = status.and_then(|status| status["alerts"].as_array()).map(Vec::as_slice).unwrap_or_default();
    for alert in alerts.iter().take(ALERTS_MAX).filter_map(Value::as_str) {
        text += &format!("  ! {}\n", shown(alert));
    }
    if alerts.len() > ALERTS_MAX {
        text += &format!("  ! and {} more: posthouse status\n", alerts.len() - ALERTS_MAX);
    }
    text
}

fn state_line(status: Option<&Value>) -> String {
    let Some(status) = status else {
        let is_missing = Path::new(STORE_MISSING).exists();
        return if is_missing { "the disk of the message store is missing" } else { "starting, or stopped" }.to_owned();
    };
    let components = status["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    let running = components.iter().filter(|component| component["phase"] == "running").count();
    if running == components.len() {
        return "running".to_owned();
    }
    format!("{running} of {} components run", components.len())
}

/// One line that can't move the cursor: an alert may quote what a stranger sent.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE_CHARS_MAX).collect()
}

fn in_url(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

/// Those that others can reach, IPv4 first.
fn addresses() -> Vec<String> {
    let output = Command::new("ip").args(["-json", "address", "show", "scope", "global"]).output();
    let said: Value = output.ok().and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default();
    in_answer(&said)
}

fn in_answer(said: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found: Vec<String> = list(said)
        .iter()
        .flat_map(|link| list(&link["addr_info"]))
        .filter_map(|address| address["local"].as_str().map(str::to_owned))
        .collect();
    found.sort_by_key(|address| address.contains(':'));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_and_the_older_kind_is_first() {
        let said = json!([
            {"ifname": "lo", "addr_info": []},
            {"ifname": "eth0", "addr_info": [{"local": "2001:db8::7"}, {"local": "192.0.2.7"}]},
        ]);
        assert_eq!(in_answer(&said), ["192.0.2.7", "2001:db8::7"]);
        assert!(in_answer(&Value::Null).is_empty());
    }

    #[test]
    fn the_screen_says_where_and_how() {
        let status = json!({"components": [{"phase": "running"}, {"phase": "failed"}], "alerts": ["a\x1b[2Jb"]});
        let text = render("mail", &["2001:db8::7".to_owned()], Some(&status));
        assert!(text.contains("https://[2001:db8::7]/\n"), "{text}");
        assert!(text.contains("1 of 2 components run\n"), "{text}");
        assert!(!text.contains('\x1b') && !text.contains("Set-up"), "{text}");
        let fresh = render("mail", &[], Some(&json!({"setup_code": "ABCD-2345"})));
        assert!(fresh.contains("\nSet-up code: ABCD-2345\n"), "{fresh}");
        assert!(render("mail", &[], None).contains("none yet"));
    }
}
