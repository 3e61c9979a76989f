// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an index holds of a document: words with positions of each text, header fields as they are compared (`holding`), and
//! the item's id as a column. No text is stored.

use crate::holding;
use crate::words::{VALUE_SEPARATOR, Words};
use crate::{Document, Field};
use ids::ItemId;
use tantivy::schema::{IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{TantivyDocument, Term};

const TOKENIZER: &str = "posthouse";
const HEADER_TOKENIZER: &str = "posthouse header";
pub(crate) const ID: &str = "id";
/// All header fields, their tokens marked.
pub(crate) const HEADERS: &str = "headers";

/// 1: attachments are still to be read; else nothing.
const WAITS: &str = "waits";

/// One indexed text.
pub(crate) struct Text {
    pub name: &'static str,
    pub field: Field,
    /// Answers `Field::Content` too.
    content: bool,
}

const fn text(name: &'static str, field: Field, content: bool) -> Text {
    Text { name, field, content }
}

/// In the order of the schema.
pub(crate) const TEXTS: [Text; 9] = [
    text("subject", Field::Subject, true),
    text("from", Field::From, true),
    text("to", Field::To, true),
    text("cc", Field::Cc, true),
    text("body", Field::Body, true),
    text("filename", Field::Filename, true),
    text("attachment", Field::Attachment, true),
    text("type", Field::Type, false),
    text("msgid", Field::MessageId, false),
];

impl Text {
    pub fn answers(&self, field: Field) -> bool {
        self.field == field || (self.content && field == Field::Content)
    }

    /// Empty for types, which are a list ([`types_text`]).
    pub fn of<'a>(&self, document: &'a Document) -> &'a str {
        match self.field {
            Field::Subject => &document.subject,
            Field::From => &document.from,
            Field::To => &document.to,
            Field::Cc => &document.cc,
            Field::Body => &document.body,
            Field::Filename => &document.filenames,
            Field::Attachment => &document.attachments,
            Field::MessageId => &document.message_id,
            Field::Type | Field::Content => "",
        }
    }

    pub fn in_schema(&self, schema: &Schema) -> tantivy::Result<tantivy::schema::Field> {
        schema.get_field(self.name)
    }
}

/// All types in one text, apart from one another.
pub(crate) fn types_text(document: &Document) -> String {
    document.types.join(VALUE_SEPARATOR.encode_utf8(&mut [0; 4]))
}

pub(crate) fn schema() -> Schema {
    let mut builder = Schema::builder();
    builder.add_u64_field(ID, NumericOptions::default().set_indexed().set_fast());
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions)
        // Hits are sorted by the mailbox, never by relevance.
        .set_fieldnorms(false);
    for text in &TEXTS {
        builder.add_text_field(text.name, TextOptions::default().set_indexing_options(indexing.clone()));
    }
    let headers = TextFieldIndexing::default()
        .set_tokenizer(HEADER_TOKENIZER)
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    builder.add_text_field(HEADERS, TextOptions::default().set_indexing_options(headers));
    builder.add_u64_field(WAITS, NumericOptions::default().set_indexed());
    builder.build()
}

pub(crate) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::new();
    manager.register(TOKENIZER, Analyzer);
    manager.register(HEADER_TOKENIZER, holding::Analyzer);
    // The writer asks for this one for fields that are no text.
    manager.register("default", Analyzer);
    manager
}

pub(crate) fn id_term(schema: &Schema, id: ItemId) -> tantivy::Result<Term> {
    Ok(Term::from_field_u64(schema.get_field(ID)?, u64::from(id.0)))
}

/// Of the documents whose attachments are still to be read.
pub(crate) fn waits_term(schema: &Schema) -> tantivy::Result<Term> {
    Ok(Term::from_field_u64(schema.get_field(WAITS)?, 1))
}

pub(crate) fn document(schema: &Schema, id: ItemId, document: &Document) -> tantivy::Result<TantivyDocument> {
    let mut out = TantivyDocument::new();
    out.add_u64(schema.get_field(ID)?, u64::from(id.0));
    for text in &TEXTS {
        let field = text.in_schema(schema)?;
        match text.field {
            Field::Type => out.add_text(field, types_text(document)),
            _ if text.of(document).is_empty() => {}
            _ => out.add_text(field, text.of(document)),
        }
    }
    if document.waits {
        out.add_u64(schema.get_field(WAITS)?, 1);
    }
    if !document.headers.is_empty() {
        out.add_text(schema.get_field(HEADERS)?, holding::text(&document.headers));
    }
    Ok(out)
}

#[derive(Clone)]
struct Analyzer;

struct Stream {
    words: Words,
    token: Token,
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        Stream { words: Words::new(text), token: Token::default() }
    }
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        if self.words.advance().is_none() {
            return false;
        }
        self.token.text.clear();
        self.token.text.push_str(self.words.token());
        self.token.position = self.words.position() as usize;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
