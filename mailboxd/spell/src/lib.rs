// SPDX-License-Identifier: AGPL-3.0-or-later
//! Spelling of plain text by Hunspell's dictionaries, as Debian's packages hunspell-* install them: NAME.aff and NAME.dic in one
//! folder. A dictionary is read when it is first asked for, and a few stay in memory. Everything here blocks.

mod file;
mod words;

pub use words::TEXT_BYTES_MAX;

use parking_lot::Mutex;
use spellbook::Dictionary;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where Debian's packages put them.
pub const DEBIAN: &str = "/usr/share/hunspell";
/// Dictionaries in memory; a large one takes tens of MiB.
const OPEN_MAX: usize = 4;
const SUGGESTIONS_MAX: usize = 10;
/// Of one text. To suggest takes up to a hundred times as long as to check: words that are still wrong after this time are
/// listed without suggestions.
const SUGGEST_MAX: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no dictionary {0}")]
    NoDictionary(String),
    #[error("the text has more than {TEXT_BYTES_MAX} octets")]
    TooLong,
    #[error("can't read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} is no dictionary: {what}")]
    Broken { path: PathBuf, what: String },
}

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misspelled {
    pub word: String,
    /// The best first; none where none is near, or where time was over.
    pub suggestions: Vec<String>,
}

/// What is no mistake whatever the dictionary says.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    words: HashSet<String>,
    pub all_capitals: bool,
}

impl Ignore {
    /// Words match without regard to case.
    pub fn new(words: impl IntoIterator<Item = String>, all_capitals: bool) -> Ignore {
        Ignore { words: words.into_iter().map(|word| word.to_lowercase()).collect(), all_capitals }
    }

    fn is_meant(&self, word: &str) -> bool {
        let bare = word.strip_suffix("'s").unwrap_or(word);
        self.all_capitals && !bare.contains(char::is_lowercase)
            || self.words.contains(&word.to_lowercase())
            || self.words.contains(&bare.to_lowercase())
    }
}

pub struct Speller {
    folder: PathBuf,
    /// The one that was asked for last is last. Held while one is read, so that nobody reads it twice.
    open: Mutex<Vec<(String, Arc<Dictionary>)>>,
}

impl Speller {
    pub fn new(folder: impl Into<PathBuf>) -> Speller {
        Speller { folder: folder.into(), open: Mutex::default() }
    }

    /// Names of what is there now, ascending ("de_DE"). A folder that is missing has none.
    pub fn dictionaries(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let is_whole =
            |path: &PathBuf| path.extension().is_some_and(|end| end == "dic") && path.with_extension("aff").is_file();
        let mut names: Vec<String> = paths
            .filter(is_whole)
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .filter(|name| is_name(name))
            .collect();
        names.sort();
        names
    }

    /// The first of some languages for which there is a dictionary: of that very name, else of the same language elsewhere.
    pub fn choose(&self, languages: &[&str]) -> Option<String> {
        let known = self.dictionaries();
        languages.iter().find_map(|language| {
            let wanted = language.replace('-', "_");
            let main = |name: &str| name.split('_').next().unwrap_or_default().to_lowercase();
            let exact = known.iter().find(|name| name.eq_ignore_ascii_case(&wanted));
            // of de_AT, de_BE and de_DE the land of the language's own name
            let own = known
                .iter()
                .find(|name| main(name) == main(&wanted) && name.split('_').nth(1) == Some(&main(name).to_uppercase()));
            exact.or(own).or_else(|| known.iter().find(|name| main(name) == main(&wanted))).cloned()
        })
    }

    /// Words that are wrong, each once, in the order of the text.
    pub fn check(&self, dictionary: &str, text: &str, ignore: &Ignore) -> Result<Vec<Misspelled>> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Error::TooLong);
        }
        let dictionary = self.open(dictionary)?;
        let mut seen = HashSet::new();
        let is_wrong = |word: &String| !ignore.is_meant(word) && !is_known(&dictionary, word);
        let wrong = words::words(text).filter(|word| seen.insert(word.clone())).filter(is_wrong);
        let until = Instant::now() + SUGGEST_MAX;
        Ok(wrong.map(|word| Misspelled { suggestions: suggestions(&dictionary, &word, until), word }).collect())
    }

    fn open(&self, name: &str) -> Result<Arc<Dictionary>> {
        if !is_name(name) {
            return Err(Error::NoDictionary(name.chars().take(NAME_BYTES_MAX).collect()));
        }
        let mut open = self.open.lock();
        let found = match open.iter().position(|(known, _)| known == name) {
            Some(at) => open.remove(at).1,
            None => Arc::new(self.read(name)?),
        };
        if open.len() >= OPEN_MAX {
            open.remove(0);
        }
        open.push((name.to_owned(), found.clone()));
        Ok(found)
    }

    fn read(&self, name: &str) -> Result<Dictionary> {
        let path = |end: &str| self.folder.join(format!("{name}.{end}"));
        let (affixes, stems) = (path("aff"), path("dic"));
        if !affixes.is_file() || !stems.is_file() {
            return Err(Error::NoDictionary(name.to_owned()));
        }
        let (affixes_text, encoding) = file::affixes(&affixes)?;
        let stems_text = file::text(&stems, encoding)?;
        let broken = |what: spellbook::ParseDictionaryError| broken(&stems, what.to_string());
        Dictionary::new(&affixes_text, &stems_text).map_err(broken)
    }
}

fn broken(path: &Path, what: String) -> Error {
    Error::Broken { path: path.to_owned(), what }
}

const NAME_BYTES_MAX: usize = 32;

/// No way out of the folder.
fn is_name(name: &str) -> bool {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_good)
}

fn is_known(dictionary: &Dictionary, word: &str) -> bool {
    word.len() <= words::CHECKED_BYTES_MAX && dictionary.check(word)
}

fn suggestions(dictionary: &Dictionary, word: &str, until: Instant) -> Vec<String> {
    let mut found = Vec::new();
    if word.len() <= words::CHECKED_BYTES_MAX && Instant::now() < until {
        dictionary.suggest(word, &mut found);
        found.truncate(SUGGESTIONS_MAX);
    }
    found
}
