// SPDX-License-Identifier: AGPL-3.0-or-later
//! A server in a temporary folder, and clients that speak either encoding. Ends with a check of the whole store.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use directory::{Attrs, Directory};
use http_body_util::BodyExt;
use mailbox::{Delivery, Flags, ItemId, Parcel, ParcelCopy, Store};
use soap::element::{Element, from_json, from_xml, ns, to_json, to_xml};
use soap::{Config, Intake, Outbound, Refused, SendError, State};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt;

pub const PASSWORD: &str = "correct horse";

pub type Sent = Arc<Mutex<Vec<(String, Vec<String>, Vec<u8>)>>>;

pub struct World {
    pub store: Store,
    pub directory: Directory,
    pub state: State,
    pub user: Router,
    pub admin: Router,
    pub sent: Sent,
    _dir: tempfile::TempDir,
}

#[derive(Clone)]
pub struct Client {
    app: Router,
    path: &'static str,
    pub json: bool,
    pub token: Option<String>,
    pub csrf: Option<String>,
    pub peer: Option<SocketAddr>,
    /// Extra children of the context.
    pub context: Vec<Element>,
}

pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub context: Element,
    pub body: Element,
    pub text: String,
}

impl World {
    pub fn new() -> World {
        World::trusting(fetch::Tls::system())
    }

    /// Backed up into a directory of its own.
    pub fn backed_up() -> World {
        World::with(fetch::Tls::system(), true)
    }

    /// Servers elsewhere are believed as this says.
    pub fn trusting(tls: fetch::Tls) -> World {
        World::with(tls, false)
    }

    fn with(tls: fetch::Tls, is_backed_up: bool) -> World {
        let dir = tempfile::tempdir().unwrap();
        let mut config = mailbox::Config::new(dir.path());
        config.reserve_bytes = 0;
        config.backup = is_backed_up.then(|| mailbox::Backup::new(dir.path().join("backup")));
        let store = Store::open(config).unwrap();
        let directory = Directory::open(&dir.path().join("directory")).unwrap();
        directory.create_domain("example.test", Attrs::new()).unwrap();
        for name in ["alice", "bob"] {
            directory.create_account(&format!("{name}@example.test"), PASSWORD, Attrs::new()).unwrap();
        }
        let admin = Attrs::from([("zimbraIsAdminAccount".into(), vec!["TRUE".into()])]);
        directory.create_account("admin@example.test", PASSWORD, admin).unwrap();
        let sent = Sent::default();
        let config = Config {
            host: "mail.example.test".into(),
            public_url: "https://mail.example.test".into(),
            state: dir.path().to_owned(),
            message_bytes_max: 50 << 20,
            dictionaries: Config::DICTIONARIES.into(),
            token_life: Duration::from_secs(3600),
            admin_token_life: Duration::from_secs(3600),
        };
        let outbound = outbound(&store, &directory, &sent);
        let state = State::new(store.clone(), directory.clone(), outbound, intake(&store, tls), config).unwrap();
        let (user, admin) = (soap::router(state.clone()), soap::admin_router(state.clone()));
        World { store, directory, state, user, admin, sent, _dir: dir }
    }

    pub fn anonymous(&self, json: bool) -> Client {
        let (app, path) = (self.user.clone(), "/service/soap/");
        Client { app, path, json, token: None, csrf: None, peer: None, context: Vec::new() }
    }

    pub async fn login(&self, name: &str, json: bool) -> Client {
        let mut client = self.anonymous(json);
        let reply = client.ok(auth_request(name, PASSWORD)).await;
        client.token = Some(token_of(&reply));
        client
    }

    pub fn id(&self, name: &str) -> String {
        self.directory.account(&format!("{name}@example.test")).unwrap().unwrap().id
    }

    pub async fn login_admin(&self, json: bool) -> Client {
        let mut client = Client { app: self.admin.clone(), path: "/service/admin/soap/", ..self.anonymous(json) };
        let request = Element::in_ns("AuthRequest", ns::ADMIN)
            .child(Element::new("name").text("admin@example.test"))
            .child(Element::new("password").text(PASSWORD));
        let reply = client.ok(request).await;
        client.token = Some(token_of(&reply));
        client
    }

