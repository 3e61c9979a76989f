// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetMailboxRequest: makes the mailbox if the account has none yet.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let id = request.need_element("mbox")?.need_filled("id")?;
    let account = context.state.directory.account_by_id(&id)?.ok_or_else(|| Fault::no_such("account", id))?;
    let actor = context.auth()?.actor();
    let quota = account.quota();
    let row =
        context.state.store.run(move |store| store.open_mailbox(&actor, &account.id, quota)?.mailbox().row()).await??;
    Ok(Element::answer_to(request).child(Element::new("mbox").attr("mbxid", row.id.0).attr("s", row.size)))
}
