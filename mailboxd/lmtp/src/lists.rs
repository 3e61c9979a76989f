// SPDX-License-Identifier: AGPL-3.0-or-later
//! Distribution lists in an envelope: replaced by who is in them, and their answers put together again.

use crate::backend::{Envelope, Recipient};
use crate::reply::Reply;
use std::ops::Range;

/// Which answers of the opened envelope are of which recipient of the closed one.
pub(crate) struct Lists(Vec<(Range<usize>, bool, String)>);

pub(crate) fn open(envelope: Envelope) -> (Envelope, Lists) {
    let (mut flat, mut places) = (Vec::new(), Vec::new());
    for recipient in envelope.recipients {
        let begin = flat.len();
        let address = recipient.address.clone();
        match recipient.members {
            Some(members) => {
                flat.extend(members);
                places.push((begin..flat.len(), true, address));
            }
            None => {
                flat.push(Recipient { members: None, ..recipient });
                places.push((begin..flat.len(), false, address));
            }
        }
    }
    (Envelope { from: envelope.from, recipients: flat }, Lists(places))
}

impl Lists {
    pub fn answers(&self, flat: &[Result<(), Reply>]) -> Vec<Result<(), Reply>> {
        let of = |(range, is_list, address): &(Range<usize>, bool, String)| {
            let answers = flat.get(range.clone()).unwrap_or_default();
            if *is_list { together(address, answers) } else { answers.first().cloned().unwrap_or(Ok(())) }
        };
        self.0.iter().map(of).collect()
    }
}

/// While a member may still get it, the sender is to try again. A member who is over quota, or refused for good, is left out:
/// all others would get every further try, too.
fn together(list: &str, answers: &[Result<(), Reply>]) -> Result<(), Reply> {
    let refusals: Vec<&Reply> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    let is_passing = |reply: &&&Reply| !reply.is_permanent() && reply.enhanced != "4.2.2";
    if let Some(reply) = refusals.iter().find(is_passing) {
        return Err((**reply).clone());
    }
    match refusals.first() {
        Some(first) if refusals.len() == answers.len() => Err((*first).clone()),
        Some(first) => {
            tracing::warn!(list, refused = refusals.len(), why = %first.text, "not all members of a list got a message");
            Ok(())
        }
        None => Ok(()),
    }
}
