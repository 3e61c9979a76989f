// SPDX-License-Identifier: AGPL-3.0-or-later
//! Passwords of sources: AES-256-GCM under a secret of the directory, bound to account and source, so that a copied note is worth
//! nothing elsewhere, and a backup of mailboxes without the directory has no password in it.

use crate::fault::{Fault, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use directory::Directory;

const PURPOSE: &str = "data-source";

pub fn bound(account: &str, id: &str) -> String {
    format!("{account}:{id}")
}

fn key(directory: &Directory) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, &directory.secret(PURPOSE)?).map_err(|_| Fault::failure("key"))?;
    Ok(LessSafeKey::new(key))
}

/// Blocking.
pub fn seal(directory: &Directory, to: &str, password: &str) -> Result<String> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(Fault::failure)?;
    let mut sealed = password.as_bytes().to_vec();
    let done = key(directory)?.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(to.as_bytes()),
        &mut sealed,
    );
    done.map_err(|_| Fault::failure("a password can't be sealed"))?;
    Ok(BASE64.encode([nonce.as_slice(), &sealed].concat()))
}

/// Blocking.
pub fn open(directory: &Directory, to: &str, sealed: &str) -> Result<String> {
    let lost = || Fault::invalid("the password can't be read any more: set it again");
    let bytes = BASE64.decode(sealed).map_err(|_| lost())?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(lost)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| lost())?;
    let mut sealed = sealed.to_vec();
    let opened = key(directory)?.open_in_place(nonce, Aad::from(to.as_bytes()), &mut sealed).map_err(|_| lost())?;
    String::from_utf8(opened.to_vec()).map_err(|_| lost())
}
