// SPDX-License-Identifier: AGPL-3.0-or-later
//! One index on disk, open for reading and, while it is busy, for writing.

use crate::holding::{Holding, Sought};
use crate::needle::Needle;
use crate::schema::{self, TEXTS};
use crate::segment::{self, Hits};
use crate::words::ANALYSIS_VERSION;
use crate::{Document, Field};
use ids::{ItemId, ModSeq};
use parking_lot::Mutex;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::Schema;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError};

/// The least that a writer accepts.
const WRITER_BYTES: usize = 15_000_000;
/// Segments of one level that are merged into one; a level is four times the one below and begins at [`LEVEL_DOCS_MIN`].
/// So a document is written about once a level: five times in a mailbox of 100,000.
const MERGE_SEGMENTS: usize = 8;
const LEVEL_DOCS_MIN: u32 = 32;
const LEVEL_LOG2: f64 = 2.0;
/// A segment with more deleted documents than this is written again without them.
const DELETED_RATIO_MAX: f32 = 0.4;

/// Why an index did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Its files are no good; they will not get better.
    #[error("{0}")]
    Damaged(String),
    /// Its files are good, but another version wrote them.
    #[error("{0}")]
    Outdated(String),
    /// Disk full, no memory …: the files are as they were.
    #[error("{0}")]
    Failed(String),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        Fault::Failed(error.to_string())
    }
}

impl From<TantivyError> for Fault {
    fn from(error: TantivyError) -> Fault {
        let damaged = match &error {
            TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) | TantivyError::IoError(io_error) => {
                matches!(io_error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData)
            }
            TantivyError::DataCorruption(_)
            | TantivyError::IncompatibleIndex(_)
            | TantivyError::OpenReadError(_)
            | TantivyError::SchemaError(_)
            | TantivyError::FieldNotFound(_)
            | TantivyError::InternalError(_) => true,
            _ => false,
        };
        if damaged { Fault::Damaged(error.to_string()) } else { Fault::Failed(error.to_string()) }
    }
}

/// Damaged files may lead the library astray until it panics: that is damage, too.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Fault::Damaged("reading it panicked".to_owned())))
}

pub(crate) struct Opened {
    index: Index,
    schema: Schema,
    reader: IndexReader,
    writer: Mutex<Option<IndexWriter>>,
    /// What the last commit before opening said.
    pub committed: ModSeq,
}

impl Opened {
    /// `None` if there is no index at `path`.
    pub fn open(path: &Path) -> Result<Option<Opened>, Fault> {
        if !path.join("meta.json").exists() {
            return Ok(None);
        }
        guarded(|| {
            let mut index = Index::open_in_dir(path)?;
            if index.schema() != schema::schema() {
                return Err(Fault::Outdated("another schema".to_owned()));
            }
            index.set_tokenizers(schema::tokenizers());
            let meta = index.load_metas()?;
            let committed = match &meta.payload {
                Some(payload) => read_payload(payload).ok_or_else(|| Fault::Outdated(format!("is of {payload}")))?,
                None if meta.segments.is_empty() => ModSeq(0),
                None => return Err(Fault::Damaged("has no mark".to_owned())),
            };
            Opened::new(index, committed).map(Some)
        })
    }

    /// What may lie at `path` without being an index is overwritten.
    pub fn create(path: &Path) -> Result<Opened, Fault> {
        std::fs::create_dir_all(path)?;
        let directory = MmapDirectory::open(path).map_err(TantivyError::from)?;
        let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let mut index = Index::create(directory, schema::schema(), settings)?;
        index.set_tokenizers(schema::tokenizers());
        Opened::new(index, ModSeq(0))
    }

