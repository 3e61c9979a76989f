// SPDX-License-Identifier: AGPL-3.0-or-later
//! IMAP over STARTTLS to a server whose certificate is its own.

use anyhow::{Context, Result, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

pub struct Stream(BufReader<StreamOwned<ClientConnection, TcpStream>>);

/// For measurements only: nothing is checked but that the handshake fits.
#[derive(Debug)]
struct Any(CryptoProvider);

pub fn any_certificate() -> Arc<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    #[expect(clippy::expect_used, reason = "the versions are those of the provider")]
    let builder = builder.expect("versions of TLS").dangerous();
    Arc::new(builder.with_custom_certificate_verifier(Arc::new(Any((*provider).clone()))).with_no_client_auth())
}

impl Stream {
    pub fn start(address: SocketAddr, config: &Arc<ClientConfig>) -> Result<Stream> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut clear = BufReader::new(stream);
        let mut line = String::new();
        clear.read_line(&mut line)?;
        clear.get_ref().write_all(b"s STARTTLS\r\n")?;
        line.clear();
        clear.read_line(&mut line)?;
        if !line.starts_with("s OK") {
            bail!("STARTTLS: {line}");
        }
        let name = ServerName::try_from("mail.example.test")?;
        let connection = ClientConnection::new(config.clone(), name)?;
        Ok(Stream(BufReader::new(StreamOwned::new(connection, clear.into_inner()))))
    }

    pub fn send(&mut self, text: &str) -> Result<()> {
        let stream = self.0.get_mut();
        stream.write_all(text.as_bytes())?;
        Ok(stream.flush()?)
    }

    /// The first line that begins so.
    pub fn until(&mut self, start: &str) -> Result<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).context("read a line")? == 0 {
                bail!("connection closed");
            }
            if line.starts_with(start) {
                return Ok(line);
            }
        }
    }
}

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _end: &CertificateDer<'_>,
        _between: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
