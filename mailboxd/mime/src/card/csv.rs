// SPDX-License-Identifier: AGPL-3.0-or-later
//! CSV (RFC 4180) with a line of names, as the address books of Zimbra, Outlook, Google, Yahoo and Thunderbird write it.

use super::Card;
use std::collections::BTreeSet;

const ROWS_MAX: usize = 50_000;
const FIELDS_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    #[error("line {0}: text behind a closing quote")]
    Quote(usize),
    #[error("a quote is not closed")]
    Open,
    #[error("more than {ROWS_MAX} rows or {FIELDS_MAX} fields in one")]
    TooMany,
    #[error("no line of names")]
    NoNames,
    #[error("no field has a name")]
    NoField,
}

/// Rows of fields. `separator`: a comma, as a rule.
pub fn rows(text: &str, separator: char) -> Result<Vec<Vec<String>>, CsvError> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = String::new();
    let mut line = 1;
    let mut chars = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
    // Within a field: unquoted, in quotes, behind them.
    let (mut open, mut closed) = (false, false);
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if open && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' if open => (open, closed) = (false, true),
            c if open => field.push(c),
            '"' if field.trim().is_empty() && !closed => {
                field.clear();
                open = true;
            }
            c if c == separator => {
                row.push(std::mem::take(&mut field));
                closed = false;
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                row.push(std::mem::take(&mut field));
                closed = false;
                end_row(&mut rows, &mut row);
            }
            c if closed && c.is_whitespace() => {}
            _ if closed => return Err(CsvError::Quote(line)),
            c => field.push(c),
        }
        if rows.len() > ROWS_MAX || row.len() > FIELDS_MAX {
            return Err(CsvError::TooMany);
        }
    }
    if open {
        return Err(CsvError::Open);
    }
    row.push(field);
    end_row(&mut rows, &mut row);
    Ok(rows)
}

/// An empty line is no row.
fn end_row(rows: &mut Vec<Vec<String>>, row: &mut Vec<String>) {
    let row = std::mem::take(row);
    if row.iter().any(|field| !field.trim().is_empty()) || row.len() > 1 {
        rows.push(row);
    }
}

/// Contacts of a file whose first line names the fields. Rows without a value are left out.
pub fn read(text: &str) -> Result<Vec<Card>, CsvError> {
    let separator = separator(text);
    let mut rows = rows(text, separator)?.into_iter();
    let names = rows.next().ok_or(CsvError::NoNames)?;
    let names: Vec<String> = names.iter().map(|name| attr_name(name.trim())).collect();
    if names.iter().all(String::is_empty) {
        return Err(CsvError::NoField);
    }
    Ok(rows.map(|row| card(&names, &row)).filter(|card| !card.attrs.is_empty()).collect())
}

/// That of the first line.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let count = |c: char| first.matches(c).count();
    [';', '\t'].into_iter().find(|c| count(*c) > count(',')).unwrap_or(',')
}

fn card(names: &[String], row: &[String]) -> Card {
    let mut card = Card::default();
    for (name, value) in names.iter().zip(row) {
        let value = value.trim();
        match name.as_str() {
            "" => {}
            "categories" => {
                let names = value.split([';', ',']).map(str::trim).filter(|name| !name.is_empty());
                card.categories.extend(names.map(str::to_owned));
            }
            name if card.attrs.iter().any(|(known, _)| known == name) => {
                if let Some(known) = card.attrs.iter_mut().find(|(known, _)| known == name)
                    && !value.is_empty()
                {
                    // Three lines of a street are one street.
                    known.1 = format!("{}\n{value}", known.1);
                }
            }
            name => card.set(name, value),
        }
    }
    if card.get("dlist").is_empty() {
        return card;
    }
    card.members = super::super::parse_addresses(card.get("dlist")).into_iter().map(|one| one.address).collect();
    card
}

