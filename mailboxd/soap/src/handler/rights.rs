// SPDX-License-Identifier: AGPL-3.0-or-later
//! Rights that people give each other on their accounts: who may write in whose name, see whose free time, invite whom. They are
//! values of the account's zimbraACE, "grantee type right", with a minus before a right that is refused.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{EVERYBODY, PUBLIC};
use directory::rights::{Grant, GranteeType, Modifiers, TargetType};
use directory::{Account, Directory, Kind};

const ATTR: &str = "zimbraACE";
/// What an owner may give, and whether everybody has it where nobody says anything.
const RIGHTS: &[(&str, bool)] =
    &[("invite", true), ("viewFreeBusy", true), ("loginAs", false), ("sendAs", false), ("sendOnBehalfOf", false)];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ace {
    grantee: String,
    /// usr, grp, dom, all, pub
    kind: String,
    right: String,
    deny: bool,
}

impl Ace {
    fn parse(text: &str) -> Option<Ace> {
        let mut words = text.split(' ');
        let (grantee, kind, right) = (words.next()?, words.next()?, words.next()?);
        // The other signs are of rights of administrators.
        let name = right.trim_start_matches(['-', '+', '*', '.']);
        let deny = right[..right.len() - name.len()].contains('-');
        Some(Ace { grantee: grantee.into(), kind: kind.into(), right: name.into(), deny })
    }

    fn grant(&self) -> Result<Grant> {
        let kind = GranteeType::of_name(&self.kind);
        Ok(Grant {
            grantee: self.grantee.clone(),
            grantee_type: kind.ok_or_else(|| Fault::invalid(format!("unknown type of grantee: {}", self.kind)))?,
            right: self.right.clone(),
            modifiers: Modifiers { deny: self.deny, ..Modifiers::default() },
        })
    }
}

fn aces(account: &Account) -> Vec<Ace> {
    account.attrs.get(ATTR).into_iter().flatten().filter_map(|text| Ace::parse(text)).collect()
}

/// Whether somebody may that on an account: on the own one, by what is granted on it, its lists, its domain or everywhere, or since
/// everybody may and the account's owner has named nobody. Blocking.
pub fn has(directory: &Directory, target: &Account, asks: &Account, right: &str) -> Result<bool> {
    let default = || by_default(right) && !aces(target).iter().any(|ace| ace.right == right);
    Ok(target.id == asks.id || granted(directory, target, asks, right)?.unwrap_or_else(default))
}

fn granted(directory: &Directory, target: &Account, asks: &Account, right: &str) -> Result<Option<bool>> {
    Ok(directory.user_right(Some(asks), &directory.on(TargetType::Account, &target.id)?, right)?)
}

fn by_default(right: &str) -> bool {
    RIGHTS.iter().any(|(name, all)| *name == right && *all)
}

fn known(right: &str) -> Result<()> {
    match RIGHTS.iter().any(|(name, _)| *name == right) {
        true => Ok(()),
        false => Err(Fault::invalid(format!("no such right: {right}"))),
    }
}

/// Id and name of the grantee that an `ace` names.
fn grantee(directory: &Directory, ace: &Element) -> Result<(String, String, String)> {
    let kind = ace.need_filled("gt")?;
    match kind.as_str() {
        "all" => return Ok((EVERYBODY.to_owned(), kind, String::new())),
        "pub" => return Ok((PUBLIC.to_owned(), kind, String::new())),
        _ => {}
    }
    let key = ace.get("zid").filter(|id| !id.is_empty()).or_else(|| ace.get("d")).unwrap_or_default();
    let missing = || Fault::new("account.NO_SUCH_ACCOUNT", format!("no such grantee: {key}"));
    let found = match kind.as_str() {
        "usr" => match directory.account_by_id(&key)? {
            Some(account) => Some((account.id, account.name)),
            None => directory.account(&key)?.map(|account| (account.id, account.name)),
        },
        "grp" => directory.list(&key).ok().map(|list| (list.id, list.name)),
        "dom" => match directory.domain(&key)? {
            Some(domain) => Some((domain.id, domain.name)),
            None => directory.get(Kind::Domain, &key).ok().map(|domain| (domain.id, domain.name)),
        },
        other => return Err(Fault::invalid(format!("grantees of type {other:?} can't be given rights here"))),
    };
    let (id, name) = found.ok_or_else(missing)?;
    Ok((id, kind, name))
}

fn element(directory: &Directory, ace: &Ace) -> Element {
    let name = match ace.kind.as_str() {
        "usr" => directory.account_by_id(&ace.grantee).ok().flatten().map(|account| account.name),
        "grp" => directory.list(&ace.grantee).ok().map(|list| list.name),
        "dom" => directory.get(Kind::Domain, &ace.grantee).ok().map(|domain| domain.name),
        _ => None,
    };
    Element::new("ace")
        .attr("zid", ace.grantee.clone())
        .attr("gt", ace.kind.clone())
        .attr("right", ace.right.clone())
        .attr_opt("d", name)
        .attr_opt("deny", ace.deny.then_some(true))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let wanted: Vec<String> = request.named("ace").filter_map(|ace| ace.get("right")).collect();
    wanted.iter().try_for_each(|right| known(right))?;
    let directory = context.state.directory.clone();
    let shown = context.state.store.run(move |_| {
        let aces = aces(&account).into_iter().filter(|ace| wanted.is_empty() || wanted.contains(&ace.right));
        aces.map(|ace| element(&directory, &ace)).collect::<Vec<_>>()
    });
    Ok(shown.await?.into_iter().fold(Element::answer_to(request), Element::child))
}

