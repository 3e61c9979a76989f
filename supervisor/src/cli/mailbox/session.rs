// SPDX-License-Identifier: AGPL-3.0-or-later
//! In whose mailbox the verbs work, and the token for it. On the machine itself the daemon's socket gives one, to whoever may use
//! that; elsewhere a password does.

use super::client::{self, Client, Fault};
use super::options::Options;
use super::search::Shown;
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ACCOUNT: &str = "urn:zimbraAccount";
const MAIL: &str = "urn:zimbraMail";
const ADMIN: &str = "urn:zimbraAdmin";

/// A token for somebody else's mailbox lives this long; a long session fetches several.
const TOKEN_LIFE: Duration = Duration::from_secs(600);

/// How a token is had.
enum Way {
    /// From the daemon that runs in this state directory.
    Socket(StateDir),
    /// As this administrator.
    Admin { token: String },
    /// The owner's, with a password.
    Owner,
}

pub struct Login {
    pub account: String,
    pub token: String,
    renew: Option<Instant>,
}

pub struct Session {
    client: Client,
    way: Way,
    login: Option<Login>,
    pub as_json: bool,
    /// Of the last request.
    answer: Value,
    /// What `sn`, `sp` and `sc` go on from; the second: in a conversation.
    pub search: Option<Shown>,
    pub conversation: Option<Shown>,
}

fn account_key(key: &str) -> Value {
    let is_id = key.len() == 36 && key.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    json!({"by": if is_id { "id" } else { "name" }, "_content": key})
}

fn token_of(answer: &Value) -> Result<String> {
    let token = &answer["authToken"];
    let text = token.as_str().or_else(|| token[0]["_content"].as_str()).or_else(|| token["_content"].as_str());
    text.map(str::to_owned).ok_or_else(|| anyhow!("the server gave no token"))
}

impl Session {
    pub fn new(state: &StateDir, options: Options) -> Result<Session> {
        let client = match &options.url {
            Some(url) => Client::of_url(url, options.admin.is_some(), options.timeout_s)?,
            None => {
                let status = call(state, Daemon::Mailboxd, &json!({"verb": "status"}), &mut |_| {})?;
                let url = |name: &str| status["urls"][name].as_str().unwrap_or_default().to_owned();
                Client { user: url("user"), admin: url("admin"), timeout_s: options.timeout_s }
            }
        };
        let mut session = Session {
            client,
            way: Way::Socket(state.clone()),
            login: None,
            as_json: false,
            answer: Value::Null,
            search: None,
            conversation: None,
        };
        match (&options.password, &options.admin, &options.mailbox) {
            (Some(password), Some(admin), _) => {
                let body = json!({"account": account_key(admin), "password": password.read()?});
                let answer = session.client.soap(true, None, ADMIN, "AuthRequest", body)?;
                session.way = Way::Admin { token: token_of(&answer)? };
            }
            (Some(password), None, Some(mailbox)) => {
                let body = json!({"account": account_key(mailbox), "password": password.read()?});
                let answer = session.client.soap(false, None, ACCOUNT, "AuthRequest", body)?;
                session.login = Some(Login { account: mailbox.clone(), token: token_of(&answer)?, renew: None });
                session.way = Way::Owner;
            }
            (Some(_), None, None) => bail!("a password of whom? -m ACCOUNT or -a ADMIN"),
            (None, ..) => {}
        }
        if let (Some(mailbox), None) = (&options.mailbox, &session.login) {
            session.select(mailbox)?;
        }
        Ok(session)
    }

    /// The mailbox of another account, from now on.
    pub fn select(&mut self, account: &str) -> Result<()> {
        let seconds = TOKEN_LIFE.as_secs();
        let body = json!({"account": account_key(account), "duration": seconds});
        if matches!(self.way, Way::Owner) {
            bail!("with the owner's password there is one mailbox; without -p, or with -a, any");
        }
        let answer = self.admin("DelegateAuthRequest", body)?;
        let renew = Some(Instant::now() + TOKEN_LIFE / 2);
        self.login = Some(Login { account: account.to_owned(), token: token_of(&answer)?, renew });
        (self.search, self.conversation) = (None, None);
        Ok(())
    }

    pub fn login(&mut self) -> Result<&Login> {
        let old = self.login.as_ref().filter(|login| login.renew.is_some_and(|renew| renew <= Instant::now()));
        if let Some(account) = old.map(|login| login.account.clone()) {
            let pages = (self.search.take(), self.conversation.take());
            self.select(&account)?;
            (self.search, self.conversation) = pages;
        }
        self.login.as_ref().ok_or_else(|| anyhow!("which mailbox? -m ACCOUNT, or selectMailbox ACCOUNT"))
    }

    pub fn prompt(&self) -> String {
        match &self.login {
            Some(login) => format!("mbox {}> ", login.account),
            None => "mbox> ".to_owned(),
        }
    }

    /// A request of urn:zimbraMail, its body as in JSON on the wire.
    pub fn mail(&mut self, name: &str, body: Value) -> Result<Value> {
        self.ask(MAIL, name, body)
    }

    /// The same of urn:zimbraAccount.
    pub fn account(&mut self, name: &str, body: Value) -> Result<Value> {
        self.ask(ACCOUNT, name, body)
    }

