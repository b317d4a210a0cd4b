//! The hub's TLS key and certificate. Tablets pin the key, which the programme's root certified; the certificate around it is
//! self-signed and serves browsers at most.

use std::fs;
use std::sync::Arc;

use chaski_store::keyring;
use chaski_trust::HubAddress;
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use crate::folder::Folder;
use crate::{HubError, Result};

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> HubError {
    HubError::Tls(Box::new(error))
}

/// Makes the key and the certificate, and says the SHA-256 of the key's SubjectPublicKeyInfo.
pub(crate) fn make(folder: &Folder, address: &HubAddress) -> Result<[u8; 32]> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed)?;
    let mut names = vec![host_of(address), "localhost".to_owned(), "127.0.0.1".to_owned()];
    names.sort();
    names.dedup();
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name.push(rcgen::DnType::CommonName, "Chaski hub");
    // What ends is the root's word for the key; a date of its own would only stop a hub that nobody watches.
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2120, 1, 1);
    let certificate = params.self_signed(&key).map_err(failed)?;
    keyring::replace(&folder.key("tls.key"), key.serialize_pem().as_bytes())?;
    keyring::replace(&folder.key("tls.pem"), certificate.pem().as_bytes())?;
    Ok(fingerprint(&key))
}

fn fingerprint(key: &KeyPair) -> [u8; 32] {
    Sha256::digest(key.subject_public_key_info()).into()
}

fn host_of(address: &HubAddress) -> String {
    let authority = address.as_str().trim_start_matches("https://");
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host.to_owned(),
        None => authority.split(':').next().unwrap_or(authority).to_owned(),
    }
}

/// The server side of TLS, if the key is the certified one.
pub(crate) fn server(folder: &Folder, certified: &[u8; 32]) -> Result<Arc<ServerConfig>> {
    let read = |name| {
        let path = folder.key(name);
        fs::read(&path).map_err(HubError::file(path))
    };
    let (key, certificate) = (read("tls.key")?, read("tls.pem")?);
    let pair = KeyPair::from_pem(&String::from_utf8_lossy(&key)).map_err(failed)?;
    if fingerprint(&pair) != *certified {
        return Err(HubError::OtherTlsKey);
    }
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(failed)?;
    let certificate = CertificateDer::from_pem_slice(&certificate).map_err(failed)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(failed)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // One ticket is what a tablet can use; each costs bytes.
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_from_any_address() {
        for (address, host) in
            [("hub.example.pe", "hub.example.pe"), ("https://10.0.0.1:7443", "10.0.0.1"), ("[::1]:7443", "::1")]
        {
            assert_eq!(host_of(&HubAddress::new(address).unwrap()), host);
        }
    }

    #[test]
    fn only_the_certified_key_serves() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::new(folder.path());
        let spki = make(&folder, &HubAddress::new("127.0.0.1:7443").unwrap()).unwrap();
        assert!(server(&folder, &spki).is_ok());
        assert!(matches!(server(&folder, &[0; 32]), Err(HubError::OtherTlsKey)));
    }
}
