// SPDX-License-Identifier: AGPL-3.0-or-later
//! The page's own certificate, self-signed, made once, so that a browser is asked about it once.

use crate::state::write_private;
use anyhow::{Context, Result};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;

pub fn server_config(dir: &Path, name: &str) -> Result<Arc<ServerConfig>> {
    let (certificate, key) = (dir.join("page.crt"), dir.join("page.key"));
    if !certificate.exists() || !key.exists() {
        let names = [name, "localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let (chain, private) = self_signed(&names)?;
        write_private(&key, &private)?;
        write_private(&certificate, &chain)?;
    }
    let chain = CertificateDer::from_pem_file(&certificate).with_context(|| certificate.display().to_string())?;
    let private = PrivateKeyDer::from_pem_file(&key).with_context(|| key.display().to_string())?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![chain], private)
        .with_context(|| certificate.display().to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Certificate and key, in PEM.
pub fn self_signed(names: &[String]) -> Result<(String, String)> {
    let made = rcgen::generate_simple_self_signed(names).context("a self-signed certificate")?;
    Ok((made.cert.pem(), made.signing_key.serialize_pem()))
}
