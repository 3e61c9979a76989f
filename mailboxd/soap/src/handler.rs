// SPDX-License-Identifier: AGPL-3.0-or-later
//! One file a request (or a noun with its few requests): from element to element, no encoding in sight.

pub mod action;
pub mod add_msg;
pub mod admin;
pub mod auth;
pub mod change_password;
pub mod conv_action;
pub mod create_folder;
pub mod end_session;
pub mod folder_action;
pub mod get_conv;
pub mod get_folder;
pub mod get_info;
pub mod get_msg;
pub mod get_msg_metadata;
pub mod item_action;
pub mod msg_action;
pub mod no_op;
pub mod prefs;
pub mod save_draft;
pub mod search;
pub mod search_conv;
pub mod search_folder;
pub mod send_msg;
pub mod tag;
pub mod tag_action;
