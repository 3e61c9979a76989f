// SPDX-License-Identifier: AGPL-3.0-or-later
//! SOAP, uploads and REST by curl. What is secret goes to it in a file without a name, never as an argument.

use anyhow::{Context, Result, anyhow, bail};
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::process::{Child, Command, Stdio};

const CONNECT_SECONDS_MAX: u32 = 30;
/// Of an answer that is read into memory.
const ANSWER_BYTES_MAX: u64 = 256 << 20;
const ADMIN_PORT: u16 = 7071;

pub struct Client {
    /// "http://127.0.0.1:80", without a slash at the end.
    pub user: String,
    pub admin: String,
    pub timeout_s: u32,
}

/// Why the server refused: its code, and the text for people.
#[derive(Debug, thiserror::Error)]
#[error("{code} ({reason})")]
pub struct Fault {
    pub code: String,
    reason: String,
}

/// What is sent.
pub enum Body<'a> {
    Nothing,
    Bytes(&'a [u8]),
    /// As it is read.
    File(File, &'a str),
}

impl Client {
    /// Of a URL that somebody typed: for administrators that of the admin service, as zmmailbox has it.
    pub fn of_url(url: &str, is_admin: bool, timeout_s: u32) -> Result<Client> {
        let base = url.trim_end_matches('/');
        let (scheme, rest) = base.split_once("://").unwrap_or(("", ""));
        let is_plain = rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b)) && !rest.is_empty();
        if !matches!(scheme, "http" | "https") || !is_plain {
            bail!("{url} is no URL of a server: https://HOST[:PORT]");
        }
        if scheme == "http" && !is_here(base) {
            bail!("a password does not go to another machine without TLS: https://{rest}");
        }
        let host = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => rest,
        };
        let with_port = |port: u16| if host == rest { format!("https://{host}:{port}") } else { base.to_owned() };
        Ok(match is_admin {
            true => Client { user: format!("https://{host}"), admin: with_port(ADMIN_PORT), timeout_s },
            false => Client { user: base.to_owned(), admin: format!("https://{host}:{ADMIN_PORT}"), timeout_s },
        })
    }

    /// `token`: none yet.
    pub fn soap(&self, is_admin: bool, token: Option<&str>, ns: &str, name: &str, body: Value) -> Result<Value> {
        self.soap_for(is_admin, token, None, ns, name, body)
    }

    /// `account`: whose mailbox it is about, if not the token's.
    pub fn soap_for(
        &self,
        is_admin: bool,
        token: Option<&str>,
        account: Option<&Value>,
        ns: &str,
        name: &str,
        mut body: Value,
    ) -> Result<Value> {
        body["_jsns"] = json!(ns);
        let mut context = json!({"_jsns": "urn:zimbra", "nosession": {}, "userAgent": {"name": "posthouse mailbox"}});
        if let Some(token) = token {
            context["authToken"] = json!(token);
        }
        if let Some(account) = account {
            context["account"] = account.clone();
        }
        let envelope = json!({"Header": {"context": context}, "Body": {name: body}}).to_string();
        let (base, path) =
            if is_admin { (&self.admin, "/service/admin/soap/") } else { (&self.user, "/service/soap/") };
        let lines = format!("max-time = {}\nheader = \"Content-Type: application/json\"\n", self.timeout_s);
        let url = format!("{base}{path}");
        let curl = self.curl(&url, None, &lines, Body::Bytes(envelope.as_bytes()), Stdio::piped())?;
        // A fault comes with status 500, and as an answer like others.
        let text = curl.answer()?;
        let mut answer: Value = serde_json::from_slice(&text)
            .map_err(|_| anyhow!("{base} gave no answer of SOAP: is it the server's URL?"))?;
        let body = answer.get_mut("Body").map(Value::take).unwrap_or_default();
        let members = body.as_object().and_then(|body| body.iter().next());
        let Some((kind, inner)) = members else { bail!("{base} gave an empty answer") };
        if kind == "Fault" {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let code = text(&inner["Detail"]["Error"]["Code"]);
            return Err(Fault { code, reason: text(&inner["Reason"]["Text"]) }.into());
        }
        Ok(inner.clone())
    }

    /// The upload id of a file.
    pub fn upload(&self, token: &str, file: File, content_type: &str) -> Result<String> {
        let url = format!("{}/service/upload?fmt=raw,extended", self.user);
        let text =
            self.curl(&url, Some(token), &self.streams(), Body::File(file, content_type), Stdio::piped())?.answer()?;
        let text = String::from_utf8_lossy(&text);
        // 200,'null',[{"aid":…}]
        let mut parts = text.trim().splitn(3, ',');
        let (status, list) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        let list: Value = serde_json::from_str(list).unwrap_or_default();
        match (status, list[0]["aid"].as_str()) {
            ("200", Some(aid)) => Ok(aid.to_owned()),
            ("413", _) => bail!("mail.UPLOAD_TOO_LARGE (the server takes no file as large as this)"),
            _ => bail!("the upload was refused: {}", text.trim()),
        }
    }

    /// `path`: of an item, not yet encoded. What comes goes to `out`.
    pub fn rest(&self, token: &str, account: &str, path: &str, body: Body<'_>, out: Stdio) -> Result<()> {
        self.curl(&self.rest_url(account, path), Some(token), &(self.streams() + "fail\n"), body, out)?.end()
    }

    /// From the admin service. `token`: an administrator's; none: the URL says what it is good for.
    pub fn export(&self, token: Option<&str>, path: &str, out: Stdio) -> Result<()> {
        let mut lines = self.streams() + "fail\n";
        if let Some(token) = token {
            lines += &format!("cookie = {}\n", quoted(&format!("ZM_ADMIN_AUTH_TOKEN={token}")));
        }
        let url = format!("{}{}", self.admin, encoded(path));
        self.curl(&url, None, &lines, Body::Nothing, out)?.end()
    }

    /// What lasts as long as it is large ends when nothing comes any more.
    fn streams(&self) -> String {
        format!("speed-limit = 1\nspeed-time = {}\n", self.timeout_s)
    }

    pub fn rest_url(&self, account: &str, path: &str) -> String {
        format!("{}/home/{}/{}", self.user, encoded(account), encoded(path.trim_start_matches('/')))
    }

    /// `lines`: of curl's configuration.
    fn curl(&self, url: &str, token: Option<&str>, lines: &str, body: Body<'_>, out: Stdio) -> Result<Curl> {
        let mut config = format!(
            "silent\nshow-error\nproto = \"=http,https\"\ngloboff\nconnect-timeout = {CONNECT_SECONDS_MAX}\nurl = {}\n",
            quoted(url)
        );
        // Its certificate is its own as a rule, and nobody is in between.
        if is_here(url) {
            config += "insecure\n";
        }
        if let Some(token) = token {
            config += &format!("cookie = {}\n", quoted(&format!("ZM_AUTH_TOKEN={token}")));
        }
        config += lines;
        let (stdin, bytes) = match body {
            Body::Nothing => (Stdio::null(), None),
            Body::Bytes(bytes) => {
                config += "data-binary = \"@-\"\n";
                (Stdio::piped(), Some(bytes))
            }
            Body::File(file, content_type) => {
                let header = quoted(&format!("Content-Type: {content_type}"));
                config +=
                    &format!("upload-file = \"-\"\nrequest = \"POST\"\nheader = {header}\nheader = \"Expect:\"\n");
                (Stdio::from(file), None)
            }
        };
        let mut secret = File::from(memfd_create("curl", MFdFlags::MFD_CLOEXEC)?);
        secret.write_all(config.as_bytes())?;
        let file = format!("/proc/{}/fd/{}", std::process::id(), secret.as_raw_fd());
        let mut command = Command::new("setpriv");
        // It dies with us.
        command.args(["--pdeathsig", "KILL", "--", "curl", "--disable", "--config", &file]);
        let mut child = command.stdin(stdin).stdout(out).stderr(Stdio::piped()).spawn().context("can't run curl")?;
        if let (Some(mut stdin), Some(bytes)) = (child.stdin.take(), bytes) {
            // Who does not read says why by itself.
            let _ = stdin.write_all(bytes);
        }
        Ok(Curl { child, _config: secret })
    }
}

