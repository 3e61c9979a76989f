// SPDX-License-Identifier: AGPL-3.0-or-later
//! The server's certificate: the one that the configuration names, else a self-signed one made at first start.

use crate::config;
use anyhow::{Context, Result, bail};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// For every TLS service; `alpn` names what is spoken inside (RFC 7301), empty for mail protocols.
pub fn server_config(
    state: &Path,
    settings: &config::Tls,
    hostname: &str,
    alpn: &[&[u8]],
) -> Result<Arc<ServerConfig>> {
    let (certificate, key) = match (&settings.certificate, &settings.key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        (None, None) => self_signed(&state.join("settings/tls"), hostname)?,
        _ => bail!("tls: certificate and key go together"),
    };
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| certificate.display().to_string())?;
    let key = PrivateKeyDer::from_pem_file(&key).with_context(|| key.display().to_string())?;
    let mut server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| certificate.display().to_string())?;
    server.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
    Ok(Arc::new(server))
}

/// (certificate, key) files; made when one of them is missing.
fn self_signed(dir: &Path, hostname: &str) -> Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (dir.join("server.crt"), dir.join("server.key"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir).with_context(|| dir.display().to_string())?;
    let mut names = vec![hostname.to_owned()];
    names.extend(["localhost", "127.0.0.1", "::1"].iter().filter(|n| **n != hostname).map(|n| (*n).to_owned()));
    let made = rcgen::generate_simple_self_signed(names).with_context(|| format!("certificate for {hostname}"))?;
    write_private(&key, made.signing_key.serialize_pem().as_bytes())?;
    write_private(&certificate, made.cert.pem().as_bytes())?;
    tracing::info!(hostname, "made a self-signed certificate");
    Ok((certificate, key))
}

/// Whole or not at all, mode 0600.
fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    };
    write().with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_certificate_is_made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        server_config(dir.path(), &config::Tls::default(), "mail.example.test", &[b"http/1.1"]).unwrap();
        let key = dir.path().join("settings/tls/server.key");
        let first = std::fs::read(&key).unwrap();
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        server_config(dir.path(), &config::Tls::default(), "mail.example.test", &[]).unwrap();
        assert_eq!(std::fs::read(&key).unwrap(), first);
    }
}