    fn new(index: Index, committed: ModSeq) -> Result<Opened, Fault> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Opened { schema: index.schema(), index, reader, writer: Mutex::new(None), committed })
    }

    pub fn search(&self, fields: &[Field], needle: &Needle) -> Result<Vec<ItemId>, Fault> {
        guarded(|| {
            let mut out = Vec::new();
            for segment in self.reader.searcher().segment_readers() {
                let mut hits = Hits::new(segment);
                for text in TEXTS.iter().filter(|text| fields.iter().any(|field| text.answers(*field))) {
                    segment::find(segment, text.in_schema(&self.schema)?, needle, &mut hits)?;
                }
                hits.ids(segment, &mut out)?;
            }
            Ok(out)
        })
    }

    pub fn holding(&self, sought: &Sought) -> Result<Holding, Fault> {
        guarded(|| {
            let mut out = Holding::default();
            let field = self.schema.get_field(schema::HEADERS)?;
            for segment in self.reader.searcher().segment_readers() {
                let (sure, maybe) = sought.find(segment, field)?;
                sure.ids(segment, &mut out.sure)?;
                maybe.ids(segment, &mut out.maybe)?;
            }
            Ok(out)
        })
    }

    pub fn documents(&self) -> Result<Vec<ItemId>, Fault> {
        guarded(|| {
            let mut out = Vec::new();
            for segment in self.reader.searcher().segment_readers() {
                let ids = segment.fast_fields().u64(schema::ID)?;
                let alive = segment.doc_ids_alive().filter_map(|doc| ids.first(doc));
                out.extend(alive.filter_map(|id| u32::try_from(id).ok()).map(ItemId));
            }
            Ok(out)
        })
    }

    /// Some of those whose attachments are still to be read.
    pub fn waiting(&self, limit: usize) -> Result<Vec<ItemId>, Fault> {
        guarded(|| {
            let mut out = Vec::new();
            for segment in self.reader.searcher().segment_readers() {
                let mut hits = Hits::new(segment);
                segment::find_id(segment, &schema::waits_term(&self.schema)?, &mut hits)?;
                hits.ids(segment, &mut out)?;
            }
            out.truncate(limit);
            Ok(out)
        })
    }

    /// Those of `ids` that have a document.
    pub fn present(&self, ids: &[ItemId]) -> Result<Vec<ItemId>, Fault> {
        guarded(|| {
            let mut out = Vec::new();
            for segment in self.reader.searcher().segment_readers() {
                let mut hits = Hits::new(segment);
                for id in ids {
                    segment::find_id(segment, &schema::id_term(&self.schema, *id)?, &mut hits)?;
                }
                hits.ids(segment, &mut out)?;
            }
            Ok(out)
        })
    }

    /// While nobody writes: a merge that ends meanwhile takes files away.
    pub fn check(&self) -> Result<(), Fault> {
        guarded(|| {
            let damaged = self.index.validate_checksum()?;
            match damaged.iter().next() {
                None => Ok(()),
                Some(file) => Err(Fault::Damaged(format!("{} has another checksum", file.display()))),
            }
        })
    }

    pub fn write(&self, add: Vec<(ItemId, Document)>, remove: &[ItemId], upto: ModSeq) -> Result<(), Fault> {
        let mut writer = self.writer.lock();
        let result = guarded(|| {
            let writer = match &mut *writer {
                Some(writer) => writer,
                empty => empty.insert(self.new_writer()?),
            };
            self.commit(writer, add, remove, upto)?;
            self.reader.reload()?;
            Ok(())
        });
        if result.is_err() {
            // A writer that failed once is of no further use; what it did not commit goes with it.
            writer.take();
        }
        match result {
            // A thread that ended tells no reason: see whether it is the files.
            Err(Fault::Failed(what)) => self.check().and(Err(Fault::Failed(what))),
            result => result,
        }
    }

    fn new_writer(&self) -> Result<IndexWriter, Fault> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = self.index.writer_with_options(options)?;
        // What a commit that a crash cut off has left: this writer's commits may want the same names.
        writer.garbage_collect_files().wait()?;
        // A writer's first stamp is that of the last commit. A delete that bears it is lost on a segment with deletes of
        // that commit, if a merge begins before the next one: spend the stamp on nothing.
        writer.run(Vec::new())?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(MERGE_SEGMENTS);
        policy.set_min_layer_size(LEVEL_DOCS_MIN);
        policy.set_level_log_size(LEVEL_LOG2);
        policy.set_del_docs_ratio_before_merge(DELETED_RATIO_MAX);
        writer.set_merge_policy(Box::new(policy));
        Ok(writer)
    }

    fn commit(
        &self,
        writer: &mut IndexWriter,
        add: Vec<(ItemId, Document)>,
        remove: &[ItemId],
        upto: ModSeq,
    ) -> Result<(), Fault> {
        for id in remove.iter().chain(add.iter().map(|(id, _)| id)) {
            writer.delete_term(schema::id_term(&self.schema, *id)?);
        }
        for (id, document) in add {
            writer.add_document(schema::document(&self.schema, id, &document)?)?;
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&write_payload(upto));
        commit.commit()?;
        Ok(())
    }

    /// Lets merges end, then the writer's threads and memory go.
    pub fn release_writer(&self) {
        if let Some(writer) = self.writer.lock().take()
            && let Err(source) = writer.wait_merging_threads()
        {
            tracing::warn!(%source, "a merge of the search index failed");
        }
        // Lets go of the segments that were merged.
        if let Err(source) = self.reader.reload() {
            tracing::warn!(%source, "the search index can't be read again");
        }
    }

    /// Without waiting for merges: the index is to be removed.
    pub fn drop_writer(&self) {
        self.writer.lock().take();
    }
}

fn write_payload(upto: ModSeq) -> String {
    format!("posthouse {ANALYSIS_VERSION} {upto}")
}

/// `None` if the index was made by other rules.
fn read_payload(payload: &str) -> Option<ModSeq> {
    payload.strip_prefix(&format!("posthouse {ANALYSIS_VERSION} "))?.parse().ok().map(ModSeq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tantivy::merge_policy::NoMergePolicy;

    /// A crash left segments that are ready to be merged, one of them with a delete in the last commit. The next writer
    /// begins with another delete there, and merges before its first commit.
    #[test]
    fn no_delete_is_lost_between_writers() {
        let dir = tempfile::tempdir().unwrap();
        let opened = Opened::create(dir.path()).unwrap();
        let writer = opened.new_writer().unwrap();
        writer.set_merge_policy(Box::new(NoMergePolicy));
        *opened.writer.lock() = Some(writer);
        let four = |n: u32| (n * 4..n * 4 + 4).map(|id| (ItemId(id), Document::default())).collect();
        for n in 0..MERGE_SEGMENTS as u32 {
            opened.write(four(n), &[], ModSeq(1)).unwrap();
        }
        opened.write(Vec::new(), &[ItemId(4)], ModSeq(2)).unwrap();
        opened.release_writer();
        opened.write(four(100), &[ItemId(5)], ModSeq(3)).unwrap();
        opened.release_writer();
        let found = opened.documents().unwrap();
        assert_eq!(found.len(), MERGE_SEGMENTS * 4 - 2 + 4);
        assert!(!found.contains(&ItemId(4)) && !found.contains(&ItemId(5)), "{found:?}");
    }
}
