// SPDX-License-Identifier: AGPL-3.0-or-later
//! query := and { OR and };  and := unary { [AND] unary };
//! unary := { NOT | ! | - | + } ( "(" query ")" | [field ":"] ( term | "(" query ")" ) | "#" name ":" term | "field[" name "]:" term )

use crate::field::{self, Field};
use crate::lex::Cursor;
use crate::{CLAUSES_MAX, Context, NESTING_MAX, ParseError, QUERY_BYTES_MAX, Query};

/// The tree of `text`. Empty text matches everything.
pub fn parse(text: &str, context: &Context) -> Result<Query, ParseError> {
    parse_sorted(text, context).map(|(query, _)| query)
}

/// Also the order that the text asks for (`sort:dateDesc`), the last one if there are several.
pub fn parse_sorted(text: &str, context: &Context) -> Result<(Query, Option<String>), ParseError> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(ParseError::new(format!("longer than {QUERY_BYTES_MAX} bytes"), QUERY_BYTES_MAX));
    }
    let mut parser = Parser { cursor: Cursor::new(text), context, clauses: 0, sort: None };
    let query = parser.or(0, Field::Content)?;
    match parser.cursor.peek() {
        None => Ok((query, parser.sort)),
        Some(c) => Err(parser.cursor.error(format!("{c:?} without its partner"))),
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    context: &'a Context,
    clauses: usize,
    sort: Option<String>,
}

/// What one step of a conjunction found.
enum Step {
    Query(Query),
    /// Punctuation or an order: no condition, but not nothing either.
    Nothing,
    End,
}

impl Parser<'_> {
    fn or(&mut self, depth: usize, field: Field) -> Result<Query, ParseError> {
        let mut members = Vec::new();
        loop {
            let at = self.cursor.at();
            match self.and(depth, field)? {
                Some(query) => members.push(query),
                // The whole query may be empty; a side of OR or what is in parentheses may not.
                None if members.is_empty() && depth == 0 && !self.eat_or() => return Ok(Query::All),
                None => return Err(ParseError::new("a condition is missing", at)),
            }
            if !self.eat_or() {
                return Ok(Query::or(members));
            }
        }
    }

    fn and(&mut self, depth: usize, field: Field) -> Result<Option<Query>, ParseError> {
        let mut members = Vec::new();
        let mut seen = false;
        loop {
            let operator = self.eat_and();
            if operator && !seen {
                return Err(self.cursor.error("AND has nothing before it"));
            }
            match self.step(depth, field)? {
                Step::Query(query) => members.push(query),
                Step::Nothing => {}
                Step::End if operator => return Err(self.cursor.error("AND has nothing behind it")),
                Step::End => return Ok(seen.then(|| Query::and(members))),
            }
            seen = true;
        }
    }

    fn step(&mut self, depth: usize, field: Field) -> Result<Step, ParseError> {
        let mut negated = false;
        let mut signed = false;
        loop {
            self.cursor.skip_space();
            if self.cursor.eat_keyword("not") || self.cursor.eat("!") || self.eat_minus() {
                negated = !negated;
            } else if !self.cursor.eat("+") {
                break;
            }
            signed = true;
        }
        if self.at_end() {
            return if signed { Err(self.cursor.error("a condition is missing")) } else { Ok(Step::End) };
        }
        self.clauses += 1;
        if self.clauses > CLAUSES_MAX {
            return Err(self.cursor.error(format!("more than {CLAUSES_MAX} conditions")));
        }
        let query = match self.condition(depth, field)? {
            Some(query) if negated => query.negate(),
            Some(query) => query,
            None => return Ok(Step::Nothing),
        };
        Ok(Step::Query(query))
    }

    fn condition(&mut self, depth: usize, outer: Field) -> Result<Option<Query>, ParseError> {
        if let Some(name) = self.cursor.eat_attribute() {
            self.cursor.skip_space();
            let term = self.cursor.term()?;
            if !term.quoted && term.text.is_empty() {
                return Err(self.cursor.error("a value is missing"));
            }
            return Ok(Some(field::attribute(name, &term)));
        }
        let named = self.cursor.eat_field(field::by_name);
        let field = named.unwrap_or(outer);
        if named.is_some() {
            self.cursor.skip_space();
        }
        let at = self.cursor.at();
        if self.cursor.eat("(") {
            return self.group(depth + 1, field, at).map(Some);
        }
        let term = self.cursor.term()?;
        if !term.quoted && term.text.is_empty() {
            return Err(self.cursor.error("a value is missing"));
        }
        match field {
            Field::Sort => {
                self.sort = Some(term.text);
                Ok(None)
            }
            // "Tom & Jerry", "a - b": marks between words are no condition.
            Field::Content if !term.quoted && term.text.chars().all(|c| c.is_ascii_punctuation()) => Ok(None),
            _ => field::condition(field, &term, self.context).map(Some),
        }
    }

    fn group(&mut self, depth: usize, field: Field, at: usize) -> Result<Query, ParseError> {
        if depth > NESTING_MAX {
            return Err(ParseError::new(format!("more than {NESTING_MAX} parentheses within one another"), at));
        }
        let query = self.or(depth, field)?;
        if self.cursor.eat(")") { Ok(query) } else { Err(ParseError::new("no closing )", at)) }
    }

    fn at_end(&self) -> bool {
        let rest = self.cursor.rest();
        rest.is_empty() || rest.starts_with(')') || is_keyword(rest, "or") || rest.starts_with("||")
    }

    fn eat_or(&mut self) -> bool {
        self.cursor.skip_space();
        self.cursor.eat_keyword("or") || self.cursor.eat("||")
    }

    fn eat_and(&mut self) -> bool {
        self.cursor.skip_space();
        self.cursor.eat_keyword("and") || self.cursor.eat("&&")
    }

    /// A minus negates what is joined to it; alone it is a dash.
    fn eat_minus(&mut self) -> bool {
        let rest = self.cursor.rest();
        let joined = rest.strip_prefix('-').is_some_and(|r| r.starts_with(|c: char| !c.is_whitespace() && c != ')'));
        joined && self.cursor.eat("-")
    }
}

fn is_keyword(text: &str, word: &str) -> bool {
    Cursor::new(text).eat_keyword(word)
}
