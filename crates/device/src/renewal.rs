//! The next certificate, asked for while the present one still lasts.

use chaski_trust::{CertificateRequest, RosterItem, TrustError};

use crate::{Device, DeviceError, Result};

impl Device {
    /// The request for this device's next certificate, to be sent to the hub's `/v1/renew`; nothing while it need not ask.
    ///
    /// # Errors
    /// When the device is shut or not enrolled, or the store fails.
    pub fn begin_renewal(&mut self) -> Result<Option<Vec<u8>>> {
        let work = self.open_work()?;
        let hub = work.hub().id.ok_or(DeviceError::NotEnrolled)?;
        let roster = work.book().roster().ok_or(DeviceError::NotEnrolled)?;
        let Some(certificate) = roster.device(work.device()) else { return Ok(None) };
        if !CertificateRequest::is_due(certificate, roster, work.now()) {
            return Ok(None);
        }
        let request = CertificateRequest::make(work.device_key(), certificate.name.clone(), hub, work.now());
        Ok(Some(request.to_bytes()))
    }

    /// Keeps the certificate the hub answered with.
    ///
    /// # Errors
    /// When the answer is no certificate of this device that the programme's hub signed, or it cannot be kept.
    pub fn finish_renewal(&mut self, answer: &[u8]) -> Result<()> {
        let work = self.open_work()?;
        let hub = work.hub().id.ok_or(DeviceError::NotEnrolled)?;
        let key = work.book().roster().and_then(|roster| roster.device_key(hub)).ok_or(DeviceError::NotEnrolled)?;
        let item = RosterItem::from_bytes(answer).map_err(DeviceError::BadCertificate)?;
        let device = work.device();
        match &item {
            RosterItem::Device(certificate) => {
                let claims = certificate.verify(&key).map_err(DeviceError::BadCertificate)?;
                if claims.device() != device {
                    return Err(DeviceError::BadCertificate(TrustError::WrongSigner("device certificate")));
                }
            }
            _ => return Err(DeviceError::BadCertificate(TrustError::WrongSigner("roster item"))),
        }
        work.keep_certificate(&item)
    }
}
