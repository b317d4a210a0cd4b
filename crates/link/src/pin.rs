//! The hub is known by its TLS key and by nothing else: no authority, name or date counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};

use crate::LinkError;

/// What the key of the other side must be.
#[derive(Debug, Clone)]
pub(crate) enum Pin {
    /// The hub's, from its certificate in the programme. Whether somebody else answered is noted beside it: the error that
    /// comes back through the HTTP client does not say.
    Exactly([u8; 32], Arc<AtomicBool>),
    /// Before enrolment it is not known yet: whoever answers is noted, and held against what the programme's root signed.
    Noted(Arc<Mutex<Option<[u8; 32]>>>),
}

#[derive(Debug)]
struct PinnedKey {
    pin: Pin,
    provider: Arc<CryptoProvider>,
}

/// A TLS client that speaks to the holder of one key.
pub(crate) fn tls(pin: Pin) -> Result<ClientConfig, LinkError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(PinnedKey { pin, provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| LinkError::Tls(error.into()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// SHA-256 of a certificate's SubjectPublicKeyInfo.
fn spki_sha256(certificate: &CertificateDer<'_>) -> Result<[u8; 32], Error> {
    let parsed = webpki::EndEntityCert::try_from(certificate)
        .map_err(|_| Error::InvalidCertificate(rustls::CertificateError::BadEncoding))?;
    Ok(Sha256::digest(parsed.subject_public_key_info().as_ref()).into())
}

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = spki_sha256(end_entity)?;
        match &self.pin {
            Pin::Exactly(expected, _) if *expected == found => {}
            Pin::Exactly(_, stranger) => {
                stranger.store(true, Ordering::Relaxed);
                return Err(Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure));
            }
            Pin::Noted(noted) => *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(found),
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
