// SPDX-License-Identifier: AGPL-3.0-or-later
//! Faults: a code that clients look at, a text for people, arguments, and an opaque id under which we logged ours.

use crate::element::{DecodeError, Element, ns};
use directory::Kind;
use directory::token::TokenError;

#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub code: &'static str,
    pub reason: String,
    /// Ours (`soap:Receiver`) or the client's (`soap:Sender`).
    pub ours: bool,
    /// Name, type (IID, ACCTID, STR, NUM), value.
    pub args: Vec<(&'static str, &'static str, String)>,
    pub trace: String,
}

pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    pub fn new(code: &'static str, reason: impl Into<String>) -> Fault {
        let trace = format!("ph-{}", uuid::Uuid::new_v4().simple());
        Fault { code, reason: reason.into(), ours: false, args: Vec::new(), trace }
    }

    pub fn invalid(reason: impl Into<String>) -> Fault {
        Fault::new("service.INVALID_REQUEST", reason)
    }

    pub fn denied() -> Fault {
        Fault::new("service.PERM_DENIED", "permission denied")
    }

    pub fn auth_required() -> Fault {
        Fault::new("service.AUTH_REQUIRED", "no valid authtoken present")
    }

    /// Logged here with what happened; the client learns only the id.
    pub fn failure(what: impl std::fmt::Display) -> Fault {
        let mut fault = Fault::new("service.FAILURE", "system failure");
        fault.ours = true;
        tracing::error!(trace = %fault.trace, error = %what, "request failed");
        fault
    }

    #[must_use]
    pub fn arg(mut self, name: &'static str, kind: &'static str, value: impl Into<String>) -> Fault {
        self.args.push((name, kind, value.into()));
        self
    }

    pub fn no_such(kind: &str, id: impl Into<String>) -> Fault {
        let (code, noun) = match kind {
            "folder" | "search" | "search folder" | "parent" => ("mail.NO_SUCH_FOLDER", "folder"),
            "message" | "draft" => ("mail.NO_SUCH_MSG", "message"),
            "conversation" => ("mail.NO_SUCH_CONV", "conversation"),
            "tag" => ("mail.NO_SUCH_TAG", "tag"),
            "contact" => ("mail.NO_SUCH_CONTACT", "contact"),
            "document" => ("mail.NO_SUCH_DOC", "document"),
            "revision" => ("mail.NO_SUCH_REVISION", "revision"),
            "part" => ("mail.NO_SUCH_PART", "part"),
            "upload" => ("mail.NO_SUCH_UPLOAD", "upload"),
            "account" => ("account.NO_SUCH_ACCOUNT", "account"),
            "mailbox" => ("mail.NO_SUCH_MBOX", "mailbox"),
            _ => ("mail.NO_SUCH_ITEM", "item"),
        };
        let id = id.into();
        Fault::new(code, format!("no such {noun}: {id}")).arg("itemId", "IID", id)
    }

    /// The `Fault` element of SOAP 1.2 and of JSON.
    pub fn to_element(&self) -> Element {
        let value = if self.ours { "soap:Receiver" } else { "soap:Sender" };
        Element::in_ns("Fault", ns::SOAP12)
            .unique(soap("Code").content("Value", value))
            .unique(soap("Reason").content("Text", self.reason.clone()))
            .unique(soap("Detail").unique(self.detail()))
    }

    /// SOAP 1.1 §4.4 names the same things differently.
    pub fn to_element_11(&self) -> Element {
        let value = if self.ours { "soap:Server" } else { "soap:Client" };
        // These three are in no namespace; the writer resolves "" to the (undeclared) default, which is the same.
        let plain = |name: &str| Element::new(name);
        Element::in_ns("Fault", ns::SOAP11)
            .unique(plain("faultcode").text(value))
            .unique(plain("faultstring").text(self.reason.clone()))
            .unique(plain("detail").unique(self.detail()))
    }

    fn detail(&self) -> Element {
        let mut error =
            Element::in_ns("Error", ns::ZIMBRA).content("Code", self.code).content("Trace", self.trace.clone());
        for (name, kind, value) in &self.args {
            error.push(Element::new("a").attr("n", *name).attr("t", *kind).text(value.clone()));
        }
        error
    }
}

fn soap(name: &str) -> Element {
    Element::in_ns(name, ns::SOAP12)
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Fault::new("soap.PARSE_ERROR", error.to_string())
    }
}