    fn ask(&mut self, ns: &str, name: &str, body: Value) -> Result<Value> {
        let token = self.login()?.token.clone();
        // The admin service answers these, too; who logged in there may reach no other.
        let is_admin = matches!(self.way, Way::Admin { .. });
        self.answer = self.client.soap(is_admin, Some(&token), ns, name, body)?;
        Ok(self.answer.clone())
    }

    /// A request of urn:zimbraAdmin.
    pub fn admin(&mut self, name: &str, body: Value) -> Result<Value> {
        self.answer = match &self.way {
            Way::Socket(state) => {
                let request = json!({"verb": "admin", "name": name, "body": body});
                call(state, Daemon::Mailboxd, &request, &mut |_| {})?
            }
            Way::Admin { token } => self.client.soap(true, Some(token), ADMIN, name, body)?,
            Way::Owner => bail!("this is for administrators: without -p on the machine itself, or with -a"),
        };
        Ok(self.answer.clone())
    }

    /// What a search over many mailboxes finds, as an archive. `wanted`: accounts, domains, query, types, dumpster.
    pub fn export(&mut self, wanted: &Value, out: std::process::Stdio) -> Result<()> {
        match &self.way {
            Way::Socket(state) => {
                let mut request = wanted.clone();
                request["verb"] = json!("export");
                let path = call(state, Daemon::Mailboxd, &request, &mut |_| {})?;
                self.client.export(None, path.as_str().unwrap_or_default(), out)
            }
            Way::Admin { token } => {
                let mut path = "/service/admin/export?".to_owned();
                let texts = |name: &str| wanted[name].as_array().cloned().unwrap_or_default();
                for (name, values) in [
                    ("mbx", texts("accounts")),
                    ("domain", texts("domains")),
                    ("query", vec![wanted["query"].clone()]),
                    ("types", vec![wanted["types"].clone()]),
                    ("dumpster", vec![json!(if wanted["dumpster"] == true { "1" } else { "0" })]),
                ] {
                    for value in values.iter().filter_map(Value::as_str) {
                        path += &format!("{name}={}&", client::value(value));
                    }
                }
                self.client.export(Some(token), path.trim_end_matches('&'), out)
            }
            Way::Owner => bail!("this is for administrators: without -p on the machine itself, or with -a"),
        }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The whole of the last answer.
    pub fn take_answer(&mut self) -> Value {
        std::mem::take(&mut self.answer)
    }

    pub fn set_answer(&mut self, answer: Value) {
        self.answer = answer;
    }

    /// A folder, saved search or mount point, by its path or id.
    pub fn folder(&mut self, path: &str) -> Result<Value> {
        let is_id = path.rsplit(':').next().is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        let by = if is_id { json!({"l": path}) } else { json!({"path": format!("/{}", path.trim_matches('/'))}) };
        let answer = self.mail("GetFolderRequest", json!({"folder": by}));
        let answer = match answer {
            Err(error) if !is_id && is_missing(&error) => return Err(anyhow!("unknown folder: {path}")),
            other => other?,
        };
        ["folder", "search", "link"]
            .iter()
            .find_map(|kind| answer[kind].get(0))
            .cloned()
            .ok_or_else(|| anyhow!("unknown folder: {path}"))
    }

    pub fn folder_id(&mut self, path: &str) -> Result<String> {
        let folder = self.folder(path)?;
        folder["id"].as_str().map(str::to_owned).ok_or_else(|| anyhow!("unknown folder: {path}"))
    }

    /// The id of a folder in another's mailbox, by its path there.
    pub fn folder_of(&mut self, owner: &str, path: &str) -> Result<String> {
        let token = self.login()?.token.clone();
        let is_admin = matches!(self.way, Way::Admin { .. });
        let path = format!("/{}", path.trim_matches('/'));
        let body = json!({"folder": {"path": path}});
        let answer =
            self.client.soap_for(is_admin, Some(&token), Some(&account_key(owner)), MAIL, "GetFolderRequest", body)?;
        let id = answer["folder"][0]["id"].as_str().and_then(|id| id.rsplit(':').next());
        id.map(str::to_owned).ok_or_else(|| anyhow!("unknown folder of {owner}: {path}"))
    }

    /// The folder that a new one lies in, and its name there.
    pub fn parent(&mut self, path: &str) -> Result<(String, String)> {
        let (parent, name) = path.trim_matches('/').rsplit_once('/').unwrap_or(("", path.trim_matches('/')));
        if name.is_empty() {
            bail!("a folder needs a name: {path}");
        }
        Ok((self.folder_id(parent)?, name.to_owned()))
    }

    pub fn tags(&mut self) -> Result<Vec<Value>> {
        let answer = self.mail("GetTagRequest", json!({}))?;
        Ok(answer["tag"].as_array().cloned().unwrap_or_default())
    }

    /// By its name or id.
    pub fn tag(&mut self, key: &str) -> Result<Value> {
        let is = |tag: &Value, name: &str| tag[name].as_str().is_some_and(|known| known.eq_ignore_ascii_case(key));
        let tags = self.tags()?;
        let found = tags.iter().find(|tag| is(tag, "name")).or_else(|| tags.iter().find(|tag| is(tag, "id")));
        found.cloned().ok_or_else(|| anyhow!("unknown tag: {key}"))
    }
}

fn is_missing(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Fault>().is_some_and(|fault| fault.code == "mail.NO_SUCH_FOLDER")
}
