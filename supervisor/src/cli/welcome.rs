// SPDX-License-Identifier: AGPL-3.0-or-later
//! The box that says where to point a browser, a mail client and a terminal.

use crate::ports::{Endpoint, for_browsers};
use std::path::Path;

pub const DEMO_ACCOUNT: &str = "alice@example.test";
pub const DEMO_ADMINISTRATOR: &str = "admin@example.test";
pub const DEMO_PASSWORD: &str = "posthouse-demo";

pub fn text(endpoints: &[Endpoint], state: &Path, demo: bool) -> String {
    let at = |service: &str| {
        endpoints.iter().find(|e| e.service == service).map(|e| e.local().to_string()).unwrap_or_default()
    };
    let web = for_browsers(endpoints).map(|e| e.local().to_string()).unwrap_or_default();
    let state = state.display();
    // As it was called: it may not be on the path.
    let own = std::env::args().next().unwrap_or_else(|| "posthouse".to_owned());
    let to = if demo { DEMO_ACCOUNT } else { "SOMEBODY@YOUR.DOMAIN" };
    let mut lines = vec![
        "Posthouse is running. Ctrl-C stops it.".to_owned(),
        String::new(),
        format!("Browser      http://{web}/"),
        format!("             https://{}/  (self-signed certificate)", at("https")),
        format!("Console      https://{}/admin  (for administrators)", at("admin")),
        format!("Mail client  IMAP {} (STARTTLS) or {} (TLS)", at("imap"), at("imaps")),
        format!("             POP3 {} (STARTTLS) or {} (TLS)", at("pop3"), at("pop3s")),
        format!("             SMTP {} (STARTTLS, with login)", at("submission")),
        format!("Terminal     swaks --server {} --to {to}", at("smtp")),
        format!("             {own} status --state '{state}'"),
    ];
    if demo {
        lines.push(format!("Log in       {DEMO_ACCOUNT} or {DEMO_ADMINISTRATOR}   password {DEMO_PASSWORD}"));
    } else {
        lines.push(format!("Accounts     {own} prov createDomain YOUR.DOMAIN --state '{state}'"));
        lines.push(format!("             {own} prov createAccount SOMEBODY@YOUR.DOMAIN - --state '{state}'"));
    }
    framed(&lines)
}

/// The code is printed by itself: this box may be kept in a log.
pub fn not_set_up(endpoints: &[Endpoint], state: &Path) -> String {
    let page = endpoints.iter().find(|e| e.service == "https").map(|e| e.local().to_string()).unwrap_or_default();
    let (state, own) = (state.display(), std::env::args().next().unwrap_or_else(|| "posthouse".to_owned()));
    framed(&[
        "Posthouse is running and wants to be set up. Ctrl-C stops it.".to_owned(),
        String::new(),
        format!("Browser      https://{page}/  (self-signed certificate)"),
        format!("             the set-up code is above, and in: {own} status --state '{state}'"),
        format!("Terminal     {own} setup --state '{state}'"),
    ])
}

fn framed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let rule = "─".repeat(width + 2);
    let body = lines.iter().map(|line| format!("│ {line:width$} │\n"));
    format!("╭{rule}╮\n{}╰{rule}╯\n", body.collect::<String>())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_box_is_straight() {
        let endpoints = crate::ports::endpoints(
            crate::components::Profile::Embedded,
            crate::ports::Shape::default(),
            "::1".parse().unwrap(),
            10_000,
        )
        .unwrap();
        let text = super::text(&endpoints, "/a state".as_ref(), true);
        let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|w| *w == widths[0]), "{text}");
        assert!(text.contains("http://[::1]:18080/") && text.contains("posthouse-demo"), "{text}");
        assert!(text.contains("https://[::1]:17071/admin"), "{text}");
    }
}
