// SPDX-License-Identifier: AGPL-3.0-or-later
//! The training spool: messages that people moved to Junk or out of it, until the scanner has learnt from them.
//!
//! ```text
//! <volume>/training/{spam,ham}/<sequence>-<sha256>[.zst]        hard link of an anchor
//! ```
//!
//! The sequence (16 hexadecimal digits) is that of the record in the journal: a replay makes the same file again, and the
//! oldest is the first by name. A message waits once: what was said about it last counts. What was learnt before a crash may
//! come back by the replay; a scanner remembers what it has learnt.

use crate::{Blob, Blobs, Error, Result, ZST, digest};
use ids::{Digest, Seq};
use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::path::PathBuf;

/// More than this don't wait: the oldest goes.
pub const LESSONS_MAX: usize = 4_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Spam,
    Ham,
}

/// A message to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lesson {
    pub seq: Seq,
    pub digest: Digest,
    pub class: Class,
}

/// What waits, as the directory has it.
#[derive(Default)]
pub(crate) struct Spool {
    lessons: BTreeMap<(Seq, Digest), Class>,
    /// The only sequence of a digest in `lessons`.
    seqs: HashMap<Digest, Seq>,
    dropped: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub spam: u64,
    pub ham: u64,
    /// Since the start: they had to make room.
    pub dropped: u64,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::Spam => "spam",
            Class::Ham => "ham",
        }
    }
}

impl Lesson {
    /// Of its file, without the directory and `.zst`.
    pub fn name(&self) -> String {
        format!("{:016x}-{}", self.seq.0, self.digest.to_hex())
    }

    fn parse(class: Class, name: &str) -> Option<Lesson> {
        let (seq, hex) = name.strip_suffix(ZST).unwrap_or(name).split_once('-')?;
        let seq = Seq(u64::from_str_radix(seq, 16).ok()?);
        Some(Lesson { seq, digest: Digest::from_hex(hex)?, class })
    }
}

impl Spool {
    fn of(&self, digest: Digest) -> Option<Lesson> {
        let seq = *self.seqs.get(&digest)?;
        self.lessons.get(&(seq, digest)).map(|class| Lesson { seq, digest, class: *class })
    }

    fn insert(&mut self, lesson: Lesson) {
        self.lessons.insert((lesson.seq, lesson.digest), lesson.class);
        self.seqs.insert(lesson.digest, lesson.seq);
    }

    fn remove(&mut self, lesson: &Lesson) {
        self.lessons.remove(&(lesson.seq, lesson.digest));
        if self.seqs.get(&lesson.digest) == Some(&lesson.seq) {
            self.seqs.remove(&lesson.digest);
        }
    }

    fn first(&self) -> Option<Lesson> {
        let ((seq, digest), class) = self.lessons.first_key_value()?;
        Some(Lesson { seq: *seq, digest: *digest, class: *class })
    }
}

