// SPDX-License-Identifier: AGPL-3.0-or-later
//! Auth tokens: what a client shows instead of its password, over SOAP, REST, upload and later DAV.
//!
//! `1.<base64url(claims)>.<base64url(HMAC-SHA256)>`, opaque to clients. A token dies when it expires, when its account is
//! gone or not active, when the account's validity value moved on (password changed), or when it was logged off (its id is
//! then kept with the account until it would have expired). The key never leaves the directory's file.

use crate::entry::{Entry, Kind};
use crate::{Account, Directory};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Purpose of the secret that signs.
const SECRET: &str = "auth-token";
/// Longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 1024;
/// Bumping it voids every token of the account.
pub(crate) const VALIDITY: &str = "zimbraAuthTokenValidityValue";
/// Tokens that were logged off: "id expiry_ms".
const REVOKED: &str = "posthouseRevokedToken";
/// More revoked tokens than this at a time: all tokens of the account are voided instead.
const REVOKED_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Account id.
    #[serde(rename = "a")]
    pub account: String,
    /// Token id.
    #[serde(rename = "t")]
    pub id: String,
    #[serde(rename = "x")]
    pub expires_ms: i64,
    /// Issued for the admin API. Counts only while the account still is an administrator.
    #[serde(rename = "m", default)]
    pub admin: bool,
    #[serde(rename = "v", default)]
    pub validity: u64,
    /// Requests with this token must carry its CSRF token.
    #[serde(rename = "c", default)]
    pub csrf: bool,
    /// The administrator who acts as the account.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub delegated_by: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("auth token is not one of ours")]
    Invalid,
    #[error("auth token has expired")]
    Expired,
    /// Logged off, password changed, account gone or closed.
    #[error("auth token is void")]
    Void,
    #[error(transparent)]
    Directory(#[from] crate::Error),
}

/// A token for `account`.
pub fn issue(directory: &Directory, claims: &Claims) -> Result<String, TokenError> {
    Ok(sign(&directory.secret(SECRET)?, claims))
}

/// Claims for a new token of `account`.
pub fn claims(account: &Account, expires_ms: i64) -> Claims {
    Claims {
        account: account.id.clone(),
        id: uuid::Uuid::new_v4().simple().to_string(),
        expires_ms,
        admin: false,
        validity: validity(account),
        csrf: false,
        delegated_by: None,
    }
}

/// Who shows `token`, if it is good now.
pub fn authenticate(directory: &Directory, token: &str, now_ms: i64) -> Result<(Account, Claims), TokenError> {
    let claims = verify(&directory.secret(SECRET)?, token)?;
    if claims.expires_ms <= now_ms {
        return Err(TokenError::Expired);
    }
    let account = directory.account_by_id(&claims.account)?.ok_or(TokenError::Void)?;
    let active = directory.status(&account)? == "active";
    let revoked = account.attrs.get(REVOKED).is_some_and(|values| revoked(values).any(|(id, _)| id == claims.id));
    if !active || revoked || claims.validity != validity(&account) {
        return Err(TokenError::Void);
    }
    Ok((account, claims))
}

/// The CSRF token that belongs to an auth token.
pub fn csrf(directory: &Directory, token: &str) -> Result<String, TokenError> {
    let mac = mac(&directory.secret(SECRET)?).chain_update(b"csrf ").chain_update(token.as_bytes());
    Ok(BASE64.encode(mac.finalize().into_bytes()))
}

/// Compares in constant time.
pub fn csrf_matches(directory: &Directory, token: &str, shown: &str) -> Result<bool, TokenError> {
    let Ok(shown) = BASE64.decode(shown) else { return Ok(false) };
    let mac = mac(&directory.secret(SECRET)?).chain_update(b"csrf ").chain_update(token.as_bytes());
    Ok(mac.verify_slice(&shown).is_ok())
}