    pub fn deliver(&self, to: &str, message: &str) -> ItemId {
        let message = message.replace("\r\n", "\n").replace('\n', "\r\n");
        let mut staging = self.store.stage();
        staging.write(message.as_bytes()).unwrap();
        let delivery = Delivery {
            account: self.id(to),
            quota_bytes: 0,
            folder: ItemId::INBOX,
            trusts_spam_flag: false,
            flags: Flags::UNREAD,
            envelope_from: "x@y".into(),
            envelope_to: format!("{to}@example.test"),
        };
        self.store.deliver(&staging.finish().unwrap(), &[delivery]).remove(0).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.store.settle().unwrap();
        let report = self.store.verify(&mut |_| {}).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
    }
}

/// Delivers to local accounts; everybody else is refused.
fn outbound(store: &Store, directory: &Directory, sent: &Sent) -> Outbound {
    let (store, directory, sent) = (store.clone(), directory.clone(), sent.clone());
    Outbound::new(move |sender, recipients: Vec<String>, bytes| {
        let (store, directory, sent) = (store.clone(), directory.clone(), sent.clone());
        async move {
            let mut deliveries = Vec::new();
            let mut refused = Vec::new();
            for address in &recipients {
                match directory.resolve(address).ok().flatten() {
                    Some((account, _)) => deliveries.push(Delivery {
                        account: account.id.clone(),
                        quota_bytes: account.quota(),
                        folder: ItemId::INBOX,
                        trusts_spam_flag: false,
                        flags: Flags::UNREAD,
                        envelope_from: sender.clone(),
                        envelope_to: address.clone(),
                    }),
                    None => refused.push(Refused {
                        address: address.clone(),
                        why: "no relay is set up".into(),
                        permanent: true,
                    }),
                }
            }
            if !refused.is_empty() {
                return Err(SendError::Aborted { refused });
            }
            sent.lock().unwrap().push((sender, recipients, bytes.to_vec()));
            let work = move |store: &Store| {
                let mut staging = store.stage();
                staging.write(&bytes).unwrap();
                store.deliver(&staging.finish().unwrap(), &deliveries).into_iter().for_each(|d| _ = d.unwrap());
            };
            store.run(work).await.map_err(|error| SendError::Failed(error.to_string()))
        }
    })
}

/// Into the Inbox, noted by the same record; what says so in its subject is refused for good, as a script may.
fn intake(store: &Store, tls: fetch::Tls) -> Intake {
    let store = store.clone();
    Intake::new(tls, move |account, bytes, remember| {
        let store = store.clone();
        async move {
            if mime::summary(&bytes).subject.contains("refuse me") {
                let refused = Refused { address: account.name, why: "not wanted".into(), permanent: true };
                return Err(SendError::Aborted { refused: vec![refused] });
            }
            let parcel = Parcel {
                account: account.id.clone(),
                quota_bytes: account.quota(),
                trusts_spam_flag: false,
                envelope_from: String::new(),
                envelope_to: account.name,
                copies: vec![ParcelCopy { message: 0, folder: ItemId::INBOX, flags: Flags::UNREAD, tags: vec![] }],
                remember: vec![remember],
            };
            let work = move |store: &Store| {
                let mut staging = store.stage();
                staging.write(&bytes).unwrap();
                store.deliver_parcels(&[&staging.finish().unwrap()], &[parcel]).remove(0).map(drop)
            };
            let stored = store.run(work).await.and_then(|stored| stored);
            stored.map_err(|error| SendError::Failed(error.to_string()))
        }
    })
}

pub fn auth_request(name: &str, password: &str) -> Element {
    Element::in_ns("AuthRequest", ns::ACCOUNT)
        .unique(Element::new("account").attr("by", "name").text(format!("{name}@example.test")))
        .content("password", password)
}

pub fn token_of(reply: &Reply) -> String {
    reply.body.get("authToken").unwrap()
}

pub fn mail(name: &str) -> Element {
    Element::in_ns(name, ns::MAIL)
}

pub fn account(name: &str) -> Element {
    Element::in_ns(name, ns::ACCOUNT)
}

pub fn admin(name: &str) -> Element {
    Element::in_ns(name, ns::ADMIN)
}

pub fn action(request: &str, op: &str, id: &str) -> Element {
    mail(request).unique(Element::new("action").attr("op", op).attr("id", id))
}

