// SPDX-License-Identifier: AGPL-3.0-or-later
//! Zimbra's dialect of Sieve, as it stands in zimbraMailSieveScript and in the scripts of administrators: made into Sieve of the
//! standard, which the one engine runs. What the standard has no word for goes by names that only this translation writes:
//! folders are `folder:PATH`, an explicit keep is the folder `keep`, what the message has become at the end is filed into `end`,
//! and tags and flags are members of the lists `tag` and `flag` (RFC 6134). So marks hold wherever the message goes, as Zimbra has it.

#[cfg(test)]
mod checks;
mod edit;
mod notice;
pub mod syntax;
mod tests_of_dialect;
mod write;

use crate::{CompileError, Engine, Place, SCRIPT_BYTES_MAX, Script};

/// Folders and lists of the translation.
pub(crate) const FOLDER: &str = "folder:";
pub(crate) const KEEP: &str = "keep";
pub(crate) const END: &str = "end";
pub(crate) const TAG: &str = "tag";
pub(crate) const FLAG: &str = "flag";
/// The field in which a notification says from whom it is; the last one counts, which the translation writes.
pub(crate) const NOTICE_FROM: &str = "X-Posthouse-From";

/// zimbraSieveImmutableHeaders, where nobody says anything else.
pub const IMMUTABLE: &str = "Received,DKIM-Signature,Authentication-Results,Received-SPF,Message-ID,Content-Type,\
                             Content-Disposition,Content-Transfer-Encoding,MIME-Version,Auto-Submitted";

/// What a script means depends on whose it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// Addresses of the account (the test `me`).
    pub own: Vec<String>,
    /// Lists that the tests `addressbook` and `contact_ranking` look into.
    pub address_book: &'static str,
    pub written_to: &'static str,
    /// zimbraSieveEditHeaderEnabled: otherwise header fields stay as they are.
    pub edits: bool,
    /// zimbraSieveRejectMailEnabled: otherwise what would be refused is kept.
    pub rejects: bool,
    /// zimbraSieveImmutableHeaders: fields that stay as they are, in lower case.
    pub immutable: Vec<String>,
    /// For mail that goes out: it is not answered, sent on or refused.
    pub outgoing: bool,
}

impl Dialect {
    /// What attributes say; whose addresses and lists they are, somebody else knows.
    pub fn by<'a>(attr: impl Fn(&'static str) -> Option<&'a str>) -> Dialect {
        let immutable = attr("zimbraSieveImmutableHeaders").unwrap_or(IMMUTABLE);
        Dialect {
            edits: attr("zimbraSieveEditHeaderEnabled") != Some("FALSE"),
            rejects: attr("zimbraSieveRejectMailEnabled") != Some("FALSE"),
            immutable: immutable.split(',').map(|name| name.trim().to_ascii_lowercase()).collect(),
            ..Dialect::default()
        }
    }

    /// As Sieve of the standard.
    ///
    /// # Errors
    /// With the line, if it is no script, or says what can't be done.
    pub fn standard(&self, text: &str) -> Result<String, CompileError> {
        if text.len() > SCRIPT_BYTES_MAX {
            return Err(CompileError { line: 0, message: "the script is too large".into() });
        }
        write::script(&syntax::parse(text)?, self)
    }
}

impl Engine {
    /// A script in Zimbra's dialect.
    ///
    /// # Errors
    /// As [`Dialect::standard`]; lines of later errors are not known.
    pub fn compile_zimbra(&self, text: &str, dialect: &Dialect) -> Result<Script, CompileError> {
        let standard = dialect.standard(text)?;
        let compiled = self.compile(standard.as_bytes()).map_err(|error| CompileError { line: 0, ..error })?;
        Ok(Script { is_zimbra: true, ..compiled })
    }
}

pub(crate) fn is_mark(lists: &[String]) -> bool {
    matches!(lists, [one] if one == TAG || one == FLAG)
}

/// A tag is a keyword; a list of keywords is one text with spaces between, so that a no-break space stands for one within.
pub(crate) fn mark(marks: &mut Vec<String>, list: &str, value: &str) {
    let value = value.trim();
    let (mark, is_set) = match value.to_ascii_lowercase().as_str() {
        _ if list == TAG => (value.replace(' ', "\u{a0}"), true),
        "read" => ("\\Seen".to_owned(), true),
        "unread" => ("\\Seen".to_owned(), false),
        "flagged" => ("\\Flagged".to_owned(), true),
        "unflagged" => ("\\Flagged".to_owned(), false),
        "priority" => ("$Important".to_owned(), true),
        _ => return,
    };
    marks.retain(|known| *known != mark);
    if is_set && !mark.is_empty() {
        marks.push(mark);
    }
}

/// Folders are named from the root, with or without a slash before, and made where they are not there.
pub(crate) fn place(path: &str) -> Place {
    let path = path.trim().trim_matches('/');
    if path.is_empty() || path.eq_ignore_ascii_case("inbox") {
        return Place::Inbox;
    }
    Place::Folder { path: path.to_owned(), special_use: None, create: true }
}
