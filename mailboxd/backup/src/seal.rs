// SPDX-License-Identifier: AGPL-3.0-or-later
//! Encryption to a key that only the administrator has. Each file has a random key of its own, which age wraps for the
//! recipients (the server knows their public half and can't read its backups back); records are sealed with it one by one
//! (AES-256-GCM, the nonce is the record's place in the file), so that damage costs a record and not what follows.

use crate::{Error, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

const KEY_BYTES: usize = 32;

/// Public keys (`age1…`).
#[derive(Clone)]
pub struct Recipients(Arc<Vec<age::x25519::Recipient>>);

/// Secret keys (`AGE-SECRET-KEY-1…`), as `age-keygen` writes them.
#[derive(Clone)]
pub struct Identities(Arc<Vec<age::x25519::Identity>>);

pub(crate) struct FileKey(LessSafeKey);

impl Recipients {
    /// `None` if there are no keys: then nothing is encrypted.
    pub fn parse(keys: &[String]) -> Result<Option<Recipients>> {
        let parse = |key: &String| key.trim().parse().map_err(|why| Error::Key(format!("{key}: {why}")));
        let keys: Vec<age::x25519::Recipient> = keys.iter().map(parse).collect::<Result<_>>()?;
        Ok((!keys.is_empty()).then(|| Recipients(Arc::new(keys))))
    }

    /// A new key, and what is to be written in front of the file.
    pub(crate) fn new_key(&self) -> Result<(FileKey, Vec<u8>)> {
        let failed = |why: &dyn std::fmt::Display| Error::Key(why.to_string());
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(|e| failed(&e))?;
        let recipients = self.0.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(|e| failed(&e))?;
        let mut wrapped = Vec::new();
        let mut writer = encryptor.wrap_output(&mut wrapped).map_err(|e| failed(&e))?;
        writer.write_all(&key).and_then(|()| writer.finish().map(drop)).map_err(|e| failed(&e))?;
        Ok((FileKey::new(&key)?, wrapped))
    }
}

impl Identities {
    /// A file as `age-keygen` writes it: comments, and a key a line.
    pub fn parse(text: &str) -> Result<Identities> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        // a key that is wrong is not shown
        let parse = |line: &str| line.parse().map_err(|why| Error::Key(format!("no secret key of age: {why}")));
        let keys: Vec<age::x25519::Identity> = lines.map(parse).collect::<Result<_>>()?;
        if keys.is_empty() {
            return Err(Error::Key("the file holds no key".into()));
        }
        Ok(Identities(Arc::new(keys)))
    }

    pub(crate) fn open(&self, wrapped: &[u8], path: &Path) -> Result<FileKey> {
        let wrong = || Error::WrongKey { path: path.to_path_buf() };
        let decryptor = age::Decryptor::new_buffered(wrapped).map_err(|why| Error::damaged(path, why))?;
        let identities = self.0.iter().map(|identity| identity as &dyn age::Identity);
        let mut reader = decryptor.decrypt(identities).map_err(|_| wrong())?;
        let mut key = [0; KEY_BYTES];
        reader.read_exact(&mut key).map_err(|why| Error::damaged(path, why))?;
        FileKey::new(&key)
    }
}

impl FileKey {
    fn new(key: &[u8]) -> Result<FileKey> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Error::Key("length".into()))?;
        Ok(FileKey(LessSafeKey::new(key)))
    }

    /// A place in a file is written once: what fails is not tried again in the same file.
    fn nonce(at: u64) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&at.to_le_bytes());
        Nonce::assume_unique_for_key(nonce)
    }

    pub fn seal(&self, at: u64, head: &[u8], mut body: Vec<u8>) -> Result<Vec<u8>> {
        let sealed = self.0.seal_in_place_append_tag(FileKey::nonce(at), Aad::from(head), &mut body);
        sealed.map_err(|_| Error::Key("a record could not be sealed".into()))?;
        Ok(body)
    }

    /// `None`: it is not what was sealed.
    pub fn open(&self, at: u64, head: &[u8], mut body: Vec<u8>) -> Option<Vec<u8>> {
        let length = self.0.open_in_place(FileKey::nonce(at), Aad::from(head), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recipients({})", self.0.len())
    }
}

impl std::fmt::Debug for Identities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identities({})", self.0.len())
    }
}
