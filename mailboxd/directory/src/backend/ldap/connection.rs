// SPDX-License-Identifier: AGPL-3.0-or-later
//! One connection, opened and bound within a time limit; and what errors of the protocol mean.

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use std::time::Duration;
use tokio::time::timeout;

/// To connect and bind.
pub const CONNECT_MAX: Duration = Duration::from_secs(3);
/// For an answer, or the next page of one.
pub const ANSWER_MAX: Duration = Duration::from_secs(5);

/// RFC 4511 appendix A
pub const NO_SUCH_OBJECT: u32 = 32;
pub const INVALID_CREDENTIALS: u32 = 49;
pub const BUSY: u32 = 51;
pub const UNAVAILABLE: u32 = 52;
pub const VALUE_EXISTS: u32 = 20;
pub const NOT_ALLOWED_ON_NON_LEAF: u32 = 66;
pub const ENTRY_EXISTS: u32 = 68;
/// RFC 4528 §3
pub const ASSERTION_FAILED: u32 = 122;

/// Not bound yet.
pub async fn open(url: &str, start_tls: bool) -> Result<Ldap, LdapError> {
    let settings = LdapConnSettings::new().set_conn_timeout(CONNECT_MAX).set_starttls(start_tls);
    let (connection, ldap) = timeout(CONNECT_MAX, LdapConnAsync::with_settings(settings, url)).await??;
    tokio::spawn(async move {
        if let Err(error) = connection.drive().await {
            tracing::debug!(%error, "LDAP connection ended");
        }
    });
    Ok(ldap)
}

pub async fn bind(ldap: &mut Ldap, dn: &str, password: &str) -> Result<(), LdapError> {
    ldap.with_timeout(CONNECT_MAX).simple_bind(dn, password).await?.success()?;
    Ok(())
}

/// The result code, when it was the server that said no.
pub fn code(error: &LdapError) -> Option<u32> {
    match error {
        LdapError::LdapResult { result } => Some(result.rc),
        _ => None,
    }
}

/// True when the request certainly never left this process.
pub fn was_not_sent(error: &LdapError) -> bool {
    matches!(error, LdapError::OpSend { .. })
}

/// True when it says nothing of the request but that nobody is there to answer it.
pub fn is_broken(error: &LdapError) -> bool {
    !matches!(code(error), Some(code) if code != BUSY && code != UNAVAILABLE)
        && !matches!(error, LdapError::FilterParsing | LdapError::AddNoValues)
}
