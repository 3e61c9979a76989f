// SPDX-License-Identifier: AGPL-3.0-or-later
//! Secrets of this installation (for signing tokens, say): made at first use, kept in the global config, shown to nobody.

use crate::look::Need;
use crate::{Directory, Error, Result};

/// "purpose hex".
const SECRETS: &str = "posthouseSecret";

impl Directory {
    /// A secret for signing (auth tokens), made at first use, 32 bytes, the same on every server of a directory.
    pub fn secret(&self, purpose: &str) -> Result<[u8; 32]> {
        if let Some(known) = self.0.secrets.lock().get(purpose) {
            return Ok(*known);
        }
        let found = self.kept_secret(purpose)?;
        let secret = match found {
            Some(secret) => secret,
            None => {
                let fresh = format!("{purpose} {}", hex(&random::<32>()?));
                self.change_config(|config| {
                    let secrets = config.entry(SECRETS.to_owned()).or_default();
                    // Whoever was first is right.
                    if !secrets.iter().any(|secret| find(secret, purpose).is_some()) {
                        secrets.push(fresh.clone());
                    }
                    Ok(())
                })?;
                self.kept_secret(purpose)?.ok_or_else(|| damaged(purpose))?
            }
        };
        self.0.secrets.lock().insert(purpose.to_owned(), secret);
        Ok(secret)
    }

    fn kept_secret(&self, purpose: &str) -> Result<Option<[u8; 32]>> {
        let config = self.config_entry(Need::Now)?;
        let secrets = config.as_deref().map(|config| config.values(SECRETS)).unwrap_or_default();
        match secrets.iter().find_map(|secret| find(secret, purpose)) {
            Some(text) => Ok(Some(unhex(text).ok_or_else(|| damaged(purpose))?)),
            None => Ok(None),
        }
    }
}

fn damaged(purpose: &str) -> Error {
    Error::Unavailable(format!("secret {purpose} is damaged"))
}

fn find<'a>(secret: &'a str, purpose: &str) -> Option<&'a str> {
    secret.split_once(' ').filter(|(name, _)| *name == purpose).map(|(_, text)| text)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::Unavailable(format!("random numbers: {e}")))?;
    Ok(bytes)
}
