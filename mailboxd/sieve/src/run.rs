// SPDX-License-Identifier: AGPL-3.0-or-later
//! A script on a message. Blocking, and as long as its instructions take.

use crate::answer;
use crate::compile::Script;
use crate::outcome::{Asked, Filing, Known, Outcome, Place, Send, SendKind};
use crate::{Engine, MESSAGES_MAX, zimbra};
use sha2::{Digest, Sha256};
use sieve::compiler::grammar::actions::action_redirect::Notify;
use sieve::runtime::RuntimeError;
use sieve::{Event, Input, Mailbox, Recipient, Script as Name};

/// Steps of one run: events between the interpreter and us.
const EVENTS_MAX: usize = 1_000;
/// Copies that one run may file.
const FILINGS_MAX: usize = 32;
/// RFC 5230 §4.1, RFC 7352 §3: no longer than this is anything remembered.
const SECONDS_MAX: u64 = 90 * 86_400;

/// What is filtered, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    pub raw: &'a [u8],
    /// Envelope sender; empty: the null sender.
    pub from: &'a str,
    /// Envelope recipient.
    pub to: &'a str,
    /// The account's own address.
    pub owner: &'a str,
    /// As it stands before the address in From; empty: nothing.
    pub owner_name: &'a str,
}

/// What a script may ask.
pub trait World {
    /// To include: another script of the same owner.
    fn script(&mut self, name: &str) -> Option<Script>;
    fn has_folder(&mut self, path: &str) -> bool;
    /// `\Junk`, `\Trash` …
    fn has_special_use(&mut self, attribute: &str) -> bool;
    /// Whether that was remembered and still is.
    fn is_known(&mut self, id: &Known) -> bool;
    /// Whether an address is in a list from outside (RFC 6134).
    fn is_in_list(&mut self, _list: &str, _address: &str) -> bool {
        false
    }
}

impl Engine {
    /// One script, as if it were alone.
    pub(crate) fn run_one(&self, script: &Script, mail: &Mail<'_>, world: &mut dyn World) -> Outcome {
        let Some(runtime) = self.runtime(mail.raw.len()) else { return Outcome::failed("message too large".into()) };
        let mut context = runtime
            .filter(mail.raw)
            .with_user_address(mail.owner)
            .with_user_full_name(mail.owner_name)
            .with_envelope(sieve::Envelope::From, mail.from)
            .with_envelope(sieve::Envelope::To, mail.to);
        let is_zimbra = script.is_zimbra;
        let mut run = Run { world, outcome: Outcome::default(), created: Vec::new(), mail: *mail, is_zimbra };
        let mut input = Input::Script { name: Name::Personal(String::new()), script: script.compiled.clone() };
        for _ in 0..EVENTS_MAX {
            let Some(event) = context.run(input) else { return run.finish() };
            let next = match event {
                Ok(event) => run.event(event),
                Err(error) => Err(describe(error)),
            };
            input = match next {
                Ok(input) => input,
                Err(failure) => return Outcome { missing: failure.missing, ..Outcome::failed(failure.text) },
            };
        }
        Outcome::failed("the script does too much".into())
    }
}

struct Failure {
    text: String,
    missing: Option<String>,
}

impl From<&str> for Failure {
    fn from(text: &str) -> Failure {
        Failure { text: text.to_owned(), missing: None }
    }
}

fn describe(error: RuntimeError) -> Failure {
    let text = |text: String| Failure { text, missing: None };
    let missing =
        |name: String| Failure { text: format!("the extension {name:?} is not supported"), missing: Some(name) };
    match error {
        RuntimeError::TooManyIncludes => "scripts include each other too deeply".into(),
        RuntimeError::CPULimitReached => "the script runs too long".into(),
        RuntimeError::ScriptErrorMessage(message) => text(format!("the script says: {message}")),
        RuntimeError::InvalidInstruction(invalid) => {
            text(format!("line {}: the command {:?} is not supported", invalid.line_num(), invalid.name()))
        }
        RuntimeError::CapabilityNotAllowed(capability) => missing(capability.to_string()),
        RuntimeError::CapabilityNotSupported(name) => missing(name),
    }
}

