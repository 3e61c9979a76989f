// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a request's qualified name to its handler. Mail and account requests need a token here and their mailbox's consent in
//! `Context::open`; admin requests have a table of their own, with the right that each takes.

use crate::context::Context;
use crate::element::{Element, ns};
use crate::fault::{Fault, Result};
use crate::handler::{self, admin};

/// Requests that need no token, and so no CSRF token.
pub fn is_public(request: &Element) -> bool {
    matches!(
        (request.ns.as_str(), request.name.as_str()),
        (ns::ACCOUNT | ns::ADMIN, "AuthRequest") | (ns::ADMIN, "PingRequest")
    )
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    if !is_public(request) {
        context.auth()?;
    }
    match request.ns.as_str() {
        ns::ACCOUNT => account(context, request).await,
        ns::MAIL => mail(context, request).await,
        ns::ADMIN if context.admin => admin::access::handle(context, request).await,
        _ => Err(unknown(request)),
    }
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
        "MsgActionRequest" => handler::msg_action::handle(context, request).await,
        "ConvActionRequest" => handler::conv_action::handle(context, request).await,
        "ItemActionRequest" => handler::item_action::handle(context, request).await,
        "GetTagRequest" => handler::tag::get(context, request).await,
        "CreateTagRequest" => handler::tag::create(context, request).await,
        "TagActionRequest" => handler::tag_action::handle(context, request).await,
        "SaveDraftRequest" => handler::save_draft::handle(context, request).await,
        "SendMsgRequest" => handler::send_msg::handle(context, request).await,
        "AddMsgRequest" => handler::add_msg::handle(context, request).await,
        _ => Err(unknown(request)),
    }
}
