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
        let roster = work.book().roster().ok_or(DeviceError::NotEnrolled)?;
        let certificate = roster.device(work.device());
        let due = certificate.is_some_and(|certificate| CertificateRequest::is_due(certificate, roster, work.now()));
        if due { self.ask_for_renewal() } else { Ok(None) }
    }

    /// The same whatever the tablet believes of its certificate: the hub said that it has ended, and a tablet whose clock
    /// stood still could not know. Nothing when it never had one.
    ///
    /// # Errors
    /// As [`Self::begin_renewal`].
    pub fn ask_for_renewal(&mut self) -> Result<Option<Vec<u8>>> {
        let work = self.open_work()?;
        let hub = work.hub().id.ok_or(DeviceError::NotEnrolled)?;
        let roster = work.book().roster().ok_or(DeviceError::NotEnrolled)?;
        let name = roster.device(work.device()).map(|certificate| certificate.name.clone());
        Ok(name.map(|name| CertificateRequest::make(work.device_key(), name, hub, work.now()).to_bytes()))
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
