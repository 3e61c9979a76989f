// SPDX-License-Identifier: AGPL-3.0-or-later
//! Several scripts on one message, one after the other: an administrator's, the owner's, an administrator's again. Each begins
//! with the message as the one before left it, and with variables of its own. What they want is added up; `stop` ends a script
//! and not those behind it. A script that fails is as if it were not there, and the others run.

use crate::outcome::{Filing, Outcome, Place};
use crate::run::{Mail, World};
use crate::{Engine, Script};
use std::time::{Duration, Instant};

/// What came of all scripts.
#[derive(Debug, Default)]
pub struct Chain {
    pub outcome: Outcome,
    pub failures: Vec<Failure>,
    /// Of each script that was run.
    pub took: Vec<Duration>,
}

/// A script that failed.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its place in the list.
    pub script: usize,
    pub error: String,
}

impl Engine {
    /// One script. That it failed is in the outcome.
    pub fn run(&self, script: &Script, mail: &Mail<'_>, world: &mut dyn World) -> Outcome {
        if !script.is_zimbra {
            return self.run_one(script, mail, world);
        }
        let Chain { mut outcome, mut failures, .. } = self.run_all(std::slice::from_ref(script), mail, world);
        outcome.error = failures.pop().map(|failure| failure.error);
        outcome
    }

    /// All of them, in order. One that refuses or drops the message is the last one.
    pub fn run_all(&self, scripts: &[Script], mail: &Mail<'_>, world: &mut dyn World) -> Chain {
        let mut chain = Chain::default();
        let mut keeps = true;
        for (at, script) in scripts.iter().enumerate() {
            let began = Instant::now();
            let raw = chain.message(chain.outcome.rest.message).unwrap_or(mail.raw);
            let one = self.run_one(script, &Mail { raw, ..*mail }, world);
            chain.took.push(began.elapsed());
            if let Some(error) = one.error {
                chain.failures.push(Failure { script: at, error });
                continue;
            }
            let is_last = one.reject.is_some() || (one.filings.is_empty() && one.sends.is_empty() && !one.rest.keeps);
            keeps &= one.rest.keeps;
            chain.add(one);
            if is_last {
                break;
            }
        }
        chain.finish(keeps);
        chain
    }
}

impl Chain {
    fn message(&self, number: usize) -> Option<&[u8]> {
        number.checked_sub(1).and_then(|at| self.outcome.messages.get(at)).map(Vec::as_slice)
    }

    fn add(&mut self, one: Outcome) {
        let all = &mut self.outcome;
        let (came, made) = (all.rest.message, all.messages.len());
        let number = |message: usize| if message == 0 { came } else { made + message };
        all.messages.extend(one.messages);
        for filing in one.filings {
            let filing = Filing { message: number(filing.message), ..filing };
            match all.filings.iter_mut().find(|known| known.place == filing.place && known.message == filing.message) {
                Some(known) => known.flags.extend(filing.flags),
                None => all.filings.push(filing),
            }
        }
        for send in one.sends {
            let send = crate::Send { message: number(send.message), ..send };
            if !all.sends.contains(&send) {
                all.sends.push(send);
            }
        }
        for known in one.remember {
            if !all.remember.contains(&known) {
                all.remember.push(known);
            }
        }
        all.rest.marks.retain(|mark| !one.rest.marks.contains(mark));
        all.rest.marks.extend(one.rest.marks);
        all.rest.message = number(one.rest.message);
        all.reject = all.reject.take().or(one.reject);
    }

    /// `keeps`: nothing took the place of keeping the message.
    fn finish(&mut self, keeps: bool) {
        let all = &mut self.outcome;
        // One script files it, another one refuses it: who sent it must not be told that it is not there.
        let is_torn = all.reject.is_some() && !(all.filings.is_empty() && all.sends.is_empty());
        if is_torn {
            all.reject = None;
        }
        if (keeps || is_torn) && !all.filings.iter().any(|filing| filing.place == Place::Inbox) {
            all.filings.push(Filing { message: all.rest.message, ..Filing::inbox() });
        }
        for filing in &mut all.filings {
            filing.flags.extend(all.rest.marks.iter().cloned());
        }
    }
}
