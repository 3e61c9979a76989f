// SPDX-License-Identifier: AGPL-3.0-or-later
//! What people taught by moving mail: the supervisor takes it from here to SpamAssassin, and says what has been learnt.
//!
//! ```json
//! {"verb": "training", "learnt": ["000000000000002a-9f…"], "hand_out": 200}
//! {"spam": 12, "ham": 3, "dropped": 0, "directory": "…/run/training", "lessons": {"spam": ["…"], "ham": ["…"]}}
//! ```
//!
//! Each lesson is a file `directory/<class>/<name>`: the message as it was delivered. The directory is made anew each time, so
//! there is one customer. Whoever dies before he says what he learnt gets the same again.

use crate::serve::System;
use anyhow::{Context, Result, anyhow};
use mailbox::Class;
use serde_json::{Value, json};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;

/// Messages of half a megabyte at most: what lies about in run/ is bounded.
const HAND_OUT_MAX: usize = 500;

static ONE_CUSTOMER: Mutex<()> = Mutex::new(());

pub fn run(system: &System, learnt: &[String], hand_out: Option<usize>) -> Result<Value> {
    let _one = ONE_CUSTOMER.lock();
    let failed = |e: mailbox::Error| anyhow!("{e}");
    system.store.learnt(learnt).map_err(failed)?;
    let waiting = system.store.training_waiting();
    let mut answer = json!({"spam": waiting.spam, "ham": waiting.ham, "dropped": waiting.dropped});
    let Some(count) = hand_out else { return Ok(answer) };
    let dir = system.state.join("run/training");
    make_anew(&dir).with_context(|| dir.display().to_string())?;
    let (mut spam, mut ham) = (Vec::new(), Vec::new());
    for lesson in system.store.lessons(count.min(HAND_OUT_MAX)) {
        let (class, name, content) = lesson.map_err(failed)?;
        let path = dir.join(class.name()).join(&name);
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(&content)).with_context(|| path.display().to_string())?;
        let names = if class == Class::Spam { &mut spam } else { &mut ham };
        names.push(name);
    }
    answer["directory"] = json!(dir);
    answer["lessons"] = json!({"spam": spam, "ham": ham});
    Ok(answer)
}

fn make_anew(dir: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    [Class::Spam, Class::Ham].iter().try_for_each(|class| builder.create(dir.join(class.name())))
}