/// Logs one token off.
pub fn revoke(directory: &Directory, claims: &Claims, now_ms: i64) -> Result<(), TokenError> {
    change(directory, &claims.account, |entry| {
        let kept = revoked(entry.values(REVOKED)).filter(|(id, expires_ms)| *expires_ms > now_ms && *id != claims.id);
        let mut kept: Vec<String> = kept.map(|(id, expires_ms)| format!("{id} {expires_ms}")).collect();
        if kept.len() >= REVOKED_MAX {
            return void(entry);
        }
        kept.push(format!("{} {}", claims.id, claims.expires_ms));
        entry.set(REVOKED, kept);
    })
}

/// Voids every token of the account, as after a change of password.
pub fn revoke_all(directory: &Directory, account_id: &str) -> Result<(), TokenError> {
    change(directory, account_id, void)
}

fn void(entry: &mut Entry) {
    let now = entry.attr(VALIDITY).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    entry.set(VALIDITY, [now.wrapping_add(1).to_string()]);
    entry.set(REVOKED, None);
}

/// An account that is gone has no tokens.
fn change(directory: &Directory, account: &str, work: impl Fn(&mut Entry)) -> Result<(), TokenError> {
    let done = directory.change(&[Kind::Account, Kind::Resource], account, Kind::Account, |entry| {
        work(entry);
        Ok(())
    });
    match done {
        Ok(_) | Err(crate::Error::NoSuchAccount(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Attributes that are nobody's business but this file's.
pub fn is_private_attr(name: &str) -> bool {
    name.eq_ignore_ascii_case(REVOKED) || name.eq_ignore_ascii_case(VALIDITY)
}

fn validity(account: &Account) -> u64 {
    account.attr(VALIDITY).and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn revoked(values: &[String]) -> impl Iterator<Item = (&str, i64)> {
    values.iter().filter_map(|value| {
        let (id, expires) = value.split_once(' ')?;
        Some((id, expires.parse().ok()?))
    })
}

fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key of exactly one length always fits.
    Hmac::<Sha256>::new(&padded(key).into())
}

/// HMAC's block size; RFC 2104 §2 pads shorter keys with zeros.
fn padded(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    block
}

fn sign(key: &[u8; 32], claims: &Claims) -> String {
    // Strings, numbers and booleans in a struct: serialising can't fail; an empty payload would not verify.
    let payload = BASE64.encode(serde_json::to_vec(claims).unwrap_or_default());
    let signed = format!("1.{payload}");
    let tag = mac(key).chain_update(signed.as_bytes()).finalize().into_bytes();
    format!("{signed}.{}", BASE64.encode(tag))
}

fn verify(key: &[u8; 32], token: &str) -> Result<Claims, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Invalid);
    }
    let (signed, tag) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
    let payload = signed.strip_prefix("1.").ok_or(TokenError::Invalid)?;
    let tag = BASE64.decode(tag).map_err(|_| TokenError::Invalid)?;
    mac(key).chain_update(signed.as_bytes()).verify_slice(&tag).map_err(|_| TokenError::Invalid)?;
    let payload = BASE64.decode(payload).map_err(|_| TokenError::Invalid)?;
    serde_json::from_slice(&payload).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Claims {
        Claims {
            account: "a1".into(),
            id: "t1".into(),
            expires_ms: 5,
            admin: false,
            validity: 0,
            csrf: true,
            delegated_by: None,
        }
    }

    #[test]
    fn signed_tokens_verify_and_others_do_not() {
        let token = sign(&[7; 32], &sample());
        assert_eq!(verify(&[7; 32], &token).unwrap(), sample());
        assert!(matches!(verify(&[8; 32], &token), Err(TokenError::Invalid)));
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(verify(&[7; 32], &forged).is_err(), "{forged}");
        }
        for bad in ["", ".", "1.", "1..", "x.y.z", &"1.".repeat(100_000)] {
            assert!(verify(&[7; 32], bad).is_err());
        }
    }

    #[test]
    fn another_admin_bit_is_another_signature() {
        let mut claims = sample();
        let token = sign(&[7; 32], &claims);
        claims.admin = true;
        let payload = BASE64.encode(serde_json::to_vec(&claims).unwrap());
        let tag = token.rsplit_once('.').unwrap().1;
        assert!(verify(&[7; 32], &format!("1.{payload}.{tag}")).is_err());
    }
}
