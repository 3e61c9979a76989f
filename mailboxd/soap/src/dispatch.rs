// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a request's qualified name to its handler. Mail and account requests need a token here and their mailbox's consent in
//! `Context::open`; admin requests have a table of their own, with the right that each takes.

use crate::context::Context;
use crate::delegate;
use crate::element::{Element, ns};
use crate::fault::{Fault, Result};
use crate::filter::Way;
use crate::handler::{self, admin};
use crate::schema;

/// Requests that need no token, and so no CSRF token.
pub fn is_public(request: &Element) -> bool {
    matches!(
        (request.ns.as_str(), request.name.as_str()),
        (ns::ACCOUNT | ns::ADMIN, "AuthRequest") | (ns::ACCOUNT, "ChangePasswordRequest") | (ns::ADMIN, "PingRequest")
    )
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    if !is_public(request) {
        context.auth()?;
    }
    match request.ns.as_str() {
        ns::ACCOUNT => {
            if !is_public(request) {
                context.need_own()?;
            }
            schema::check(request)?;
            account(context, request).await
        }
        ns::MAIL => delegated(context, request).await,
        ns::ADMIN if context.admin => admin::access::handle(context, request).await,
        _ => Err(unknown(request)),
    }
}

/// Runs each part of the request for the mailbox that it is about.
async fn delegated(context: &Context, request: &Element) -> Result<Element> {
    delegate::check_header(context, request)?;
    schema::check(request)?;
    let mut answers = Vec::new();
    for part in delegate::parts(context, request).await? {
        let context = part.context.as_ref().unwrap_or(context);
        let mut answer = mail(context, &part.request).await.map_err(|fault| refused(context, fault))?;
        if context.is_elsewhere() && !context.unqualified {
            delegate::qualify(&mut answer, &context.target()?.id);
        }
        answers.push(answer);
    }
    delegate::join(request, answers)
}

/// What of another's mailbox is not there, or not shared, is refused: which of both it is stays untold.
fn refused(context: &Context, fault: Fault) -> Fault {
    const OF_ITEMS: [&str; 7] = [
        "mail.NO_SUCH_FOLDER",
        "mail.NO_SUCH_MSG",
        "mail.NO_SUCH_CONV",
        "mail.NO_SUCH_CONTACT",
        "mail.NO_SUCH_DOC",
        "mail.NO_SUCH_ITEM",
        "mail.NO_SUCH_TAG",
    ];
    let visits = context.owns_target().is_ok_and(|owns| !owns);
    if visits && OF_ITEMS.contains(&fault.code) { Fault::denied() } else { fault }
}

pub fn unknown(request: &Element) -> Fault {
    let name: String = request.name.chars().take(64).collect();
    Fault::new("service.UNKNOWN_DOCUMENT", format!("unknown document: {name}"))
}

async fn account(context: &Context, request: &Element) -> Result<Element> {
    match request.name.as_str() {
        "AuthRequest" => handler::auth::handle(context, request).await,
        "EndSessionRequest" => handler::end_session::handle(context, request).await,
        "GetInfoRequest" => handler::get_info::handle(context, request).await,
        "GetPrefsRequest" => handler::prefs::get(context, request).await,
        "ModifyPrefsRequest" => handler::prefs::modify(context, request).await,
        "GetWhiteBlackListRequest" => handler::white_black_list::get(context, request).await,
        "ModifyWhiteBlackListRequest" => handler::white_black_list::modify(context, request).await,
        "CreateIdentityRequest" => handler::identity::create(context, request).await,
        "GetIdentitiesRequest" => handler::identity::get(context, request).await,
        "ModifyIdentityRequest" => handler::identity::modify(context, request).await,
        "DeleteIdentityRequest" => handler::identity::delete(context, request).await,
        "CreateSignatureRequest" => handler::signature::create(context, request).await,
        "GetSignaturesRequest" => handler::signature::get(context, request).await,
        "ModifySignatureRequest" => handler::signature::modify(context, request).await,
        "DeleteSignatureRequest" => handler::signature::delete(context, request).await,
        "ModifyPropertiesRequest" => handler::properties::modify(context, request).await,
        "GetAvailableLocalesRequest" | "GetAllLocalesRequest" => Ok(handler::offers::locales(request)),
        "GetAvailableSkinsRequest" => Ok(handler::offers::skins(request)),
        "GetAvailableCsvFormatsRequest" => Ok(handler::offers::csv_formats(request)),
        "GetVersionInfoRequest" => handler::offers::version_for_accounts(context, request),
        "GetRightsRequest" => handler::rights::get(context, request).await,
        "GrantRightsRequest" => handler::rights::change(context, request, true).await,
        "RevokeRightsRequest" => handler::rights::change(context, request, false).await,
        "CheckRightsRequest" => handler::rights::check_rights(context, request).await,
        "DiscoverRightsRequest" => handler::rights::discover(context, request).await,
        "GetShareInfoRequest" => handler::share_info::info(context, request).await,
        "SearchGalRequest" => handler::gal::search(context, request).await,
        "SyncGalRequest" => handler::gal::sync(context, request).await,
        "AutoCompleteGalRequest" => handler::gal::auto_complete(context, request).await,
        "GetDistributionListMembersRequest" => handler::gal::members(context, request).await,
        "ChangePasswordRequest" => handler::change_password::handle(context, request).await,
        _ => Err(unknown(request)),
    }
}