/// Grants, or takes back; answers what changed.
pub async fn change(context: &Context, request: &Element, grant: bool) -> Result<Element> {
    let account = context.target()?.clone();
    let (directory, wanted) = (context.state.directory.clone(), request.clone());
    let changed = context.state.store.run(move |_| -> Result<Vec<Element>> {
        let on = directory.on(TargetType::Account, &account.id)?;
        let mut aces = Vec::new();
        // All are looked at before the first is written.
        for ace in wanted.named("ace") {
            let right = ace.need_filled("right")?;
            known(&right)?;
            let (grantee, kind, _) = grantee(&directory, ace)?;
            aces.push(Ace { grantee, kind, right, deny: ace.is("deny")? });
        }
        let mut changed = Vec::new();
        for ace in aces {
            let done = if grant { directory.grant(&on, &ace.grant()?) } else { directory.revoke(&on, &ace.grant()?) };
            match done {
                Ok(()) => changed.push(element(&directory, &ace)),
                // What is not there need not be taken back.
                Err(directory::Error::NoSuchGrant(_)) if !grant => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(changed)
    });
    Ok(changed.await??.into_iter().fold(Element::answer_to(request), Element::child))
}

/// The account that a `target` names, by id or name.
fn target(directory: &Directory, by: &str, key: &str) -> directory::Result<Option<Account>> {
    if by == "id" { directory.account_by_id(key) } else { directory.account(key) }
}

/// CheckPermission: of one account. Of nobody at all people may see what they may see of anybody.
pub async fn check_permission(context: &Context, request: &Element) -> Result<Element> {
    let wanted = request.need_element("target")?;
    let (kind, by, key) = (
        wanted.get("type").unwrap_or_else(|| "account".into()),
        wanted.get("by").unwrap_or_else(|| "name".into()),
        wanted.text_or_empty().to_owned(),
    );
    if key.is_empty() {
        return Err(Fault::invalid("a target has a name or an id"));
    }
    let rights = request.get_all("right");
    if rights.is_empty() {
        return Err(Fault::invalid("missing required element: right"));
    }
    rights.iter().try_for_each(|right| known(right))?;
    let (directory, asks) = (context.state.directory.clone(), context.auth()?.account.clone());
    let is_account = kind == "account" || kind == "calresource";
    let answered = context.state.store.run(move |_| -> Result<Vec<(String, bool)>> {
        let found = if is_account { target(&directory, &by, &key)? } else { None };
        if found.is_none() && by == "id" {
            return Err(Fault::no_such("account", key));
        }
        let allowed = |right: &str| match &found {
            Some(target) => has(&directory, target, &asks, right),
            None => Ok(by_default(right)),
        };
        rights.into_iter().map(|right| Ok((right.clone(), allowed(&right)?))).collect()
    });
    let answered = answered.await??;
    let mut answer = Element::answer_to(request).attr("allow", answered.iter().all(|(_, allowed)| *allowed));
    for (right, allowed) in answered {
        answer.push(Element::new("right").attr("allow", allowed).text(right));
    }
    Ok(answer)
}

pub async fn check_rights(context: &Context, request: &Element) -> Result<Element> {
    let asks = context.auth()?.account.clone();
    let mut answer = Element::answer_to(request);
    for wanted in request.named("target") {
        let (kind, by, key) = (wanted.need_filled("type")?, wanted.need_filled("by")?, wanted.need_filled("key")?);
        let rights = wanted.get_all("right");
        if rights.is_empty() {
            return Err(Fault::invalid("missing required element: right"));
        }
        rights.iter().try_for_each(|right| known(right))?;
        let (directory, asks) = (context.state.directory.clone(), asks.clone());
        let asked = (by.clone(), key.clone());
        let answered = context.state.store.run(move |_| -> Result<Vec<(String, bool)>> {
            let found = target(&directory, &asked.0, &asked.1)?;
            let allowed =
                |right: &str| found.as_ref().map_or(Ok(false), |target| has(&directory, target, &asks, right));
            rights.into_iter().map(|right| Ok((right.clone(), allowed(&right)?))).collect()
        });
        let answered = answered.await??;
        let mut element = Element::new("target").attr("type", kind).attr("by", by).attr("key", key);
        element.set("allow", answered.iter().all(|(_, allowed)| *allowed));
        for (right, allowed) in answered {
            element.push(Element::new("right").attr("allow", allowed).text(right));
        }
        answer.push(element);
    }
    Ok(answer)
}

/// Accounts on which others have given the actor a right.
pub async fn discover(context: &Context, request: &Element) -> Result<Element> {
    let rights = request.get_all("right");
    rights.iter().try_for_each(|right| known(right))?;
    let (directory, asks) = (context.state.directory.clone(), context.auth()?.account.clone());
    let found = context.state.store.run(move |_| -> Result<Vec<(String, Vec<Account>)>> {
        let all = directory.accounts(None)?;
        let others = all.iter().filter(|account| account.id != asks.id && account.attrs.contains_key(ATTR));
        let others: Vec<&Account> = others.collect();
        let given = |right: String| {
            let mut by = Vec::new();
            for account in &others {
                if granted(&directory, account, &asks, &right)? == Some(true) {
                    by.push((*account).clone());
                }
            }
            Ok((right, by))
        };
        rights.into_iter().map(given).collect()
    });
    let mut answer = Element::answer_to(request);
    for (right, accounts) in found.await?? {
        let mut targets = Element::new("targets").attr("right", right);
        for account in accounts {
            let mut target = Element::new("target").attr("type", "account").attr("id", account.id.clone());
            target.set("name", account.name.clone());
            if let Some(name) = account.display_name() {
                target.set("d", name);
            }
            targets.push(target.child(Element::new("email").attr("addr", account.name.clone())));
        }
        answer.push(targets);
    }
    Ok(answer)
}
