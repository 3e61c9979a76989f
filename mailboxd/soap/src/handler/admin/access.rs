// SPDX-License-Identifier: AGPL-3.0-or-later
//! All admin requests: who may send each, and what answers it. A request that is not in the table does not exist, so none can be
//! answered without a word on who may ask; tests walk the table as a user and as an administrator without rights.

use super::{
    account, alias, audit, backup, backups, check, config, cos, delegate_auth, deleted, dns, domain, filter_rules,
    find_account, find_cos, find_domain, find_list, find_server, gal, hsm, list, logs, mail_queue, mailbox, membership,
    quarantine, quota, resource, retention, rights, search, search_multi_mailbox, server, service_status, statistics,
    system, volume, wait_set,
};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler;
use directory::rights::{Need, On, TargetType};
use std::pin::Pin;

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Element>> + Send + 'a>>;

pub struct AdminRequest {
    pub name: &'static str,
    pub access: Access,
    work: for<'a> fn(&'a Context, &'a Element) -> Answer<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Without a token.
    Everybody,
    /// Every administrator: it tells and changes nothing of others.
    Administrators,
    /// Who may do everything.
    Global,
    /// Who has this right on what the request names.
    May(&'static str, What),
    /// The same; the first on accounts, the second on calendar resources. The handler must look at the same place: a right on one
    /// account is none on another that the request names, too.
    MayAccount(&'static str, &'static str, What),
    /// Every administrator; the handler leaves out whatever its sender may not see.
    Filtered,
    /// The handler reads or sets attributes, and asks for the right to each.
    Attributes,
    /// The right depends on more than one thing of the request: the handler asks.
    Handler,
}

/// What of a request names the target of the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `<account by>`, `<calresource by>` or `id`.
    Account,
    /// `<mbox id>`
    Mailbox,
    /// `<dl by>` or `id`.
    List,
    /// `<domain by>` or `id`.
    Domain,
    /// `domain="name"`.
    DomainName,
    /// The domain of the address in this attribute.
    DomainOf(&'static str),
    Cos,
    /// `<server by>`, `<server name>` or `id`; this one where none is named.
    Server,
    /// The one that answers, whatever the request names.
    ThisServer,
    Everything,
}

macro_rules! requests {
    ($($name:literal, $access:expr => $handler:path;)*) => {
        pub const REQUESTS: &[AdminRequest] =
            &[$(AdminRequest { name: $name, access: $access, work: |c, r| Box::pin($handler(c, r)) }),*];
    };
}

use Access::{Administrators, Attributes, Everybody, Filtered, Global, Handler, May, MayAccount};

requests! {
    "AuthRequest", Everybody => handler::auth::handle;
    "PingRequest", Everybody => system::empty;
    "NoOpRequest", Administrators => system::empty;
    // accounts
    "CreateAccountRequest", May("createAccount", What::DomainOf("name")) => account::create;
    "GetAccountRequest", Attributes => account::get;
    "GetAccountInfoRequest", MayAccount("getAccountInfo", "getCalendarResourceInfo", What::Account) => account::info;
    "GetAllAccountsRequest", Filtered => account::all;
    "GetAllAdminAccountsRequest", Filtered => account::all_admins;
    "ModifyAccountRequest", Attributes => account::modify;
    "RenameAccountRequest", Handler => account::rename;
    "ChangePrimaryEmailRequest", Handler => account::change_primary;
    "DeleteAccountRequest", MayAccount("deleteAccount", "deleteCalendarResource", What::Account) => account::delete;
    "GetDeletedAccountsRequest", Filtered => deleted::all;
    "UndeleteAccountRequest", Handler => deleted::undelete;
    "HoldDeletedAccountRequest", Handler => deleted::hold;
    "PurgeDeletedAccountRequest", Handler => deleted::purge;
    "SetPasswordRequest", MayAccount("setAccountPassword", "setCalendarResourcePassword", What::Account) => account::set_password;
    "CheckPasswordStrengthRequest", MayAccount("checkPasswordStrength", "checkCalendarResourcePasswordStrength", What::Account) => account::check_password;
    "AddAccountAliasRequest", Handler => alias::add_to_account;
    "RemoveAccountAliasRequest", Handler => alias::remove_from_account;
    "GetAccountMembershipRequest", MayAccount("getAccountMembership", "getAccountMembership", What::Account) => membership::of_account;
    "DelegateAuthRequest", MayAccount("adminLoginAs", "adminLoginCalendarResourceAs", What::Account) => delegate_auth::handle;
    "GetAdminSavedSearchesRequest", Administrators => account::saved_searches;
    "ModifyAdminSavedSearchesRequest", Administrators => account::modify_saved_searches;
    "CountAccountRequest", May("countAccount", What::Domain) => quota::count_accounts;
    "CountObjectsRequest", Filtered => search::count_objects;
    // calendar resources
    "CreateCalendarResourceRequest", May("createCalendarResource", What::DomainOf("name")) => resource::create;
    "GetCalendarResourceRequest", Attributes => resource::get;
    "GetAllCalendarResourcesRequest", Filtered => resource::all;
    "ModifyCalendarResourceRequest", Attributes => resource::modify;
    "RenameCalendarResourceRequest", Handler => resource::rename;
    "DeleteCalendarResourceRequest", MayAccount("deleteAccount", "deleteCalendarResource", What::Account) => resource::delete;
    "SearchCalendarResourcesRequest", Filtered => search::resources;
    // distribution lists
    "CreateDistributionListRequest", May("createDistributionList", What::DomainOf("name")) => list::create;
    "GetDistributionListRequest", Attributes => list::get;
    "GetAllDistributionListsRequest", Filtered => list::all;
    "ModifyDistributionListRequest", Attributes => list::modify;
    "RenameDistributionListRequest", Handler => list::rename;
    "DeleteDistributionListRequest", May("deleteDistributionList", What::List) => list::delete;
    "AddDistributionListMemberRequest", May("addDistributionListMember", What::List) => list::add_members;
    "RemoveDistributionListMemberRequest", May("removeDistributionListMember", What::List) => list::remove_members;
    "AddDistributionListAliasRequest", Handler => alias::add_to_list;
    "RemoveDistributionListAliasRequest", Handler => alias::remove_from_list;
    "GetDistributionListMembershipRequest", May("getDistributionListMembership", What::List) => membership::of_list;
    // domains
    "CreateDomainRequest", Handler => domain::create;
    "GetDomainRequest", Attributes => domain::get;
    "GetDomainInfoRequest", Administrators => domain::info;
    "GetAllDomainsRequest", Filtered => domain::all;
    "ModifyDomainRequest", Attributes => domain::modify;
    "DeleteDomainRequest", May("deleteDomain", What::Domain) => domain::delete;
    // classes of service
    "CreateCosRequest", May("createCos", What::Everything) => cos::create;
    "CopyCosRequest", Handler => cos::copy;
    "GetCosRequest", Attributes => cos::get;
    "GetAllCosRequest", Filtered => cos::all;
    "ModifyCosRequest", Attributes => cos::modify;
    "RenameCosRequest", May("renameCos", What::Cos) => cos::rename;
    "DeleteCosRequest", May("deleteCos", What::Cos) => cos::delete;
    // servers, and what holds everywhere
    "CreateServerRequest", May("createServer", What::Everything) => server::create;
    "GetServerRequest", Attributes => server::get;
    "GetAllServersRequest", Filtered => server::all;
    "ModifyServerRequest", Attributes => server::modify;
    "DeleteServerRequest", May("deleteServer", What::Server) => server::delete;
    "GetConfigRequest", Attributes => config::get;
    "GetAllConfigRequest", Attributes => config::all;
    "ModifyConfigRequest", Attributes => config::modify;
    "GetAttributeInfoRequest", Administrators => config::attribute_info;
    // searches
    "SearchDirectoryRequest", Filtered => search::directory;
    "SearchAccountsRequest", Filtered => search::accounts;
    "SearchGalRequest", May("accessGAL", What::DomainName) => gal::search;
    "AutoCompleteGalRequest", May("accessGAL", What::DomainName) => gal::complete;
    // filter rules
    "GetFilterRulesRequest", Attributes => filter_rules::get;
    "ModifyFilterRulesRequest", Attributes => filter_rules::modify;
    "GetOutgoingFilterRulesRequest", Attributes => filter_rules::get_outgoing;
    "ModifyOutgoingFilterRulesRequest", Attributes => filter_rules::modify_outgoing;
    // mailboxes
    "GetMailboxRequest", MayAccount("getMailboxInfo", "getMailboxInfo", What::Mailbox) => mailbox::get;
    "DeleteMailboxRequest", MayAccount("deleteAccount", "deleteCalendarResource", What::Mailbox) => mailbox::delete;
    "GetAllMailboxesRequest", Global => mailbox::all;
    "GetMailboxStatsRequest", May("getMailboxStats", What::Server) => mailbox::stats;
    "GetQuotaUsageRequest", Handler => quota::usage;
    "ComputeAggregateQuotaUsageRequest", Global => quota::aggregate;
    "GetAggregateQuotaUsageOnServerRequest", Global => quota::aggregate;
    "PurgeMessagesRequest", Handler => mailbox::purge;
    "ReIndexRequest", MayAccount("reindexMailbox", "reindexCalendarResourceMailbox", What::Mailbox) => mailbox::reindex;
    "RecalculateMailboxCountsRequest", MayAccount("recalculateMailboxCounts", "recalculateMailboxCounts", What::Mailbox) => mailbox::recalculate;
    "SearchMultiMailboxRequest", Handler => search_multi_mailbox::handle;
    "AdminCreateWaitSetRequest", Global => wait_set::create;
    "AdminWaitSetRequest", Global => wait_set::wait;
    "AdminDestroyWaitSetRequest", Global => wait_set::destroy;
    // the system
    "GetServiceStatusRequest", May("getServiceStatus", What::Server) => service_status::get;
    "GetVersionInfoRequest", Administrators => system::version;
    "CheckHealthRequest", May("checkHealth", What::Server) => system::health;
    "FlushCacheRequest", May("flushCache", What::Server) => system::flush_cache;
    "GetAllLocalesRequest", Administrators => system::locales;
    "GetAllSkinsRequest", Administrators => system::skins;
    "DumpSessionsRequest", May("dumpSessions", What::Server) => system::dump_sessions;
    "GetSessionsRequest", May("getSessions", What::Server) => system::sessions;
    "GetCurrentVolumesRequest", May("manageVolume", What::Server) => volume::current;
    "GetVolumeRequest", May("manageVolume", What::ThisServer) => volume::get;
    "GetAllVolumesRequest", May("manageVolume", What::Server) => volume::all;
    "CreateVolumeRequest", May("manageVolume", What::Server) => volume::create;
    "ModifyVolumeRequest", May("manageVolume", What::ThisServer) => volume::modify;
    "DeleteVolumeRequest", May("manageVolume", What::ThisServer) => volume::delete;
    "SetCurrentVolumeRequest", May("manageVolume", What::ThisServer) => volume::set_current;
    "HsmRequest", May("manageVolume", What::Server) => hsm::start;
    "GetHsmStatusRequest", May("manageVolume", What::Server) => hsm::status;
    "AbortHsmRequest", May("manageVolume", What::Server) => hsm::abort;
    "BackupRequest", Global => backup::order;
    "BackupQueryRequest", Global => backup::query;
    "BackupAccountQueryRequest", Handler => backup::accounts;
    "RestoreRequest", Handler => backup::restore;
    "OrderBackupRequest", May("configureBackup", What::ThisServer) => backups::order;
    "GetBackupsRequest", May("configureBackup", What::ThisServer) => backups::get;
    "GetMailQueueInfoRequest", May("manageMailQueue", What::Server) => mail_queue::info;
    "GetMailQueueRequest", May("manageMailQueue", What::Server) => mail_queue::get;
    "MailQueueActionRequest", May("manageMailQueue", What::Server) => mail_queue::act;
    "MailQueueFlushRequest", May("manageMailQueue", What::Server) => mail_queue::flush;
    "GetQuarantineRequest", May("manageMailQueue", What::ThisServer) => quarantine::list;
    "GetQuarantineMessageRequest", Handler => quarantine::get;
    "QuarantineActionRequest", Handler => quarantine::act;
    "GetLoggerStatsRequest", May("getServerStats", What::ThisServer) => statistics::get;
    "GetAuditLogRequest", Global => audit::get;
    "GetComponentLogRequest", Global => logs::get;
    "GetDomainDnsRequest", Handler => dns::get;
    "CheckDirectoryRequest", May("checkDirectoryOnFileSystem", What::Server) => check::directory;
    "CheckHostnameResolveRequest", Administrators => check::hostname;
    "GetSystemRetentionPolicyRequest", Handler => retention::get;
    "CreateSystemRetentionPolicyRequest", Handler => retention::create;
    "ModifySystemRetentionPolicyRequest", Handler => retention::modify;
    "DeleteSystemRetentionPolicyRequest", Handler => retention::delete;
    "GetAdminConsoleUICompRequest", Administrators => account::ui_components;
    // rights
    "GrantRightRequest", Handler => rights::grant;
    "RevokeRightRequest", Handler => rights::revoke;
    "GetGrantsRequest", Handler => rights::grants;
    "CheckRightRequest", Handler => rights::check;
    "GetRightRequest", Administrators => rights::right;
    "GetAllRightsRequest", Administrators => rights::all;
    "GetRightsDocRequest", Administrators => rights::doc;
    "GetEffectiveRightsRequest", Handler => rights::effective;
    "GetAllEffectiveRightsRequest", Handler => rights::all_effective;
    "GetCreateObjectAttrsRequest", Handler => rights::create_attrs;
    "GetDelegatedAdminConstraintsRequest", Handler => rights::constraints;
    "ModifyDelegatedAdminConstraintsRequest", Handler => rights::modify_constraints;
}

/// Who has no administrator's token learns nothing, not even which requests there are.
pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let found = REQUESTS.iter().find(|known| known.name == request.name);
    if found.is_none_or(|known| known.access != Everybody) {
        context.need_admin()?;
    }
    let known = found.ok_or_else(|| crate::dispatch::unknown(request))?;
    let checked = check(context, request, known.access).and_then(|()| crate::schema::check(request));
    let outcome = match checked {
        Ok(()) => (known.work)(context, request).await,
        Err(fault) => Err(fault),
    };
    audit::note(context, request, &outcome);
    outcome
}

