// SPDX-License-Identifier: AGPL-3.0-or-later
//! OpenLDAP: the directory. Reached over a socket only; what is in the tree is made by mailboxd.

use crate::components::{Place, mailboxd, text};
use crate::engine::{Component, ConfigFile, Directory, RunAs, command};
use crate::probe::Probe;
use crate::{render, secrets};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub const NAME: &str = "openldap";
const USER: &str = "openldap";
const ADMIN: &str = "uid=zimbra,cn=admins,cn=zimbra";
/// May read what is no secret: the MTA.
pub const READER: &str = "uid=postfix,cn=admins,cn=zimbra";
pub const READER_BASE: &str = "";
const SCHEMA: &str = include_str!("../../templates/openldap/posthouse.schema");
const CONFIG: &str = include_str!("../../templates/openldap/slapd.conf");

pub fn component(place: &Place) -> Result<Component> {
    let state = place.path("ldap");
    let config = state.join("slapd.conf");
    let mut component = Component::new(NAME, "/usr/sbin/slapd".into());
    component.packages = &["slapd", "ldap-utils"];
    // In the foreground; only what matters is said.
    let words = ["-f", &text(&config)?, "-h", &url(place)?, "-d", "none"];
    component.arguments = words.map(str::to_owned).to_vec();
    component.run_as = Some(RunAs { user: USER, group: USER, low_ports: false });
    component.files_max = Some(4_096);
    let owned = |path: PathBuf, mode| Directory { path, owner: Some((USER, USER)), mode };
    component.directories = vec![
        owned(place.path("ldap"), 0o700),
        owned(place.path("ldap/data"), 0o700),
        // The MTA looks up here as well; the bind decides what it is told.
        owned(place.path("run/ldap"), 0o755),
    ];
    let password = place.state.settings().join("ldap.password");
    let drop_in = place.state.settings().join("slapd.conf");
    component.files = Arc::new(move |_, drop_ins| {
        let admin = secrets::password(&password, Some(mailboxd::USER))?;
        // Passwords of other directories may be in it.
        let own = ConfigFile {
            path: state.join("drop-in.conf"),
            text: drop_ins.read(&drop_in)?,
            group: Some(USER),
            is_secret: true,
        };
        let values = minijinja::context! {
            state => state.display().to_string(),
            schema => "/etc/ldap/schema",
            modules => "/usr/lib/ldap",
            templates => state.display().to_string(),
            password => admin,
            drop_in => own.path.display().to_string(),
        };
        let text = render::text("slapd.conf", CONFIG, values)?;
        let schema = ConfigFile {
            path: state.join("posthouse.schema"),
            text: SCHEMA.to_owned(),
            group: Some(USER),
            is_secret: false,
        };
        Ok(vec![schema, own, ConfigFile { path: config.clone(), text, group: Some(USER), is_secret: true }])
    });
    let password = text(&place.path("settings/ldap.password"))?;
    let search = ["ldapsearch", "-x", "-H", &url(place)?, "-D", ADMIN, "-y", &password, "-b", "", "-s", "base", "1.1"];
    component.probes =
        vec![Probe::Command { what: "an LDAP bind and search", words: search.map(str::to_owned).to_vec() }];
    let (url, reader) = (url(place)?, place.state.settings().join("postfix.password"));
    component.settle = Some(Arc::new(move || ensure_reader(&url, &password, &reader)));
    // A large database is closed in a moment, but never at the cost of one that is not closed.
    component.stop_max = Duration::from_secs(60);
    component.version = ["/usr/sbin/slapd", "-VV"].map(str::to_owned).to_vec();
    let (config, run_as) = (text(&place.path("ldap/slapd.conf"))?, component.run_as.clone());
    component.initialise = Some(Arc::new(move || {
        // slapd says what is wrong with its configuration only here.
        command("slaptest", &["-Q", "-u", "-f", &config], None, run_as.as_ref()).map(drop)
    }));
    Ok(component)
}

/// The reader's entry, with the password that is in its file.
fn ensure_reader(url: &str, admin_password: &str, reader: &Path) -> Result<()> {
    secrets::password(reader, None)?;
    let hash = command("slappasswd", &["-h", "{SSHA}", "-n", "-T", &text(reader)?], None, None)?;
    let hash = String::from_utf8_lossy(&hash).trim().to_owned();
    let admin = ["-x", "-H", url, "-D", ADMIN, "-y", admin_password];
    let new = format!(
        "dn: cn=zimbra\nobjectClass: organizationalRole\ncn: zimbra\n\n\
         dn: cn=admins,cn=zimbra\nobjectClass: organizationalRole\ncn: admins\n\n\
         dn: {READER}\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: postfix\nuserPassword: {hash}\n"
    );
    // It says so when they are there already; if they can't be made, the next command fails.
    let _ = command("ldapadd", &[&admin[..], &["-c"]].concat(), Some(&new), None);
    let password = format!("dn: {READER}\nchangetype: modify\nreplace: userPassword\nuserPassword: {hash}\n");
    command("ldapmodify", &admin, Some(&password), None).map(drop)
}

/// What mailboxd is told.
pub fn for_mailboxd(place: &Place) -> Result<toml::Table> {
    let mut table = toml::Table::new();
    table.insert("backend".into(), "ldap".into());
    table.insert("url".into(), url(place)?.into());
    table.insert("bind_dn".into(), ADMIN.into());
    table.insert("password_file".into(), text(&place.path("settings/ldap.password"))?.into());
    Ok(table)
}

/// RFC 4516 has no such scheme; OpenLDAP writes the path of the socket as a host.
pub fn url(place: &Place) -> Result<String> {
    Ok(format!("ldapi://{}", text(&place.path("run/ldap/ldapi"))?.replace('/', "%2F")))
}
