// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetSpellDictionariesRequest and CheckSpellingRequest.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state::State;
use spell::{Ignore, Speller};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Names of the product and of what it speaks, which no dictionary has.
const OWN_WORDS: [&str; 3] = ["Posthouse", "Zimbra", "zimlet"];
/// Where neither the request nor the account names a language with a dictionary.
const LANGUAGE: &str = "en_US";

/// Texts that are checked at once; each may take a core for seconds.
const CHECKS_MAX: usize = 2;

pub struct Spelling {
    speller: Arc<Speller>,
    checks: Semaphore,
}

impl Spelling {
    pub fn new(speller: Speller) -> Spelling {
        Spelling { speller: Arc::new(speller), checks: Semaphore::new(CHECKS_MAX) }
    }
}

/// Off the async threads.
async fn run<T: Send + 'static>(state: &State, work: impl FnOnce(&Speller) -> T + Send + 'static) -> Result<T> {
    let speller = state.spelling.speller.clone();
    tokio::task::spawn_blocking(move || work(&speller)).await.map_err(Fault::failure)
}

pub async fn is_available(state: &State) -> Result<bool> {
    run(state, |speller| !speller.dictionaries().is_empty()).await
}

pub async fn dictionaries(context: &Context, request: &Element) -> Result<Element> {
    let names = run(&context.state, Speller::dictionaries).await?;
    let name = |name| Element::new("dictionary").text(name);
    Ok(names.into_iter().map(name).fold(Element::answer_to(request), Element::child))
}

pub async fn check(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?;
    let text = request.text_or_empty().to_owned();
    let asked = request.get("dictionary").filter(|name| !name.is_empty());
    let all_capitals = account.attr("zimbraPrefSpellIgnoreAllCaps") != Some("FALSE");
    let of_account = account.attrs.get("zimbraPrefSpellIgnoreWord").cloned().unwrap_or_default();
    let of_request = request.get("ignore").unwrap_or_default();
    let of_request = of_request.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
    let own = OWN_WORDS.into_iter().map(str::to_owned);
    let ignore = Ignore::new(of_account.into_iter().chain(of_request).chain(own), all_capitals);
    let language = |name: &str| account.attr(name).map(str::to_owned);
    let languages = [language("zimbraPrefSpellDictionary"), language("zimbraPrefLocale"), Some(LANGUAGE.to_owned())];
    let permit = context.state.spelling.checks.acquire().await.map_err(Fault::failure)?;
    let found = run(&context.state, move |speller| -> Result<_> {
        let languages: Vec<&str> = languages.iter().flatten().map(String::as_str).collect();
        let dictionary = match asked {
            Some(name) if speller.dictionaries().contains(&name) => Some(name),
            Some(name) => speller.choose(&[&name]),
            None => speller.choose(&languages),
        };
        let none = || Fault::new("service.NO_SPELL_CHECK_URL", "no dictionary of that language is installed");
        Ok(speller.check(&dictionary.ok_or_else(none)?, &text, &ignore)?)
    });
    let found = found.await??;
    drop(permit);
    let mut answer = Element::answer_to(request).attr("available", true);
    for one in found {
        answer.push(Element::new("misspelled").attr("word", one.word).attr("suggestions", one.suggestions.join(",")));
    }
    Ok(answer)
}

impl From<spell::Error> for Fault {
    fn from(error: spell::Error) -> Fault {
        match error {
            spell::Error::TooLong => Fault::invalid(error.to_string()),
            spell::Error::NoDictionary(_) => Fault::new("service.NO_SPELL_CHECK_URL", error.to_string()),
            spell::Error::Read { .. } | spell::Error::Broken { .. } => Fault::failure(error),
        }
    }
}
