// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bytes to a temporary file, never more than the limit.

use super::{SERVER, Upload, Uploads};
use crate::fault::{Fault, Result};
use axum::body::Bytes;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::AsyncWriteExt;

const NAME_BYTES_MAX: usize = 1024;

/// A file that is being received. Dropped unfinished, it is removed.
pub struct Receiving {
    upload: Upload,
    file: tokio::fs::File,
    limit: u64,
}

impl Receiving {
    pub async fn start(uploads: &Uploads, account: &str, name: &str, content_type: &str) -> Result<Receiving> {
        uploads.admit(account)?;
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        if name.len() > NAME_BYTES_MAX || content_type.len() > NAME_BYTES_MAX {
            return Err(Fault::invalid("file name or type too long"));
        }
        let key = uuid::Uuid::new_v4().to_string();
        let path = uploads.dir.join(&key);
        let file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await?;
        let upload = Upload {
            id: format!("{SERVER}:{key}"),
            account: account.to_owned(),
            path,
            content_type: if content_type.is_empty() { "application/octet-stream" } else { content_type }.to_owned(),
            filename: name.chars().filter(|c| !c.is_control()).collect(),
            size: 0,
            at: Instant::now(),
        };
        Ok(Receiving { upload, file, limit: uploads.file_bytes_max })
    }

    pub async fn write(&mut self, bytes: &Bytes) -> Result<()> {
        self.upload.size += bytes.len() as u64;
        if self.upload.size > self.limit {
            let limit = self.limit;
            return Err(Fault::new("mail.UPLOAD_TOO_LARGE", format!("upload is larger than {limit} bytes")).arg(
                "maxSize",
                "NUM",
                limit.to_string(),
            ));
        }
        self.file.write_all(bytes).await?;
        Ok(())
    }

    pub async fn finish(mut self, uploads: &Uploads) -> Result<Arc<Upload>> {
        self.file.flush().await?;
        self.upload.at = Instant::now();
        Ok(uploads.add(self.upload))
    }
}
