// SPDX-License-Identifier: AGPL-3.0-or-later
//! Secrets of this server (for signing tokens, say): made at first use, kept in the directory's file.

use crate::{Directory, Error, Result};
use rusqlite::OptionalExtension;

impl Directory {
    /// A secret of this server for signing (auth tokens), made at first use, 32 bytes, kept in the directory's file (0600).
    pub fn secret(&self, purpose: &str) -> Result<[u8; 32]> {
        self.0.db.write(|db| {
            let have: Option<Vec<u8>> =
                db.query_row("SELECT value FROM secret WHERE purpose = ?", [purpose], |row| row.get(0)).optional()?;
            if let Some(have) = have {
                return have.try_into().map_err(|_| Error::Unavailable(format!("secret {purpose} is damaged")));
            }
            let fresh: [u8; 32] = random()?;
            db.execute("INSERT INTO secret (purpose, value) VALUES (?, ?)", (purpose, fresh.as_slice()))?;
            Ok(fresh)
        })
    }
}

pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::Unavailable(format!("random numbers: {e}")))?;
    Ok(bytes)
}