/// An action with one more attribute.
pub fn action_with(request: &str, op: &str, id: &str, name: &str, value: &str) -> Element {
    mail(request).unique(Element::new("action").attr("op", op).attr("id", id).attr(name, value))
}

/// A short message; `more` are further header lines, each ended.
pub fn message(subject: &str, more: &str, text: &str) -> String {
    let id = subject.replace(' ', "-").to_lowercase();
    format!(
        "From: Ann Other <ann@example.org>\nTo: alice@example.test\nSubject: {subject}\nMessage-ID: <{id}@example.org>\n\
         Date: Mon, 2 Nov 2026 10:00:00 +0000\n{more}\n{text}\n"
    )
}

impl Client {
    pub fn with(&self, element: Element) -> Client {
        let mut client = self.clone();
        client.context.push(element);
        client
    }

    pub fn session(&self, id: &str) -> Client {
        self.with(Element::new("session").attr("id", id).text(id))
    }

    pub async fn call(&self, request: Element) -> Reply {
        let mut context = Element::in_ns("context", ns::ZIMBRA);
        if let Some(token) = &self.token {
            context = context.content("authToken", token.clone());
        }
        for element in &self.context {
            context.push_unique(element.clone());
        }
        let envelope = Element::in_ns("Envelope", ns::SOAP12)
            .unique(Element::in_ns("Header", ns::SOAP12).unique(context))
            .unique(Element::in_ns("Body", ns::SOAP12).unique(request));
        let text = if self.json { to_json(&envelope).to_string() } else { to_xml(&envelope) };
        self.raw(text).await
    }

    pub async fn raw(&self, text: impl Into<Body>) -> Reply {
        self.raw_with(&[], text).await
    }

    pub async fn raw_with(&self, headers: &[(&str, &str)], text: impl Into<Body>) -> Reply {
        let mut request = Request::post(self.path);
        if let Some(csrf) = &self.csrf {
            request = request.header("X-Zimbra-Csrf-Token", csrf);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        let response = self.app.clone().oneshot(request.body(text.into()).unwrap()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/javascript");
        let root = if json { from_json(text.as_bytes()) } else { from_xml(text.as_bytes()) }.unwrap();
        let part = |name: &str| root.first(name).and_then(|part| part.elements().next().cloned());
        let (context, body) = (part("Header").unwrap_or_default(), part("Body").unwrap_or_default());
        Reply { status, headers, context, body, text }
    }

    /// The answer, which must not be a fault.
    pub async fn ok(&self, request: Element) -> Reply {
        let name = request.name.clone();
        let reply = self.call(request).await;
        assert_eq!(reply.fault(), None, "{name}: {}", reply.text);
        assert_eq!(reply.status, 200);
        reply
    }

    /// The code of the fault that the answer must be.
    pub async fn fault(&self, request: Element) -> String {
        let reply = self.call(request).await;
        assert_eq!(reply.status, 500, "{}", reply.text);
        reply.fault().unwrap_or_else(|| panic!("no fault: {}", reply.text))
    }

    /// Id of the first hit.
    pub async fn find(&self, query: &str) -> Vec<String> {
        let request = mail("SearchRequest").attr("types", "message").attr("limit", 100).content("query", query);
        self.ok(request).await.body.named("m").map(|m| m.get("id").unwrap()).collect()
    }
}

impl Reply {
    pub fn fault(&self) -> Option<String> {
        fault_code(&self.body)
    }

    pub fn first(&self, name: &str) -> &Element {
        self.body.first(name).unwrap_or_else(|| panic!("no {name} in {}", self.text))
    }

    pub fn session_id(&self) -> String {
        self.context.first("session").unwrap_or_else(|| panic!("no session in {}", self.text)).get("id").unwrap()
    }
}

pub fn fault_code(body: &Element) -> Option<String> {
    if body.name != "Fault" {
        return None;
    }
    let detail = body.first("Detail").or(body.first("detail"))?;
    detail.first("Error")?.get("Code")
}

/// Runs a test in both encodings, each in a world of its own.
macro_rules! both {
    ($($name:ident)*) => {
        mod xml { $(#[tokio::test] async fn $name() { super::$name(false).await })* }
        mod json { $(#[tokio::test] async fn $name() { super::$name(true).await })* }
    };
}
pub(crate) use both;