impl From<mailbox::Error> for Fault {
    fn from(error: mailbox::Error) -> Self {
        use mailbox::Error as E;
        let text = error.to_string();
        match error {
            E::NoSuch { kind, id } => Fault::no_such(kind, id),
            E::AlreadyExists(name) => Fault::new("mail.ALREADY_EXISTS", text).arg("name", "STR", name),
            // Who saves by name finds out by this which document a next version is to be of.
            E::DocumentExists { name, id, version } => Fault::new("mail.ALREADY_EXISTS", text)
                .arg("name", "STR", name)
                .arg("itemId", "IID", id.to_string())
                .arg("ver", "NUM", version.to_string()),
            E::InvalidName(name) => Fault::new("mail.INVALID_NAME", text).arg("name", "STR", name),
            E::Invalid(_) => Fault::invalid(text),
            E::Immutable(_) => Fault::new("mail.IMMUTABLE_OBJECT", text),
            E::CannotContain(_) => Fault::new("mail.CANNOT_CONTAIN", text),
            E::Locked(_) => Fault::new("mail.LOCKED", text),
            E::ModifyConflict => Fault::new("mail.MODIFY_CONFLICT", text),
            E::Denied => Fault::denied(),
            E::TooMany("contacts") => Fault::new("mail.TOO_MANY_CONTACTS", text),
            E::TooMany(_) => Fault::invalid(text),
            E::OverQuota => Fault::new("mail.QUOTA_EXCEEDED", text),
            E::TooLarge { limit } => Fault::new("mail.MESSAGE_TOO_BIG", text).arg("maxSize", "NUM", limit.to_string()),
            E::Query(ref error) if error.bad_number => Fault::invalid(text),
            E::Query(_) => Fault::new("mail.QUERY_PARSE_ERROR", text),
            E::MustResync => Fault::new("mail.MUST_RESYNC", text),
            E::Unavailable(_) => {
                tracing::warn!(error = %text, "temporarily unavailable");
                Fault { ours: true, ..Fault::new("service.TEMPORARILY_UNAVAILABLE", text) }
            }
            E::Store(_) => Fault::failure(text),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Fault::failure(error)
    }
}

impl From<directory::Error> for Fault {
    fn from(error: directory::Error) -> Self {
        use directory::Error as E;
        let text = error.to_string();
        match error {
            E::NoSuchAccount(_) => Fault::new("account.NO_SUCH_ACCOUNT", text),
            E::NoSuchDomain(_) => Fault::new("account.NO_SUCH_DOMAIN", text),
            E::NoSuchAlias(_) => Fault::new("account.NO_SUCH_ALIAS", text),
            E::AccountExists(_) => Fault::new("account.ACCOUNT_EXISTS", text),
            E::NoSuch(kind, _) => Fault::new(no_such_code(kind), text),
            E::Exists(kind, _) => Fault::new(exists_code(kind), text),
            E::DomainExists(_) => Fault::new("account.DOMAIN_EXISTS", text),
            E::NoSuchRight(_) => Fault::new("account.NO_SUCH_RIGHT", text),
            E::NoSuchGrant(_) => Fault::new("account.NO_SUCH_GRANT", text),
            E::Denied => Fault::denied(),
            E::Constraint(name, why) => {
                Fault::new("service.PERM_DENIED", format!("permission denied: constraint of {name}: {why}"))
            }
            E::TooManyAccounts(_) => Fault::new("account.TOO_MANY_ACCOUNTS", text),
            E::Ambiguous(_) => Fault::new("account.MULTIPLE_ACCOUNTS_MATCHED", text),
            E::DomainSuspended(_) => Fault::new("service.PERM_DENIED", text),
            E::DomainNotEmpty(_) => Fault::new("account.DOMAIN_NOT_EMPTY", text),
            E::Invalid { what, .. } if what.contains("password") => Fault::new("account.INVALID_PASSWORD", text),
            E::Invalid { what, .. } if what.contains("attribute name") => Fault::new("account.INVALID_ATTR_NAME", text),
            E::Invalid { what, .. } if what.contains("attribute") => Fault::new("account.INVALID_ATTR_VALUE", text),
            E::Invalid { .. } => Fault::invalid(text),
            E::AuthFailed => Fault::new("account.AUTH_FAILED", "authentication failed"),
            E::AccountInactive(status) if status == "maintenance" => Fault::new("account.MAINTENANCE_MODE", text),
            // Zimbra tells a stranger no more than that.
            E::AccountInactive(_) => Fault::new("account.AUTH_FAILED", "authentication failed"),
            E::PasswordLocked => Fault::new("account.PASSWORD_LOCKED", text),
            E::PasswordChangeTooSoon => Fault::new("account.PASSWORD_CHANGE_TOO_SOON", text),
            E::PasswordRecentlyUsed => Fault::new("account.PASSWORD_RECENTLY_USED", text),
            E::ChangePassword => Fault::new("account.CHANGE_PASSWORD", text),
            E::Unavailable(_) => {
                tracing::warn!(error = %text, "directory unavailable");
                Fault { ours: true, ..Fault::new("service.TEMPORARILY_UNAVAILABLE", "try again later") }
            }
        }
    }
}

fn no_such_code(kind: Kind) -> &'static str {
    match kind {
        Kind::List => "account.NO_SUCH_DISTRIBUTION_LIST",
        Kind::Cos => "account.NO_SUCH_COS",
        Kind::Server => "account.NO_SUCH_SERVER",
        Kind::Identity => "account.NO_SUCH_IDENTITY",
        Kind::Signature => "account.NO_SUCH_SIGNATURE",
        Kind::Resource => "account.NO_SUCH_CALENDAR_RESOURCE",
        _ => "account.NO_SUCH_ACCOUNT",
    }
}

fn exists_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Cos => "account.COS_EXISTS",
        Kind::Server => "account.SERVER_EXISTS",
        Kind::Identity => "account.IDENTITY_EXISTS",
        Kind::Signature => "account.SIGNATURE_EXISTS",
        _ => "account.ACCOUNT_EXISTS",
    }
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Fault::auth_required(),
            TokenError::Expired | TokenError::Void => {
                Fault::new("service.AUTH_EXPIRED", "auth credentials have expired")
            }
            TokenError::Directory(error) => error.into(),
        }
    }
}