struct Curl {
    child: Child,
    /// It reads that while it starts.
    _config: File,
}

impl Curl {
    fn answer(mut self) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        if let Some(out) = self.child.stdout.as_mut() {
            out.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
        }
        if answer.len() as u64 == ANSWER_BYTES_MAX {
            bail!("the answer is longer than {ANSWER_BYTES_MAX} bytes");
        }
        self.end().map(|()| answer)
    }

    fn end(mut self) -> Result<()> {
        let mut said = String::new();
        if let Some(stderr) = self.child.stderr.as_mut() {
            stderr.take(64 << 10).read_to_string(&mut said)?;
        }
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("{}", said.trim().trim_start_matches("curl: ")) }
    }
}

impl Drop for Curl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This very machine.
fn is_here(url: &str) -> bool {
    let host = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|here| host.strip_prefix(here).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

/// RFC 3986 §2: what separates stays, and what is encoded already.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/?&=:@,;+!$'()*%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

/// RFC 3986 §2.1: of a query, what may hold anything.
pub fn value(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// As curl(1) reads it in a file.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\r', '\n'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let of = |url: &str, is_admin| {
            Client::of_url(url, is_admin, 1).map(|c| (c.user, c.admin)).map_err(|e| e.to_string())
        };
        let pair = |a: &str, b: &str| Ok((a.to_owned(), b.to_owned()));
        assert_eq!(of("https://mail.test/", false), pair("https://mail.test", "https://mail.test:7071"));
        assert_eq!(of("https://mail.test/", true), pair("https://mail.test", "https://mail.test:7071"));
        assert_eq!(of("https://mail.test:17071", true), pair("https://mail.test", "https://mail.test:17071"));
        assert_eq!(of("http://127.0.0.1:18080", false), pair("http://127.0.0.1:18080", "https://127.0.0.1:7071"));
        assert_eq!(of("https://[::1]", false), pair("https://[::1]", "https://[::1]:7071"));
        for bad in ["mail.test", "ftp://mail.test", "http://mail.test", "https://", "https://a\"b", "https://u:p@h"] {
            assert!(of(bad, false).is_err(), "{bad}");
        }
        assert!(
            is_here("http://localhost:8080/x")
                && !is_here("https://localhost.evil.test/")
                && !is_here("https://127.0.0.1.test")
        );
        assert_eq!(encoded("In box/ü?fmt=tgz&query=a b#"), "In%20box/%C3%BC?fmt=tgz&query=a%20b%23");
        assert_eq!(quoted("a\"\\\nb"), "\"a\\\"\\\\ b\"");
    }
}
