// SPDX-License-Identifier: AGPL-3.0-or-later
//! Uploaded files: `POST /service/upload` streams to `<state>/upload/`, answers an id, and a later SendMsg, SaveDraft or
//! AddMsg of the same account takes the file by it. Bounded by file, account, server and time; nothing outlives a restart.

mod receive;
mod serve;

pub use serve::serve;

use crate::fault::{Fault, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// First part of an upload id; one server, one name.
const SERVER: &str = "posthouse";
const KEEP: Duration = Duration::from_secs(30 * 60);
const FILES_PER_ACCOUNT_MAX: usize = 200;
const BYTES_PER_ACCOUNT_MAX: u64 = 1 << 30;
const BYTES_TOTAL_MAX: u64 = 16 << 30;
const FILES_TOTAL_MAX: usize = 20_000;

/// A file, removed when the last who holds it lets go.
#[derive(Debug)]
pub struct Upload {
    pub id: String,
    pub account: String,
    pub path: PathBuf,
    pub content_type: String,
    pub filename: String,
    pub size: u64,
    at: Instant,
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "upload not removed");
        }
    }
}

pub struct Uploads {
    dir: PathBuf,
    file_bytes_max: u64,
    map: Mutex<HashMap<String, Arc<Upload>>>,
}

impl Uploads {
    pub fn open(dir: PathBuf, file_bytes_max: u64) -> std::io::Result<Uploads> {
        std::fs::create_dir_all(&dir)?;
        for entry in std::fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_file() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(Uploads { dir, file_bytes_max, map: Mutex::default() })
    }

    /// Whether this account may bring one more file, before its first byte is read.
    fn admit(&self, account: &str) -> Result<()> {
        let mut map = self.map.lock();
        map.retain(|_, upload| upload.at.elapsed() < KEEP);
        let own = map.values().filter(|upload| upload.account == account);
        let (files, bytes) = own.fold((0, 0), |(files, bytes), upload| (files + 1, bytes + upload.size));
        let total: u64 = map.values().map(|upload| upload.size).sum();
        let full = files >= FILES_PER_ACCOUNT_MAX || bytes >= BYTES_PER_ACCOUNT_MAX;
        if full || total >= BYTES_TOTAL_MAX || map.len() >= FILES_TOTAL_MAX {
            return Err(Fault::new("mail.TOO_MANY_UPLOADS", "too many uploads are waiting; send or wait"));
        }
        Ok(())
    }

    fn add(&self, upload: Upload) -> Arc<Upload> {
        let upload = Arc::new(upload);
        self.map.lock().insert(upload.id.clone(), upload.clone());
        upload
    }

    /// An upload of this account; somebody else's is as good as none.
    pub fn get(&self, id: &str, account: &str) -> Result<Arc<Upload>> {
        let found = self.map.lock().get(id).cloned();
        found
            .filter(|upload| upload.account == account && upload.at.elapsed() < KEEP)
            .ok_or_else(|| Fault::no_such("upload", id))
    }

    pub fn forget(&self, ids: &[String]) {
        let mut map = self.map.lock();
        for id in ids {
            map.remove(id);
        }
    }
}
