// SPDX-License-Identifier: AGPL-3.0-or-later
//! The server's certificate: the one that the configuration names, else a self-signed one made at first start.

use crate::config;
use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Of the files, while clients come.
const LOOK_EVERY: Duration = Duration::from_secs(5);

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
    let followed = Followed::open(certificate, key)?;
    let mut server = ServerConfig::builder().with_no_client_auth().with_cert_resolver(Arc::new(followed));
    server.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
    Ok(Arc::new(server))
}

/// A certificate that is renewed while we run: whoever writes the files anew (set-up, ACME, an administrator) need tell nobody.
#[derive(Debug)]
struct Followed {
    certificate: PathBuf,
    key: PathBuf,
    shown: Mutex<Shown>,
}

#[derive(Debug)]
struct Shown {
    pair: Arc<CertifiedKey>,
    /// When the files were written.
    written: [Option<SystemTime>; 2],
    looked: Instant,
}

impl Followed {
    fn open(certificate: PathBuf, key: PathBuf) -> Result<Followed> {
        let written = [written(&certificate), written(&key)];
        let pair = Arc::new(load(&certificate, &key)?);
        let shown = Mutex::new(Shown { pair, written, looked: Instant::now() });
        Ok(Followed { certificate, key, shown })
    }

    /// Two files of two certificates are no pair: the next look may find both new.
    fn current(&self, look_every: Duration) -> Arc<CertifiedKey> {
        let mut shown = self.shown.lock();
        if shown.looked.elapsed() >= look_every {
            shown.looked = Instant::now();
            let now = [written(&self.certificate), written(&self.key)];
            if now != shown.written {
                match load(&self.certificate, &self.key) {
                    Ok(pair) => {
                        tracing::info!(path = %self.certificate.display(), "a new certificate is shown from now on");
                        (shown.pair, shown.written) = (Arc::new(pair), now);
                    }
                    Err(error) => tracing::warn!("the certificate before is shown still: {error:#}"),
                }
            }
        }
        Arc::clone(&shown.pair)
    }
}

impl ResolvesServerCert for Followed {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current(LOOK_EVERY))
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|found| found.modified()).ok()
}

fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey> {
    let text = || certificate.display().to_string();
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(text)?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| key.display().to_string())?;
    let pair = CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider()).with_context(text)?;
    Ok(pair)
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

    #[test]
    fn a_new_certificate_is_shown_once_both_files_are_new() {
        let dir = tempfile::tempdir().unwrap();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let made = |name: &str| {
            let (certificate, key) = self_signed(&dir.path().join(name), name).unwrap();
            (certificate, key)
        };
        let (certificate, key) = made("one");
        let (next_certificate, next_key) = made("two");
        let followed = Followed::open(certificate.clone(), key.clone()).unwrap();
        let first = followed.current(Duration::ZERO).cert.clone();
        std::fs::copy(&next_key, &key).unwrap();
        assert_eq!(followed.current(Duration::ZERO).cert, first, "a key without its certificate is none");
        std::fs::copy(&next_certificate, &certificate).unwrap();
        assert_eq!(followed.current(Duration::from_secs(3_600)).cert, first, "not looked at each time");
        let next = followed.current(Duration::ZERO).cert.clone();
        assert_ne!(next, first);
        std::fs::remove_file(&key).unwrap();
        assert_eq!(followed.current(Duration::ZERO).cert, next, "what is shown stays");
    }
}
