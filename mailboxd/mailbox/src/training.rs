// SPDX-License-Identifier: AGPL-3.0-or-later
//! The training spool as the daemon hands it on.

use crate::error::Result;
use crate::store::Store;
use blobs::{Class, Lesson, Waiting};
use bytes::Bytes;

impl Store {
    pub fn training_waiting(&self) -> Waiting {
        self.shared.blobs.waiting()
    }

    /// At most `max`, the oldest first: of which class, under which name, and the message.
    pub fn lessons(&self, max: usize) -> impl Iterator<Item = Result<(Class, String, Bytes)>> + use<'_> {
        let read = |lesson: &Lesson| self.shared.blobs.open_lesson(lesson)?.read_all();
        self.shared.blobs.lessons(max).into_iter().filter_map(move |lesson| match read(&lesson) {
            Ok(content) => Some(Ok((lesson.class, lesson.name(), content))),
            // It went meanwhile: somebody said the opposite, or too many wait.
            Err(error) if error.is_not_found() => None,
            Err(error) => Some(Err(error.into())),
        })
    }

    /// These, by name, have been learnt.
    pub fn learnt(&self, names: &[String]) -> Result<()> {
        names.iter().try_for_each(|name| Ok(self.shared.blobs.learnt(name)?))
    }
}
