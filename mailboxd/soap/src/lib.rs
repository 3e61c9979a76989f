// SPDX-License-Identifier: AGPL-3.0-or-later
//! SOAP and its JSON form.
pub mod element;