fn check(context: &Context, request: &Element, access: Access) -> Result<()> {
    if matches!(access, Everybody | Administrators | Filtered | Attributes | Handler) {
        return Ok(());
    }
    let powers = context.powers()?;
    match access {
        _ if powers.is_global() => Ok(()),
        May(right, what) => need(context, &target(context, request, what).map_err(hide)?, right),
        MayAccount(account, resource, what) => {
            let on = target(context, request, what).map_err(hide)?;
            need(context, &on, if on.target == TargetType::CalResource { resource } else { account })
        }
        _ => Err(Fault::denied()),
    }
}

/// A right of the sender's, on a target that a handler knows.
pub fn need(context: &Context, on: &On, right: &str) -> Result<()> {
    Ok(context.powers()?.need(on, &Need::Do(right))?)
}

/// Who has no rights is not told what exists.
pub fn hide(fault: Fault) -> Fault {
    if fault.code.starts_with("account.NO_SUCH") { Fault::denied() } else { fault }
}

fn target(context: &Context, request: &Element, what: What) -> Result<On> {
    if matches!(what, What::Server | What::ThisServer) {
        server::ensure(context)?;
    }
    let directory = &context.state.directory;
    let on = |target: TargetType, key: &str| Ok(directory.on(target, key)?);
    match what {
        What::Account => on(TargetType::Account, &find_account(context, request)?.id),
        What::Mailbox => on(TargetType::Account, &request.need_element("mbox")?.need("id")?),
        What::List => on(TargetType::Dl, &find_list(context, request)?.id),
        What::Domain => on(TargetType::Domain, &find_domain(context, request)?.id),
        What::DomainName => on(TargetType::Domain, &request.need_filled("domain")?),
        What::DomainOf(name) => domain_of(context, &request.need_filled(name)?),
        What::Cos => on(TargetType::Cos, &find_cos(context, request)?.id),
        What::Server if request.first("server").is_none() && request.get("id").is_none() => {
            on(TargetType::Server, &context.state.config.host)
        }
        What::ThisServer => on(TargetType::Server, &context.state.config.host),
        What::Server => on(TargetType::Server, &find_server(context, request)?.id),
        What::Everything => on(TargetType::Global, ""),
    }
}

/// The domain that an address is in.
pub fn domain_of(context: &Context, address: &str) -> Result<On> {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    let domain = domain.ok_or_else(|| Fault::invalid("an address needs a domain"))?;
    Ok(context.state.directory.on(TargetType::Domain, domain)?)
}

/// An address that a group of administrators lists gives its rights to whoever has it.
pub fn check_address(context: &Context, address: &str) -> Result<()> {
    let is_free = context.powers()?.is_global() || !context.state.directory.is_of_administrators(address)?;
    if is_free { Ok(()) } else { Err(Fault::denied()) }
}
