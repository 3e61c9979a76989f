// SPDX-License-Identifier: AGPL-3.0-or-later
//! Wait sets over any mailbox, for programs that serve many people (gateways of phones).

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::handler::wait_set;

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    wait_set::create(context, request, true).await
}

pub async fn wait(context: &Context, request: &Element) -> Result<Element> {
    wait_set::wait(context, request).await
}

pub async fn destroy(context: &Context, request: &Element) -> Result<Element> {
    wait_set::destroy(context, request)
}