/// What other programs call the attributes: letters and digits of their names, lower case.
const NAMES: &[(&str, &str)] = &[
    ("first", "firstName"),
    ("givenname", "firstName"),
    ("last", "lastName"),
    ("surname", "lastName"),
    ("familyname", "lastName"),
    ("middle", "middleName"),
    ("additionalname", "middleName"),
    ("name", "fullName"),
    ("displayname", "fullName"),
    ("title", "namePrefix"),
    ("nameprefix", "namePrefix"),
    ("suffix", "nameSuffix"),
    ("namesuffix", "nameSuffix"),
    ("organization", "company"),
    ("organization1name", "company"),
    ("organization1title", "jobTitle"),
    ("emailaddress", "email"),
    ("primaryemail", "email"),
    ("email1value", "email"),
    ("email2address", "email2"),
    ("secondaryemail", "email2"),
    ("alternateemail1", "email2"),
    ("alternateemail2", "email3"),
    ("email2value", "email2"),
    ("email3address", "email3"),
    ("email3value", "email3"),
    ("businesscity", "workCity"),
    ("businesscountry", "workCountry"),
    ("businesscountryregion", "workCountry"),
    ("businessfax", "workFax"),
    ("businessphone", "workPhone"),
    ("businessphone2", "workPhone2"),
    ("businesspostalcode", "workPostalCode"),
    ("businessstate", "workState"),
    ("businessstreet", "workStreet"),
    ("businessstreet2", "workStreet"),
    ("businessstreet3", "workStreet"),
    ("businesswebpage", "workURL"),
    ("workaddress", "workStreet"),
    ("workzip", "workPostalCode"),
    ("workzipcode", "workPostalCode"),
    ("work", "workPhone"),
    ("companymainphone", "companyPhone"),
    ("callback", "callbackPhone"),
    ("homeaddress", "homeStreet"),
    ("homestreet2", "homeStreet"),
    ("homestreet3", "homeStreet"),
    ("homezip", "homePostalCode"),
    ("homezipcode", "homePostalCode"),
    ("homecountryregion", "homeCountry"),
    ("homewebpage", "homeURL"),
    ("home", "homePhone"),
    ("personalwebsite", "homeURL"),
    ("businesswebsite", "workURL"),
    ("mobile", "mobilePhone"),
    ("mobilenumber", "mobilePhone"),
    ("pagernumber", "pager"),
    ("fax", "homeFax"),
    ("otherstreet2", "otherStreet"),
    ("otherstreet3", "otherStreet"),
    ("othercountryregion", "otherCountry"),
    ("other", "otherPhone"),
    ("assistantsphone", "assistantPhone"),
    ("webpage", "workURL"),
    ("note", "notes"),
    ("comments", "notes"),
    ("categories", "categories"),
    ("category", "categories"),
    ("tags", "categories"),
    ("groupmembership", "categories"),
    ("yahoohome", "homeURL"),
    ("birthday", "birthday"),
];

/// Attributes by their own names.
const KNOWN: &[&str] = &[
    "firstName",
    "middleName",
    "lastName",
    "namePrefix",
    "nameSuffix",
    "fullName",
    "maidenName",
    "nickname",
    "company",
    "department",
    "jobTitle",
    "email",
    "email2",
    "email3",
    "workEmail1",
    "workEmail2",
    "homeEmail1",
    "homeEmail2",
    "workPhone",
    "workPhone2",
    "homePhone",
    "homePhone2",
    "mobilePhone",
    "otherPhone",
    "companyPhone",
    "assistantPhone",
    "callbackPhone",
    "carPhone",
    "pager",
    "workFax",
    "homeFax",
    "otherFax",
    "workStreet",
    "workCity",
    "workState",
    "workPostalCode",
    "workCountry",
    "workURL",
    "homeStreet",
    "homeCity",
    "homeState",
    "homePostalCode",
    "homeCountry",
    "homeURL",
    "otherStreet",
    "otherCity",
    "otherState",
    "otherPostalCode",
    "otherCountry",
    "otherURL",
    "birthday",
    "anniversary",
    "office",
    "outlookUserField1",
    "initials",
    "imAddress1",
    "imAddress2",
    "imAddress3",
    "notes",
    "fileAs",
    "type",
    "dlist",
];

/// Ours, if it is known by another name; else as it is written.
fn attr_name(name: &str) -> String {
    let key: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if let Some(known) = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(&key)) {
        return (*known).to_owned();
    }
    match NAMES.iter().find(|(theirs, _)| *theirs == key) {
        Some((_, ours)) => (*ours).to_owned(),
        None => name.to_owned(),
    }
}

/// A line of names, sorted, then a line a card; lines end as RFC 4180 says.
pub fn write(cards: &[Card]) -> String {
    let has = |name: &str| cards.iter().any(|card| !card.get(name).is_empty());
    let known = KNOWN.iter().filter(|name| has(name)).map(|name| (*name).to_owned());
    // In the order of their names, as Zimbra writes its own format.
    let names: BTreeSet<String> =
        known.chain(cards.iter().flat_map(|card| &card.attrs).map(|(name, _)| name.clone())).collect();
    let tagged = cards.iter().any(|card| !card.categories.is_empty());
    let mut out = String::new();
    let header = names.iter().map(String::as_str).chain(tagged.then_some("tags"));
    line(&mut out, header);
    for card in cards {
        let tags = card.categories.join(",");
        line(&mut out, names.iter().map(|name| card.get(name)).chain(tagged.then_some(tags.as_str())));
    }
    out
}

fn line<'a>(out: &mut String, fields: impl Iterator<Item = &'a str>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(&field.replace('"', "\"\""));
        out.push('"');
    }
    out.push_str("\r\n");
}
