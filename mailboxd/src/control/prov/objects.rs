// SPDX-License-Identifier: AGPL-3.0-or-later
//! Verbs about what is no account: alias domains, classes of service, servers, lists, identities, signatures.

use super::{Prov, account, domain, find, object};
use anyhow::Result;
use directory::{Directory, Kind};
use serde_json::{Value, json};

pub fn run(request: Prov, directory: &Directory) -> Result<Value> {
    let id = |name: &str| find(directory, name).map(|account| account.id);
    let create = |kind, name: &str, attrs| directory.create(kind, name, attrs).map(|made| object(&made));
    let all = |kind| directory.all(kind).map(|found| found.iter().map(object).collect::<Value>());
    Ok(match request {
        Prov::CreateAliasDomain { name, target, attrs } => {
            domain(&directory.create_signed_alias_domain(&name, &target, attrs)?)
        }
        Prov::CreateCalendarResource { name, password, attrs } => {
            account(&directory.create_resource(&name, &password, attrs)?)
        }
        Prov::GetAllCalendarResources { domain } => {
            directory.resources(domain.as_deref())?.iter().map(account).collect()
        }
        Prov::CreateCos { name, attrs } => create(Kind::Cos, &name, attrs)?,
        Prov::ModifyCos { name, attrs } => object(&directory.modify(Kind::Cos, &name, attrs)?),
        Prov::DeleteCos { name } => done(directory.delete(Kind::Cos, &name)?),
        Prov::GetCos { name } => object(&directory.get(Kind::Cos, &name)?),
        Prov::GetAllCos {} => all(Kind::Cos)?,
        Prov::SetAccountCos { name, cos } => {
            let cos = directory.get(Kind::Cos, &cos)?.id;
            account(&directory.modify_account(&id(&name)?, [("zimbraCOSId".to_owned(), vec![cos])].into())?)
        }
        Prov::CreateServer { name, attrs } => create(Kind::Server, &name, attrs)?,
        Prov::ModifyServer { name, attrs } => object(&directory.modify(Kind::Server, &name, attrs)?),
        Prov::DeleteServer { name } => done(directory.delete(Kind::Server, &name)?),
        Prov::GetServer { name } => object(&directory.get(Kind::Server, &name)?),
        Prov::GetAllServers {} => all(Kind::Server)?,
        Prov::GetAllConfig {} => object(&directory.config()?),
        Prov::GetConfig { name } => {
            let mut config = directory.config()?;
            config.attrs.retain(|attribute, _| attribute.eq_ignore_ascii_case(&name));
            object(&config)
        }
        Prov::ModifyConfig { attrs } => object(&directory.modify_config(attrs)?),
        Prov::CreateDistributionList { name, attrs } => object(&directory.create_list(&name, attrs)?),
        Prov::ModifyDistributionList { name, attrs } => object(&directory.modify_list(&name, attrs)?),
        Prov::DeleteDistributionList { name } => done(directory.delete_list(&name)?),
        Prov::GetDistributionList { name } => object(&directory.list(&name)?),
        Prov::GetAllDistributionLists { domain } => directory.lists(domain.as_deref())?.iter().map(object).collect(),
        Prov::AddDistributionListMember { name, members } => object(&directory.add_members(&name, &members)?),
        Prov::RemoveDistributionListMember { name, members } => object(&directory.remove_members(&name, &members)?),
        Prov::AddDistributionListAlias { name, alias } => {
            done(directory.add_alias(&directory.list(&name)?.id, &alias)?)
        }
        Prov::RemoveDistributionListAlias { name, alias } => {
            done(directory.remove_alias(&directory.list(&name)?.id, &alias)?)
        }
        Prov::CreateIdentity { name, identity, attrs } => {
            object(&directory.create_persona(Kind::Identity, &id(&name)?, &identity, attrs)?)
        }
        Prov::ModifyIdentity { name, identity, attrs } => {
            object(&directory.modify_persona(Kind::Identity, &id(&name)?, &identity, attrs)?)
        }
        Prov::DeleteIdentity { name, identity } => {
            done(directory.delete_persona(Kind::Identity, &id(&name)?, &identity)?)
        }
        Prov::GetIdentities { name } => directory.personas(Kind::Identity, &id(&name)?)?.iter().map(object).collect(),
        Prov::CreateSignature { name, signature, attrs } => {
            object(&directory.create_persona(Kind::Signature, &id(&name)?, &signature, attrs)?)
        }
        Prov::ModifySignature { name, signature, attrs } => {
            object(&directory.modify_persona(Kind::Signature, &id(&name)?, &signature, attrs)?)
        }
        Prov::DeleteSignature { name, signature } => {
            done(directory.delete_persona(Kind::Signature, &id(&name)?, &signature)?)
        }
        Prov::GetSignatures { name } => directory.personas(Kind::Signature, &id(&name)?)?.iter().map(object).collect(),
        Prov::SearchGal { domain, text } => {
            let found = directory.search_gal(&domain, &text)?;
            found.entries.iter().map(|entry| json!({"name": entry.name, "attrs": entry.attrs})).collect()
        }
        Prov::FlushCache {} => {
            directory.flush_cache();
            json!({})
        }
        // `prov` itself answers those.
        _ => anyhow::bail!("this is a verb about accounts"),
    })
}

fn done((): ()) -> Value {
    json!({})
}
