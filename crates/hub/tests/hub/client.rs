//! A client as plain as can be: one connection, one request, bytes in and out.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Takes any key and notes it.
#[derive(Debug, Default)]
struct Noting(Mutex<Option<[u8; 32]>>);

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let parsed = webpki::EndEntityCert::try_from(end_entity).unwrap();
        *self.0.lock().unwrap() = Some(Sha256::digest(parsed.subject_public_key_info().as_ref()).into());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// A connection, and the hash of the key at its other end.
pub async fn connect(hub: SocketAddr) -> (TlsStream<TcpStream>, [u8; 32]) {
    let noting = Arc::new(Noting::default());
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&noting) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let stream = TcpStream::connect(hub).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let key = noting.0.lock().unwrap().unwrap();
    (stream, key)
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
    pub tls_key: [u8; 32],
    /// Request and response with all their headers, without TLS.
    pub bytes: usize,
}

impl Answer {
    pub fn code(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        value["code"].as_str().unwrap().to_owned()
    }
}

pub fn head(method: &str, path: &str, length: usize, further: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\ncontent-type: application/vnd.chaski\r\naccept: */*\r\nhost: 127.0.0.1:8443\r\ncontent-length: {length}\r\n{further}\r\n"
    )
}

pub async fn post(hub: SocketAddr, path: &str, body: &[u8]) -> Answer {
    request(hub, "POST", path, body, "").await
}

pub async fn request(hub: SocketAddr, method: &str, path: &str, body: &[u8], further: &str) -> Answer {
    const CLOSE: &str = "connection: close\r\n";
    let (mut stream, tls_key) = connect(hub).await;
    let head = head(method, path, body.len(), &format!("{CLOSE}{further}"));
    // A hub that has heard enough may close before all is written; its answer counts.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    let _ = stream.flush().await;
    let mut answer = read_answer(&mut stream, tls_key).await;
    answer.bytes += head.len() - CLOSE.len() + body.len();
    answer
}

pub async fn read_answer(stream: &mut TlsStream<TcpStream>, tls_key: [u8; 32]) -> Answer {
    let mut raw = Vec::new();
    let _ = stream.read_to_end(&mut raw).await;
    parse(&raw, tls_key)
}

pub fn parse(raw: &[u8], tls_key: [u8; 32]) -> Answer {
    let end = raw
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("{} bytes of no answer", raw.len()));
    let headers = String::from_utf8_lossy(&raw[..end]).to_lowercase();
    let rest = &raw[end + 4..];
    let status = headers[9..12].parse().unwrap();
    let body = if headers.contains("transfer-encoding: chunked") { unchunked(rest) } else { rest.to_vec() };
    Answer { status, headers, body, tls_key, bytes: raw.len() }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        let from = line + 2;
        body.extend(&rest[from..(from + length).min(rest.len())]);
        rest = &rest[(from + length + 2).min(rest.len())..];
    }
    body
}
