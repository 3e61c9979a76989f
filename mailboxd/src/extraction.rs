// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who reads attachments: extractd, beside our own executable; and whose: by class of service.

use anyhow::{Context, Result};
use directory::Directory;
use mailbox::{Extraction, extract::Extractor};
use std::sync::Arc;

pub fn extraction(directory: &Directory) -> Result<Extraction> {
    let own = std::env::current_exe().context("where am I?")?;
    let program = own.with_file_name("extractd");
    if !program.is_file() {
        tracing::warn!(program = %program.display(), "is missing: attachments are not read, and wait for it");
    }
    let directory = directory.clone();
    let wants = move |account: &str| match directory.account_by_id(account) {
        Ok(account) => Some(account.is_none_or(|account| account.indexes_attachments())),
        Err(error) => {
            tracing::debug!(%error, "whether attachments are indexed is asked again");
            None
        }
    };
    Ok(Extraction { extractor: Extractor::new(program), wants: Arc::new(wants) })
}