impl Blobs {
    /// Idempotent. A message whose anchor is gone (it was deleted, in the part of the journal that is replayed) teaches nothing.
    pub fn train(&self, lesson: Lesson) -> Result<()> {
        let mut spool = self.0.spool.lock();
        let known = spool.of(lesson.digest);
        if known.is_some_and(|known| known.seq > lesson.seq) {
            return Ok(());
        }
        match self.link_as(lesson.digest, &|suffix| self.lesson(&lesson, suffix)) {
            Ok(()) => {}
            Err(error) if error.is_not_found() => {
                spool.remove(&lesson);
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        if let Some(known) = known.filter(|known| *known != lesson) {
            self.forget(&mut spool, &known)?;
        }
        spool.insert(lesson);
        while spool.lessons.len() > LESSONS_MAX
            && let Some(oldest) = spool.first()
        {
            self.forget(&mut spool, &oldest)?;
            spool.dropped += 1;
        }
        Ok(())
    }

    /// At most `max`, the oldest first.
    pub fn lessons(&self, max: usize) -> Vec<Lesson> {
        let spool = self.0.spool.lock();
        let each = spool.lessons.iter().take(max);
        each.map(|((seq, digest), class)| Lesson { seq: *seq, digest: *digest, class: *class }).collect()
    }

    pub fn open_lesson(&self, lesson: &Lesson) -> Result<Blob> {
        let [first, second] = self.0.suffixes();
        match Blob::open(&*self.0.fs, &self.lesson(lesson, first)) {
            Err(error) if error.is_not_found() => {
                Blob::open(&*self.0.fs, &self.lesson(lesson, second)).map_err(|_| error)
            }
            other => other,
        }
    }

    /// The one of this name does not wait any more; one that does not exist is no error.
    pub fn learnt(&self, name: &str) -> Result<()> {
        let Some(named) = Lesson::parse(Class::Spam, name) else { return Ok(()) };
        let mut spool = self.0.spool.lock();
        match spool.of(named.digest) {
            Some(known) if known.seq == named.seq => self.forget(&mut spool, &known),
            // Something newer is known about the message.
            _ => Ok(()),
        }
    }

    pub fn waiting(&self) -> Waiting {
        let spool = self.0.spool.lock();
        let spam = spool.lessons.values().filter(|class| **class == Class::Spam).count() as u64;
        Waiting { spam, ham: spool.lessons.len() as u64 - spam, dropped: spool.dropped }
    }

    /// What is wrong with the spool, in words. Messages go on coming and going meanwhile.
    pub fn check_training(&self) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        for lesson in self.lessons(LESSONS_MAX) {
            let content = self.open_lesson(&lesson).and_then(|mut blob| blob.read_all());
            let problem = match content {
                Ok(content) if digest(&content) == lesson.digest => continue,
                Ok(_) => "has another content than its name says".to_owned(),
                Err(error) => error.to_string(),
            };
            if self.0.spool.lock().of(lesson.digest) == Some(lesson) {
                problems.push(format!("training file {}: {problem}", lesson.name()));
            }
        }
        for (class, name) in self.training_files()? {
            let known = Lesson::parse(class, &name);
            let spool = self.0.spool.lock();
            let is_there = |lesson: &Lesson| self.0.fs.exists(&self.training_dir(lesson.class).join(&name));
            match known {
                None => problems.push(format!("training file {name} is none of ours")),
                Some(lesson) if spool.of(lesson.digest) != Some(lesson) && is_there(&lesson) => {
                    problems.push(format!("training file {name} waits for nobody"));
                }
                Some(_) => {}
            }
        }
        Ok(problems)
    }

    /// What a crash left: of two files of one message the newer one counts.
    pub(crate) fn load_training(&self) -> Result<()> {
        let mut spool = self.0.spool.lock();
        for (class, name) in self.training_files()? {
            let Some(lesson) = Lesson::parse(class, &name) else { continue };
            match spool.of(lesson.digest) {
                Some(known) if known.seq > lesson.seq => self.forget(&mut spool, &lesson)?,
                Some(known) if known != lesson => {
                    self.forget(&mut spool, &known)?;
                    spool.insert(lesson);
                }
                _ => spool.insert(lesson),
            }
        }
        Ok(())
    }

    fn forget(&self, spool: &mut Spool, lesson: &Lesson) -> Result<()> {
        self.unlink_as(lesson.digest, &|suffix| self.lesson(lesson, suffix))?;
        spool.remove(lesson);
        Ok(())
    }

    fn training_files(&self) -> Result<Vec<(Class, String)>> {
        let mut files = Vec::new();
        for class in [Class::Spam, Class::Ham] {
            let dir = self.training_dir(class);
            let entries = match self.0.fs.read_dir(&dir) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries.map_err(Error::at(&dir))?,
            };
            files.extend(entries.into_iter().map(|entry| (class, entry.name.to_string_lossy().into_owned())));
        }
        Ok(files)
    }

    fn training_dir(&self, class: Class) -> PathBuf {
        self.0.root.join("training").join(class.name())
    }

    fn lesson(&self, lesson: &Lesson, suffix: &str) -> PathBuf {
        self.training_dir(lesson.class).join(format!("{}{suffix}", lesson.name()))
    }
}
