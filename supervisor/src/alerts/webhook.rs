// SPDX-License-Identifier: AGPL-3.0-or-later
//! An alert to a URL, as JSON: `text` is what chat programs show (Mattermost, Slack, Rocket.Chat …), the rest is for machines.
//! curl sends it; the URL, which is often a secret, goes to it by standard input and never stands in a list of processes.

use super::News;
use crate::engine::command;
use anyhow::{Result, bail};
use serde_json::json;

const SECONDS_MAX: u32 = 20;

pub fn send(url: &str, news: &News) -> Result<()> {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        bail!("[alerts] webhook must begin with https:// or http://");
    }
    // curl's own error would name the host only; ours says nothing of the path.
    command("curl", &["--config", "-"], Some(&config(url, news)), None).map(drop)
}

fn config(url: &str, news: &News) -> String {
    let body = json!({
        "text": format!("{}\n{}", news.subject(), news.text()),
        "hostname": news.hostname,
        "alerts": news.alerts,
        "resolved": news.resolved,
    });
    format!(
        "silent\nshow-error\nfail\nmax-time = {SECONDS_MAX}\nproto = \"=http,https\"\n\
         header = \"Content-Type: application/json\"\nurl = {}\ndata-raw = {}\n",
        quoted(url),
        quoted(&body.to_string())
    )
}

/// As curl(1) reads it in a file: in quotes, with backslashes before what would end them.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// The real curl and a real connection.
    #[test]
    fn what_arrives_is_json_whatever_the_alert_says() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook?token=a\"b", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 4_096];
            while !request.ends_with(b"}") {
                let n = stream.read(&mut chunk).unwrap();
                assert!(n > 0, "{}", String::from_utf8_lossy(&request));
                request.extend_from_slice(&chunk[..n]);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            String::from_utf8(request).unwrap()
        });
        let alert = "a \"quoted\" \\ path\nof two lines \u{1F4A5}".to_owned();
        let news = News { hostname: "h".into(), alerts: vec![alert.clone()], resolved: vec![] };
        send(&url, &news).unwrap();
        let request = server.join().unwrap();
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["alerts"][0], alert);
        assert!(body["text"].as_str().unwrap().contains("posthouse status"));
    }

    #[test]
    fn a_failure_does_not_tell_the_url() {
        let news = News { hostname: "h".into(), alerts: vec![], resolved: vec![] };
        let error = send("http://127.0.0.1:1/secret-token", &news).unwrap_err().to_string();
        assert!(!error.contains("secret-token"), "{error}");
        assert!(send("file:///etc/passwd", &news).is_err());
    }
}