struct Run<'a> {
    world: &'a mut dyn World,
    outcome: Outcome,
    mail: Mail<'a>,
    is_zimbra: bool,
    /// Numbers that the interpreter gave to `outcome.messages`.
    created: Vec<usize>,
}

impl Run<'_> {
    /// What the interpreter is told.
    fn event(&mut self, event: Event) -> Result<Input, Failure> {
        Ok(match event {
            Event::IncludeScript { name, optional } => return self.include(name, optional),
            Event::MailboxExists { mailboxes, special_use } => {
                let has = |mailbox: &Mailbox| match mailbox {
                    Mailbox::Name(path) => Some(path.clone()),
                    Mailbox::Id(_) => None,
                };
                let names: Vec<_> = mailboxes.iter().map(has).collect();
                let all = names.iter().all(|path| path.as_ref().is_some_and(|path| self.world.has_folder(path)))
                    && special_use.iter().all(|attribute| self.world.has_special_use(attribute));
                truth(all)
            }
            Event::DuplicateId { id, expiry, last } => truth(self.is_duplicate(&id, expiry, last)),
            Event::ListContains { lists, values, .. } if self.is_zimbra && zimbra::is_mark(&lists) => {
                for (list, value) in lists.iter().flat_map(|list| values.iter().map(move |value| (list, value))) {
                    zimbra::mark(&mut self.outcome.rest.marks, list, value);
                }
                Input::False
            }
            Event::ListContains { lists, values, .. } => {
                let mut pairs = lists.iter().flat_map(|list| values.iter().map(move |value| (list, value)));
                truth(pairs.any(|(list, value)| self.world.is_in_list(list, value)))
            }
            // No functions from outside are offered.
            Event::Function { .. } => Input::False,
            // At its end only: where it says so itself, the translation has a folder for it.
            Event::Keep { flags, .. } if self.is_zimbra => {
                self.outcome.rest.keeps = true;
                self.outcome.rest.marks.extend(flags);
                Input::True
            }
            Event::FileInto { folder, flags, message_id, .. } if self.is_zimbra => {
                return match folder.strip_prefix(zimbra::FOLDER) {
                    Some(path) => self.file(zimbra::place(path), flags, message_id),
                    None if folder == zimbra::KEEP => self.file(Place::Inbox, flags, message_id),
                    None => {
                        self.outcome.rest.message = self.message(message_id)?;
                        Ok(Input::True)
                    }
                };
            }
            Event::Keep { flags, message_id } => return self.file(Place::Inbox, flags, message_id),
            Event::FileInto { folder, flags, special_use, create, message_id, .. } => {
                let is_inbox = folder.eq_ignore_ascii_case("INBOX") && special_use.is_none();
                let place = if is_inbox { Place::Inbox } else { Place::Folder { path: folder, special_use, create } };
                return self.file(place, flags, message_id);
            }
            Event::Reject { reason, .. } => {
                self.outcome.reject = Some(reason);
                Input::True
            }
            Event::SendMessage { recipient, notify, message_id, .. } => {
                return self.send(recipient, &notify, message_id);
            }
            Event::CreatedMessage { message_id, message } => {
                if self.created.len() >= MESSAGES_MAX * 2 {
                    return Err("the script makes too many messages".into());
                }
                self.created.push(message_id);
                self.outcome.messages.push(answer::encoded(message, self.mail.raw));
                Input::True
            }
            Event::Discard | Event::SetEnvelope { .. } | Event::Notify { .. } => Input::True,
        })
    }

    fn include(&mut self, name: Name, optional: bool) -> Result<Input, Failure> {
        // There are no global scripts.
        let found = match &name {
            Name::Personal(name) => self.world.script(name),
            Name::Global(_) => None,
        };
        match found {
            Some(script) => Ok(Input::Script { name, script: script.compiled }),
            None if optional => Ok(Input::False),
            None => Err(Failure {
                text: format!("the script {:?}, to be included, is not there", name.as_str()),
                missing: None,
            }),
        }
    }

    fn is_duplicate(&mut self, id: &str, seconds: u64, last: bool) -> bool {
        // So the interpreter marks those of vacation.
        let asked = if id.starts_with("_v") { Asked::Answered } else { Asked::Duplicate };
        let digest = Sha256::digest(id.as_bytes());
        let id = digest.iter().map(|octet| format!("{octet:02x}")).collect();
        let known = Known { asked, id, seconds: seconds.clamp(1, SECONDS_MAX) };
        let is_known = self.world.is_known(&known) || self.outcome.remember.contains(&known);
        // RFC 7352 §3.2: with :last the time runs from the last one.
        if (!is_known || (last && asked == Asked::Duplicate)) && !self.outcome.remember.contains(&known) {
            self.outcome.remember.push(known);
        }
        is_known
    }

    fn file(&mut self, place: Place, flags: Vec<String>, message_id: usize) -> Result<Input, Failure> {
        let filing = Filing { message: self.message(message_id)?, place, flags };
        let filings = &mut self.outcome.filings;
        // RFC 5228 §2.10.3: twice into the same folder is once.
        if let Some(same) = filings.iter_mut().find(|one| one.place == filing.place && one.message == filing.message) {
            same.flags.extend(filing.flags);
        } else if filings.len() >= FILINGS_MAX {
            return Err("the script files too many copies".into());
        } else {
            filings.push(filing);
        }
        Ok(Input::True)
    }

    fn send(&mut self, recipient: Recipient, notify: &Notify, message_id: usize) -> Result<Input, Failure> {
        let to = match recipient {
            Recipient::Address(address) => vec![address],
            Recipient::Group(addresses) => addresses,
            Recipient::List(_) => return Err("lists of addresses are not supported".into()),
        };
        // The interpreter asks for reports only where it sends somebody's mail on.
        let kind = if *notify == Notify::Default { SendKind::Redirect } else { SendKind::Answer };
        let message = self.message(message_id)?;
        let is_same = |one: &Send| one.kind == kind && one.message == message && one.to == to;
        if !self.outcome.sends.iter().any(is_same) {
            self.outcome.sends.push(Send { kind, to, message, is_as_written: false });
        }
        Ok(Input::True)
    }

    fn message(&self, id: usize) -> Result<usize, Failure> {
        match id {
            0 => Ok(0),
            id => match self.created.iter().position(|created| *created == id) {
                Some(at) => Ok(at + 1),
                None => Err("a message of the script is missing".into()),
            },
        }
    }

    fn finish(mut self) -> Outcome {
        // RFC 5429 §2.4: refused and kept is a contradiction.
        let outcome = &mut self.outcome;
        let is_kept = !outcome.filings.is_empty()
            || outcome.rest.keeps
            || outcome.sends.iter().any(|send| send.kind == SendKind::Redirect);
        if outcome.reject.is_some() && is_kept {
            return Outcome::failed("the script refuses a message that it keeps or sends on".into());
        }
        let Outcome { messages, sends, .. } = outcome;
        let (is_zimbra, owner) = (self.is_zimbra, self.mail.owner);
        sends.retain_mut(|send| match (send.kind, send.message.checked_sub(1).and_then(|at| messages.get_mut(at))) {
            (SendKind::Answer, Some(message)) => {
                // In the name of the owner's own domain: not of others, whose mail that would be.
                let from = if is_zimbra { answer::last(message, zimbra::NOTICE_FROM) } else { None };
                let from = from.filter(|from| domain(from).eq_ignore_ascii_case(domain(owner)));
                match answer::tidy(message, from.as_deref()) {
                    Some(tidy) => {
                        *message = tidy;
                        send.is_as_written = from.is_some();
                        true
                    }
                    None => false,
                }
            }
            (SendKind::Answer, None) => false,
            (SendKind::Redirect, _) => true,
        });
        self.outcome
    }
}

fn domain(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or_default()
}

fn truth(is_true: bool) -> Input {
    if is_true { Input::True } else { Input::False }
}
