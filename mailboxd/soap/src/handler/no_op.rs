// SPDX-License-Identifier: AGPL-3.0-or-later
//! NoOpRequest: asks for notifications; with `wait` it is answered when there are some, or after `timeout` seconds.

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use std::time::Duration;

const WAIT_DEFAULT_S: u64 = 300;
const WAIT_MAX_S: u64 = 1200;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let answer = Element::answer_to(request);
    if !request.is("wait")? {
        return Ok(answer);
    }
    let seconds = request.number::<u64>("timeout")?.unwrap_or(WAIT_DEFAULT_S).min(WAIT_MAX_S);
    let only = request.is("limitToOneBlocked")?;
    let session = context.session.lock().clone();
    match session.filter(|_| !context.state.sessions.is_closed()) {
        Some(session) => {
            let handle = context.open().await?;
            session.wait(&handle, Duration::from_secs(seconds), only).await;
            Ok(answer)
        }
        None => Ok(answer.attr("waitDisallowed", true)),
    }
}
