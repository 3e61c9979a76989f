// SPDX-License-Identifier: AGPL-3.0-or-later
//! An account for mail programs of Apple's, as a configuration profile (payload `com.apple.mail.managed`). It holds no password:
//! the program asks for it.

use super::list::escaped;

/// Where mail programs find this server; `None`: there is no such service.
#[derive(Debug, Clone, Default)]
pub struct Services {
    pub host: String,
    /// Port, and whether TLS begins before the first line.
    pub imap: Option<(u16, bool)>,
    pub submission: Option<(u16, bool)>,
}

/// `id`, `address`, `name`: of the account.
pub fn profile(services: &Services, id: &str, address: &str, name: &str) -> String {
    let mut mail = vec![
        ("PayloadType", text("com.apple.mail.managed")),
        ("PayloadVersion", "<integer>1</integer>".into()),
        ("PayloadIdentifier", text(&format!("{}.mail.{id}", services.host))),
        ("PayloadUUID", text(&other(id))),
        ("PayloadDisplayName", text(address)),
        ("EmailAccountType", text("EmailTypeIMAP")),
        ("EmailAccountName", text(name)),
        ("EmailAccountDescription", text(address)),
        ("EmailAddress", text(address)),
    ];
    mail.extend(server(services.imap, &services.host, address, IMAP));
    mail.extend(server(services.submission, &services.host, address, SMTP));
    if services.imap.is_some() && services.submission.is_some() {
        mail.push(("OutgoingPasswordSameAsIncomingPassword", "<true/>".into()));
    }
    let whole = [
        ("PayloadType", text("Configuration")),
        ("PayloadVersion", "<integer>1</integer>".into()),
        ("PayloadIdentifier", text(&format!("{}.{id}", services.host))),
        ("PayloadUUID", text(id)),
        ("PayloadDisplayName", text(&format!("{address} ({})", services.host))),
        ("PayloadContent", format!("<array>{}</array>", dict(&mail))),
    ];
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">{}</plist>\n",
        dict(&whole)
    )
}

/// Keys of host, port, TLS, login name and way to authenticate.
type Keys = [&'static str; 5];
const IMAP: Keys = [
    "IncomingMailServerHostName",
    "IncomingMailServerPortNumber",
    "IncomingMailServerUseSSL",
    "IncomingMailServerUsername",
    "IncomingMailServerAuthentication",
];
const SMTP: Keys = [
    "OutgoingMailServerHostName",
    "OutgoingMailServerPortNumber",
    "OutgoingMailServerUseSSL",
    "OutgoingMailServerUsername",
    "OutgoingMailServerAuthentication",
];

fn server(service: Option<(u16, bool)>, host: &str, address: &str, keys: Keys) -> Vec<(&'static str, String)> {
    let Some((port, _)) = service else { return Vec::new() };
    // "SSL" there is either way of TLS; the program finds out which.
    let values =
        [text(host), format!("<integer>{port}</integer>"), "<true/>".into(), text(address), text("EmailAuthPassword")];
    keys.into_iter().zip(values).collect()
}

fn text(content: &str) -> String {
    format!("<string>{}</string>", escaped(content))
}

fn dict(pairs: &[(&str, String)]) -> String {
    let inner: String = pairs.iter().map(|(key, value)| format!("<key>{key}</key>{value}\n")).collect();
    format!("<dict>\n{inner}</dict>")
}

/// Another UUID, always the same of one: the profile is installed over its former self.
fn other(id: &str) -> String {
    let turned = |c: char| c.to_digit(16).and_then(|digit| char::from_digit(15 - digit, 16)).unwrap_or(c);
    let mut digits = 0;
    id.chars()
        .map(|c| {
            digits += usize::from(c.is_ascii_hexdigit());
            if digits > 20 { turned(c) } else { c }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_what_there_is() {
        let services = Services { host: "mail.a.test".into(), imap: Some((993, true)), submission: None };
        let id = "0b8f3f8e-0d2c-4b4e-9a2e-0123456789ab";
        let profile = profile(&services, id, "a@a.test", "A <b>");
        for expected in ["<integer>993</integer>", "<string>A &lt;b&gt;</string>", "EmailTypeIMAP", id] {
            assert!(profile.contains(expected), "{expected}");
        }
        assert!(!profile.contains("Outgoing"));
        assert_eq!(other(id), "0b8f3f8e-0d2c-4b4e-9a2e-fedcba987654");
    }
}