async fn mail(context: &Context, request: &Element) -> Result<Element> {
    match request.name.as_str() {
        "NoOpRequest" => handler::no_op::handle(context, request).await,
        "GetFolderRequest" => handler::get_folder::handle(context, request).await,
        "CreateFolderRequest" => handler::create_folder::handle(context, request).await,
        "FolderActionRequest" => handler::folder_action::handle(context, request).await,
        "GetSearchFolderRequest" => handler::search_folder::get(context, request).await,
        "CreateSearchFolderRequest" => handler::search_folder::create(context, request).await,
        "ModifySearchFolderRequest" => handler::search_folder::modify(context, request).await,
        "CreateMountpointRequest" => handler::sharing::mount(context, request).await,
        "SearchRequest" => handler::search::handle(context, request).await,
        "SearchConvRequest" => handler::search_conv::handle(context, request).await,
        "GetConvRequest" => handler::get_conv::handle(context, request).await,
        "GetMsgRequest" => handler::get_msg::handle(context, request).await,
        "GetMsgMetadataRequest" => handler::get_msg_metadata::handle(context, request).await,
        "GetCustomMetadataRequest" => handler::custom_metadata::get(context, request).await,
        "SetCustomMetadataRequest" => handler::custom_metadata::set(context, request).await,
        "GetMailboxMetadataRequest" => handler::custom_metadata::get_of_mailbox(context, request).await,
        "SetMailboxMetadataRequest" => handler::custom_metadata::set_of_mailbox(context, request).await,
        "ModifyMailboxMetadataRequest" => handler::custom_metadata::modify_of_mailbox(context, request).await,
        "GetSpellDictionariesRequest" => handler::spelling::dictionaries(context, request).await,
        "CheckSpellingRequest" => handler::spelling::check(context, request).await,
        "MsgActionRequest" => handler::msg_action::handle(context, request).await,
        "ConvActionRequest" => handler::conv_action::handle(context, request).await,
        "EmptyDumpsterRequest" => handler::dumpster::empty(context, request).await,
        "ItemActionRequest" => handler::item_action::handle(context, request).await,
        "CreateContactRequest" => handler::contact::create(context, request).await,
        "ModifyContactRequest" => handler::contact::modify(context, request).await,
        "GetContactsRequest" => handler::contact::get(context, request).await,
        "ContactActionRequest" => handler::contact_action::handle(context, request).await,
        "ImportContactsRequest" => handler::contact_files::import(context, request).await,
        "ExportContactsRequest" => handler::contact_files::export(context, request).await,
        "AutoCompleteRequest" => handler::auto_complete::handle(context, request).await,
        "FullAutocompleteRequest" => handler::auto_complete::full(context, request).await,
        "RankingActionRequest" => handler::auto_complete::ranking(context, request).await,
        "GetFilterRulesRequest" => handler::filter_rules::get(context, request, Way::In).await,
        "GetOutgoingFilterRulesRequest" => handler::filter_rules::get(context, request, Way::Out).await,
        "ModifyFilterRulesRequest" => handler::filter_rules::modify(context, request, Way::In).await,
        "ModifyOutgoingFilterRulesRequest" => handler::filter_rules::modify(context, request, Way::Out).await,
        "ApplyFilterRulesRequest" => handler::filter_rules::apply(context, request, Way::In).await,
        "ApplyOutgoingFilterRulesRequest" => handler::filter_rules::apply(context, request, Way::Out).await,
        "SaveDocumentRequest" => handler::document::save(context, request).await,
        "ListDocumentRevisionsRequest" => handler::document::revisions(context, request).await,
        "PurgeRevisionRequest" => handler::document::purge(context, request).await,
        "DiffDocumentRequest" => handler::document::diff(context, request).await,
        "DocumentActionRequest" => handler::item_action::handle(context, request).await,
        "GetItemRequest" => handler::get_item::handle(context, request).await,
        "SyncRequest" => handler::sync::handle(context, request).await,
        "CreateWaitSetRequest" => handler::wait_set::create(context, request, false).await,
        "WaitSetRequest" => handler::wait_set::wait(context, request).await,
        "DestroyWaitSetRequest" => handler::wait_set::destroy(context, request),
        "GetEffectiveFolderPermsRequest" => handler::share_info::effective(context, request).await,
        "SendShareNotificationRequest" => handler::share_notice::handle(context, request).await,
        "CheckPermissionRequest" => handler::rights::check_permission(context, request).await,
        "GetTagRequest" => handler::tag::get(context, request).await,
        "CreateTagRequest" => handler::tag::create(context, request).await,
        "TagActionRequest" => handler::tag_action::handle(context, request).await,
        "SaveDraftRequest" => handler::save_draft::handle(context, request).await,
        "SendMsgRequest" => handler::send_msg::handle(context, request).await,
        "CreateDataSourceRequest" => handler::data_source::create(context, request).await,
        "GetDataSourcesRequest" => handler::data_source::get(context, request).await,
        "ModifyDataSourceRequest" => handler::data_source::modify(context, request).await,
        "DeleteDataSourceRequest" => handler::data_source::delete(context, request).await,
        "TestDataSourceRequest" => handler::data_source::test(context, request).await,
        "ImportDataRequest" => handler::data_source::import(context, request).await,
        "GetImportStatusRequest" => handler::data_source::status(context, request).await,
        "BounceMsgRequest" => handler::bounce_msg::handle(context, request).await,
        "SendDeliveryReportRequest" => handler::delivery_report::handle(context, request).await,
        "AddMsgRequest" => handler::add_msg::handle(context, request).await,
        _ => Err(unknown(request)),
    }
}
