// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse prov`: everything in the directory. Names as zmprov's verbs; the command line knows their short forms.

mod objects;

use anyhow::{Result, anyhow};
use directory::{Account, Attrs, Directory, Domain, Object};
use mailbox::Store;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Prov {
    CreateDomain {
        name: String,
        attrs: Attrs,
    },
    GetDomain {
        name: String,
    },
    GetAllDomains {},
    ModifyDomain {
        name: String,
        attrs: Attrs,
    },
    DeleteDomain {
        name: String,
    },
    /// A new DKIM key.
    RotateDkim {
        name: String,
    },
    /// The key by which a portal vouches for the domain's people.
    GenerateDomainPreAuthKey {
        name: String,
        #[serde(default)]
        force: bool,
    },
    CreateAccount {
        name: String,
        password: String,
        attrs: Attrs,
    },
    GetAccount {
        name: String,
    },
    GetAllAccounts {
        domain: Option<String>,
    },
    ModifyAccount {
        name: String,
        attrs: Attrs,
    },
    RenameAccount {
        name: String,
        to: String,
    },
    DeleteAccount {
        name: String,
    },
    SetPassword {
        name: String,
        password: String,
    },
    AddAccountAlias {
        name: String,
        alias: String,
    },
    RemoveAccountAlias {
        name: String,
        alias: String,
    },
    CreateAliasDomain {
        name: String,
        target: String,
        attrs: Attrs,
    },
    CreateCalendarResource {
        name: String,
        password: String,
        attrs: Attrs,
    },
    GetAllCalendarResources {
        domain: Option<String>,
    },
    CreateCos {
        name: String,
        attrs: Attrs,
    },
    ModifyCos {
        name: String,
        attrs: Attrs,
    },
    DeleteCos {
        name: String,
    },
    GetCos {
        name: String,
    },
    GetAllCos {},
    SetAccountCos {
        name: String,
        cos: String,
    },
    CreateServer {
        name: String,
        attrs: Attrs,
    },
    ModifyServer {
        name: String,
        attrs: Attrs,
    },
    DeleteServer {
        name: String,
    },
    GetServer {
        name: String,
    },
    GetAllServers {},
    GetAllConfig {},
    GetConfig {
        name: String,
    },
    ModifyConfig {
        attrs: Attrs,
    },
    CreateDistributionList {
        name: String,
        attrs: Attrs,
    },
    ModifyDistributionList {
        name: String,
        attrs: Attrs,
    },
    DeleteDistributionList {
        name: String,
    },
    GetDistributionList {
        name: String,
    },
    GetAllDistributionLists {
        domain: Option<String>,
    },
    AddDistributionListMember {
        name: String,
        members: Vec<String>,
    },
    RemoveDistributionListMember {
        name: String,
        members: Vec<String>,
    },
    AddDistributionListAlias {
        name: String,
        alias: String,
    },
    RemoveDistributionListAlias {
        name: String,
        alias: String,
    },
    CreateIdentity {
        name: String,
        identity: String,
        attrs: Attrs,
    },
    ModifyIdentity {
        name: String,
        identity: String,
        attrs: Attrs,
    },
    DeleteIdentity {
        name: String,
        identity: String,
    },
    GetIdentities {
        name: String,
    },
    CreateSignature {
        name: String,
        signature: String,
        attrs: Attrs,
    },
    ModifySignature {
        name: String,
        signature: String,
        attrs: Attrs,
    },
    DeleteSignature {
        name: String,
        signature: String,
    },
    GetSignatures {
        name: String,
    },
    SearchGal {
        domain: String,
        text: String,
    },
    FlushCache {},
    /// For the system itself; answers the password.
    OpenSystemAccount {
        name: String,
        seconds: u64,
    },
    CloseSystemAccount {
        name: String,
    },
}

pub fn run(request: Prov, directory: &Directory, store: &Store) -> Result<Value> {
    let id = |name: &str| find(directory, name).map(|account| account.id);
    Ok(match request {
        Prov::CreateDomain { name, attrs } => domain(&directory.create_signed_domain(&name, attrs)?),
        Prov::GetDomain { name } => domain(&directory.domain(&name)?.ok_or_else(|| anyhow!("no such domain: {name}"))?),
        Prov::GetAllDomains {} => directory.domains()?.iter().map(domain).collect(),
        Prov::ModifyDomain { name, attrs } => domain(&directory.modify_domain(&name, attrs)?),
        Prov::DeleteDomain { name } => {
            directory.delete_domain(&name)?;
            json!({})
        }
        Prov::RotateDkim { name } => domain(&directory.rotate_dkim(&name)?),
        Prov::GenerateDomainPreAuthKey { name, force } => {
            json!({"attrs": {"preAuthKey": [directory.generate_preauth_key(&name, force)?]}})
        }
        Prov::CreateAccount { name, password, attrs } => account(&directory.create_account(&name, &password, attrs)?),
        Prov::GetAccount { name } => account(&find(directory, &name)?),
        Prov::GetAllAccounts { domain } => directory.accounts(domain.as_deref())?.iter().map(account).collect(),
        Prov::ModifyAccount { name, attrs } => account(&directory.modify_account(&id(&name)?, attrs)?),
        Prov::RenameAccount { name, to } => account(&directory.rename_account(&id(&name)?, &to)?),
        Prov::DeleteAccount { name } => {
            soap::delete_account(store, directory, &find(directory, &name)?)?;
            json!({})
        }
        Prov::SetPassword { name, password } => {
            directory.set_password(&id(&name)?, &password)?;
            json!({})
        }
        Prov::AddAccountAlias { name, alias } => {
            directory.add_alias(&id(&name)?, &alias)?;
            json!({})
        }
        Prov::RemoveAccountAlias { name, alias } => {
            directory.remove_alias(&id(&name)?, &alias)?;
            json!({})
        }
        Prov::OpenSystemAccount { name, seconds } => {
            json!({"password": directory.open_system_account(&name, Duration::from_secs(seconds))?})
        }
        Prov::CloseSystemAccount { name } => {
            directory.close_system_account(&name)?;
            json!({})
        }
        other => return objects::run(other, directory),
    })
}

/// By name, alias or id, as zmprov does.
pub fn find(directory: &Directory, name: &str) -> Result<Account> {
    let found = if name.contains('@') { directory.account(name)? } else { directory.account_by_id(name)? };
    found.ok_or_else(|| anyhow!("no such account: {name}"))
}

fn account(account: &Account) -> Value {
    json!({"id": account.id, "name": account.name, "aliases": account.aliases, "attrs": account.attrs})
}

fn object(object: &Object) -> Value {
    json!({"id": object.id, "name": object.name, "attrs": object.attrs})
}

fn domain(domain: &Domain) -> Value {
    json!({"id": domain.id, "name": domain.name, "attrs": domain.attrs})
}
